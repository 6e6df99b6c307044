package demo

import (
	"context"
	"fmt"

	"preau/internal/ban"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/dossier"
	"preau/internal/household"
)

// What families told of their children, what an agent checked, and what still waits for one.

// streets are those of the invented list of addresses, with how many numbers each has.
var streets = []struct {
	name    string
	numbers int
}{{"Rue des Landes", 60}, {"Quai du Canotier", 24}, {"Avenue Foch", 90}, {"Rue Camille Périer", 48}, {"Boulevard de la République", 70}, {"Rue du Général Leclerc", 52},
	{"Avenue Guy de Maupassant", 66}, {"Rue Marconi", 30}, {"Place Maurice Berteaux", 18}, {"Rue des Cormiers", 44}}

// asked are the consents of the town.
var asked = []dossier.ConsentText{
	{Kind: dossier.ImageInternal, Title: "Photos dans la structure", Body: "J’autorise que mon enfant soit photographié pendant les activités. Les photos restent dans la structure : affichage, cahier de vie, et celle que j’ajoute au dossier pour qu’il soit reconnu à l’appel."},
	{Kind: dossier.ImageTown, Title: "Photos dans les publications de la ville", Body: "J’autorise la ville à publier des photos où mon enfant est reconnaissable dans son magazine et ses affiches, pendant deux ans.", NeedsAll: true},
	{Kind: dossier.ImageWeb, Title: "Photos sur internet", Body: "J’autorise la ville à publier des photos où mon enfant est reconnaissable sur son site et ses réseaux sociaux, pendant deux ans.", NeedsAll: true},
	{Kind: dossier.Swimming, Title: "Piscine et baignade", Body: "J’autorise mon enfant à participer aux sorties à la piscine et aux baignades surveillées."},
	{Kind: dossier.LeaveAlone, Title: "Partir seul", Body: "J’autorise mon enfant à quitter seul l’activité, à partir de l’heure que j’indique.", MinAge: 8},
	{Kind: dossier.Emergency, Title: "Soins d’urgence", Body: "J’autorise l’équipe à faire donner à mon enfant les soins que son état demande en urgence. Je suis prévenu aussitôt."},
}

// declared is what the town asked in the summer, and what the known family told of its children then.
func (s *story) declared(ctx context.Context) error {
	var addresses []ban.Address
	for i, street := range streets {
		for n := 1; n <= street.numbers; n++ {
			addresses = append(addresses, ban.Address{ID: fmt.Sprintf("78146_%04d_%05d", i, n), Number: n, Street: street.name, PostalCode: "78400", City: "Chatou", Commune: "78146"})
		}
	}
	if _, err := dossier.ImportAddresses(ctx, s.Town.DB, by, addresses); err != nil {
		return err
	}
	err := s.Town.DB.Write(ctx, func(tx *db.Tx) error {
		from := s.today().AddDays(-12)
		if err := dossier.SaveSettings(ctx, tx, s.direction, dossier.Settings{ConfirmFrom: from, RemindAfter: 14}); err != nil {
			return err
		}
		texts := map[dossier.ConsentKind]string{}
		for _, t := range asked {
			saved, err := dossier.SaveConsentText(ctx, tx, s.direction, t)
			if err != nil {
				return err
			}
			texts[t.Kind] = saved.ID
		}
		if err := s.tellFacts(ctx, tx); err != nil {
			return err
		}
		if err := s.namePeople(ctx, tx); err != nil {
			return err
		}
		return s.answerConsents(ctx, tx, texts)
	})
	if err != nil {
		return err
	}
	return s.faces(ctx)
}

