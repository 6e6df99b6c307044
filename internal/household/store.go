package household

import "preau/internal/db"

const selectHousehold = `SELECT households.id, households.reference, households.name, households.address_line, households.postal_code,
	households.city, households.created_at FROM households`

func scanHousehold(s db.Scanner) (h Household, err error) {
	return h, s.Scan(&h.ID, &h.Reference, &h.Name, &h.Address, &h.PostalCode, &h.City, &h.CreatedAt)
}

const selectGuardian = `SELECT id, coalesce(account_id, ''), household_id, civility, first_name, last_name, email, phone, reference,
	born_on, birth_name, birth_country, birth_commune FROM guardians`

func scanGuardian(s db.Scanner) (g Guardian, err error) {
	return g, s.Scan(&g.ID, &g.AccountID, &g.HouseholdID, &g.Civility, &g.FirstName, &g.LastName, &g.Email, &g.Phone, &g.Reference,
		&g.BornOn, &g.BirthName, &g.BirthCountry, &g.BirthCommune)
}

const selectChild = `SELECT c.id, c.reference, c.first_name, c.last_name, c.born_on, c.menu,
	(SELECT count(*) FROM household_children n WHERE n.child_id = c.id) > 1 FROM children c`

func scanChild(s db.Scanner) (c Child, err error) {
	return c, s.Scan(&c.ID, &c.Reference, &c.FirstName, &c.LastName, &c.BornOn, &c.Menu, &c.Shared)
}

const selectSchooling = `SELECT child_id, school_year, site_id, level, class_name FROM schoolings`

func scanSchooling(s db.Scanner) (v Schooling, err error) {
	return v, s.Scan(&v.ChildID, &v.SchoolYear, &v.SiteID, &v.Level, &v.ClassName)
}

const selectQuotient = `SELECT id, household_id, value_hundredths, kind, source, reference_month, effective_on, known_at FROM quotients`

func scanQuotient(s db.Scanner) (q Quotient, err error) {
	return q, s.Scan(&q.ID, &q.HouseholdID, &q.Value, &q.Kind, &q.Source, &q.ReferenceMonth, &q.EffectiveOn, &q.KnownAt)
}

const selectHold = `SELECT id, household_id, reason, since, since_by FROM holds`

func scanHold(s db.Scanner) (h Hold, err error) {
	return h, s.Scan(&h.ID, &h.HouseholdID, &h.Reason, &h.Since, &h.By)
}

const selectCustodyRule = `SELECT id, child_id, household_id, weeks, changeover_weekday, changeover_time, first_day, holidays, from_day, to_day FROM custody_rules`

func scanCustodyRule(s db.Scanner) (r CustodyRule, err error) {
	var weekday int64
	err = s.Scan(&r.ID, &r.ChildID, &r.HouseholdID, &r.Weeks, &weekday, &r.Time, &r.FirstDay, &r.Holidays, &r.From, &r.To)
	r.Weekday = weekdayOf(weekday)
	return r, err
}

const selectCustodyDates = `SELECT id, child_id, household_id, starts_at, ends_at, decided, reason, created_at FROM custody_dates`

func scanCustodyDates(s db.Scanner) (d CustodyDates, err error) {
	return d, s.Scan(&d.ID, &d.ChildID, &d.HouseholdID, &d.Starts, &d.Ends, &d.Decided, &d.Reason, &d.MadeAt)
}
