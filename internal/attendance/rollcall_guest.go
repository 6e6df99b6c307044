package attendance

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"preau/internal/activity"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/staff"
)

// Guest is a child who came without a booking while there was no network to find it: the name that the agent wrote.
type Guest struct {
	ID      string `json:"id"`
	AgentID string `json:"agent"`
	Session
	Name string        `json:"name"`
	At   civil.Instant `json:"at"`

	AgentName string `json:"-"`
}

const longestName = 80

// NoteGuests keeps the names that a device noted, once each, and answers for each in the order given. They stay on the page of the roll-call
// until somebody says who they are.
func NoteGuests(ctx context.Context, tx *db.Tx, who staff.Agent, list []Guest, loc *time.Location) ([]Answer, error) {
	if len(list) > BatchLimit {
		return nil, fault.Refusedf("Trop de noms à la fois : envoyez-les par %d au plus.", BatchLimit)
	}
	c, err := activity.Load(ctx, tx)
	if err != nil {
		return nil, err
	}
	answers := make([]Answer, len(list))
	for i, g := range list {
		answers[i] = Answer{ID: g.ID, Result: Turned}
		g.Name = strings.Join(strings.Fields(strings.ReplaceAll(strings.ToValidUTF8(g.Name, ""), "\x00", "")), " ")
		_, _, err := g.at(c, who)
		switch {
		case g.AgentID != who.ID:
			answers[i].Why = "Ce nom a été noté par un autre agent, qui seul peut l’envoyer."
		case err != nil:
			answers[i].Why = "Cette activité n’a pas lieu dans l’un de vos établissements."
		case len(g.ID) < 16 || len(g.ID) > 40 || g.Name == "" || utf8.RuneCountInString(g.Name) > longestName || g.At.IsZero() || g.Day.After(civil.DateOf(tx.Now, loc)):
			answers[i].Why = "Ce nom n’a pas pu être lu."
		default:
			n, err := tx.Exec(ctx, `INSERT INTO rollcall_guests (id, agent_id, activity_id, site_id, day, name, device_at, received_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
				ON CONFLICT (id) DO NOTHING`, g.ID, who.ID, g.ActivityID, g.SiteID, g.Day, g.Name, g.At, tx.Now)
			if err != nil {
				return nil, err
			}
			answers[i].Result = map[bool]Result{true: Recorded, false: Already}[n > 0]
		}
	}
	return answers, nil
}

// SettleGuest says that a name noted is nobody's: it is no longer kept. Doing it again changes nothing. Errors: fault.NotFound.
func SettleGuest(ctx context.Context, tx *db.Tx, who staff.Agent, s Session, id string) error {
	_, err := settleGuest(ctx, tx, who, s, id)
	return err
}

// FindGuest says that a name noted is a child: it is no longer kept. Doing it again with that child, who is present by then, changes nothing
// and is told. A name that was settled otherwise meanwhile is fault.Conflict: it must not become two children. Errors: fault.NotFound too.
func FindGuest(ctx context.Context, tx *db.Tx, who staff.Agent, s Session, id, childID string) (again bool, err error) {
	first, err := settleGuest(ctx, tx, who, s, id)
	if first || err != nil {
		return false, err
	}
	again, err = db.Exists(ctx, tx, `SELECT 1 FROM attendances WHERE child_id = $1 AND activity_id = $2 AND site_id = $3 AND day = $4 AND came = 'present'`,
		childID, s.ActivityID, s.SiteID, s.Day)
	if err == nil && !again {
		err = fault.Conflictf("Ce nom n’attend plus : un autre enfant a été trouvé, ou ce n’était personne. Rien n’a été ajouté. Revoyez le pointage ; si cet enfant y manque encore, cherchez-le avec « Ajouter un enfant venu sans réservation ».")
	}
	return again, err
}

// settleGuest stops keeping a name noted, and tells whether it was waiting until now; fault.NotFound when nobody noted it.
func settleGuest(ctx context.Context, tx *db.Tx, who staff.Agent, s Session, id string) (first bool, err error) {
	n, err := tx.Exec(ctx, `UPDATE rollcall_guests SET name = '', settled_at = $5, settled_by = $6 WHERE id = $1 AND activity_id = $2 AND site_id = $3 AND day = $4 AND settled_at IS NULL`,
		id, s.ActivityID, s.SiteID, s.Day, tx.Now, who.ID)
	if err != nil || n > 0 {
		return n > 0, err
	}
	settled, err := db.Exists(ctx, tx, `SELECT 1 FROM rollcall_guests WHERE id = $1 AND activity_id = $2 AND site_id = $3 AND day = $4`, id, s.ActivityID, s.SiteID, s.Day)
	if err == nil && !settled {
		err = fault.NotFoundf("Ce nom n’attend pas d’être retrouvé.")
	}
	return false, err
}

// guestsOf lists the names of a session that wait to be found.
func guestsOf(ctx context.Context, tx *db.Tx, s Session) ([]Guest, error) {
	list, err := db.All(ctx, tx, `SELECT q.id, q.name, q.device_at, g.name FROM rollcall_guests q JOIN agents g ON g.id = q.agent_id
		WHERE q.activity_id = $1 AND q.site_id = $2 AND q.day = $3 AND q.settled_at IS NULL ORDER BY q.device_at, q.id`, func(r db.Scanner) (g Guest, err error) {
		return g, r.Scan(&g.ID, &g.Name, &g.At, &g.AgentName)
	}, s.ActivityID, s.SiteID, s.Day)
	return slices.Clip(list), err
}

// ForgetGuests forgets up to limit names noted before a day that nobody was found for, and says how many: for the retention table.
func ForgetGuests(ctx context.Context, tx *db.Tx, day civil.Date, limit int) (int, error) {
	n, err := tx.Exec(ctx, `DELETE FROM rollcall_guests WHERE id IN (SELECT id FROM rollcall_guests WHERE day < $1 ORDER BY day, id LIMIT $2)`, day, int64(limit))
	return int(n), err
}

func itoa(n int) string { return strconv.Itoa(n) }
