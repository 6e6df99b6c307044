package registration

import (
	"crypto/rand"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"

	"preau/internal/civil"
	"preau/internal/household"
)

// The security control asks nothing of most people. It looks at what a machine does: it fills the field that nobody sees, and sends four
// tabs in a few seconds. Then, or when one address or e-mail asks often, one question in plain words is asked on the same page: it needs
// no sight, no hearing, no script and no third party.

// quickest is the least time in which somebody fills four tabs.
const quickest = 6 * time.Second

// Signs are what is known of who sends the last tab.
type Signs struct {
	Trapped bool          // the hidden field was filled
	BegunAt civil.Instant // when the first page was asked, as the sealed draft says
	Often   bool          // this address or this e-mail asked too often in the last hour
}

// Suspicious says whether a question must be asked first.
func (s Signs) Suspicious(now civil.Instant) bool {
	return s.Trapped || s.Often || now.Before(s.BegunAt.Add(quickest))
}

// Question is a question in plain words, with the answers that are right. It stays with the draft: the page shows its text alone.
type Question struct {
	Text    string   `json:"text"`
	Answers []string `json:"answers"`
}

// Right says whether an answer is right, whatever its accents, capitals and spaces; a number may be written in figures or in words.
func (q Question) Right(answer string) bool {
	given := strings.Trim(household.Fold(strings.TrimSpace(answer)), " .!?")
	if given == "" {
		return false
	}
	return slices.ContainsFunc(q.Answers, func(a string) bool { return household.Fold(a) == given })
}

var numerals = []string{"zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze", "douze", "treize", "quatorze", "quinze",
	"seize", "dix-sept", "dix-huit", "dix-neuf", "vingt"}

// among are lists where one thing does not belong, the last.
var among = [][]string{
	{"pomme", "poire", "cerise", "fraise", "camion"},
	{"lundi", "mardi", "jeudi", "samedi", "janvier"},
	{"rouge", "vert", "jaune", "bleu", "cuillère"},
	{"chat", "lapin", "cheval", "mouton", "fenêtre"},
	{"chemise", "pantalon", "manteau", "chaussette", "fromage"},
	{"table", "chaise", "armoire", "lit", "nuage"},
}

var days = []string{"lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"}

var spelled = []string{"école", "cartable", "tableau", "crayon", "cantine", "jardin", "maison", "cahier"}

// NewQuestion draws a question, of one of several kinds.
func NewQuestion() Question {
	kinds := []func() Question{sum, difference, largest, odd, dayAfter, letter}
	return kinds[draw(len(kinds))]()
}

func sum() Question {
	a, b := 2+draw(8), 2+draw(8)
	return Question{"Combien font " + numerals[a] + " plus " + numerals[b] + " ?", numberIs(a + b)}
}

func difference() Question {
	b := 1 + draw(6)
	a := b + 2 + draw(8)
	return Question{"Combien reste-t-il si l’on retire " + numerals[b] + " de " + numerals[a] + " ?", numberIs(a - b)}
}

func largest() Question {
	list := shuffled(numerals[2:])[:3]
	most := slices.MaxFunc(list, func(x, y string) int { return slices.Index(numerals, x) - slices.Index(numerals, y) })
	return Question{"Quel est le plus grand de ces nombres : " + enumerated(list) + " ?", numberIs(slices.Index(numerals, most))}
}

func odd() Question {
	list := among[draw(len(among))]
	stranger := list[len(list)-1]
	shown := shuffled(append(shuffled(list[:len(list)-1])[:3], stranger))
	return Question{"Quel mot n’a rien à voir avec les autres : " + enumerated(shown) + " ?", []string{stranger}}
}

func dayAfter() Question {
	i := draw(len(days))
	return Question{"Quel jour vient juste après " + days[i] + " ?", []string{days[(i+1)%len(days)]}}
}

func letter() Question {
	w := spelled[draw(len(spelled))]
	return Question{"Quelle est la première lettre du mot « " + w + " » ?", []string{string([]rune(w)[0])}}
}

// numberIs are the ways to answer a number.
func numberIs(n int) []string { return []string{strconv.Itoa(n), numerals[n]} }

func enumerated(words []string) string {
	return strings.Join(words[:len(words)-1], ", ") + " ou " + words[len(words)-1]
}

func shuffled(words []string) []string {
	out := slices.Clone(words)
	for i := range out {
		j := i + draw(len(out)-i)
		out[i], out[j] = out[j], out[i]
	}
	return out
}

func draw(n int) int {
	v, err := rand.Int(rand.Reader, big.NewInt(int64(n)))
	if err != nil {
		panic(err) // the system has no randomness
	}
	return int(v.Int64())
}
