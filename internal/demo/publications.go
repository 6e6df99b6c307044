package demo

import (
	"bytes"
	"context"
	"time"

	"preau/internal/blob"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/news"
	"preau/internal/staff"
	"preau/internal/town"
)

// piece is a publication of the demonstration.
type piece struct {
	news.Content
	activity string // code of the activity whose families it is for
	drawing  string // of pictures
	draft    bool
}

// told are the news, the oldest first, each with how many days before the start it was published.
func (s *story) told() []struct {
	days int
	piece
} {
	feast := s.horizon()
	for feast.Weekday() != time.Thursday {
		feast = feast.AddDays(-1)
	}
	return []struct {
		days int
		piece
	}{
		{18, piece{Content: news.Content{Title: "Votre Espace Citoyens, mode d’emploi", Theme: news.OwnPortal, Summary: "Réserver, annuler, suivre une demande, stocker un justificatif : ce que le portail fait pour vous.",
			Body: "Le portail est ouvert **jour et nuit**. Vous pouvez y :\n\n- réserver et annuler des journées, jusqu’au dernier moment indiqué pour chacune ;\n- faire la même demande pour plusieurs enfants ;\n- suivre ce qui attend la réponse d’un agent ;\n- recevoir une place qui se libère.\n\n## Une question ?\n\nLe [service vous répond](/contact), et chaque [activité](/activites) a sa page, avec ses règles et ses tarifs."}}},
		{11, piece{drawing: "winter", Content: news.Content{Title: "Vacances : le programme de l’accueil de loisirs", Theme: news.Leisure, PictureAlt: "Dessin : une maison et des sapins sous la neige, la nuit",
			Summary: "Neige en papier, patinoire et veillée de contes : les équipes ont préparé chaque journée.",
			Body:    "Les équipes de l’accueil de loisirs ont préparé **un thème par jour**.\n\n1. Lundi : neige en papier et lanternes.\n2. Mardi : sortie à la patinoire, gants obligatoires.\n3. Mercredi : cuisine de saison.\n4. Jeudi : veillée de contes, les parents sont invités à 17 h.\n\nLes réservations se font [à la journée](/activites/vacances). Pensez au dernier moment : deux semaines avant."}}},
		{7, piece{drawing: "meal", Content: news.Content{Title: "Le repas de fête, " + feast.WeekdayDayMonth(), Theme: news.Lunch, PictureAlt: "Dessin : une assiette entre une fourchette et un couteau",
			Summary: "Les cuisines préparent un menu de fête pour toutes les écoles. Il se réserve comme un repas ordinaire.",
			Body:    "Le **" + feast.WeekdayDayMonth() + "**, toutes les écoles servent le même menu de fête, au prix d’un repas ordinaire.\n\n## Au menu\n\n- velouté de potiron\n- volaille aux marrons, ou gratin de légumes\n- bûche et clémentine\n\nLes menus sans porc, sans viande et végétarien sont servis comme chaque jour. [Réserver un repas](/activites/restauration)."}}},
		{5, piece{activity: "ETUDE", Content: news.Content{Title: "Étude surveillée : changement de salle", Theme: news.Care, Summary: "Pendant les travaux, l’étude de Jean Rostand se tient au premier étage.",
			Body: "Jusqu’aux vacances, l’étude de l’élémentaire **Jean Rostand** se tient dans la salle 12, au premier étage. La sortie se fait toujours par la rue de l’École."}}},
		{3, piece{drawing: "boat", Content: news.Content{Title: "Mercredis : des bateaux sur la Seine", Theme: news.Leisure, PictureAlt: "Dessin : un bateau à deux voiles sur l’eau", Pinned: true,
			Summary: "Atelier de maquettes à l’accueil de loisirs de l’Île, avant une mise à l’eau au printemps.",
			Body:    "Pendant trois mercredis, les enfants construisent des **maquettes de bateaux** avec l’association nautique. Elles seront mises à l’eau au printemps, sous les yeux des familles.\n\n> Apportez une bouteille en plastique vide et un chiffon.\n\nLe matériel est fourni. [Voir l’accueil du mercredi](/activites/mercredi)."}}},
		{2, piece{draft: true, Content: news.Content{Title: "Inscriptions pour la prochaine rentrée", Theme: news.School, Summary: "À compléter avec les dates.", Body: "Les inscriptions ouvrent **bientôt**."}}},
	}
}

