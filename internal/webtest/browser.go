package webtest

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

// The widths that pages are looked at: a phone, a desk.
const (
	Phone = 390
	Desk  = 1280
)

// browserTimeout is how long one tab may live: what is not done by then will not be.
const browserTimeout = 4 * time.Minute

// pageTimeout is how long one page may take to come: generous, on a machine that does other work too.
const pageTimeout = 45 * time.Second

//go:embed axe/axe.min.js
var axe string

// View is how a browser looks at the site.
type View struct {
	Width    int  // Phone, Desk; Desk unless set
	NoScript bool // JavaScript switched off
	Dark     bool // the visitor prefers dark colours
}

// Browser is one tab of Chromium, with cookies of its own.
type Browser struct {
	t    testing.TB
	ctx  context.Context
	own  context.Context // of the whole browser, when it is that of a Profile
	view View

	styled bool // axe has read the style sheets once
}

// One Chromium serves all the tests of a process; the operating system ends it with the process.
var chromium = sync.OnceValues(func() (context.Context, error) {
	options, err := chromiumOptions()
	if err != nil {
		return nil, err
	}
	allocator, _ := chromedp.NewExecAllocator(context.Background(), options...)
	// What chromedp calls errors are events newer than it is; what matters comes back from the actions.
	ctx, _ := chromedp.NewContext(allocator, chromedp.WithErrorf(func(string, ...any) {}))
	return ctx, chromedp.Run(ctx)
})

// chromiumOptions says which browser to start, and how.
func chromiumOptions() ([]chromedp.ExecAllocatorOption, error) {
	path, err := chromiumPath()
	if err != nil {
		return nil, err
	}
	return append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
		chromedp.Flag("font-render-hinting", "none"), chromedp.Flag("hide-scrollbars", true)), nil
}

// chromiumPath finds the program: that of PREAU_CHROMIUM, else Chromium without windows, which does the same for a third less work, else the whole
// one. The former's name in the path is a script that does not pass on its own end, hence the program itself.
func chromiumPath() (string, error) {
	paths := []string{"/usr/lib/chromium/chromium-headless-shell", "/usr/bin/chromium"}
	if own := os.Getenv("PREAU_CHROMIUM"); own != "" {
		paths = []string{own}
	}
	for _, path := range paths {
		if _, err := exec.LookPath(path); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("the browser tests need Chromium (apt install chromium-headless-shell or chromium, or PREAU_CHROMIUM=path): not found at %v", paths)
}

// NewBrowser opens a tab that shares nothing with another test. It fails the test when there is no Chromium.
func NewBrowser(t testing.TB, view View) *Browser {
	t.Helper()
	parent, err := chromium()
	if err != nil {
		t.Fatal(err)
	}
	tab, closeTab, err := newTab(parent)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(tab, browserTimeout)
	t.Cleanup(func() { cancel(); closeTab() })
	return (&Browser{t: t, ctx: ctx, view: view}).dress()
}

// dress gives the tab its size, its colours and its script.
func (b *Browser) dress() *Browser {
	b.t.Helper()
	if b.view.Width == 0 {
		b.view.Width = Desk
	}
	height := int64(900)
	if b.view.Width < 600 {
		height = 844
	}
	scheme := "light"
	if b.view.Dark {
		scheme = "dark"
	}
	b.Run(
		chromedp.EmulateViewport(int64(b.view.Width), height),
		emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{
			{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}}),
		emulation.SetScriptExecutionDisabled(b.view.NoScript),
	)
	return b
}

// newTab opens a window with cookies of its own; Chromium wants a window, not a tab, for a context that has none yet.
func newTab(parent context.Context) (context.Context, func(), error) {
	browser := cdp.WithExecutor(parent, chromedp.FromContext(parent).Browser)
	own, err := target.CreateBrowserContext().WithDisposeOnDetach(true).Do(browser)
	if err != nil {
		return nil, nil, err
	}
	id, err := target.CreateTarget("about:blank").WithBrowserContextID(own).WithNewWindow(true).Do(browser)
	if err != nil {
		return nil, nil, err
	}
	ctx, cancel := chromedp.NewContext(parent, chromedp.WithTargetID(id))
	return ctx, func() {
		cancel()
		_ = target.DisposeBrowserContext(own).Do(browser) // the browser itself may already be gone
	}, nil
}

// Run does actions of chromedp, and fails the test when one fails.
func (b *Browser) Run(actions ...chromedp.Action) {
	b.t.Helper()
	if err := chromedp.Run(b.ctx, actions...); err != nil {
		b.t.Fatalf("browser: %v", err)
	}
}

// Open goes to an address and waits for the page.
func (b *Browser) Open(address string) {
	b.t.Helper()
	b.Run(chromedp.Navigate(address), chromedp.WaitReady("body"))
}

// Fill replaces what a text field holds, as typing over it would.
func (b *Browser) Fill(selector, value string) {
	b.t.Helper()
	b.Run(
		chromedp.Focus(selector, chromedp.ByQuery),
		input.DispatchKeyEvent(input.KeyDown).WithCommands([]string{"selectAll"}),
		input.DispatchKeyEvent(input.KeyUp),
		input.InsertText(value),
	)
}

