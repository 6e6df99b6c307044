package request

import (
	"encoding/json"

	"preau/internal/db"
)

const selectRequest = `SELECT requests.id, coalesce(requests.number, ''), requests.kind, requests.account_id, requests.state, requests.content,
	requests.service, requests.agent, requests.reason, coalesce(requests.household_id, ''), requests.made_at, requests.submitted_at,
	requests.due_on, requests.decided_at, requests.changed_at FROM requests`

func scanRequest(s db.Scanner) (r Request, err error) {
	var content string
	err = s.Scan(&r.ID, &r.Number, &r.Kind, &r.AccountID, &r.State, &content, &r.Service, &r.Agent, &r.Reason, &r.HouseholdID,
		&r.MadeAt, &r.SubmittedAt, &r.DueOn, &r.DecidedAt, &r.ChangedAt)
	if err != nil {
		return r, err
	}
	return r, json.Unmarshal([]byte(content), &r.Content)
}

func maybe(id string) *string {
	if id == "" {
		return nil
	}
	return &id
}
