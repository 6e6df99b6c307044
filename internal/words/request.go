package words

import "preau/internal/request"

// RequestState says where a request stands.
func RequestState(s request.State) string {
	switch s {
	case request.Draft:
		return "Brouillon"
	case request.Submitted:
		return "Déposée"
	case request.InProgress:
		return "En cours"
	case request.Waiting:
		return "Attend la réponse de la famille"
	case request.Accepted:
		return "Acceptée"
	case request.Refused:
		return "Refusée"
	case request.Withdrawn:
		return "Retirée"
	}
	return string(s)
}

// RequestStep says what happened to a request.
func RequestStep(e request.Event) string {
	switch e.Step {
	case request.StepSubmitted:
		return "Démarche déposée"
	case request.StepTaken:
		return "Prise en charge par un agent"
	case request.StepAsked:
		return "La mairie demande une précision"
	case request.StepAnswered:
		return "Réponse de la famille"
	case request.StepMessage:
		return "Message"
	case request.StepAccepted:
		return "Démarche acceptée"
	case request.StepRefused:
		return "Démarche refusée"
	case request.StepWithdrawn:
		return "Démarche retirée par la famille"
	}
	return string(e.Step)
}