// publications writes what the town tells and what can be downloaded.
func (s *story) publications(ctx context.Context) error {
	by, err := s.editor(ctx)
	if err != nil {
		return err
	}
	if err := s.documents(ctx, by); err != nil {
		return err
	}
	for _, n := range s.told() {
		s.Clock.hold(s.ago(n.days, 9, 30))
		if err := s.tellNews(ctx, by, n.piece); err != nil {
			return err
		}
	}
	return nil
}

// editor is the agent who writes them.
func (s *story) editor(ctx context.Context) (by staff.Agent, err error) {
	err = s.Town.DB.Read(ctx, func(tx *db.Tx) error {
		agents, err := staff.List(ctx, tx)
		for _, a := range agents {
			if a.Login == "agent.enfance" {
				by = a
			}
		}
		return err
	})
	return by, err
}

func (s *story) tellNews(ctx context.Context, by staff.Agent, p piece) error {
	var files []blob.File
	if p.drawing != "" {
		drawn := <-s.pictures[p.drawing]
		if drawn.err != nil {
			return drawn.err
		}
		var err error
		if files, err = s.keep(ctx, drawn.reading, drawn.thumb); err != nil {
			return err
		}
		p.PictureID, p.ThumbID = files[0].ID, files[1].ID
	}
	if a, ok := activityOf(s.catalogue, p.activity); ok {
		p.ActivityID = a.ID
	}
	return s.publish(ctx, by, news.Edit{Kind: news.News, Content: p.Content}, files, p.draft)
}

// documents are the leaflet's form, and one more.
func (s *story) documents(ctx context.Context, by staff.Agent) error {
	s.Clock.hold(s.ago(18, 14, 0))
	var profile town.Profile
	err := s.Town.DB.Read(ctx, func(tx *db.Tx) (err error) {
		profile, err = s.Town.Profile(ctx, tx)
		return err
	})
	if err != nil {
		return err
	}
	for _, f := range []struct {
		title, summary string
		theme          news.Theme
		make           func(town.Profile, civil.Instant) ([]byte, error)
	}{
		{"Demande de prélèvement automatique", "À remplir, à signer et à renvoyer avec un relevé d’identité bancaire.", news.Payment, debitForm},
		{"Personnes autorisées à venir chercher l’enfant", "À remettre au responsable de l’accueil.", news.Care, collectForm},
	} {
		content, err := f.make(profile, s.ago(18, 14, 0))
		if err != nil {
			return err
		}
		files, err := s.keep(ctx, content)
		if err != nil {
			return err
		}
		e := news.Edit{Kind: news.Download, Content: news.Content{Title: f.title, Summary: f.summary, Theme: f.theme, FileID: files[0].ID, Format: news.PDF}}
		if err := s.publish(ctx, by, e, files, false); err != nil {
			return err
		}
	}
	return nil
}

func (s *story) keep(ctx context.Context, contents ...[]byte) ([]blob.File, error) {
	var files []blob.File
	for _, content := range contents {
		file, err := s.Town.Files.Put(ctx, bytes.NewReader(content), int64(len(content)))
		if err != nil {
			return nil, err
		}
		files = append(files, file)
	}
	return files, nil
}

func (s *story) publish(ctx context.Context, by staff.Agent, e news.Edit, files []blob.File, draft bool) error {
	return s.Town.DB.Write(ctx, func(tx *db.Tx) error {
		for _, f := range files {
			if err := blob.Record(ctx, tx, f); err != nil {
				return err
			}
		}
		id, err := news.Save(ctx, tx, by, e)
		if err != nil || draft {
			return err
		}
		return news.Publish(ctx, tx, by, e.Kind, id, 1)
	})
}
