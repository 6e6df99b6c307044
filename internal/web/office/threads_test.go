package office_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"preau/internal/blob"
	"preau/internal/db"
	"preau/internal/document"
	"preau/internal/household"
	"preau/internal/staff"
	"preau/internal/thread"
	"preau/internal/towntest"
	"preau/internal/web"
	"preau/internal/web/office"
	"preau/internal/web/signin"
	"preau/internal/web/signin/signintest"
	"preau/internal/webtest"
	"preau/internal/worldtest"
)

// talking is the world with a thread of each household.
func talking(t *testing.T, tn *towntest.Town) (w *worldtest.World, h *signintest.House, claire, karim string) {
	w = worldtest.Chatou(t, tn)
	w.SetClock("2026-12-01T09:00")
	h = signintest.New(t, tn, func(s *web.Server, d *signin.Door) { office.Pages{Door: d}.Routes(s) })
	open := func(who household.Guardian, n thread.New) (id string) {
		n.Service = "Service aux familles"
		w.Write(func(tx *db.Tx) (err error) { id, err = thread.Start(t.Context(), tx, who, n, w.Loc); return err })
		w.Clock.Advance(time.Minute)
		return id
	}
	claire = open(w.Claire, thread.New{ChildID: w.Leo.ID, Subject: "Menu de Léo", Body: "Léo change de menu."})
	karim = open(w.Karim, thread.New{Subject: "Facture", Body: "Une question."})
	return w, h, claire, karim
}

func enterWorld(h *signintest.House, login, path string) (*webtest.Visitor, *webtest.Page) {
	v := h.Visitor()
	v.Post("/connexion", url.Values{"identifiant": {login}, "mot_de_passe": {worldtest.Password}})
	return v, v.Get(path)
}

func TestAgentsAnswerFamilies(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		w, h, claire, _ := talking(t, tn)
		v, p := enterWorld(h, "agent.enfance", "/bureau/messages")
		p.Want(200).Says(".side", "2 à répondre")
		if got := strings.Join(p.Texts("tbody th a"), ", "); got != "Menu de Léo, Facture" {
			t.Errorf("order %q: the oldest waits first", got)
		}
		p = p.Click("Menu de Léo").Want(200).Says(".head", "Dossier de Martin Claire", "pour Léo").Says(".talk", "Claire Martin", "Léo change de menu")
		p = p.Submit("Envoyer la réponse").Want(422).Says("[role=alert]", "Écrivez votre message")
		p.Form("Envoyer la réponse").Fill("message", "C’est noté.").Send().Want(200).Says("[role=status]", "La réponse est envoyée").Says(".side", "1 à répondre")
		p = v.Get("/bureau/messages?boite=en-attente").Says("tbody", "Menu de Léo", "agent.enfance").Click("Menu de Léo")
		p = p.Form("Attribuer").Fill("agent", w.Direction.ID).Send().Want(200).Says("[role=status]", "attribution")
		p.Submit("Clore sans répondre").Says("[role=status]", "L’échange est clos")
		v.Get("/bureau/messages?boite=clos").Says("tbody", "Menu de Léo").Click("Menu de Léo").Says("main", "Clos par agent.enfance")
		v.Post("/bureau/messages/"+claire+"/attribution", url.Values{"agent": {"nobody"}}).Want(422)
		v.Get("/bureau/messages?boite=nonsense").Says("tbody", "Facture")
	})
}

func TestAgentsOfOtherSitesDoNotSeeMessages(t *testing.T) {
	w, h, claire, karim := talking(t, towntest.New(t, "sqlite"))
	w.Write(func(tx *db.Tx) error {
		w.AddAgent(tx, "rostand", staff.Instruction, "ROSTAND")
		w.AddAgent(tx, "anim", staff.Animation)
		return nil
	})
	v, p := enterWorld(h, "rostand", "/bureau/messages")
	p.Want(200).Says(".empty", "Aucune famille n’attend")
	for _, id := range []string{claire, karim} {
		v.Get("/bureau/messages/" + id).Want(404)
		v.Post("/bureau/messages/"+id, url.Values{"message": {"x"}}).Want(404)
		v.Post("/bureau/messages/"+id+"/attribution", url.Values{"agent": {""}}).Want(404)
		v.Post("/bureau/messages/"+id+"/cloture", nil).Want(404)
	}
	_, p = enterWorld(h, "anim", "/bureau/messages")
	p.Want(403)
	if n := strings.Count(p.Body, `href="/bureau/messages"`); n != 0 {
		t.Error("the menu shows messages to an agent without the right")
	}
}

func TestAgentsMessagesInABrowser(t *testing.T) {
	_, h, claire, _ := talking(t, towntest.New(t, "sqlite"))
	for _, view := range []webtest.View{{Width: webtest.Phone}, {Width: webtest.Desk}, {Width: webtest.Desk, NoScript: true, Dark: true}} {
		b := webtest.NewBrowser(t, view)
		b.Open(h.Site.URL(signintest.Host) + "/connexion?suite=/bureau/messages")
		b.Fill("[name=identifiant]", "agent.enfance")
		b.Fill("[name=mot_de_passe]", worldtest.Password)
		b.Press("Ouvrir mon espace")
		b.Shot("bureau-messages")
		b.Wide()
		b.Axe()
		b.Open(h.Site.URL(signintest.Host) + "/bureau/messages/" + claire)
		b.Press("Envoyer la réponse")
		b.Shot("bureau-echange")
		b.Wide()
		b.Axe()
	}
}

// An agent opens what a family attached to a thread, and only through that thread.
func TestAgentsOpenWhatIsAttached(t *testing.T) {
	w, h, claire, karim := talking(t, towntest.New(t, "sqlite"))
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
		if err != nil {
			return err
		}
		return thread.Attach(t.Context(), tx, w.Claire, claire, []string{d.ID})
	})
	v, p := enterWorld(h, "agent.enfance", "/bureau/messages/"+claire)
	p.Want(200).Says("main", "Documents joints", "Certificat, Le foyer, certificat.pdf")
	href := p.Attr("main a[download]", "href")
	if got := v.Get(href).Want(200); got.Body != "certificat" {
		t.Errorf("the file is %q", got.Body)
	}
	v.Get("/bureau/messages/" + karim + "/documents/" + d.ID + "/1").Want(404)
	v.Get("/bureau/messages/" + claire + "/documents/" + d.ID + "/2").Want(404)
	v.Get("/bureau/messages/" + claire + "/documents/" + d.ID + "/x").Want(404)
}
