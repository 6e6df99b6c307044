package work

import (
	"context"
	"errors"
	"io"
	"net/url"
	"strings"

	"preau/internal/blob"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/job"
	"preau/internal/pdf"
	"preau/internal/request"
	"preau/internal/town"
)

// Letters of one slice are made of keys of one transaction: families go on working in between.
const (
	lettersSlice = 25
	lettersBytes = 256 << 20 // of a file, at most
)

// keyLetter is one letter to print.
type keyLetter struct {
	guardian  household.Guardian
	household household.Household
	children  []string
	key       string
}

// printLetters makes the keys of a batch and prints them, a letter a page, into one encrypted file. A job that died begins again: the keys of
// its first try are on no paper, and are replaced.
func printLetters(t *town.Town) job.Handler {
	return job.Handle(func(ctx context.Context, p household.LettersJob) error {
		var b household.KeyBatch
		var profile town.Profile
		err := t.DB.Read(ctx, func(tx *db.Tx) (err error) {
			if b, err = household.Letters(ctx, tx, p.BatchID); err != nil {
				return err
			}
			profile, err = t.Profile(ctx, tx)
			return err
		})
		if fault.Is(err, fault.NotFound) || err == nil && !b.ReadyAt.IsZero() {
			return nil
		}
		if err != nil {
			return err
		}
		file, err := storeLetters(ctx, t, profile, b)
		if err != nil {
			return err
		}
		err = t.DB.Write(ctx, func(tx *db.Tx) error { return household.LettersReady(ctx, tx, b.ID, file) })
		if err != nil {
			return errors.Join(err, t.Files.Discard(ctx, file))
		}
		return nil
	})
}

// storeLetters writes the letters straight into the town's files: neither the whole document nor a key in clear is ever kept elsewhere.
func storeLetters(ctx context.Context, t *town.Town, profile town.Profile, b household.KeyBatch) (blob.File, error) {
	reader, writer := io.Pipe()
	go func() { writer.CloseWithError(writeLetters(ctx, t, profile, b, writer)) }()
	file, err := t.Files.Put(ctx, reader, lettersBytes)
	reader.CloseWithError(err) // the writer does not wait for who no longer reads
	return file, err
}

func writeLetters(ctx context.Context, t *town.Town, profile town.Profile, b household.KeyBatch, w io.Writer) error {
	doc := pdf.New(w, pdf.Meta{Title: "Lettres « clé enfance » – " + b.Title, Author: profile.Name, Created: b.MadeAt.Time()})
	for done := 0; done < len(b.Guardians); {
		slice := b.Guardians[done:min(done+lettersSlice, len(b.Guardians))]
		done += len(slice)
		var letters []keyLetter
		err := t.DB.Write(ctx, func(tx *db.Tx) (err error) {
			letters = letters[:0]
			if letters, err = drawKeys(ctx, tx, t, b, slice); err != nil {
				return err
			}
			return household.LettersDone(ctx, tx, b.ID, done)
		})
		if err != nil {
			return err
		}
		for _, l := range letters {
			if err := l.print(doc, t, profile, civil.DateOf(b.MadeAt, t.Loc)); err != nil {
				return err
			}
		}
	}
	if doc.Pages() == 0 {
		doc.Part("")
		doc.Paragraph("Aucune lettre : toutes les personnes choisies ont désormais un espace.")
	}
	return doc.Close()
}

// drawKeys makes the keys of a slice. Who has opened their space meanwhile is left out.
func drawKeys(ctx context.Context, tx *db.Tx, t *town.Town, b household.KeyBatch, guardians []string) ([]keyLetter, error) {
	var out []keyLetter
	today := civil.DateOf(tx.Now, t.Loc)
	for _, id := range guardians {
		key, err := household.IssueKey(ctx, tx, b.MadeBy, id, household.NewKey{Secret: request.KeySecret(t), Today: today, BatchID: b.ID})
		if fault.Is(err, fault.Refused) || fault.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		l := keyLetter{key: key}
		if l.guardian, err = household.GuardianByID(ctx, tx, id); err != nil {
			return nil, err
		}
		if l.household, err = household.ByID(ctx, tx, l.guardian.HouseholdID); err != nil {
			return nil, err
		}
		children, err := household.Children(ctx, tx, l.guardian.HouseholdID)
		if err != nil {
			return nil, err
		}
		for _, c := range children {
			l.children = append(l.children, c.FirstName)
		}
		out = append(out, l)
	}
	return out, nil
}

