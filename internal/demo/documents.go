package demo

import (
	"bytes"
	"context"
	"image"
	"image/color"
	imagedraw "image/draw"
	"image/jpeg"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/document"
	"preau/internal/household"
	"preau/internal/pdf"
	"preau/internal/staff"
)

// shelf are the types of documents of the demonstration, by a short name.
type shelf map[string]string

// papers settles what the town asks, and stores what Claire gave in the summer: two documents that are accepted, one of which has expired
// since.
func (s *story) papers(ctx context.Context) error {
	s.shelf = shelf{}
	err := s.Town.DB.Write(ctx, func(tx *db.Tx) error {
		for i, t := range s.asked() {
			name := t.ID
			t.ID, t.Position = "", i
			id, err := document.SaveType(ctx, tx, s.direction, t)
			if err != nil {
				return err
			}
			s.shelf[name] = id
		}
		return nil
	})
	if err != nil {
		return err
	}
	tax, err := s.file(ctx, sheetGiven{who: s.claire, kind: "tax", name: "avis-impot.pdf", title: "Avis d’impôt sur les revenus", sent: true})
	if err != nil {
		return err
	}
	insured, err := s.file(ctx, sheetGiven{who: s.claire, kind: "insurance", child: s.antoine.ID, name: "attestation.pdf", title: "Attestation d’assurance scolaire : Antoine Martin", sent: true})
	if err != nil {
		return err
	}
	proof, err := s.file(ctx, sheetGiven{who: s.claire, kind: "proof", name: "facture-electricite.jpg", title: "", pages: 1, sent: true})
	if err != nil {
		return err
	}
	over := s.today().AddDays(-6)
	if over.Before(civil.DateOf(civil.At(s.Clock.Now()), s.Town.Loc)) {
		over = civil.DateOf(civil.At(s.Clock.Now()), s.Town.Loc)
	}
	for id, until := range map[string]civil.Date{tax: s.today().AddDays(230), insured: civil.New(s.year.LastDay.Year, 8, 31), proof: over} {
		if err := s.judge(ctx, id, document.Decision{Seen: document.ToCheck, Accept: true, Until: until}); err != nil {
			return err
		}
	}
	return nil
}

// asked is what the town asks of families; the ID is the short name.
func (s *story) asked() []document.Type {
	var holidays, canteen []string
	if a, ok := activityOf(s.catalogue, "VACANCES"); ok {
		holidays = []string{a.ID}
	}
	if a, ok := activityOf(s.catalogue, "RESTAURATION"); ok {
		canteen = []string{a.ID}
	}
	return []document.Type{
		{ID: "tax", Name: "Avis d’impôt", Help: "Toutes les pages du dernier avis, pour calculer votre tarif.", Subject: document.OfHousehold, Asked: document.OfEveryone,
			Validity: document.ForMonths, Months: 12, KeepMonths: 12},
		{ID: "proof", Name: "Justificatif de domicile", Help: "Une facture de moins de trois mois : électricité, eau, téléphone.", Subject: document.OfHousehold, Asked: document.OfEveryone,
			Validity: document.ForMonths, Months: 3, KeepMonths: 12},
		{ID: "insurance", Name: "Attestation d’assurance scolaire", Help: "Elle porte le nom de l’enfant et l’année scolaire.", Subject: document.OfChild, Asked: document.OfEnrolled,
			Activities: canteen, Validity: document.SchoolYear, KeepMonths: 6},
		{ID: "vaccines", Name: "Carnet de vaccination", Help: "Les pages des vaccins, avec le nom de l’enfant.", Subject: document.OfChild, Asked: document.OfEnrolled,
			Activities: canteen, Validity: document.ForEver, KeepMonths: 6},
		{ID: "swimming", Name: "Attestation d’aisance aquatique", Help: "Elle est demandée pour les sorties à la piscine et en bateau.", Subject: document.OfChild, Asked: document.OfEnrolled,
			Activities: holidays, AgeFrom: 6, Validity: document.ForEver, KeepMonths: 6},
		{ID: "medical", Name: "Certificat médical", Subject: document.OfChild, Asked: document.OfNobody, Validity: document.ForMonths, Months: 12, KeepMonths: 6},
		{ID: "pregnancy", Name: "Déclaration de grossesse", Help: "Pour une demande de place en crèche.", Subject: document.OfHousehold, Asked: document.OfNobody,
			Validity: document.ForMonths, Months: 10, KeepMonths: 12},
	}
}

