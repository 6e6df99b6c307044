package dunning

import (
	"preau/internal/civil"
	"preau/internal/fault"
	"preau/internal/money"
)

// Bounds are the least and the greatest that a number may be.
type Bounds struct{ Low, High int }

// What the town may settle, in days, and how many instalments a plan may have.
var (
	FirstDays    = Bounds{1, 90}
	SecondDays   = Bounds{5, 90}
	HandOverDays = Bounds{1, 90}
	HoldDays     = Bounds{1, 365}
	Instalments  = Bounds{2, 12}
)

// Stay is why nothing is done about an unpaid invoice.
type Stay string

// The reasons.
const (
	StayTreasury Stay = "treasury" // the treasury recovers it
	StayPlan     Stay = "plan"     // a payment plan covers it
	StayDebit    Stay = "debit"    // a direct debit will pay it
)

// Step is what comes next for an unpaid invoice.
type Step string

// The steps.
const (
	StepFirst    Step = "first"
	StepSecond   Step = "second"
	StepHandOver Step = "hand_over"
)

// next says what comes next for an invoice, and on which day.
func next(set Settings, u Unpaid) (Step, civil.Date) {
	switch {
	case u.Stays != "":
		return "", civil.Date{}
	case u.Last.Level == 0:
		return StepFirst, u.DueOn.AddDays(set.First)
	case u.Last.Level == 1:
		return StepSecond, u.Last.Day.AddDays(set.Second)
	}
	return StepHandOver, u.Last.Day.AddDays(set.HandOver)
}

// mayHandOver refuses what was not reminded of twice, what is still within its delay, and too small a sum.
func mayHandOver(set Settings, chosen []Unpaid, today civil.Date) error {
	var sum money.Cents
	for _, u := range chosen {
		switch {
		case u.Stays == StayPlan:
			return fault.Refusedf("La facture %s est dans un échéancier.", u.Label)
		case u.Stays == StayDebit:
			return fault.Refusedf("La facture %s sera prélevée le %s.", u.Label, u.DebitedOn.DayMonthYear())
		case u.Stays == StayTreasury:
			return fault.Refusedf("La facture %s est déjà transmise au Trésor public.", u.Label)
		case u.Next != StepHandOver:
			return fault.Refusedf("La facture %s n’a pas encore reçu ses deux relances.", u.Label)
		case u.On.After(today):
			return fault.Refusedf("La facture %s peut être transmise à partir du %s.", u.Label, u.On.DayMonthYear())
		}
		sum += u.Rest
	}
	if sum < set.Least {
		return fault.Refusedf("%s : en dessous de %s, une créance n’est pas mise en recouvrement. Elle attend la prochaine facture.", sum, set.Least)
	}
	return nil
}

// Instalment is a part of a plan.
type Instalment struct {
	DueOn civil.Date
	Cents money.Cents
}

// Spread cuts a sum in monthly instalments from a first day on: equal, the first ones bearing the cents that do not share.
func Spread(total money.Cents, first civil.Date, count int) []Instalment {
	out := make([]Instalment, count)
	for i, cents := range money.Share(total, make([]int64, count)) {
		out[i] = Instalment{first.AddMonths(i), cents}
	}
	return out
}

// grace is how many days after its day an instalment may come.
const grace = 5

// planState says whether a plan is kept, broken or goes on: paid is what came for its invoices since it was made.
func planState(instalments []Instalment, total, paid money.Cents, today civil.Date) string {
	if paid >= total {
		return "kept"
	}
	var due money.Cents
	for _, i := range instalments {
		if i.DueOn.AddDays(grace).Before(today) {
			due += i.Cents
		}
	}
	if paid < due {
		return "broken"
	}
	return ""
}

// Next is what a family pays next of its plan: the part of the first instalment that is not paid yet, on its day. It is zero when all is paid.
func (p Plan) Next() Instalment {
	left := p.Paid
	for _, i := range p.Instalments {
		if left < i.Cents {
			return Instalment{i.DueOn, i.Cents - max(left, 0)}
		}
		left -= i.Cents
	}
	return Instalment{}
}

// UnderSix tells whether a child is under six on 1 January of a tax year (CGI, article 200 quater B).
func UnderSix(bornOn civil.Date, year int) bool { return civil.New(year, 1, 1).Age(bornOn) < 6 }

// spent is what a child costs in an invoice or a credit note, by activity.
type spent struct{ care, food, aid money.Cents }

// eligible is the part of it that the tax certificate counts: care, less the share of the aids that pays care. Food and penalties do not count.
func (s spent) eligible() money.Cents {
	if s.aid == 0 || s.care == 0 {
		return s.care
	}
	return s.care + money.Share(s.aid, []int64{abs(s.care), abs(s.food)})[0]
}

func abs(c money.Cents) int64 {
	if c < 0 {
		return -int64(c)
	}
	return int64(c)
}

// part is what a sum paid for an invoice counts, when so much of its total does. It is applied to what was paid in all, so that parts of a
// payment lose no cent between them.
func part(paid, counts, total money.Cents) money.Cents {
	if total <= 0 {
		return 0
	}
	return money.RoundRate(int64(min(paid, total)), int64(counts), int64(total))
}