// faces adds a drawing where families add a photo of their child.
func (s *story) faces(ctx context.Context) error {
	for _, f := range []struct {
		child household.Child
		drawn []byte
	}{{s.antoine, face(sky, night)}, {s.leo, face(leaf, brick)}} {
		file, err := dossier.TakePhoto(ctx, s.Town.Files, f.drawn)
		if err != nil {
			return err
		}
		if err := s.Town.DB.Write(ctx, func(tx *db.Tx) error { return dossier.SetPhoto(ctx, tx, s.claire, f.child.ID, file, s.today()) }); err != nil {
			return err
		}
	}
	return nil
}

// tellFacts fills doctor, insurance, vaccinations and health.
func (s *story) tellFacts(ctx context.Context, tx *db.Tx) error {
	until := civil.New(s.year.LastDay.Year, 8, 31).String()
	doctor := dossier.Content{"medecin": "Dr Anne Lopez", "medecin_telephone": "01 99 00 12 12"}
	for _, d := range []struct {
		who household.Guardian
		dossier.Declaration
	}{
		{s.claire, dossier.Declaration{Field: dossier.Doctor, ChildID: s.antoine.ID, New: doctor}},
		{s.claire, dossier.Declaration{Field: dossier.Doctor, ChildID: s.leo.ID, New: doctor}},
		{s.claire, dossier.Declaration{Field: dossier.Insurance, ChildID: s.antoine.ID, New: dossier.Content{"assureur": "Mutuelle des écoliers", "contrat": "ME-204-18", "assurance_au": until}}},
		{s.karim, dossier.Declaration{Field: dossier.Insurance, ChildID: s.leo.ID, New: dossier.Content{"assureur": "Assurance du Canotier", "contrat": "AC-7781", "assurance_au": until}}},
		{s.karim, dossier.Declaration{Field: dossier.Health, ChildID: s.leo.ID, New: dossier.Content{"pai": "oui", "pai_fin": s.year.LastDay.String(), "allergies": "Arachide et fruits à coque.",
			"protocole": "En cas d’ingestion : appeler le 15, donner l’antihistaminique de la trousse (infirmerie), injecter le stylo d’adrénaline si gêne respiratoire, prévenir les deux parents."}}},
	} {
		if _, err := dossier.Declare(ctx, tx, s.Town.KeyFor("health"), d.who, d.Declaration); err != nil {
			return err
		}
	}
	waiting, err := dossier.Queue(ctx, tx, s.direction, s.today(), dossier.QueueFilter{Field: dossier.Health})
	if err != nil {
		return err
	}
	for _, c := range waiting {
		if err := dossier.Accept(ctx, tx, s.Town.KeyFor("health"), s.direction, s.today(), c.ID, dossier.Verdict{}); err != nil {
			return err
		}
	}
	return s.vaccinate(ctx, tx)
}

