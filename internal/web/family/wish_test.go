package family_test

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/fault"
	"preau/internal/web"
	"preau/internal/web/family"
)

// posted is a form with these values, as a browser would send it.
func posted(t interface{ Fatal(...any) }, values url.Values) *web.Form {
	f, err := web.Query(&http.Request{URL: &url.URL{RawQuery: values.Encode()}})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// The wish a form carries, applied to what its page showed, gives what is ticked, on the days that could be edited; it touches
// nothing else.
func TestAWishGivesWhatIsTicked(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		var all []string
		for _, owner := range []string{"", "other/"} {
			for n := range rapid.IntRange(1, 12).Draw(r, "days") {
				day := civil.MustParse("2026-12-28").AddDays(n).String()
				all = append(all, owner+day+":REPAS", owner+day+":PANIER")
			}
		}
		some := func(label string) map[string]bool {
			set := map[string]bool{}
			for _, v := range all {
				if rapid.Bool().Draw(r, label+v) {
					set[v] = true
				}
			}
			return set
		}
		seen, ticked, editable := some("seen "), some("ticked "), map[string]bool{}
		for _, v := range all {
			day, _, _ := strings.Cut(v, ":")
			editable[day] = editable[day] || rapid.Bool().Draw(r, "editable "+day)
		}
		list := func(set map[string]bool) []string {
			var out []string
			for v, in := range set {
				if in {
					out = append(out, v)
				}
			}
			slices.Sort(out)
			return out
		}
		form := url.Values{"jour": list(ticked), "vu": {strings.Join(list(seen), " ")}, "visible": {strings.Join(list(editable), "  ")}}
		changes, err := family.ReadWish("own", posted(r, form))
		if err != nil {
			r.Fatal(err)
		}
		after := map[string]bool{}
		for v := range seen {
			after[v] = true
		}
		for _, c := range changes {
			if v := family.Value("own", c); after[v] == c.Add {
				r.Fatalf("%s is changed into what it was", v)
			} else {
				after[v] = c.Add
			}
		}
		for _, v := range all {
			day, _, _ := strings.Cut(v, ":")
			want := ticked[v] || (seen[v] && !editable[day])
			if after[v] != want {
				r.Fatalf("%s: %v, want %v (seen %v, ticked %v, editable %v)", v, after[v], want, seen[v], ticked[v], editable[day])
			}
		}
	})
}

// What a page carries along in hidden fields is the same wish when it comes back, in the calendar and in the recapitulation.
func TestAWishComesBackTheSame(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		var changes []booking.Change
		for n := range 20 {
			if rapid.Bool().Draw(r, "day") {
				changes = append(changes, booking.Change{EnrolmentID: rapid.SampledFrom([]string{"own", "other"}).Draw(r, "enrolment"), Option: rapid.SampledFrom([]string{"REPAS", "É-2"}).Draw(r, "option"),
					Day: civil.MustParse("2026-12-28").AddDays(n), Add: rapid.Bool().Draw(r, "add")})
			}
		}
		got, err := family.ReadWish("own", posted(r, fieldsOf(family.WishFields("own", changes))))
		if err != nil {
			r.Fatal(err)
		}
		sort := func(list []booking.Change) []booking.Change {
			list = slices.Clone(list)
			slices.SortFunc(list, func(a, b booking.Change) int { return strings.Compare(family.Value("", a), family.Value("", b)) })
			return list
		}
		if !slices.Equal(sort(got), sort(changes)) {
			r.Fatalf("sent %v, came back %v", changes, got)
		}
	})
}

func fieldsOf(list []family.Hidden) url.Values {
	values := url.Values{}
	for _, h := range list {
		values.Add(h.Name, h.Value)
	}
	return values
}

// FuzzReadWish: whatever is posted, the wish is read or refused in words; what is read comes back the same, and says each box once.
func FuzzReadWish(f *testing.F) {
	f.Add("2026-12-07:REPAS", "2026-12-08:REPAS", "2026-12-08 2026-12-07")
	f.Add("other/2026-12-07:REPAS own/2026-12-07:REPAS", "", "")
	f.Add("2026-12-07", ":", "//")
	f.Add("0000-00-00:x", "9999-12-31:y", "99999-01-01")
	f.Fuzz(func(t *testing.T, jour, vu, visible string) {
		form, err := web.Query(&http.Request{URL: &url.URL{RawQuery: url.Values{"jour": {jour}, "vu": {vu}, "visible": {visible}}.Encode()}})
		if err != nil {
			return
		}
		changes, err := family.ReadWish("own", form)
		if err != nil {
			var wrong *fault.Error
			if !errors.As(err, &wrong) || wrong.Kind != fault.Invalid {
				t.Fatalf("refused with %v", err)
			}
			return
		}
		said := map[string]bool{}
		for _, c := range changes {
			if v := family.Value("", c); said[v] || c.Option == "" || c.Day.IsZero() {
				t.Fatalf("%q twice, or not a box", v)
			} else {
				said[v] = true
			}
		}
		back, err := family.ReadWish("own", posted(t, fieldsOf(family.WishFields("own", changes))))
		if err != nil || !slices.Equal(back, changes) {
			t.Fatalf("sent %v, came back %v (%v)", changes, back, err)
		}
	})
}

// FuzzReadTarget: whatever is asked, a view is one that can be drawn and written again.
func FuzzReadTarget(f *testing.F) {
	for _, s := range []string{"2026-12", "2026-W50", "2026-12-07", "2020-W53", "0001-01", "9999-12", "", "2026-W00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		v, ok := family.ReadTarget(text)
		if !ok {
			return
		}
		if !v.Known() {
			t.Fatalf("%q shows days that cannot be written", text)
		}
		again, ok := family.ReadTarget(v.Name())
		if !ok || again != v {
			t.Fatalf("%q is written %q and read %v", text, v.Name(), again)
		}
		span := v.Span()
		if days := span.To.DaysSince(span.From); days != 6 && (days < 27 || days > 41) {
			t.Fatalf("%q shows %d days", text, days)
		}
	})
}
