package debits

import (
	"bytes"
	"net/http"
	"strings"
	"time"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/mandate"
	"preau/internal/pdf"
	"preau/internal/staff"
	"preau/internal/town"
	"preau/internal/web"
)

// blank is the form to print and sign, without a name.
func (p Pages) blank(w http.ResponseWriter, r *http.Request) error {
	var set mandate.Settings
	var profile town.Profile
	var now time.Time
	t := web.Town(r)
	err := t.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		if set, err = mandate.SettingsOf(r.Context(), tx); err != nil {
			return err
		}
		now = tx.Now.Time()
		profile, err = t.Profile(r.Context(), tx)
		return err
	})
	if err != nil {
		return err
	}
	if !set.Ready() {
		return fault.NotFoundf("La Ville ne propose pas le prélèvement automatique.")
	}
	return sendForm(w, "mandat-de-prelevement.pdf", profile, sheet{terms: set.Terms(), creditor: set.Name + "\n" + set.AddressLine(), ics: string(set.ICS), made: now,
		service: strings.Join(profile.First().Lines(), "\n")})
}

// copyOf is the family's copy of what it signed.
func (p Pages) copyOf(w http.ResponseWriter, r *http.Request, who household.Guardian) error {
	var m mandate.Mandate
	var profile town.Profile
	t := web.Town(r)
	err := t.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		if m, err = ownMandate(r.Context(), tx, who); err != nil {
			return err
		}
		profile, err = t.Profile(r.Context(), tx)
		return err
	})
	if err != nil {
		return err
	}
	return sendForm(w, "mandat-"+string(m.RUM)+".pdf", profile, signedSheet(m, t.Loc))
}

// officeCopy is the same for an agent.
func (p Pages) officeCopy(w http.ResponseWriter, r *http.Request, _ staff.Agent) error {
	var m mandate.Mandate
	var profile town.Profile
	t := web.Town(r)
	err := t.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		if m, err = mandate.ByID(r.Context(), tx, r.PathValue("mandat")); err != nil {
			return err
		}
		profile, err = t.Profile(r.Context(), tx)
		return err
	})
	if err != nil {
		return err
	}
	return sendForm(w, "mandat-"+string(m.RUM)+".pdf", profile, signedSheet(m, t.Loc))
}

// sheet is a mandate on paper: signed, or to be filled in.
type sheet struct {
	signed                                 bool
	terms, creditor, ics, rum              string
	holder, street, town, account, on, how string
	service                                string // where to send a form
	made                                   time.Time
}

func signedSheet(m mandate.Mandate, loc *time.Location) sheet {
	s := sheet{signed: true, terms: m.Terms, creditor: m.Creditor, ics: string(m.ICS), rum: string(m.RUM), holder: m.Account.Holder, street: m.Account.Street,
		town: m.Account.PostalCode + " " + m.Account.City, account: m.Account.Shown, made: m.MadeAt.Time()}
	s.on = "Le " + m.SignedOn.DayMonthYear() + ", par " + m.SignedBy
	s.how = "sur papier, saisi le " + civil.DateOf(m.MadeAt, loc).DayMonthYear()
	if m.Channel == mandate.Online {
		s.how = "en ligne, " + civil.FrenchInstant(m.MadeAt, loc) + ", texte n° " + m.TermsVersion
	}
	return s
}

// dots is a line to write on.
const dots = ". . . . . . . . . . . . . . . . . . . . . . . . . . . . . . . . . . . . . . ."

func (s sheet) or(value string) string {
	if s.signed {
		return value
	}
	return dots
}

// sendForm prints a mandate.
func sendForm(w http.ResponseWriter, name string, profile town.Profile, s sheet) error {
	var b bytes.Buffer
	doc := pdf.New(&b, pdf.Meta{Title: "Mandat de prélèvement SEPA", Author: profile.Name, Created: s.made})
	doc.Part(profile.Name)
	doc.Heading(1, "Mandat de prélèvement SEPA")
	rum := "donnée par le service à l’enregistrement"
	if s.signed {
		rum = s.rum
	}
	doc.Facts([][2]string{{"Référence unique du mandat (RUM)", rum}, {"Créancier", s.creditor}, {"Identifiant du créancier SEPA (ICS)", s.ics}, {"Type de paiement", "récurrent"}})
	for paragraph := range strings.SplitSeq(s.terms, "\n") {
		doc.Paragraph(paragraph)
	}
	doc.Heading(2, "Compte à débiter")
	facts := [][2]string{{"Titulaire", s.or(s.holder)}, {"Adresse", s.or(s.street)}, {"Code postal et commune", s.or(s.town)}, {"IBAN", s.or(s.account)}}
	if !s.signed {
		facts = append(facts, [2]string{"BIC (facultatif)", dots}, [2]string{"N° de dossier ou nom de l’enfant", dots})
	}
	doc.Facts(facts)
	doc.Heading(2, "Signature")
	if s.signed {
		doc.Facts([][2]string{{"Signé", s.on}, {"Comment", s.how}})
	} else {
		doc.Facts([][2]string{{"Fait à", dots}, {"Le", dots}, {"Signature du titulaire", "\n\n\n"}})
		doc.Paragraph("À renvoyer, avec un relevé d’identité bancaire (RIB), à :\n" + s.service)
	}
	doc.Small("Vos droits concernant ce mandat sont expliqués dans un document que vous pouvez obtenir auprès de votre banque. Les informations de ce mandat ne servent qu’à " +
		"la relation entre la Ville et vous, et peuvent être consultées, corrigées ou effacées comme le prévoient les articles 15 et suivants du RGPD.")
	if err := doc.Close(); err != nil {
		return err
	}
	return web.Download(w, pdf.ContentType, name, b.Bytes())
}
