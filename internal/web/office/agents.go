package office

import (
	"net/http"
	"slices"
	"strings"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/identity"
	"preau/internal/staff"
	"preau/internal/web"
	"preau/internal/web/signin"
	"preau/internal/web/ui"
)

const agentsPath = "/bureau/agents"

func (p Pages) agentRoutes(s *web.Server) {
	s.Handle("GET /bureau/agents", p.Door.Office(staff.Staff, p.agents))
	s.Handle("GET /bureau/agents/nouveau", p.Door.Office(staff.Staff, p.newAgent))
	s.Handle("POST /bureau/agents", p.Door.Office(staff.Staff, p.createAgent))
	s.Handle("GET /bureau/agents/{agent}", p.Door.Office(staff.Staff, p.agent))
	s.Handle("POST /bureau/agents/{agent}", p.Door.Office(staff.Staff, p.editAgent))
	s.Handle("POST /bureau/agents/{agent}/suspension", p.Door.Office(staff.Staff, p.suspendAgent))
	s.Handle("POST /bureau/agents/{agent}/retablissement", p.Door.Office(staff.Staff, p.restoreAgent))
	s.Handle("POST /bureau/agents/{agent}/invitation", p.Door.Office(staff.Staff, p.inviteAgent))
	s.Handle("POST /bureau/agents/{agent}/seconde-etape", p.Door.Office(staff.Staff, p.resetAgentFactors))
	s.Handle("POST /bureau/agents/regle", p.Door.Office(staff.Staff, p.savePolicy))
}

// agentsView is the list.
type agentsView struct {
	Agents []agentLine
	Active int
	Policy identity.Policy
	Form   *web.Form // of the policy
}

// agentLine is one agent of the list.
type agentLine struct {
	staff.Agent
	Where string // names of the sites
	Since string // of the suspension; empty when active
}

// under is what stands below the name in the list.
func (l agentLine) under() string {
	if l.Service == "" {
		return l.Login
	}
	return l.Login + ", " + l.Service
}

// agentView is one agent's form; Agent.ID is empty for a new one.
type agentView struct {
	Agent staff.Agent
	Form  *web.Form
	Sites []staff.Site
	Since string // of the suspension; empty when active
	Self  bool   // the agent is who looks

	Factors identity.Factors
}

func (p Pages) agents(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	return p.showAgents(w, r, who, http.StatusOK, agentsView{})
}

func (p Pages) showAgents(w http.ResponseWriter, r *http.Request, who staff.Agent, status int, v agentsView) error {
	err := web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) error {
		agents, err := staff.List(r.Context(), tx)
		if err != nil {
			return err
		}
		sites, err := staff.Sites(r.Context(), tx)
		if err != nil {
			return err
		}
		if v.Policy, err = identity.ReadPolicy(r.Context(), tx); err != nil {
			return err
		}
		for _, a := range agents {
			v.Agents = append(v.Agents, agentLine{Agent: a, Where: where(a, sites), Since: since(r, a)})
			if !a.Suspended() {
				v.Active++
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return web.Render(w, r, status, agentsPage(p.frame(w, r, "Agents", agentsPath, who), v))
}

// where names the sites an agent is limited to.
func where(a staff.Agent, sites []staff.Site) string {
	if len(a.Sites) == 0 {
		return "Tous"
	}
	var names []string
	for _, s := range sites {
		if slices.Contains(a.Sites, s.ID) {
			names = append(names, s.Name)
		}
	}
	return strings.Join(names, ", ")
}

func since(r *http.Request, a staff.Agent) string {
	if !a.Suspended() {
		return ""
	}
	return civil.ShortInstant(a.SuspendedAt, web.Town(r).Loc)
}

func (p Pages) newAgent(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	return p.showAgent(w, r, who, http.StatusOK, agentView{Agent: staff.Agent{Role: staff.Instruction}})
}

func (p Pages) agent(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	v, err := p.findAgent(r)
	if err != nil {
		return err
	}
	return p.showAgent(w, r, who, http.StatusOK, v)
}

func (p Pages) findAgent(r *http.Request) (v agentView, err error) {
	err = web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) error {
		if v.Agent, err = staff.ByID(r.Context(), tx, r.PathValue("agent")); err != nil {
			return err
		}
		v.Factors, err = identity.FactorsOf(r.Context(), tx, v.Agent.AccountID)
		return err
	})
	return v, err
}

func (p Pages) showAgent(w http.ResponseWriter, r *http.Request, who staff.Agent, status int, v agentView) error {
	err := web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		v.Sites, err = staff.Sites(r.Context(), tx)
		return err
	})
	if err != nil {
		return err
	}
	title := v.Agent.Name
	if v.Agent.ID == "" {
		title = "Ajouter un agent"
	}
	v.Self, v.Since = v.Agent.ID == who.ID, since(r, v.Agent)
	page := p.frame(w, r, title, agentsPath, who)
	page.Crumbs = []ui.Link{{Href: agentsPath, Label: "Agents"}, {Label: title}}
	return web.Render(w, r, status, agentPage(page, v))
}

