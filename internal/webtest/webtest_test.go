package webtest_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"preau/internal/webtest"
)

const forms = `<!doctype html><html lang="fr"><head><title>Formulaires</title></head><body><main><h1>Formulaires</h1>
<p class="prix">Total : 12,50&nbsp;€<br>en <b>décembre</b></p><a href="suite?x=1">Aller plus loin</a>
<form action="/recu" method="post" id="un"><input name="nom" value="Martin"><input name="fige" value="x" disabled>
<fieldset disabled><input name="mort" value="x"></fieldset>
<input type="checkbox" name="jour" value="lundi" checked><input type="checkbox" name="jour" value="mardi">
<input type="radio" name="menu" value="a" checked><input type="radio" name="menu" value="b">
<select name="ecole"><option value="j">J</option><option selected value="s">S</option></select><textarea name="mot">
Bonjour</textarea><input type="hidden" name="vu" value="1">
<button name="outil" value="voir">Voir</button><button name="outil" value="jeter" formaction="/jete">Jeter</button><button type="button">Rien</button></form>
<input name="dehors" value="d" form="un"><button form="un" name="etape" value="2">Suite</button>
<form action="/cherche"><input name="q" value=""><button>Chercher</button></form>
<form action="/recu" method="post" enctype="multipart/form-data"><input type="file" name="fichier"><input name="zone" value="C"><button>Importer</button></form>
</main></body></html>`

func site(t *testing.T) *webtest.Visitor {
	mux := http.NewServeMux()
	page := func(w http.ResponseWriter, body string) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = fmt.Fprint(w, body)
	}
	mux.HandleFunc("GET /formulaires", func(w http.ResponseWriter, _ *http.Request) { page(w, forms) })
	echo := func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseMultipartForm(1 << 20); err != nil && r.ParseForm() != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		var lines []string
		for name, values := range r.Form {
			lines = append(lines, name+"="+strings.Join(values, ","))
		}
		if r.MultipartForm != nil {
			for name, files := range r.MultipartForm.File {
				lines = append(lines, name+"="+files[0].Filename)
			}
		}
		slices.Sort(lines)
		page(w, "<main>"+r.Host+" "+r.Method+" "+r.URL.Path+"|"+strings.Join(lines, "|")+"</main>")
	}
	mux.HandleFunc("/recu", echo)
	mux.HandleFunc("/jete", echo)
	mux.HandleFunc("/cherche", echo)
	mux.HandleFunc("GET /suite", echo)
	mux.HandleFunc("GET /entre", func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "qui", Value: "claire", Path: "/"})
		http.Redirect(w, r, "/moi", http.StatusSeeOther)
	})
	mux.HandleFunc("GET /moi", func(w http.ResponseWriter, r *http.Request) {
		if c, err := r.Cookie("qui"); err == nil {
			page(w, "<main>"+c.Value+"</main>")
			return
		}
		w.WriteHeader(http.StatusForbidden)
	})
	return webtest.NewSite(t, mux).Visitor(t, "ville.example")
}

func received(p *webtest.Page) string {
	_, after, _ := strings.Cut(p.Text("main"), "|")
	return after
}

func TestFormsAreSentAsABrowserSendsThem(t *testing.T) {
	v := site(t)
	p := v.Get("/formulaires").Want(200)
	if got := received(p.Submit("Voir")); got != "dehors=d|ecole=s|jour=lundi|menu=a|mot=Bonjour|nom=Martin|outil=voir|vu=1" {
		t.Errorf("as it is: %s", got)
	}
	sent := p.Form("Jeter").Fill("nom", "Lefèvre").Fill("ecole", "j").Fill("mot", "Salut").Tick("jour", "mardi").Untick("jour", "lundi").Tick("menu", "b").Send()
	if sent.URL.Path != "/jete" || received(sent) != "dehors=d|ecole=j|jour=mardi|menu=b|mot=Salut|nom=Lefèvre|outil=jeter|vu=1" {
		t.Errorf("changed: %s", sent.Text("main"))
	}
	if got := received(p.Submit("Suite")); !strings.Contains(got, "etape=2") || strings.Contains(got, "outil=") {
		t.Errorf("a button outside its form: %s", got)
	}
	found := p.Form("Chercher").Fill("q", "lef").Send()
	if found.URL.RequestURI() != "/cherche?q=lef" {
		t.Errorf("a search goes to %s", found.URL.RequestURI())
	}
	if got := received(p.Form("Importer").Attach("fichier", "zone-c.csv", []byte("a;b")).Send()); got != "fichier=zone-c.csv|zone=C" {
		t.Errorf("a file: %s", got)
	}
	f := p.FormAt("#un")
	if f.Value("nom") != "Martin" || f.Value("mort") != "" || len(f.Values("jour")) != 1 {
		t.Error("what the form holds")
	}
}

func TestVisitorReadsAndWalks(t *testing.T) {
	v := site(t)
	p := v.Get("/formulaires")
	p.Says(".prix", "Total : 12,50 € en décembre")
	if p.Count("form") != 3 || p.Has("table") || p.Attr("a", "href") != "suite?x=1" {
		t.Error("selectors")
	}
	if got := p.Click("Aller plus loin").Text("main"); !strings.HasPrefix(got, "ville.example") || !strings.HasSuffix(got, "GET /suite|x=1") {
		t.Errorf("the link leads to %q", got)
	}
	v.Get("/entre").WantPath("/moi").Says("main", "claire")
	if len(v.Cookies()) != 1 {
		t.Error("no cookie kept")
	}
	v.Forget()
	v.Get("/moi").Want(403)
}

func TestBrowserReadsAPage(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprint(w, `<!doctype html><html lang="fr"><title>Essai</title><main><h1>Essai</h1><form action="/dit"><label>Nom <input name="nom"></label><button>Dire</button></form><p id="s">sans script</p><script>document.getElementById("s").textContent = "avec script"</script></main>`)
	})
	mux.HandleFunc("GET /dit", func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprintf(w, "<!doctype html><main>%q</main>", r.FormValue("nom"))
	})
	s := webtest.NewSite(t, mux)
	for _, view := range []webtest.View{{Width: webtest.Desk}, {Width: webtest.Phone, NoScript: true}} {
		b := webtest.NewBrowser(t, view)
		b.Open(s.URL("ville.localhost") + "/")
		want := "avec script"
		if view.NoScript {
			want = "sans script"
		}
		if got := b.Text("#s"); got != want {
			t.Errorf("%+v: %q", view, got)
		}
		b.Axe()
		b.Wide()
		b.Fill("input", "Léo")
		b.Press("Dire")
		if got := b.Text("main"); got != `"Léo"` || b.Path() != "/dit?nom=L%C3%A9o" {
			t.Errorf("%s at %s", got, b.Path())
		}
	}
}
