package rollcall_test

import (
	"testing"
	"time"

	"preau/internal/web/signin/signintest"
	"preau/internal/webtest"
	"preau/internal/worldtest"
)

// The roll-call on a tablet: the network goes, the browser is closed and opened again, the network comes back. What the town then holds is what
// the same roll-call gives on line. Another agent who signs in on the tablet sends nothing of it; signing out erases the list.
func TestARollCallWithoutNetwork(t *testing.T) {
	d := newDesk(t)
	d.photo()
	line := webtest.NewLine(d.House.Server)
	site := webtest.NewSite(t, line)
	tablet := webtest.NewProfile(t)
	address := func(path string) string { return site.URL(signintest.Host) + path }
	enter := func(b *webtest.Browser, login string) {
		b.Open(address("/connexion?suite=" + lunch))
		b.Fill("[name=identifiant]", login)
		b.Fill("[name=mot_de_passe]", worldtest.Password)
		b.Press("Ouvrir mon espace")
		b.Until("[data-ready]")
	}
	pick := func(b *webtest.Browser, name, came string) {
		b.Eval(`document.querySelector('[name="c-`+d.Child[name].ID+`"][value=`+came+`]').click()`, nil)
		b.Until(`[data-child="` + d.Child[name].ID + `"][data-came=` + came + `]`)
	}

	b := tablet.Open(webtest.View{})
	enter(b, "sofiane")
	b.Eval(`navigator.serviceWorker.ready.then(() => document.body.dataset.worker = "1"), 0`, nil)
	b.Until("body[data-worker]")
	b.Axe()
	b.Wide()
	b.Shot("pointage")
	b.Until(`[data-child="` + d.Antoine.ID + `"] .initial img`)
	b.Eval(`document.querySelector(".initial img").src = "/rien.jpg", 0`, nil) // a photo that does not come leaves the initial
	b.Until("main:not(:has(.initial img))")
	pick(b, "Zoé", "present")
	waitFor(t, func() bool { return d.count(`SELECT count(*) FROM attendance_entries`) == 1 })

	line.Cut(true)
	pick(b, "Élise", "absent")
	b.Until("[data-offline]:not([hidden])")
	if text := b.Text("[data-offline]"); text == "" {
		t.Error("nothing says that there is no network")
	}
	b.Close()

	b = tablet.Open(webtest.View{})
	b.Open(address(lunch)) // there is no server to ask: the shell answers
	b.Until("main[data-shell][data-ready]")
	if text := b.Text("h1"); text != "Restauration scolaire, élémentaire Jean Rostand" {
		t.Errorf("the shell shows %q", text)
	}
	b.Until(`[name="c-` + d.Child["Élise"].ID + `"][value=absent]:checked`)
	b.Until(`[name="c-` + d.Child["Zoé"].ID + `"][value=present]:checked`)
	if b.Text(`[data-child="`+d.Antoine.ID+`"] .initial`) != "A" {
		t.Error("without network, Antoine's initial does not stand where his photo did")
	}
	b.Eval(`(async () => { let kept = document.querySelectorAll(".roll img").length; for (const name of await caches.keys()) kept += (await (await caches.open(name)).keys()).filter((r) => r.url.endsWith("/photo")).length; document.body.dataset.photos = kept; })(), 0`, nil)
	b.Until("body[data-photos='0']")
	b.Axe()
	b.Wide()
	b.Shot("pointage-hors-connexion")
	pick(b, "Ibrahim", "present")
	b.Eval(`(() => { const row = document.querySelector('[data-child="`+d.Antoine.ID+`"]'), form = row.querySelector("[data-times]");
		row.querySelector("details").open = true; form.elements.arrivee.value = "11:55"; form.requestSubmit(form.querySelector("[value=noter]")); })()`, nil)
	b.Until(`[data-child="` + d.Antoine.ID + `"][data-came=present]`)
	d.want("nothing came through", "Zoé present")

	line.Cut(false)
	b.Open(address(lunch)) // the session ended with the browser: another agent is at the tablet first
	enter(b, "nadia")
	d.want("another agent sends nothing of it", "Zoé present")
	if text := b.Text("[data-notices]"); text == "" {
		t.Error("nothing says that entries of somebody else wait")
	}
	b.Eval(`fetch("/deconnexion", {method: "POST"}).then(() => document.body.dataset.out = "1"), 0`, nil)
	b.Until("body[data-out]")
	enter(b, "sofiane")
	waitFor(t, func() bool { return d.count(`SELECT count(*) FROM attendance_entries`) == 4 })
	d.want("the same as on line", "Élise absent", "Zoé present", "Antoine present 11:55", "Ibrahim present")
	asleepAtMidnight(t, b)
	b.Open(address(lunch))
	b.Until("[data-roll]:not([data-index])[data-ready]")
	b.Eval(`document.querySelector(".roll-back").click()`, nil)
	b.Until("[data-index][data-ready]")
	b.Press("Se déconnecter")
	if bases := kept(b); bases != "pointage-envois" && bases != "none" {
		t.Errorf("after signing out the device keeps %q", bases)
	}
	b.Close()
}

// asleepAtMidnight makes the list one of a day that is over: the tablet that wakes erases it and leaves the page.
func asleepAtMidnight(t *testing.T, b *webtest.Browser) {
	t.Helper()
	b.Eval(`(() => { const request = indexedDB.open("pointage-liste", 1); request.onsuccess = () => {
		const base = request.result, work = base.transaction("liste", "readwrite"), list = work.objectStore("liste"), read = list.get("liste");
		read.onsuccess = () => list.put({ ...read.result, until: "2026-12-14T00:00:00.000Z" }, "liste");
		work.oncomplete = () => { base.close(); document.dispatchEvent(new Event("visibilitychange")); };
	}; })()`, nil)
	b.Until("[data-index][data-ready]")
}

// kept names the stores that the device holds.
func kept(b *webtest.Browser) (names string) {
	b.Eval(`indexedDB.databases().then((l) => document.body.dataset.bases = l.map((x) => x.name).join(" ") || "none"), 0`, nil)
	b.Until("body[data-bases]")
	b.Eval(`document.body.dataset.bases`, &names)
	return names
}

// waitFor waits until something that a script causes is there.
func waitFor(t *testing.T, there func() bool) {
	t.Helper()
	for start := time.Now(); !there(); time.Sleep(20 * time.Millisecond) {
		if time.Since(start) > 15*time.Second {
			t.Fatal("it never came")
		}
	}
}
