package ui

func noteClass(kind Kind) string {
	switch kind {
	case Good:
		return "note note--good"
	case Warn:
		return "note note--warn"
	case Bad:
		return "note note--bad"
	}
	return "note"
}

func badgeClass(kind Kind) string {
	switch kind {
	case Plain:
		return "badge"
	case Warn:
		return "badge badge--straw"
	}
	return "badge badge--" + string(kind)
}
