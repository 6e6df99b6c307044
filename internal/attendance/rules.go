package attendance

import (
	"preau/internal/activity"
	"preau/internal/household"
	"preau/internal/tariff"
)

// Outcome is what a day comes to, before any price.
type Outcome string

const (
	// Nothing is due.
	Nothing Outcome = "nothing"
	// Normal: booked and came, or came while the request waited: the normal price.
	Normal Outcome = "normal"
	// MissedDay: booked, did not come, and nothing excuses it: billed (leaflet: "les jours réservés seront facturés").
	MissedDay Outcome = "missed"
	// Unannounced: came without a booking, or after having cancelled: raised (leaflet: "le coût de la prestation sera majoré").
	Unannounced Outcome = "unannounced"
	// NotPointed: booked, and the roll-call says nothing: the normal price, to be looked at before the run is issued.
	NotPointed Outcome = "not_pointed"
	// AddedLate: came on a day that an agent booked past the deadline: the normal or the late price, as the tariff says.
	AddedLate Outcome = "added_late"
)

// Outcome decides what a day comes to: the table "What a day costs" of the town's rules, which the leaflet's box "Important" sums up.
// Who came is due whatever was announced; who did not come owes what was booked, unless the service did not run or a certificate covers the day.
func (f *Fact) Outcome() Outcome {
	if f.Came == Present {
		switch f.Booked {
		case NotBooked, CancelledInTime:
			return Unannounced
		}
		if f.LateAdded {
			return AddedLate
		}
		return Normal
	}
	if f.Booked != BookedDay || f.Closed != "" || f.Excused {
		return Nothing
	}
	if f.Came == Absent {
		return MissedDay
	}
	return NotPointed
}

// Occasion is what an outcome is to a price grid; false for Nothing, that no grid prices.
func (o Outcome) Occasion() (tariff.Occasion, bool) {
	switch o {
	case Normal, NotPointed:
		return tariff.Normal, true
	case MissedDay:
		return tariff.Absence, true
	case Unannounced:
		return tariff.Unbooked, true
	case AddedLate:
		return tariff.LateAdded, true
	}
	return "", false
}

// PriceFacts are what the price of the day depends on, with the standing and the aids of the household that pays. The caller adds how often
// something happened before, where a grid counts it.
func (f *Fact) PriceFacts(s *household.Standing, aids activity.Aids) tariff.Facts {
	t := s.PriceFacts(f.ChildID, f.Day)
	t.AgeGroup, t.OwnMeal, t.Arrived, t.Left = f.AgeGroup, f.Menu == "panier_pai", f.Arrived, f.Departed
	t.Aids = aids.For(f.HouseholdID, f.ChildID, f.ActivityID, f.Day)
	return t
}
