package work

import (
	"context"
	"errors"
	"io"

	"preau/internal/billing"
	"preau/internal/blob"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/job"
	"preau/internal/notify"
	"preau/internal/paper"
	"preau/internal/town"
)

// A batch is read some invoices at a time: families go on working in between, and the memory of a few is enough.
const (
	batchSlice = 50
	batchBytes = 1 << 30 // of a file, at most
)

// billHandlers are the handlers of the jobs about invoices that were issued.
func billHandlers(t *town.Town) map[string]job.Handler {
	return map[string]job.Handler{billing.IssuedKind: tellIssued(t), billing.PrintBatch: printBatch(t), billing.EndBatch: endBatch(t)}
}

// tellIssued tells families that an invoice or a credit note is ready, with its amount and until when.
func tellIssued(t *town.Town) job.Handler {
	return job.Handle(func(ctx context.Context, p billing.IssuedPayload) error {
		return t.DB.Write(ctx, func(tx *db.Tx) error {
			list, err := billing.InvoicesByIDs(ctx, tx, p.Invoices)
			if err != nil {
				return err
			}
			for k := range list {
				if err := issuedLetter(t, &list[k]).send(ctx, tx, list[k].HouseholdID, notify.Bills, billing.TellOnce(list[k].ID)); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

// issuedLetter says the answer first: how much, until when, how.
func issuedLetter(t *town.Town, i *billing.Invoice) *letter {
	title := paper.Title(i)
	l := &letter{link: t.BaseURL + "/espace/factures/" + i.Label, words: "Voir la facture"}
	switch {
	case i.Kind == billing.KindCreditNote:
		l.subject, l.words = "Avoir de "+(-i.Total).String(), "Voir l’avoir"
		l.before = []string{"Un avoir de " + (-i.Total).String() + " est émis en votre faveur, n° " + i.Label + ".", "Il paie d’abord vos factures en attente ; ce qui reste est déduit des prochaines."}
	case i.Rest > 0:
		l.subject = title + " : " + i.Rest.String() + " à payer au plus tard le " + i.DueOn.DayMonthYear()
		l.before = []string{"Votre " + lowered(title) + " est prête : " + i.Rest.String() + " à payer au plus tard le " + i.DueOn.Long() + ".", "N° " + i.Label + ". Chaque ligne y est expliquée."}
	default:
		l.subject = title + " : rien à payer"
		l.before = []string{"Votre " + lowered(title) + " est prête, n° " + i.Label + ". Il n’y a rien à payer."}
	}
	if i.Kind == billing.KindInvoice && i.Rest > 0 && i.Rest < i.Total {
		l.after = append(l.after, "Le total est de "+i.Total.String()+" : votre avance en a déjà payé une partie.")
	}
	return l
}

func lowered(title string) string {
	if title == "" {
		return ""
	}
	return string(title[0]|0x20) + title[1:] // "Facture", "Avoir": the first letter is ASCII
}

// printBatch writes the invoices of a run into one encrypted file. A job that died begins again.
func printBatch(t *town.Town) job.Handler {
	return job.Handle(func(ctx context.Context, p billing.BatchPayload) error {
		var b billing.Batch
		var ids []string
		var book string
		err := t.DB.Read(ctx, func(tx *db.Tx) (err error) {
			if b, err = billing.BatchByID(ctx, tx, p.BatchID); err != nil {
				return err
			}
			if ids, err = billing.RunIDs(ctx, tx, b.RunID, b.Everyone); err != nil {
				return err
			}
			profile, err := t.Profile(ctx, tx)
			book = profile.Name
			return err
		})
		if fault.Is(err, fault.NotFound) || err == nil && !b.ReadyAt.IsZero() {
			return nil
		}
		if err != nil {
			return err
		}
		file, pages, err := storeBatch(ctx, t, b, book, ids)
		if err != nil {
			return err
		}
		err = t.DB.Write(ctx, func(tx *db.Tx) error { return billing.BatchReady(ctx, tx, b.ID, file, pages) })
		if err != nil {
			return errors.Join(err, t.Files.Discard(ctx, file))
		}
		return nil
	})
}

// storeBatch writes the batch straight into the town's files: it is never whole in memory.
func storeBatch(ctx context.Context, t *town.Town, b billing.Batch, author string, ids []string) (file blob.File, pages int, err error) {
	reader, writer := io.Pipe()
	counted := make(chan int, 1)
	go func() {
		n, err := writeBatch(ctx, t, b, paper.NewBook(writer, "Factures à imprimer", author, b.MadeAt.Time()), ids)
		counted <- n
		_ = writer.CloseWithError(err)
	}()
	file, err = t.Files.Put(ctx, reader, batchBytes)
	_ = reader.CloseWithError(err) // the writer does not wait for who no longer reads
	return file, <-counted, err
}

func writeBatch(ctx context.Context, t *town.Town, b billing.Batch, book *paper.Book, ids []string) (pages int, err error) {
	for done := 0; done < len(ids); {
		slice := ids[done:min(done+batchSlice, len(ids))]
		var sheets []paper.Invoice
		err := t.DB.Read(ctx, func(tx *db.Tx) (err error) {
			sheets, err = paper.Sheets(ctx, tx, t, slice)
			return err
		})
		if err != nil {
			return 0, err
		}
		for _, s := range sheets {
			if err := book.Invoice(s); err != nil {
				return 0, err
			}
		}
		done += len(slice)
		if err := t.DB.Write(ctx, func(tx *db.Tx) error { return billing.BatchDone(ctx, tx, b.ID, done) }); err != nil {
			return 0, err
		}
	}
	pages = book.Pages()
	return pages, book.Close("Aucune facture.")
}

// endBatch removes the file of a batch when its time has come.
func endBatch(t *town.Town) job.Handler {
	return job.Handle(func(ctx context.Context, p billing.BatchPayload) error {
		return t.DB.Write(ctx, func(tx *db.Tx) error { return billing.DropBatch(ctx, tx, p.BatchID) })
	})
}

// invoices are what the town billed the household, what it received, and whether on paper.
func (r *reader) invoices() error {
	s := &section{ID: "factures", Title: "Mes factures et mes paiements"}
	all, err := billing.InvoicesOf(r.ctx, r.tx, r.who.HouseholdID)
	if err != nil {
		return err
	}
	ids := make([]string, len(all))
	for k := range all {
		ids[k] = all[k].ID
	}
	full, err := billing.InvoicesByIDs(r.ctx, r.tx, ids)
	if err != nil {
		return err
	}
	for k := range full {
		i := &full[k]
		s.add("numéro", i.Label, "document", paper.Title(i), "émis le", day(i.IssuedOn), "à payer avant le", day(i.DueOn), "montant", i.Total.String(), "reste à payer", i.Rest.String(),
			"adressé à", i.Payer.Name+", "+i.Payer.Line+" "+i.Payer.PostalCode+" "+i.Payer.City)
		for _, part := range paper.Sections(i) {
			for _, l := range part.Lines {
				s.add("numéro", i.Label, "enfant", l.Child, "prestation", l.What, "jours", l.Days, "nombre", l.Quantity, "prix", l.Unit.String(), "montant", l.Cents.String(), "explication", l.Why)
			}
		}
	}
	entries, err := billing.Statement(r.ctx, r.tx, r.who.HouseholdID, ever)
	if err != nil {
		return err
	}
	for _, e := range entries {
		s.add("compte, le", day(e.Day), "opération", e.Label, "montant", e.Cents.Signed())
	}
	choice, err := billing.PaperChoiceOf(r.ctx, r.tx, r.who.HouseholdID)
	if !choice.At.IsZero() {
		s.add("facture dématérialisée", yesNo(choice.Electronic), "choisi le", r.when(choice.At), "par", choice.By)
	}
	r.put(s)
	return err
}
