package till

import (
	"context"
	"strings"

	"preau/internal/audit"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/staff"
)

// UndoDeposit undoes a slip that was made by mistake, before what it lists was given to the bank or to the treasury: a slip of its own, numbered, of
// the opposite amounts. Its cheques and titles are in the till again. Errors: fault.Forbidden; fault.Invalid beside "motif"; fault.NotFound; fault.Refused
// for what undoes another, was undone already, or has something that rests on it: takings paid over since, a receipt of its papers taken back, or,
// when it has cash, a count of the drawer that was believed since: a difference, or a change of hands.
func UndoDeposit(ctx context.Context, tx *db.Tx, who staff.Agent, id, reason string, day civil.Date) (Deposit, error) {
	if err := mayBill(who); err != nil {
		return Deposit{}, err
	}
	if reason = strings.TrimSpace(reason); reason == "" {
		return Deposit{}, fault.Invalidf("motif", "Indiquez pourquoi ce bordereau est annulé.")
	}
	if err := sane(tx, day); err != nil {
		return Deposit{}, err
	}
	first, err := DepositByID(ctx, tx, id)
	if err != nil {
		return Deposit{}, err
	}
	if err := first.undoable(ctx, tx); err != nil {
		return Deposit{}, err
	}
	back := Deposit{ID: db.NewID(), OfficeID: first.OfficeID, Kind: first.Kind, Year: day.Year, Day: day, At: tx.Now, Cash: -first.Cash, Cheques: -first.Cheques, CESU: -first.CESU,
		Account: -first.Account, Reverses: first.ID, Reason: reason, By: who.Actor(), ByName: who.Name}
	for _, c := range first.Slips {
		back.Returned = append(back.Returned, c.ID)
	}
	for _, t := range first.Titles {
		back.Returned = append(back.Returned, t.ID)
	}
	if err := back.keep(ctx, tx, nil); err != nil {
		return back, err
	}
	if _, err := tx.Exec(ctx, `UPDATE cheques SET deposit_id = NULL WHERE deposit_id = $1`, first.ID); err != nil {
		return back, err
	}
	if _, err := tx.Exec(ctx, `UPDATE cesu_titles SET deposit_id = NULL WHERE deposit_id = $1`, first.ID); err != nil {
		return back, err
	}
	if err := post(ctx, tx, back.entry()); err != nil {
		return back, err
	}
	return back, audit.Record(ctx, tx, audit.Entry{Actor: who.Actor(), ActorName: who.Name, Act: "till.undo", Subject: "deposit:" + first.ID,
		Detail: map[string]string{"slip": first.Name(), "reversal": back.Name(), "reason": reason}})
}

// Undoable says why UndoDeposit would not undo a slip, in its errors; nil when it would.
func Undoable(ctx context.Context, tx *db.Tx, id string) error {
	d, err := DepositByID(ctx, tx, id)
	if err != nil {
		return err
	}
	return d.undoable(ctx, tx)
}

// undoable refuses a slip on which something rests: its range of receipts and the money of the account are those of later slips, and what was taken
// back since was taken back from where the slip had put it.
func (b Bundle) undoable(ctx context.Context, tx *db.Tx) error {
	switch {
	case b.Reverses != "":
		return fault.Refusedf("C’est déjà une annulation.")
	case b.ReversedBy != "":
		return fault.Refusedf("Ce bordereau est déjà annulé.")
	}
	const since = ` AND e.seq > (SELECT f.seq FROM till_entries f WHERE f.office_id = $1 AND f.subject_id = $2)`
	paid, err := db.Exists(ctx, tx, `SELECT 1 FROM till_entries e WHERE e.office_id = $1 AND e.kind = 'treasury'
		AND NOT EXISTS (SELECT 1 FROM deposits b WHERE b.reverses_id = e.subject_id)`+since, b.OfficeID, b.ID)
	if err != nil {
		return err
	}
	if paid {
		return fault.Refusedf("Un versement au comptable a été fait depuis : annulez-le d’abord, s’il est lui aussi une erreur.")
	}
	if b.Cash != 0 {
		if err := b.counted(ctx, tx, since); err != nil {
			return err
		}
	}
	voided, err := db.Exists(ctx, tx, `SELECT 1 FROM cheques WHERE deposit_id = $1 AND freed_at IS NOT NULL
		UNION ALL SELECT 1 FROM cesu_titles WHERE deposit_id = $1 AND freed_at IS NOT NULL`, b.ID)
	if err == nil && !voided && b.Kind == DepositTreasury {
		voided, err = db.Exists(ctx, tx, `SELECT 1 FROM till_entries e JOIN till_lines l ON l.office_id = e.office_id AND l.seq = e.seq
			WHERE e.office_id = $1 AND e.kind = 'reversal' AND l.account = 'treasury'`+since, b.OfficeID, b.ID)
	}
	if err == nil && voided {
		err = fault.Refusedf("Une quittance de ce bordereau a été annulée depuis : il ne peut plus l’être.")
	}
	return err
}

// counted refuses a slip with cash after which the drawer was counted, and the count believed rather than the journal, or signed for: the cash that
// the slip would put back may be in it already. since tells what follows the slip in the journal.
func (b Bundle) counted(ctx context.Context, tx *db.Tx, since string) error {
	differs, err := db.Exists(ctx, tx, `SELECT 1 FROM till_entries e WHERE e.office_id = $1 AND e.kind = 'difference'`+since, b.OfficeID, b.ID)
	if err != nil {
		return err
	}
	if differs {
		return fault.Refusedf("Un écart de caisse a été constaté depuis ce bordereau : les espèces qu’il remettrait en caisse y sont peut-être déjà comptées. Il ne peut plus être annulé.")
	}
	handed, err := db.Exists(ctx, tx, `SELECT 1 FROM handovers WHERE office_id = $1 AND at > $2`, b.OfficeID, b.At)
	if err == nil && handed {
		err = fault.Refusedf("La régie a changé de mains depuis ce bordereau, et la caisse a été remise sans ces espèces. Il ne peut plus être annulé.")
	}
	return err
}
