package booking

import "preau/internal/civil"

// Has tells whether the child has a live booking of this option of the enrolment's activity on a day, made by this household.
func (b *Board) Has(day civil.Date, option string) bool {
	o, ok := b.Activity.Option(option)
	if !ok {
		return false
	}
	for _, l := range b.lines[day] {
		if l.ActivityID == b.Activity.ID && l.OptionID == o.ID && l.Ours {
			return true
		}
	}
	return false
}

// WasBooked tells whether a removal would give back a booking, and not only a wish.
func (b *Board) WasBooked(c Change) bool {
	for _, l := range b.lines[c.Day] {
		if l.ActivityID == b.Activity.ID {
			return l.State == StateBooked || l.State == StatePending
		}
	}
	return false
}

// Verdict decides one change alone, as things stand.
func (b *Board) Verdict(c Change) Verdict {
	o, ok := b.Activity.Option(c.Option)
	if !ok {
		return refuse(Refusal{Reason: UnknownOption, Name: c.Option})
	}
	f := b.Facts(c.Day, o)
	if c.Add {
		return DecideAdd(f, b.Now, Override{})
	}
	return DecideRemove(f, b.Now, Override{})
}

// HasWaiting tells whether the child is on a waiting list in a span of days.
func (b *Board) HasWaiting(span civil.Range) bool {
	for day, lines := range b.lines {
		for _, l := range lines {
			if l.State == StateWaiting && span.Contains(day) {
				return true
			}
		}
	}
	return false
}
