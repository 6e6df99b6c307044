package tariffs

import (
	"preau/internal/tariff"
)

// simulations is where drafts are tried on facts of the past.
const simulations = "/bureau/tarifs/simulation"

func (v formView) flat() string {
	if v.Grid.Kind != tariff.Flat || v.Grid.Name == "" && v.Grid.Flat == 0 {
		return ""
	}
	return v.Grid.Flat.Typed()
}

func (v formView) rate() string {
	if v.Grid.Kind != tariff.Effort {
		return ""
	}
	return tariff.RateTyped(v.Grid.Rate)
}

func (v formView) floor() string {
	if v.Grid.Kind != tariff.Effort {
		return ""
	}
	return v.Grid.Floor.Typed()
}

func (v formView) ceiling() string {
	if v.Grid.Kind != tariff.Effort {
		return ""
	}
	return v.Grid.Ceiling.Typed()
}

func (v formView) prorata() bool {
	if v.Form != nil {
		return v.Form.Yes("prorata")
	}
	return v.Grid.Prorata
}

// open tells whether a folded part of the form has something in it.
func (v formView) open(names ...string) bool {
	if v.Form != nil {
		for _, name := range names {
			if v.Form.Raw(name) != "" {
				return true
			}
		}
		return false
	}
	t := v.Grid.Terms
	if names[0] == "hors_commune" {
		return v.Grid.NonResident != nil || t.NonResidentMore != 0 || len(t.Ranks) > 0 || t.OwnMeal != nil || t.FoodPercent != 0 || t.FoodCents != nil
	}
	return t.Absent != nil || len(t.Unbooked) > 0 || t.LateAdded != nil || len(t.LatePickup) > 0 || t.Prorata
}
