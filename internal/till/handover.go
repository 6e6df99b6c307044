package till

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"preau/internal/audit"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/money"
	"preau/internal/staff"
)

// Handover is the record of an office that changes hands (remise de service).
type Handover struct {
	ID          string
	OfficeID    string
	Year        int
	Number      int64
	Day         civil.Date
	At          civil.Instant
	FromName    string // empty: the first holder takes office
	ToName      string
	Remark      string
	Balances    map[Account]money.Cents
	LastReceipt string // "2026-000123", or "" when none was made
	Source      string // what asks for it, once: a second click finds the first record; empty: not looked at
	ByName      string
	Count       Count // HandoverByID fills it
}

// Name is the number as it is written.
func (h Handover) Name() string { return number(h.Year, h.Number) }

const selectHandover = `SELECT id, office_id, year, number, day, at, from_name, to_name, remark, balances, last_receipt, coalesce(source, ''), actor_name FROM handovers`

func scanHandover(s db.Scanner) (h Handover, err error) {
	var balances string
	if err := s.Scan(&h.ID, &h.OfficeID, &h.Year, &h.Number, &h.Day, &h.At, &h.FromName, &h.ToName, &h.Remark, &balances, &h.LastReceipt, &h.Source, &h.ByName); err != nil {
		return h, err
	}
	return h, json.Unmarshal([]byte(balances), &h.Balances)
}

// Handovers lists the records of an office, the latest first: the first of them says who holds it.
func Handovers(ctx context.Context, tx *db.Tx, officeID string) ([]Handover, error) {
	return db.All(ctx, tx, selectHandover+` WHERE office_id = $1 ORDER BY year DESC, number DESC`, scanHandover, officeID)
}

// HandoverByID finds a record with its count, or answers not found.
func HandoverByID(ctx context.Context, tx *db.Tx, id string) (Handover, error) {
	h, err := db.One(ctx, tx, selectHandover+` WHERE id = $1`, scanHandover, id)
	if errors.Is(err, db.ErrNoRows) {
		return h, fault.NotFoundf("Cette remise de service n’existe pas.")
	}
	if err != nil {
		return h, err
	}
	h.Count, err = CountOf(ctx, tx, id)
	return h, err
}

// Holder is who holds the office; empty while nobody was named.
func Holder(ctx context.Context, tx *db.Tx, officeID string) (string, error) {
	list, err := Handovers(ctx, tx, officeID)
	if err != nil || len(list) == 0 {
		return "", err
	}
	return list[0].ToName, nil
}

// HandOver gives the office to h.ToName, with the drawer as it was counted before both (h.Count), today (h.Day). The day at the till is closed first, and the count
// agrees with the journal: a difference is explained at the closing, by who answers for it. The same source twice gives the first record. Errors:
// fault.Forbidden; fault.Conflict for that source with something else; fault.Refused while a day is open; fault.Invalid beside "entrant", also for who holds the office already, and "compte".
func HandOver(ctx context.Context, tx *db.Tx, who staff.Agent, h Handover) (Handover, error) {
	if err := mayBill(who); err != nil {
		return Handover{}, err
	}
	to, count, day, source := strings.TrimSpace(h.ToName), h.Count, h.Day, h.Source
	if to == "" {
		return Handover{}, fault.Invalidf("entrant", "Indiquez qui prend la régie.")
	}
	if source != "" {
		first, err := db.One(ctx, tx, selectHandover+` WHERE source = $1`, scanHandover, source)
		if err == nil {
			return first.again(ctx, tx, to, strings.TrimSpace(h.Remark), count)
		}
		if !errors.Is(err, db.ErrNoRows) {
			return first, err
		}
	}
	if err := sane(tx, day); err != nil {
		return Handover{}, err
	}
	office, err := found(ctx, tx)
	if err != nil {
		return Handover{}, err
	}
	if _, open, err := OpenSession(ctx, tx); err != nil {
		return Handover{}, err
	} else if open {
		return Handover{}, fault.Refusedf("Arrêtez d’abord la journée de caisse : la régie change de mains à caisse fermée.")
	}
	h = Handover{ID: db.NewID(), OfficeID: office.ID, Year: day.Year, Day: day, At: tx.Now, ToName: to, Remark: strings.TrimSpace(h.Remark), Source: source, ByName: who.Name, Count: count}
	if h.FromName, err = Holder(ctx, tx, office.ID); err != nil {
		return h, err
	}
	if strings.EqualFold(h.FromName, to) {
		return h, fault.Invalidf("entrant", "%s tient déjà la régie.", h.FromName)
	}
	if h.Balances, err = Balances(ctx, tx, office.ID); err != nil {
		return h, err
	}
	if held := h.Balances[AccountCash]; count.Sum() != held {
		return h, fault.Invalidf("compte", "La caisse devrait contenir %s et vous comptez %s : recomptez, ou constatez l’écart par un arrêté.", held, count.Sum())
	}
	last, err := Latest(ctx, tx, office.ID, 1)
	if err != nil {
		return h, err
	}
	if len(last) > 0 {
		h.LastReceipt = last[0].Name()
	}
	if h.Number, err = next(ctx, tx, office.ID, seriesHandover, day.Year); err != nil {
		return h, err
	}
	if _, err := tx.Exec(ctx, `INSERT INTO handovers (id, office_id, year, number, day, at, from_name, to_name, remark, balances, last_receipt, source, actor, actor_name)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, nullif(CAST($12 AS text), ''), $13, $14)`, h.ID, h.OfficeID, int64(h.Year), h.Number, h.Day, h.At, h.FromName, h.ToName, h.Remark, db.JSON(h.Balances),
		h.LastReceipt, h.Source, who.Actor(), who.Name); err != nil {
		return h, err
	}
	if err := keepCount(ctx, tx, h.ID, count); err != nil {
		return h, err
	}
	return h, audit.Record(ctx, tx, audit.Entry{Actor: who.Actor(), ActorName: who.Name, Act: "till.handover", Subject: "handover:" + h.ID,
		Detail: map[string]string{"from": h.FromName, "to": h.ToName, "number": h.Name()}})
}

// again is the record when it is asked for a second time, in the same words and with the same count.
func (h Handover) again(ctx context.Context, tx *db.Tx, to, remark string, count Count) (Handover, error) {
	var err error
	if h.Count, err = CountOf(ctx, tx, h.ID); err != nil {
		return h, err
	}
	same := h.ToName == to && h.Remark == remark
	for _, value := range Values() {
		same = same && h.Count[value] == count[value]
	}
	if !same {
		return h, fault.Conflictf("Ce formulaire a déjà été enregistré : remise de service %s à %s. Pour une autre remise, rouvrez la page de la régie.", h.Name(), h.ToName)
	}
	return h, nil
}