// readAgent takes the fields that creating and changing share; typed again on the page when something is wrong.
func readAgent(form *web.Form) staff.Change {
	c := staff.Change{
		Name:    form.Text("nom", 120),
		Email:   form.Text("email", 254),
		Service: form.Text("service", 120),
		Role:    staff.Role(form.Text("role", 20)),
	}
	if form.Raw("etendue") == "certains" {
		if c.Sites = form.All("sites"); len(c.Sites) == 0 {
			form.Fail("sites", "Cochez au moins un établissement, ou choisissez « Tous les établissements ».")
		}
	}
	return c
}

func (p Pages) createAgent(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	form, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	c, login := readAgent(form), form.Text("identifiant", 64)
	v := agentView{Agent: staff.Agent{Role: c.Role, Sites: c.Sites}, Form: form}
	if form.Err() == nil {
		t := web.Town(r)
		err = t.DB.Write(r.Context(), func(tx *db.Tx) error {
			a, err := staff.Create(r.Context(), tx, who, staff.NewAgent{
				Login: login, Email: c.Email, Name: c.Name, Service: c.Service, Role: c.Role, Sites: c.Sites,
			})
			if err != nil {
				return err
			}
			return signin.Invite(r.Context(), tx, t, a.AccountID)
		})
		if err == nil {
			web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: c.Name + " est ajouté", Text: "Un lien pour choisir son mot de passe part à " + c.Email + "."})
			return web.Redirect(w, r, agentsPath)
		}
		if !form.Blame(err) {
			return err
		}
	}
	return p.showAgent(w, r, who, http.StatusUnprocessableEntity, v)
}

func (p Pages) editAgent(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	form, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	v, err := p.findAgent(r)
	if err != nil {
		return err
	}
	c := readAgent(form)
	v.Form = form
	if form.Err() == nil {
		err = web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error {
			_, err := staff.Edit(r.Context(), tx, who, v.Agent.ID, c)
			return err
		})
		if err == nil {
			web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "Les changements sont enregistrés", Text: c.Name + " les voit dès sa prochaine page."})
			return web.Redirect(w, r, agentsPath)
		}
		if !form.Blame(err) {
			return err
		}
	}
	v.Agent.Role, v.Agent.Sites = c.Role, c.Sites
	return p.showAgent(w, r, who, http.StatusUnprocessableEntity, v)
}

func (p Pages) suspendAgent(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	err := p.onAgent(w, r, who, "n’a plus accès au bureau", func(tx *db.Tx, a staff.Agent) error {
		return staff.Suspend(r.Context(), tx, who, a.ID)
	})
	if refusal, ok := fault.As(err); ok && refusal.Kind == fault.Refused {
		web.Flash(w, r, ui.Flash{Kind: ui.Bad, Title: "L’accès n’est pas suspendu", Text: refusal.Message})
		return web.Redirect(w, r, agentsPath+"/"+r.PathValue("agent"))
	}
	return err
}

func (p Pages) restoreAgent(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	return p.onAgent(w, r, who, "a de nouveau accès au bureau", func(tx *db.Tx, a staff.Agent) error {
		return staff.Restore(r.Context(), tx, who, a.ID)
	})
}

func (p Pages) inviteAgent(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	return p.onAgent(w, r, who, "va recevoir un nouveau lien pour choisir son mot de passe", func(tx *db.Tx, a staff.Agent) error {
		if a.Suspended() {
			return fault.Refusedf("Rétablissez d’abord l’accès de cet agent.")
		}
		return signin.Invite(r.Context(), tx, web.Town(r), a.AccountID)
	})
}

// onAgent does one act on the agent of the address, says it is done, and returns to the list.
func (p Pages) onAgent(w http.ResponseWriter, r *http.Request, _ staff.Agent, done string, act func(*db.Tx, staff.Agent) error) error {
	var a staff.Agent
	err := web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) (err error) {
		if a, err = staff.ByID(r.Context(), tx, r.PathValue("agent")); err != nil {
			return err
		}
		return act(tx, a)
	})
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: a.Name + " " + done})
	return web.Redirect(w, r, agentsPath)
}

func (v agentView) action() string {
	if v.Agent.ID == "" {
		return agentsPath
	}
	return agentsPath + "/" + v.Agent.ID
}

func (v agentView) roles() []ui.Option {
	var out []ui.Option
	for _, role := range staff.Roles() {
		out = append(out, ui.Option{Value: string(role), Label: role.French(), Sub: role.Duties()})
	}
	return out
}

func (v agentView) siteOptions() []ui.Option {
	var out []ui.Option
	for _, s := range v.Sites {
		out = append(out, ui.Option{Value: s.ID, Label: s.Name})
	}
	return out
}

// extent is the answer to "which sites", as the form names it.
func (v agentView) extent() string {
	if len(v.Agent.Sites) > 0 || v.Form != nil && v.Form.Raw("etendue") == "certains" {
		return "certains"
	}
	return "tous"
}

// field fills a field with what was typed, or else with what the agent has.
func (v agentView) field(f ui.Field) ui.Field { return v.Form.Field(f) }
