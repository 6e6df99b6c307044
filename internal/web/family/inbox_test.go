package family_test

import (
	"net/url"
	"strings"
	"testing"

	"preau/internal/blob"
	"preau/internal/db"
	"preau/internal/document"
	"preau/internal/household"
	"preau/internal/notify"
	"preau/internal/thread"
	"preau/internal/towntest"
	"preau/internal/web"
	"preau/internal/web/family"
	"preau/internal/web/signin"
	"preau/internal/web/signin/signintest"
	"preau/internal/webtest"
	"preau/internal/worldtest"
)

func tellAll(t *testing.T, w *worldtest.World, who household.Guardian, subjects ...string) {
	t.Helper()
	for _, s := range subjects {
		w.Clock.Advance(1e9)
		w.Write(func(tx *db.Tx) error {
			return notify.Tell(t.Context(), tx, notify.Message{AccountID: who.AccountID, Topic: notify.Bookings, Subject: s,
				Text: "Bonjour,\n\nVoici <b>ce qui</b> change\nMon planning : https://essai.example/espace/planning.\nEt ailleurs : https://ailleurs.example/x"})
		})
	}
}

func TestInbox(t *testing.T) {
	w, enter := chatou(t, "2026-11-30T10:00")
	tellAll(t, w, w.Claire, "Premier", "Deuxième", "Troisième")
	tellAll(t, w, w.Karim, "Pour Karim")
	v := enter("claire.martin")
	p := v.Get("/espace/messages").Want(200).Says("main", "3 messages à lire", "Premier").Says(".nav .tool__n", "3 à lire")
	if got := p.Texts(".inbox__p"); len(got) != 3 || got[0] != "Voici <b>ce qui</b> change" {
		t.Errorf("a message begins %q: its links are read inside", got)
	}
	if got := p.Texts(".inbox__t"); strings.Join(got, " ") != "Troisième Deuxième Premier" {
		t.Errorf("order %q", got)
	}
	if strings.Contains(p.Body, "Karim") {
		t.Error("another account's message is listed")
	}
	p = p.FormAt(".inbox li:first-child form").Send().Want(200).Says("h1", "Troisième").Says(".prose", "Voici <b>ce qui</b> change")
	if href := p.Attr(".prose a", "href"); href != "/espace/planning" || p.Count(".prose a") != 1 {
		t.Errorf("link %q, %d links: only this site's are", href, p.Count(".prose a"))
	}
	p.Says("main", "n’est pas parti par e-mail")
	id := p.URL.Path[len("/espace/messages/"):]
	v.Get("/espace/messages").Says("main", "2 messages à lire")
	v.Get("/espace/messages/"+id).Submit("Marquer comme non lu").WantPath("/espace/messages").Says("main", "3 messages à lire")
	v.Get("/espace/messages").Submit("Tout marquer comme lu").Says("[role=status]", "3 messages marqués comme lus").Says("main", "Tout est lu")

	karim := enter("karim.benali")
	karim.Get("/espace/messages/" + id).Want(404)
	karim.Post("/espace/messages/"+id+"/lecture", nil).Want(404)
	karim.Post("/espace/messages/"+id+"/non-lu", nil).Want(404)
	if n := tally(t, w, `SELECT count(*) FROM messages WHERE read_at IS NULL`); n != 1 {
		t.Errorf("%d unread messages, want Karim's own", n)
	}
	v.Get("/espace/messages?apres=nonsense").Want(200)
}

func TestInboxIsPaged(t *testing.T) {
	w, enter := chatou(t, "2026-11-30T10:00")
	v := enter("claire.martin")
	v.Get("/espace/messages").Says(".empty", "Aucun message")
	for range 30 {
		tellAll(t, w, w.Claire, "Message")
	}
	p := v.Get("/espace/messages").Click("Voir les plus anciens").Want(200)
	if n := p.Count(".inbox > li"); n != 5 {
		t.Errorf("%d messages on the second page, want 5", n)
	}
	p.Click("Revenir aux plus récents").WantPath("/espace/messages")
}

func TestWriteToAService(t *testing.T) {
	w, enter := chatou(t, "2026-11-30T10:00")
	v := enter("claire.martin")
	p := v.Get("/espace/echanges").Want(200).Says(".empty", "Aucun échange").Click("Écrire à un service")
	p = p.Form("Envoyer au service").Fill("objet", "Menu de Léo").Fill("enfant", w.Leo.ID).Send().Want(422).Says("[role=alert]", "Écrivez votre message")
	form := p.Form("Envoyer au service")
	if form.Value("objet") != "Menu de Léo" || form.Value("enfant") != w.Leo.ID {
		t.Error("what was typed is lost")
	}
	p = form.Fill("message", "Bonjour,\nLéo passe au menu végétarien.").Send().Want(200).Says("[role=status]", "Votre message est envoyé").
		Says(".talk", "Vous", "menu végétarien").Says(".head", "pour Léo", "Attend le service")
	path := p.URL.Path
	id := strings.TrimPrefix(path, "/espace/echanges/")
	w.Clock.Advance(1e9)
	w.Write(func(tx *db.Tx) error {
		return thread.Answer(t.Context(), tx, w.Instructor, id, "C’est noté.", false)
	})
	p = v.Get("/espace/echanges").Says(".inbox", "À lire", "2 messages")
	p = p.FormAt(".inbox form").Send().WantPath(path).Says(".talk .is-other", "agent.enfance", "C’est noté")
	p = p.Submit("Envoyer ma réponse").Want(422).Says("[role=alert]", "Écrivez votre message")
	p.Form("Envoyer ma réponse").Fill("message", "Merci").Send().Want(200).Says(".talk", "Merci")
	v.Get("/espace/echanges").Says(".inbox", "Attend le service")
	w.Write(func(tx *db.Tx) error { return thread.Close(t.Context(), tx, w.Instructor, id) })
	v.Get(path).Says("main", "a clos cet échange")

	karim := enter("karim.benali")
	karim.Get(path).Want(404)
	karim.Post(path, url.Values{"message": {"x"}}).Want(404)
	karim.Post(path+"/lecture", nil).Want(404)
	karim.Post("/espace/echanges", url.Values{"service": {"Service aux familles"}, "enfant": {w.Antoine.ID}, "objet": {"x"}, "message": {"x"}}).Want(422)
	if strings.Contains(karim.Get("/espace/echanges").Body, "Menu de Léo") {
		t.Error("the other household sees the thread")
	}
}

