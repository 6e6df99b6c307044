package request_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"preau/internal/civil"
	"preau/internal/fault"
	"preau/internal/request"
)

var today = civil.MustParse("2026-12-01")

func zoe() request.Child {
	return request.Child{FirstName: "Zoé", LastName: "Petit", BornOn: civil.MustParse("2019-03-02")}
}

func TestCheck(t *testing.T) {
	for sentence, c := range map[string]struct {
		content request.Content
		wrong   string
	}{
		"A wish is asked for":                         {request.Content{Children: []request.Child{zoe()}}, "souhait"},
		"A wish is one of the two":                    {request.Content{Wish: "leave", Children: []request.Child{zoe()}}, "souhait"},
		"A household is created for a child":          {request.Content{Wish: request.Create, Children: []request.Child{zoe()}}, ""},
		"No household without a child":                {request.Content{Wish: request.Create, Reference: "F-123"}, "enfant_1_prenom"},
		"To join, the number of the file is enough":   {request.Content{Wish: request.Join, Reference: "F-123"}, ""},
		"To join, a child is enough":                  {request.Content{Wish: request.Join, Children: []request.Child{zoe()}}, ""},
		"To join, a key is enough":                    {request.Content{Wish: request.Join, KeyID: "key"}, ""},
		"To join, one of them is needed":              {request.Content{Wish: request.Join, Note: "Bonjour"}, "dossier"},
		"Each child has first name, name, birth date": {request.Content{Wish: request.Create, Children: []request.Child{zoe(), {School: "Rostand"}}}, "enfant_2_naissance enfant_2_nom enfant_2_prenom"},
		"A child born today may be told":              {request.Content{Wish: request.Create, Children: []request.Child{{FirstName: "A", LastName: "B", BornOn: today}}}, ""},
		"A child is not born tomorrow":                {request.Content{Wish: request.Create, Children: []request.Child{{FirstName: "A", LastName: "B", BornOn: today.AddDays(1)}}}, "enfant_1_naissance"},
		"At 25, one may still be the child of a file": {request.Content{Wish: request.Create, Children: []request.Child{{FirstName: "A", LastName: "B", BornOn: civil.MustParse("2000-12-02")}}}, ""},
		"At 26, the year is mistyped":                 {request.Content{Wish: request.Create, Children: []request.Child{{FirstName: "A", LastName: "B", BornOn: civil.MustParse("2000-12-01")}}}, "enfant_1_naissance"},
	} {
		t.Run(sentence, func(t *testing.T) {
			if got := strings.Join(slices.Sorted(maps.Keys(request.Check(c.content, today))), " "); got != c.wrong {
				t.Errorf("wrong: %q, want %q", got, c.wrong)
			}
		})
	}
}

func TestNext(t *testing.T) {
	for sentence, c := range map[string]struct {
		from request.State
		step request.Step
		to   request.State // empty: refused
	}{
		"A draft is sent":                            {request.Draft, request.StepSubmitted, request.Submitted},
		"A request is sent once":                     {request.Submitted, request.StepSubmitted, ""},
		"An agent takes what was sent":               {request.Submitted, request.StepTaken, request.InProgress},
		"Two agents do not take the same":            {request.InProgress, request.StepTaken, ""},
		"An agent asks: it waits for the family":     {request.InProgress, request.StepAsked, request.Waiting},
		"The family answers: it goes on":             {request.Waiting, request.StepAnswered, request.InProgress},
		"Nobody answers what was not asked":          {request.Submitted, request.StepAnswered, ""},
		"A message changes nothing":                  {request.Waiting, request.StepMessage, request.Waiting},
		"A draft is not accepted":                    {request.Draft, request.StepAccepted, ""},
		"What waits for the family may be accepted":  {request.Waiting, request.StepAccepted, request.Accepted},
		"What is accepted is not refused afterwards": {request.Accepted, request.StepRefused, ""},
		"What is refused is not accepted afterwards": {request.Refused, request.StepAccepted, ""},
		"What is withdrawn is not accepted":          {request.Withdrawn, request.StepAccepted, ""},
		"Nobody writes on what is over":              {request.Refused, request.StepMessage, ""},
	} {
		t.Run(sentence, func(t *testing.T) {
			to, err := request.Next(c.from, c.step)
			if c.to == "" && !fault.Is(err, fault.Conflict) || c.to != "" && (err != nil || to != c.to) {
				t.Errorf("%s, %v", to, err)
			}
		})
	}
}

// Whatever happens, in whatever order: what is decided stays decided, and what is refused changes nothing.
func TestWhatIsDecidedStays(t *testing.T) {
	steps := []request.Step{request.StepSubmitted, request.StepTaken, request.StepAsked, request.StepAnswered, request.StepMessage, request.StepAccepted, request.StepRefused,
		request.StepWithdrawn, "unknown"}
	rapid.Check(t, func(t *rapid.T) {
		state := request.Draft
		for _, step := range rapid.SliceOf(rapid.SampledFrom(steps)).Draw(t, "steps") {
			next, err := request.Next(state, step)
			decided := state != request.Draft && !state.Open()
			if decided && err == nil || err != nil && next != state || err == nil && next == request.Draft {
				t.Fatalf("%s, then %s: %s, %v", state, step, next, err)
			}
			state = next
		}
	})
}
