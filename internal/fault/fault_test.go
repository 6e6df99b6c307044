package fault_test

import (
	"errors"
	"fmt"
	"testing"

	"preau/internal/fault"
)

func TestKindsSurviveWrapping(t *testing.T) {
	made := map[fault.Kind]error{
		fault.NotFound:  fault.NotFoundf("Cet enfant n’est pas dans votre foyer."),
		fault.Refused:   fault.Refusedf("Trop tard depuis le %s.", "30 novembre"),
		fault.Forbidden: fault.Forbiddenf("Vous n’avez pas ce droit."),
		fault.Conflict:  fault.Conflictf("Ce jour a changé entre-temps."),
		fault.Invalid:   fault.Invalidf("courriel", "Indiquez une adresse valide."),
	}
	for kind, err := range made {
		wrapped := fmt.Errorf("booking: %w", err)
		for other := range made {
			if got := fault.Is(wrapped, other); got != (kind == other) {
				t.Errorf("%s is %s: %v", kind, other, got)
			}
		}
		if e, ok := fault.As(wrapped); !ok || e.Kind != kind || e.Message == "" {
			t.Errorf("As(%v) = %v, %v", wrapped, e, ok)
		}
	}
	if _, ok := fault.As(errors.New("disk full")); ok {
		t.Error("a failure of the house is taken for a refusal")
	}
	if fault.Is(nil, fault.NotFound) {
		t.Error("no error is a refusal")
	}
}

func TestInvalidFields(t *testing.T) {
	if err := fault.InvalidFields(nil); err != nil {
		t.Errorf("nothing wrong gives %v", err)
	}
	one, _ := fault.As(fault.InvalidFields(map[string]string{"nom": "Indiquez votre nom."}))
	if one.Field != "nom" || one.Message != "Indiquez votre nom." || one.Fields["nom"] != one.Message {
		t.Errorf("one field: %+v", one)
	}
	wrong := map[string]string{"nom": "Indiquez votre nom.", "age": "L’âge est un nombre."}
	two, _ := fault.As(fault.InvalidFields(wrong))
	if two.Field != "" || len(two.Fields) != 2 || two.Message == "" {
		t.Errorf("two fields: %+v", two)
	}
	wrong["age"] = "changed later"
	if two.Fields["age"] != "L’âge est un nombre." {
		t.Error("the refusal follows later changes of the caller's map")
	}
	want := "invalid: Certaines informations sont à corriger.; age: L’âge est un nombre.; nom: Indiquez votre nom."
	if two.Error() != want {
		t.Errorf("Error() = %q", two.Error())
	}
}

func TestErrorForLogs(t *testing.T) {
	if got := fault.Invalidf("jour", "Ce jour n’existe pas.").Error(); got != "invalid: Ce jour n’existe pas. (jour)" {
		t.Errorf("got %q", got)
	}
}