func TestMessagesInABrowser(t *testing.T) {
	for name, view := range map[string]webtest.View{"phone": {Width: webtest.Phone}, "desk": {Width: webtest.Desk}, "desk-no-script": {Width: webtest.Desk, NoScript: true, Dark: true}} {
		t.Run(name, func(t *testing.T) {
			tn := towntest.New(t, "sqlite")
			w := worldtest.Chatou(t, tn)
			w.SetClock("2026-11-30T10:00")
			h := signintest.New(t, tn, func(s *web.Server, d *signin.Door) { family.Pages{Door: d}.Routes(s) })
			tellAll(t, w, w.Claire, "Réservations d’Antoine : 4 repas en plus", "Fermeture : réunion des enseignants, jeudi 3 décembre")
			b := webtest.NewBrowser(t, view)
			b.Open(h.Site.URL(signintest.Host) + "/connexion?suite=/espace/messages")
			b.Fill("[name=identifiant]", "claire.martin")
			b.Fill("[name=mot_de_passe]", worldtest.Password)
			b.Press("Ouvrir mon espace")
			look := func(shot string) {
				t.Helper()
				b.Shot(shot + "-" + name)
				b.Wide()
				b.Axe()
			}
			look("messages")
			b.Press("Fermeture : réunion des enseignants, jeudi 3 décembre")
			look("message")
			b.Open(h.Site.URL(signintest.Host) + "/espace/echanges/nouveau")
			b.Press("Envoyer au service")
			look("ecrire-erreur")
			b.Fill("[name=objet]", "Changement de menu")
			b.Fill("[name=message]", "Bonjour, Antoine passe au menu végétarien à partir de janvier.")
			b.Press("Envoyer au service")
			var id string
			w.Read(func(tx *db.Tx) error { return tx.QueryRow(t.Context(), `SELECT id FROM threads`).Scan(&id) })
			w.Clock.Advance(60e9)
			w.Write(func(tx *db.Tx) error {
				return thread.Answer(t.Context(), tx, w.Instructor, id, "Bonjour,\n\nC’est noté pour le lundi 4 janvier.\n\nBonne journée.", false)
			})
			b.Open(h.Site.URL(signintest.Host) + "/espace/echanges")
			look("echanges")
			b.Press("Changement de menu")
			look("echange")
		})
	}
}

// A document of the vault is attached to a message by a tick.
func TestAttachADocumentToAMessage(t *testing.T) {
	w, enter := chatou(t, "2026-11-30T10:00")
	file, err := w.Files.Put(t.Context(), strings.NewReader("certificat"), 100)
	if err != nil {
		t.Fatal(err)
	}
	var d document.Document
	w.Write(func(tx *db.Tx) error {
		kind, err := document.SaveType(t.Context(), tx, w.Direction, document.Type{Name: "Certificat", Subject: document.OfHousehold, Asked: document.OfNobody, Validity: document.ForMonths, Months: 12, KeepMonths: 1})
		if err != nil {
			return err
		}
		d, _, err = document.Store(t.Context(), tx, w.Claire, document.Deposit{UploadID: "u", TypeID: kind,
			Parts: []document.Part{{Name: "certificat.pdf", Type: "application/pdf", Size: file.Size}}, Files: []blob.File{file}})
		return err
	})
	v := enter("claire.martin")
	p := v.Get("/espace/echanges/nouveau").Form("Envoyer au service").Fill("objet", "Certificat").Tick("piece", d.ID).Send().Want(422)
	if got := p.Form("Envoyer au service").Values("piece"); len(got) != 1 {
		t.Errorf("ticked %v after an error", got)
	}
	p = p.Form("Envoyer au service").Fill("message", "Le voici.").Send().Want(200).Says("main", "Documents joints : Certificat, Le foyer")
	karim := enter("karim.benali")
	if strings.Contains(karim.Get("/espace/echanges/nouveau").Body, d.ID) {
		t.Error("another family's document is offered")
	}
	karim.Post("/espace/echanges", url.Values{"service": {"Service aux familles"}, "objet": {"x"}, "message": {"x"}, "piece": {d.ID}}).Want(404)
	if n := tally(t, w, `SELECT count(*) FROM threads`); n != 1 {
		t.Errorf("%d threads: a refused document leaves a thread behind", n)
	}
}