// print writes one letter, on one page.
func (l keyLetter) print(doc *pdf.Doc, t *town.Town, profile town.Profile, today civil.Date) error {
	service := profile.First()
	address := t.BaseURL + "/creer-mon-espace"
	shown := strings.TrimPrefix(strings.TrimPrefix(address, "https://"), "http://")
	doc.Letter(pdf.Letter{
		From: append([]string{profile.Name, service.Title}, senderLines(service)...),
		To:   postal([]string{titled(l.guardian), l.household.Address, strings.TrimSpace(l.household.PostalCode + " " + strings.ToUpper(l.household.City))}),
		Date: "Le " + today.Long(), Reference: "Dossier n° " + l.household.Reference,
	}, profile.Name)
	doc.Heading(1, "Votre clé enfance")
	doc.Paragraph(l.greeting() + ",\nla Ville vous ouvre son portail, " + profile.Portal + " : inscriptions, réservations, factures, à toute heure. " +
		"Créez votre espace personnel et saisissez la clé ci-dessous : " + l.who() + " y sera déjà.")
	doc.Code(l.key)
	if err := doc.QR(address+"#cle="+url.QueryEscape(l.key), "Code à photographier. Il ouvre la page de création de l’espace personnel, avec votre clé.",
		"Photographiez ce code avec votre téléphone, ou allez à l’adresse :\n"+shown+"\n\nÀ l’onglet « Authentification », saisissez les cinq chiffres, le tiret et les cinq lettres.", 38); err != nil {
		return err
	}
	doc.Paragraph("Cette clé est à votre nom : chaque responsable de l’enfant reçoit la sienne. Elle sert une seule fois, jusqu’au " +
		household.KeyExpiry(today).DayMonthYear() + ". Ne la donnez à personne. Si vous l’avez perdue, le service vous en fait une autre, et celle-ci ne vaut plus rien.")
	doc.Small("Vos données servent à la gestion de ces services par " + profile.Name + ". Vos droits et la façon de les exercer : " + strings.TrimSuffix(shown, "/creer-mon-espace") + "/donnees-personnelles.")
	return nil
}

// who are the children, as the letter names them.
func (l keyLetter) who() string {
	switch n := len(l.children); n {
	case 0:
		return "le dossier de votre foyer"
	case 1:
		return "le dossier de " + l.children[0]
	default:
		return "le dossier de " + strings.Join(l.children[:n-1], ", ") + " et " + l.children[n-1]
	}
}

func (l keyLetter) greeting() string {
	switch l.guardian.Civility {
	case "mme":
		return "Madame"
	case "m":
		return "Monsieur"
	}
	return "Madame, Monsieur"
}

// titled is the first line of an address.
func titled(g household.Guardian) string {
	switch g.Civility {
	case "mme":
		return "Mme " + g.Name()
	case "m":
		return "M. " + g.Name()
	}
	return g.Name()
}

func senderLines(s town.Service) []string {
	lines := strings.Split(strings.TrimSpace(s.Address), "\n")
	if s.Phone != "" {
		lines = append(lines, "Tél. : "+s.Phone)
	}
	return lines
}

// postal leaves the empty lines out of an address; the post wants six lines at most.
func postal(lines []string) []string {
	var out []string
	for _, l := range lines {
		for part := range strings.SplitSeq(l, "\n") {
			if part = strings.TrimSpace(part); part != "" && len(out) < 6 {
				out = append(out, part)
			}
		}
	}
	return out
}

// forgetLetters removes a file of letters when its time has come.
func forgetLetters(t *town.Town) job.Handler {
	return job.Handle(func(ctx context.Context, p household.LettersJob) error {
		return t.DB.Write(ctx, func(tx *db.Tx) error { return household.EndLetters(ctx, tx, p.BatchID) })
	})
}