// morePapers is what came in the last days: one of each state for Claire, and a few that wait for the service.
func (s *story) morePapers(ctx context.Context) error {
	vaccines := map[string]string{}
	for _, child := range []household.Child{s.antoine, s.leo} {
		id, err := s.file(ctx, sheetGiven{who: s.claire, kind: "vaccines", child: child.ID, name: "carnet.jpg", pages: 2, sent: true})
		if err != nil {
			return err
		}
		vaccines[child.FirstName] = id
	}
	for _, p := range []sheetGiven{
		{who: s.claire, kind: "insurance", child: s.leo.ID, name: "attestation.jpg", pages: 1, sent: true},
		{who: s.claire, kind: "medical", child: s.antoine.ID, name: "certificat-sport.pdf", title: "Certificat médical : pratique du sport"},
		{who: s.karim, kind: "proof", name: "quittance.pdf", title: "Quittance de loyer", sent: true},
	} {
		if _, err := s.file(ctx, p); err != nil {
			return err
		}
	}
	told := map[string]bool{}
	for _, e := range s.seats {
		if len(e.who) == 0 || told[e.who[0].HouseholdID] || len(told) == 3 {
			continue
		}
		told[e.who[0].HouseholdID] = true
		if _, err := s.file(ctx, sheetGiven{who: e.who[0], kind: "tax", name: "avis.pdf", title: "Avis d’impôt sur les revenus", sent: true}); err != nil {
			return err
		}
	}
	if err := s.judge(ctx, vaccines["Antoine"], document.Decision{Seen: document.ToCheck, Accept: true}); err != nil {
		return err
	}
	return s.judge(ctx, vaccines["Léo"], document.Decision{Seen: document.ToCheck, Reason: "La page du vaccin contre la rougeole est coupée. Envoyez-la en entier, avec le nom de Léo."})
}

// sheetGiven is a document to deposit: a PDF with a title, or photos.
type sheetGiven struct {
	who                      household.Guardian
	kind, child, name, title string
	pages                    int // photos
	sent                     bool
}

// file deposits a paper as its family would.
func (s *story) file(ctx context.Context, p sheetGiven) (string, error) {
	d := document.Deposit{UploadID: db.NewID(), TypeID: s.shelf[p.kind], ChildID: p.child, Send: p.sent}
	for n := range max(1, p.pages) {
		content, err := p.content(n)
		if err != nil {
			return "", err
		}
		part, file, err := document.Take(ctx, s.Town.Files, p.name, content)
		if err != nil {
			return "", err
		}
		d.Parts, d.Files = append(d.Parts, part), append(d.Files, file)
	}
	var doc document.Document
	err := s.Town.DB.Write(ctx, func(tx *db.Tx) (err error) {
		doc, _, err = document.Store(ctx, tx, p.who, d)
		return err
	})
	return doc.ID, err
}

// judge answers as the instructing agent does: it is opened first.
func (s *story) judge(ctx context.Context, id string, c document.Decision) error {
	return s.Town.DB.Write(ctx, func(tx *db.Tx) error {
		who := s.direction
		agents, err := staff.List(ctx, tx)
		if err != nil {
			return err
		}
		for _, a := range agents {
			if a.Role == staff.Instruction {
				who = a
			}
		}
		d, err := document.Open(ctx, tx, who, id)
		if err != nil {
			return err
		}
		if _, _, err := document.OpenPage(ctx, tx, who, d.ID, 1); err != nil {
			return err
		}
		return document.Decide(ctx, tx, who, id, c, s.Town.Loc)
	})
}

func (p sheetGiven) content(n int) ([]byte, error) {
	var b bytes.Buffer
	if p.pages > 0 {
		err := jpeg.Encode(&b, sheetPhoto(n), &jpeg.Options{Quality: 80})
		return b.Bytes(), err
	}
	d := pdf.New(&b, pdf.Meta{Title: p.title})
	d.Part("Document d’exemple, sans valeur")
	d.Heading(1, p.title)
	d.Paragraph("Ce document est inventé pour la démonstration. Il ne concerne aucune personne réelle.")
	err := d.Close()
	return b.Bytes(), err
}

// sheetPhoto is a photo of a sheet of paper on a table, with lines of writing that nobody can read.
func sheetPhoto(n int) image.Image {
	m := image.NewRGBA(image.Rect(0, 0, 465, 630))
	fill := func(r image.Rectangle, c color.Color) { // a hundred units are 75 pixels
		r = image.Rect(r.Min.X*3/4, r.Min.Y*3/4, r.Max.X*3/4, r.Max.Y*3/4)
		imagedraw.Draw(m, r, image.NewUniform(c), image.Point{}, imagedraw.Src)
	}
	fill(image.Rect(0, 0, 620, 840), color.RGBA{122, 98, 76, 255})
	fill(image.Rect(44, 40, 580, 804), color.RGBA{238, 236, 229, 255})
	fill(image.Rect(92, 92, 300, 108), color.RGBA{60, 66, 74, 255})
	for i := range 22 {
		end := 530 - (i*67+n*41)%190
		fill(image.Rect(92, 150+i*28, end, 156+i*28), color.RGBA{118, 124, 132, 255})
	}
	return m
}
