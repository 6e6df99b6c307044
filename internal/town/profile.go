package town

import (
	"context"
	netmail "net/mail"
	"slices"
	"strings"
	"unicode/utf8"

	"preau/internal/db"
	"preau/internal/fault"
)

// Profile is what the town says of itself: at the head and the foot of every page, in its e-mails and on its letters.
type Profile struct {
	Name       string    `json:"name"`   // "Ville de Chatou"
	Portal     string    `json:"portal"` // "Espace Citoyens"
	Logo       string    `json:"logo"`   // address of the picture on this site, "/logo/…"; empty: the drawing of Préau
	Accent     string    `json:"accent"` // "#1d5c87": the colour all others are derived from, readable on white (see Readable)
	SchoolZone string    `json:"school_zone"`
	Services   []Service `json:"services"` // in the order they are shown; the first answers for the portal
}

// Service is a service of the town that families may reach.
type Service struct {
	ID      string `json:"id"`
	Title   string `json:"title"`   // "Service Éducation"
	Address string `json:"address"` // lines as they are printed
	Phone   string `json:"phone"`   // "01 34 80 46 62"
	Email   string `json:"email"`
	Hours   string `json:"hours"` // in plain French, a line a rule
}

const (
	profileKey    = "town.profile"
	defaultPortal = "Espace Citoyens"
	defaultAccent = "#17566f"
	maxServices   = 20
)

// Profile reads what the town says of itself. Until a name is settled, the one of the configuration stands.
func (t *Town) Profile(ctx context.Context, tx *db.Tx) (Profile, error) {
	p, err := ReadSetting(ctx, tx, profileKey, Profile{Portal: defaultPortal, Accent: defaultAccent, SchoolZone: "C"})
	if p.Name == "" {
		p.Name = t.Name
	}
	return p, err
}

// logoPath is where the logo is served.
const logoPath = "/logo/"

// LogoFile is the id of the stored picture of the logo; empty when there is none.
func (p Profile) LogoFile() string {
	return strings.TrimPrefix(p.Logo, logoPath)
}

// SetLogo makes a stored picture the logo; an empty id brings the drawing of Préau back.
func (p *Profile) SetLogo(fileID string) {
	p.Logo = ""
	if fileID != "" {
		p.Logo = logoPath + fileID
	}
}

// Service finds a service by its id.
func (p Profile) Service(id string) (Service, bool) {
	i := slices.IndexFunc(p.Services, func(s Service) bool { return s.ID == id })
	if i < 0 {
		return Service{}, false
	}
	return p.Services[i], true
}

// First is the service that answers for the portal; the zero Service when the town has named none.
func (p Profile) First() Service {
	if len(p.Services) == 0 {
		return Service{}
	}
	return p.Services[0]
}

// Lines are the address and the hours, a line each, without the empty ones.
func (s Service) Lines() []string {
	var out []string
	for line := range strings.Lines(s.Address + "\n" + s.Hours) {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	return out
}

// SaveProfile writes the town's profile, or says per field what is wrong with it. The colour is made readable first.
func SaveProfile(ctx context.Context, tx *db.Tx, p Profile) error {
	wrong := map[string]string{}
	within(wrong, "nom", p.Name, 1, 80, "Indiquez le nom de la ville, tel qu’il se lit sur les pages.")
	within(wrong, "portail", p.Portal, 1, 60, "Indiquez le nom du portail.")
	if !slices.Contains([]string{"A", "B", "C"}, p.SchoolZone) {
		wrong["zone"] = "Choisissez la zone A, B ou C."
	}
	accent, ok := Readable(strings.ToLower(p.Accent))
	if !ok {
		wrong["couleur"] = "Indiquez une couleur comme #1d5c87."
	}
	if len(p.Services) > maxServices {
		wrong["titre"] = "Vingt services au plus."
	}
	if err := fault.InvalidFields(wrong); err != nil {
		return err
	}
	p.Accent = accent
	for _, s := range p.Services {
		if err := s.check(); err != nil {
			return err
		}
	}
	return WriteSetting(ctx, tx, profileKey, p)
}

// SaveService adds a service (without id) or changes it, and gives its id. Errors: fault.Invalid beside the field, fault.NotFound.
func (t *Town) SaveService(ctx context.Context, tx *db.Tx, s Service) (string, error) {
	if err := s.check(); err != nil {
		return "", err
	}
	p, err := t.Profile(ctx, tx)
	if err != nil {
		return "", err
	}
	if s.ID == "" {
		s.ID = db.NewID()
		p.Services = append(p.Services, s)
		return s.ID, SaveProfile(ctx, tx, p)
	}
	i := slices.IndexFunc(p.Services, func(known Service) bool { return known.ID == s.ID })
	if i < 0 {
		return "", ErrNoService
	}
	p.Services[i] = s
	return s.ID, SaveProfile(ctx, tx, p)
}

// RemoveService takes a service away.
func (t *Town) RemoveService(ctx context.Context, tx *db.Tx, id string) error {
	p, err := t.Profile(ctx, tx)
	if err != nil {
		return err
	}
	kept := slices.DeleteFunc(slices.Clone(p.Services), func(s Service) bool { return s.ID == id })
	if len(kept) == len(p.Services) {
		return ErrNoService
	}
	p.Services = kept
	return SaveProfile(ctx, tx, p)
}

// RaiseService moves a service one place up; the first stays where it is.
func (t *Town) RaiseService(ctx context.Context, tx *db.Tx, id string) error {
	p, err := t.Profile(ctx, tx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(p.Services, func(s Service) bool { return s.ID == id })
	if i < 0 {
		return ErrNoService
	}
	if i > 0 {
		p.Services[i-1], p.Services[i] = p.Services[i], p.Services[i-1]
	}
	return SaveProfile(ctx, tx, p)
}

// ErrNoService answers for a service that is not there.
var ErrNoService = fault.NotFoundf("Ce service n’existe pas.")

func (s Service) check() error {
	wrong := map[string]string{}
	within(wrong, "titre", s.Title, 1, 80, "Indiquez le nom du service.")
	within(wrong, "adresse", s.Address, 0, 300, "")
	within(wrong, "horaires", s.Hours, 0, 500, "")
	within(wrong, "telephone", s.Phone, 0, 30, "")
	if strings.Trim(s.Phone, "0123456789 .+()-\u00a0") != "" {
		wrong["telephone"] = "Écrivez un numéro, par exemple 01 34 80 46 62."
	}
	if !emailOrNone(s.Email) {
		wrong["email"] = "Cette adresse e-mail n’est pas valable."
	}
	return fault.InvalidFields(wrong)
}

// within says when a text is too short or too long, in characters.
func within(wrong map[string]string, field, text string, least, most int, missing string) {
	switch n := utf8.RuneCountInString(strings.TrimSpace(text)); {
	case n < least:
		wrong[field] = missing
	case n > most:
		wrong[field] = "Ce texte est trop long."
	}
}

func emailOrNone(email string) bool {
	a, err := netmail.ParseAddress(email)
	return email == "" || err == nil && a.Address == email && len(email) <= 254
}
