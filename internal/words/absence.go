package words

import "preau/internal/attendance"

// ClaimDay says what was decided of a day of absence: "Absence justifiée : rien n’est facturé".
func ClaimDay(d attendance.ClaimDay) string {
	switch d.Decision {
	case attendance.DayExcused:
		return "Absence justifiée : rien n’est facturé"
	case attendance.DayInWaiting:
		return "Justificatif accepté, jour de carence : ce jour reste facturé"
	case attendance.DayRefused:
		return "Refusé, ce jour reste facturé : " + d.Reason
	}
	return "En attente de réponse"
}

// ClaimState says where a claim stands.
func ClaimState(c attendance.Claim) string {
	switch {
	case c.State() == attendance.ClaimWithdrawn:
		return "Retiré"
	case c.State() == attendance.ClaimOpen:
		return "En attente de réponse"
	case c.Count(attendance.DayRefused) == len(c.Days):
		return "Refusé"
	case c.Count(attendance.DayRefused) > 0:
		return "Accepté en partie"
	}
	return "Accepté"
}

// Event names a kind of town event.
func Event(k attendance.EventKind) string {
	switch k {
	case attendance.Strike:
		return "Grève"
	case attendance.TeacherAway:
		return "Enseignant absent"
	case attendance.ClassTrip:
		return "Sortie de classe"
	case attendance.SiteClosed:
		return "Site fermé"
	}
	return "Autre événement"
}
