package public

import (
	"errors"
	"net/http"
	"strings"

	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/identity"
	"preau/internal/news"
	"preau/internal/web"
)

// visitor is who looks at a public page: most often nobody in particular.
type visitor struct {
	Name       string // of who is signed in
	Kind       identity.Kind
	AccountID  string // empty: not signed in
	Activities []string
	Choice     news.Choice
}

func (v visitor) signedIn() bool { return v.AccountID != "" }

// whoLooks finds out who is signed in, with what it takes to choose their news; for anybody else, what this browser keeps.
func (p Pages) whoLooks(r *http.Request) (v visitor, err error) {
	s, err := p.Door.Current(r)
	if errors.Is(err, identity.ErrSignedOut) {
		v.Choice = cookieChoice(r)
		return v, nil
	}
	if err != nil {
		return v, err
	}
	t := web.Town(r)
	v = visitor{Name: s.Account.Name, Kind: s.Account.Kind, AccountID: s.Account.ID}
	err = t.DB.Read(r.Context(), func(tx *db.Tx) error {
		if v.Choice, err = news.ChoiceOf(r.Context(), tx, v.AccountID); err != nil || v.Kind != identity.Family {
			return err
		}
		who, err := household.GuardianOf(r.Context(), tx, v.AccountID)
		if fault.Is(err, fault.NotFound) {
			return nil // an account without a household yet
		}
		if err != nil {
			return err
		}
		v.Activities, err = booking.ActivitiesOf(r.Context(), tx, who.HouseholdID, civil.DateOf(tx.Now, t.Loc))
		return err
	})
	return v, err
}

const (
	choiceCookie = "themes"
	choiceAge    = 6 * 30 * 24 * 3600 // seconds: the six months that the CNIL recommends for a choice
	onlyMark     = "!"                // at the end: nothing of the other themes
)

// cookieChoice reads the themes this browser keeps. The cookie says only these: nobody can be told by it.
func cookieChoice(r *http.Request) news.Choice {
	c, err := r.Cookie(choiceCookie)
	if err != nil {
		return news.Choice{}
	}
	themes, only := strings.CutSuffix(c.Value, onlyMark)
	return news.ParseChoice(themes, only)
}

func keepChoice(w http.ResponseWriter, r *http.Request, c news.Choice) {
	cookie := &http.Cookie{Name: choiceCookie, Value: c.Text("."), Path: "/", MaxAge: choiceAge, HttpOnly: true, Secure: web.Secure(r), SameSite: http.SameSiteLaxMode}
	if c.Only {
		cookie.Value += onlyMark
	}
	if len(c.Themes) == 0 {
		cookie.Value, cookie.MaxAge = "", -1
	}
	http.SetCookie(w, cookie)
}
