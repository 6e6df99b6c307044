package privacy

import "preau/internal/civil"

// Cutoff is the day before which what a category holds goes, months being how long it is kept. Bookings count from the end of their
// school year, on the 31st of July, so that a year goes as a whole.
func Cutoff(category string, months int, today civil.Date) civil.Date {
	day := today.AddMonths(-months)
	if category != Bookings {
		return day
	}
	year := day.Year
	if day.Month < 8 {
		year--
	}
	return civil.New(year, 8, 1)
}

// Fate is what becomes of one kind of data when a family asks to be forgotten.
type Fate struct {
	What  string // which data, in French
	Kept  bool
	Until string // until when it is kept, in French
	Why   string // by which rule
}

// Situation is what decides of a request to be forgotten.
type Situation struct {
	EnrolledUntil civil.Date // the last day of the last enrolment; zero: none under way
	Disputed      bool       // a dispute is open, or something is owed
	Alone         bool       // no other adult is left in the household
	Bookings      int        // days booked that are still in the books
	BookingsUntil civil.Date // when the last of them may go
	JournalUntil  civil.Date // when the last act goes from the journal
}

// Fates says what is forgotten at once and what must be kept, until when and by which rule (RGPD, art. 17-3): the page shows it
// before the request is made, the agent before it is decided, and the job does it.
func Fates(s Situation) []Fate {
	list := []Fate{
		{What: "Votre compte, vos appareils, vos préférences, vos messages reçus"},
		{What: "Votre nom, votre e-mail, votre téléphone"},
	}
	home := Fate{What: "Le foyer : adresse, quotient familial, documents, échanges avec les services, enfants"}
	switch {
	case !s.Alone:
		home.Kept, home.Until = true, "tant que l’autre responsable a son espace"
		home.Why = "Ces informations sont aussi les siennes (RGPD, art. 17-1 et 15-4)."
	case !s.EnrolledUntil.IsZero():
		home.Kept, home.Until = true, "jusqu’au "+s.EnrolledUntil.DayMonthYear()
		home.Why = "Un enfant est inscrit : la mairie en a besoin pour l’accueillir (RGPD, art. 17-3-b, mission d’intérêt public)."
	case s.Disputed:
		home.Kept, home.Until = true, "jusqu’à la fin du différend"
		home.Why = "Un différend ou une dette est en cours (RGPD, art. 17-3-e, droits en justice)."
	}
	list = append(list, home)
	if s.Bookings > 0 {
		list = append(list, Fate{What: "Les jours réservés", Kept: true, Until: "jusqu’au " + s.BookingsUntil.DayMonthYear(),
			Why: "Ils justifient ce qui est facturé (RGPD, art. 17-3-b ; comptabilité publique). Ils restent sans votre nom quand le foyer est effacé."})
	}
	return append(list, Fate{What: "Le journal des actes sur votre dossier", Kept: true, Until: "jusqu’au " + s.JournalUntil.DayMonthYear(),
		Why: "Il prouve ce qui a été fait, et par qui (RGPD, art. 17-3-e et 32)."})
}

// Whole reports whether the household itself is forgotten, and not only the adult who asks.
func (s Situation) Whole() bool { return s.Alone && s.EnrolledUntil.IsZero() && !s.Disputed }
