package registration_test

import (
	"strings"
	"testing"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"preau/internal/civil"
	"preau/internal/registration"
)

func TestSuspicious(t *testing.T) {
	now := civil.At(time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC))
	for sentence, c := range map[string]struct {
		signs registration.Signs
		want  bool
	}{
		"Who takes six seconds or more is asked nothing":   {registration.Signs{BegunAt: now.Add(-6 * time.Second)}, false},
		"Who fills four tabs in five seconds is a machine": {registration.Signs{BegunAt: now.Add(-5 * time.Second)}, true},
		"Who fills what nobody sees is a machine":          {registration.Signs{Trapped: true, BegunAt: now.Add(-time.Hour)}, true},
		"Who asks often is asked something":                {registration.Signs{Often: true, BegunAt: now.Add(-time.Hour)}, true},
	} {
		t.Run(sentence, func(t *testing.T) {
			if got := c.signs.Suspicious(now); got != c.want {
				t.Errorf("suspicious: %v, want %v", got, c.want)
			}
		})
	}
}

func TestRight(t *testing.T) {
	number := registration.Question{Answers: []string{"8", "huit"}}
	letter := registration.Question{Answers: []string{"é"}}
	for sentence, c := range map[string]struct {
		question registration.Question
		answer   string
		want     bool
	}{
		"A number in figures":                   {number, "8", true},
		"A number in words":                     {number, "huit", true},
		"With capitals, spaces and a full stop": {number, "  HUIT. ", true},
		"Another number":                        {number, "9", false},
		"A number that begins alike":            {number, "80", false},
		"Both answers at once":                  {number, "8 huit", false},
		"A letter without its accent":           {letter, "E", true},
		"Nothing":                               {number, "", false},
		"Only a full stop":                      {number, " . ", false},
	} {
		t.Run(sentence, func(t *testing.T) {
			if got := c.question.Right(c.answer); got != c.want {
				t.Errorf("%q is right: %v, want %v", c.answer, got, c.want)
			}
		})
	}
	if (registration.Question{}).Right("") || (registration.Question{Answers: []string{""}}).Right(".") {
		t.Error("nothing answers a question that has no answer")
	}
}

// Every question drawn can be answered, with what it says and no more; and its words do not give the answer of a sum away.
func TestNewQuestion(t *testing.T) {
	kinds := map[string]bool{}
	for range 400 {
		q := registration.NewQuestion()
		if !strings.HasSuffix(q.Text, " ?") || len(q.Answers) == 0 {
			t.Fatalf("%+v", q)
		}
		for _, a := range q.Answers {
			if !q.Right(a) || !q.Right(strings.ToUpper(" "+a+" !")) {
				t.Errorf("%q does not answer %q", a, q.Text)
			}
		}
		first, _, _ := strings.Cut(q.Text, " ")
		kinds[first+" "+strings.Fields(q.Text)[1]] = true
		if strings.HasPrefix(q.Text, "Combien font") && strings.Contains(q.Text, " "+q.Answers[1]+" ") {
			t.Errorf("the answer is in %q", q.Text)
		}
	}
	if len(kinds) < 5 {
		t.Errorf("few kinds in 400 draws: %v", kinds)
	}
}

// Accents, capitals and spaces change nothing of an answer.
func TestRightWhateverTheWriting(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		answer := rapid.SampledFrom([]string{"zéro", "onze", "cuillère", "fenêtre", "dix-sept"}).Draw(t, "answer")
		before := rapid.StringMatching(`[ ]{0,3}`).Draw(t, "before")
		after := rapid.StringMatching(`[ ]{0,2}[.!?]{0,2}[ ]{0,2}`).Draw(t, "after")
		written := answer
		if rapid.Bool().Draw(t, "capitals") {
			written = strings.ToUpper(written)
		}
		if rapid.Bool().Draw(t, "without accents") {
			written = strings.NewReplacer("é", "e", "è", "e", "ê", "e", "É", "E", "È", "E", "Ê", "E").Replace(written)
		}
		if !(registration.Question{Answers: []string{answer}}).Right(before + written + after) {
			t.Errorf("%q does not answer %q", before+written+after, answer)
		}
	})
}

// What is right is one of the answers, whatever stands around its letters: nothing else passes.
func FuzzRight(f *testing.F) {
	f.Add("8")
	f.Add(" hui\u0302t !")
	f.Add("\xff\x00")
	q := registration.Question{Answers: []string{"8", "huit"}}
	f.Fuzz(func(t *testing.T, answer string) {
		letters := strings.Map(func(r rune) rune {
			if unicode.IsLetter(r) || unicode.IsNumber(r) {
				return unicode.ToLower(r)
			}
			return -1
		}, norm.NFD.String(answer))
		if q.Right(answer) && letters != "8" && letters != "huit" {
			t.Errorf("%q is right", answer)
		}
	})
}