// vaccinate notes Antoine's record whole, and Léo's without the second dose against measles.
func (s *story) vaccinate(ctx context.Context, tx *db.Tx) error {
	for _, v := range []struct {
		who   household.Guardian
		child household.Child
		last  int // months, of the last page that was noted
	}{{s.claire, s.antoine, 18}, {s.karim, s.leo, 12}} {
		for _, page := range []struct {
			code   string
			months []int
		}{{"hexavalent", []int{2, 4, 11}}, {"pneumocoque", []int{2, 4, 11}}, {"meningocoque_c", []int{5, 12}}, {"ror", []int{12, 17}}} {
			for _, months := range page.months {
				if months > v.last {
					continue
				}
				if err := dossier.AddInjection(ctx, tx, v.who, v.child.ID, page.code, v.child.BornOn.AddMonths(months).AddDays(-2), s.today()); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// namePeople says to whom the children may be given.
func (s *story) namePeople(ctx context.Context, tx *db.Tx) error {
	for _, n := range []struct {
		who      household.Guardian
		contact  dossier.ChildContact
		children []string
	}{
		{s.claire, dossier.ChildContact{Name: "Jean Martin", Relation: "grand-père", Phone: "06 39 98 01 44", MayCollect: true, Emergency: true}, []string{s.antoine.ID, s.leo.ID}},
		{s.claire, dossier.ChildContact{Name: "Inès Haddad", Relation: "voisine", Phone: "06 39 98 01 45", MayCollect: true}, []string{s.antoine.ID}},
		{s.karim, dossier.ChildContact{Name: "Samia Benali", Relation: "grand-mère", Phone: "06 39 98 01 46", MayCollect: true, Emergency: true}, []string{s.leo.ID}},
	} {
		if err := dossier.AddContact(ctx, tx, n.who, n.contact, n.children); err != nil {
			return err
		}
	}
	return nil
}

// answerConsents: all is said for Antoine; for Léo the parents differ on the internet, and one has not answered for the town's magazine.
func (s *story) answerConsents(ctx context.Context, tx *db.Tx, texts map[dossier.ConsentKind]string) error {
	for _, a := range []struct {
		who   household.Guardian
		child household.Child
		kind  dossier.ConsentKind
		given bool
	}{
		{s.claire, s.antoine, dossier.ImageInternal, true}, {s.claire, s.antoine, dossier.ImageTown, true}, {s.claire, s.antoine, dossier.ImageWeb, false},
		{s.claire, s.antoine, dossier.Swimming, true}, {s.claire, s.antoine, dossier.LeaveAlone, true}, {s.claire, s.antoine, dossier.Emergency, true},
		{s.claire, s.leo, dossier.ImageInternal, true}, {s.claire, s.leo, dossier.ImageTown, true}, {s.claire, s.leo, dossier.ImageWeb, true}, {s.claire, s.leo, dossier.Emergency, true},
		{s.karim, s.leo, dossier.ImageWeb, false}, {s.karim, s.leo, dossier.Swimming, true}, {s.karim, s.leo, dossier.Emergency, true},
	} {
		answer := dossier.ConsentAnswer{TextID: texts[a.kind], Given: a.given}
		if a.kind == dossier.LeaveAlone {
			if s.today().Age(a.child.BornOn) < 8 {
				continue
			}
			answer.From = civil.Clock(17, 30)
		}
		if err := dossier.AnswerConsent(ctx, tx, a.who, a.child.ID, answer, s.today()); err != nil {
			return err
		}
	}
	return nil
}

// moves: three families of the town declare a new address, Karim a PAI renewed; an agent left a note.
func (s *story) moves(ctx context.Context) error {
	seen := map[string]bool{}
	return s.Town.DB.Write(ctx, func(tx *db.Tx) error {
		for _, e := range s.seats {
			who := e.who[0]
			if seen[who.HouseholdID] || len(seen) == len(movedTo) {
				continue
			}
			to := movedTo[len(seen)]
			seen[who.HouseholdID] = true
			if _, err := dossier.Declare(ctx, tx, s.Town.KeyFor("health"), who, dossier.Declaration{Field: dossier.Address,
				New: dossier.Content{"adresse": to[0], "code_postal": to[1], "commune": to[2]}}); err != nil {
				return err
			}
			if err := dossier.Confirm(ctx, tx, who); err != nil {
				return err
			}
		}
		if _, err := dossier.Declare(ctx, tx, s.Town.KeyFor("health"), s.claire, dossier.Declaration{Field: dossier.Identity, ChildID: s.leo.ID,
			New: dossier.Content{"prenom": "Léo", "nom": "Martin-Benali", "naissance": s.leo.BornOn.String()}}); err != nil {
			return err
		}
		return dossier.AddNote(ctx, tx, s.direction, s.claire.HouseholdID, "Mme Martin préfère être appelée après 17 h. Elle apporte le nouveau livret de famille pour Léo.")
	})
}

// movedTo are the new addresses that wait for a check, one of them outside the town.
var movedTo = [][3]string{{"18 avenue Foch", "78400", "Chatou"}, {"7 rue Camille Périer", "78400", "Chatou"}, {"2 place du Marché", "78360", "Montesson"}}