// Click clicks the first visible element that the selector finds.
func (b *Browser) Click(selector string) {
	b.t.Helper()
	b.Run(chromedp.Click(selector, chromedp.ByQuery, chromedp.NodeVisible))
}

// Press clicks the button or link whose words are label, then waits for the page that follows.
func (b *Browser) Press(label string) {
	b.t.Helper()
	b.navigate(chromedp.Click(`//*[self::button or self::a][normalize-space(translate(., "`+"\u00a0\u202f"+`", "  "))="`+label+`"]`, chromedp.BySearch))
}

// Choose chooses a file of this machine in a file field.
func (b *Browser) Choose(selector, path string) {
	b.t.Helper()
	b.Run(chromedp.SetUploadFiles(selector, []string{path}, chromedp.ByQuery))
}

// Until waits until the selector finds something: for what a script brings without a new page.
func (b *Browser) Until(selector string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, pageTimeout)
	defer cancel()
	if err := chromedp.Run(ctx, chromedp.WaitReady(selector, chromedp.ByQuery)); err != nil {
		b.t.Fatalf("browser: waiting for %s at %s: %v", selector, b.Path(), err)
	}
}

// Key presses keys as the keyboard sends them, to whatever has the focus; "\t" moves on, " " ticks, "\r" sends.
func (b *Browser) Key(keys string) {
	b.t.Helper()
	b.Run(chromedp.KeyEvent(keys))
}

// Enter presses the Enter key and waits for the page that follows.
func (b *Browser) Enter() {
	b.t.Helper()
	b.navigate(chromedp.KeyEvent("\r"))
}

func (b *Browser) navigate(act chromedp.Action) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, pageTimeout)
	defer cancel()
	if _, err := chromedp.RunResponse(ctx, act); err != nil {
		b.t.Fatalf("browser: %v", err)
	}
	b.Run(chromedp.WaitReady("body"))
}

// Text gives the words shown by the first element found.
func (b *Browser) Text(selector string) string {
	b.t.Helper()
	var text string
	b.Run(chromedp.Text(selector, &text, chromedp.ByQuery))
	return plain(text)
}

// Path is the path and query of the page shown.
func (b *Browser) Path() string {
	b.t.Helper()
	var path string
	b.Eval(`location.pathname + location.search`, &path)
	return path
}

// Eval runs an expression in the page, out of reach of its content policy, and stores its value.
func (b *Browser) Eval(expression string, value any) {
	b.t.Helper()
	b.Run(chromedp.Evaluate(expression, value))
}

// Wide fails the test when the page scrolls sideways.
func (b *Browser) Wide() {
	b.t.Helper()
	var over int
	b.Eval(`document.documentElement.scrollWidth - document.documentElement.clientWidth`, &over)
	if over > 0 {
		b.t.Errorf("%s at %d px: the page is %d px too wide", b.Path(), b.view.Width, over)
	}
}

// Shot writes a picture of the whole page to the folder PREAU_SHOTS, when it is set.
func (b *Browser) Shot(name string) {
	b.t.Helper()
	folder := os.Getenv("PREAU_SHOTS")
	if folder == "" {
		return
	}
	var png []byte
	b.Run(chromedp.FullScreenshot(&png, 100))
	if b.view.Dark {
		name += "-dark"
	}
	path := filepath.Join(folder, fmt.Sprintf("%s-%d.png", name, b.view.Width))
	if err := os.WriteFile(path, png, 0o644); err != nil {
		b.t.Fatal(err)
	}
}

// axeRun asks for the rules of WCAG 2.2 A and AA and axe's best practices, and brings back what is broken, in short. The one rule that reads the style
// sheets instead of the page (no lock of the orientation) wants them loaded first: once for a browser, they are the same for all its pages.
const axeRun = `axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], resultTypes: ["violations"], preload: %t})
	.then((r) => JSON.stringify(r.violations.map((v) => ({id: v.id, help: v.help, nodes: v.nodes.map((n) => n.target.join(" ") + ": " + n.failureSummary)}))))`

// Axe fails the test with what axe-core finds wrong with the page.
func (b *Browser) Axe() {
	b.t.Helper()
	var answer string
	b.Run(emulation.SetScriptExecutionDisabled(false))
	b.Eval(axe+"\n;0", nil)
	b.Run(chromedp.Evaluate(fmt.Sprintf(axeRun, !b.styled), &answer, awaited))
	b.styled = true
	b.Run(emulation.SetScriptExecutionDisabled(b.view.NoScript))
	var found []struct {
		ID, Help string
		Nodes    []string
	}
	if err := json.Unmarshal([]byte(answer), &found); err != nil {
		b.t.Fatalf("axe: %v", err)
	}
	for _, v := range found {
		b.t.Errorf("%s at %d px: axe %s (%s)\n  %s", b.Path(), b.view.Width, v.ID, v.Help, strings.Join(v.Nodes, "\n  "))
	}
}

// awaited asks for the value that a promise settles to.
func awaited(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }
