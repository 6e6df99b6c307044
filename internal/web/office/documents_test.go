package office_test

import (
	"bytes"
	"image"
	"image/jpeg"
	"strings"
	"testing"

	"preau/internal/blob"
	"preau/internal/db"
	"preau/internal/document"
	"preau/internal/worldtest"
)

// sentIn gives Claire's household a document of one picture; sent says whether the service has it.
func sentIn(t *testing.T, w *worldtest.World, kind string, sent bool) document.Document {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 300, 400)), nil); err != nil {
		t.Fatal(err)
	}
	f, err := w.Files.Put(t.Context(), &b, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	var d document.Document
	w.Write(func(tx *db.Tx) (err error) {
		d, _, err = document.Store(t.Context(), tx, w.Claire, document.Deposit{UploadID: db.NewID(), TypeID: kind, ChildID: w.Leo.ID, Send: sent,
			Parts: []document.Part{{Name: "carnet.jpg", Type: "image/jpeg", Size: f.Size}}, Files: []blob.File{f}})
		return err
	})
	return d
}

func vaccination(t *testing.T, w *worldtest.World) (id string) {
	t.Helper()
	w.Write(func(tx *db.Tx) (err error) {
		id, err = document.SaveType(t.Context(), tx, w.Direction, document.Type{Name: "Carnet de vaccination", Help: "Les pages des vaccins.", Subject: document.OfChild,
			Asked: document.OfEveryone, Validity: document.ForMonths, Months: 12, KeepMonths: 12})
		return err
	})
	return id
}

// An agent sees what was sent and nothing else, answers with a date or a reason, and goes on to the next.
func TestPapersAreChecked(t *testing.T) {
	w, _, enter := chatouDesk(t)
	kind := vaccination(t, w)
	private, first, second := sentIn(t, w, kind, false), sentIn(t, w, kind, true), sentIn(t, w, kind, true)
	v := enter("agent.enfance")
	p := v.Get("/bureau/justificatifs").Want(200).Says("main", "Carnet de vaccination", "Léo", "Martin Claire", "aujourd’hui")
	if len(p.All("tbody tr")) != 2 {
		t.Errorf("%d in the queue", len(p.All("tbody tr")))
	}
	v.Get("/bureau/justificatifs/" + private.ID).Want(404)
	v.Get("/bureau/justificatifs/" + private.ID + "/pages/1").Want(404)
	p = v.Get("/bureau/justificatifs/"+first.ID).Want(200).Says("main", "Les pages des vaccins", "agent.enfance")
	page := v.Get("/bureau/justificatifs/" + first.ID + "/pages/1").Want(200)
	if page.Header.Get("Content-Type") != "image/jpeg" || !strings.Contains(page.Header.Get("Content-Security-Policy"), "sandbox") || !strings.HasPrefix(page.Header.Get("Content-Disposition"), "inline") {
		t.Errorf("a picture is served with %v", page.Header)
	}
	if got := v.Get("/bureau/justificatifs/" + first.ID + "/pages/1?telecharger").Header.Get("Content-Disposition"); !strings.HasPrefix(got, "attachment") {
		t.Errorf("saved as %q", got)
	}
	p.Form("Refuser").Send().Want(422).Says("main", "pourquoi ce document ne convient pas")
	p.Form("Accepter").Fill("jusque", "2020-01-01").Send().Want(422).Says("main", "Cette date est passée")
	stale := v.Get("/bureau/justificatifs/" + first.ID)
	if got := p.Form("Accepter").Value("jusque"); got != "2027-12-01" {
		t.Errorf("proposed until %s", got)
	}
	p.Form("Accepter").Send().Want(200).WantPath("/bureau/justificatifs/"+second.ID).Says("[role=status]", "Document accepté")
	stale.Form("Refuser").Fill("motif", "Illisible.").Send().Want(409).Says("main", "a déjà répondu")
	p = v.Get("/bureau/justificatifs/"+first.ID).Says("main", "Accepté", "1er décembre 2027", "Changer la réponse")
	p.Form("Refuser").Fill("motif", "La page des vaccins manque.").Send().Want(200)
	v.Get("/bureau/justificatifs/"+first.ID).Says("main", "Refusé", "La page des vaccins manque.")
	enter("direction").Get("/bureau/journal").Says("main", "A ouvert un document", "A refusé un document")
}

// Rights: who does not check documents does not reach them, whatever the address.
func TestWhoChecks(t *testing.T) {
	w, h, enter := chatouDesk(t)
	d := sentIn(t, w, vaccination(t, w), true)
	w.Write(func(tx *db.Tx) error { w.AddAgent(tx, "regie", "regie"); return nil })
	for _, path := range []string{"/bureau/justificatifs", "/bureau/justificatifs/" + d.ID, "/bureau/justificatifs/" + d.ID + "/pages/1", "/bureau/parametres/documents"} {
		enter("regie").Get(path).Want(403)
		enter("claire.martin").Get(path).Want(404)
		h.Visitor().Get(path).WantPath("/connexion")
	}
	w.Read(func(tx *db.Tx) error {
		views, err := document.Views(t.Context(), tx, d.ID)
		if len(views) != 0 {
			t.Errorf("seen by %+v", views)
		}
		return err
	})
}

// The town settles what it asks, and how families' spaces are kept.
func TestDocumentTypesAreSettled(t *testing.T) {
	w, _, enter := chatouDesk(t)
	v := enter("direction")
	v.Get("/bureau/parametres").Says("main", "Documents demandés")
	f := v.Get("/bureau/parametres/documents/nouveau").Want(200).Form("Enregistrer")
	f = f.Fill("nom", "Attestation de natation").Tick("demande", "enrolled").Tick("concerne", "child").Tick("bloquant", "oui")
	p := f.Send().Want(422).Says("main", "Choisissez au moins une activité")
	p = p.Form("Enregistrer").Tick("activites", w.Activity["VACANCES"]).Fill("age_de", "6").Send().Want(200).WantPath("/bureau/parametres/documents").
		Says("main", "Attestation de natation", "Accueil de loisirs des vacances, à partir de 6 ans", "Sans lui, pas de réservation", "Sans limite")
	p.Click("Attestation de natation").Want(200).Form("Enregistrer").Tick("archive", "oui").Send().Want(200).Says("main", "Archivé")
	p = v.Get("/bureau/parametres/documents").Form("Enregistrer ces réglages").Fill("quota", "5").Send().Want(422).Says("main", "entre 20 et 10 000")
	p.Form("Enregistrer ces réglages").Fill("quota", "50").Fill("prevenir", "15").Send().Want(200).Says("[role=status]", "Réglages enregistrés")
	v.Get("/bureau/parametres/documents/inconnu").Want(404)
}
