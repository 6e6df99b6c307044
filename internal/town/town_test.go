package town_test

import (
	"bytes"
	"io"
	"log/slog"
	"strings"
	"testing"

	"preau/internal/db"
	"preau/internal/town"
	"preau/internal/towntest"
)

func TestHosts(t *testing.T) {
	chatou := &town.Town{ID: "chatou", Hosts: []string{"famille.chatou.example", "Chatou.example"}}
	local := &town.Town{ID: "demo", Hosts: []string{"localhost", "127.0.0.1", "::1"}}
	set, err := town.NewSet(chatou, local)
	if err != nil {
		t.Fatal(err)
	}
	for host, want := range map[string]*town.Town{
		"famille.chatou.example": chatou, "FAMILLE.chatou.example:8080": chatou, "chatou.example.": chatou,
		"localhost:8080": local, "127.0.0.1": local, "[::1]:8080": local, "[::1]": local,
		"other.example": nil, "": nil, ":80": nil, "chatou.example.evil": nil, "a:b:c": nil,
	} {
		got, ok := set.Find(host)
		if got != want || ok != (want != nil) {
			t.Errorf("%q: %v, %v", host, got, ok)
		}
	}
	if got, ok := set.Get("demo"); !ok || got != local || len(set.All()) != 2 {
		t.Errorf("by id: %v", got)
	}
	if _, err := town.NewSet(chatou, chatou); err == nil {
		t.Error("two towns with one id passed")
	}
	if _, err := town.NewSet(chatou, &town.Town{ID: "other", Hosts: []string{"CHATOU.example"}}); err == nil {
		t.Error("two towns with one host passed")
	}
}

func TestKeysOfPurposes(t *testing.T) {
	tn := &town.Town{Key: bytes.Repeat([]byte{1}, 32)}
	a, b := tn.KeyFor("feeds"), tn.KeyFor("throttle")
	if len(a) != 32 || bytes.Equal(a, b) || bytes.Equal(a, tn.Key) || !bytes.Equal(a, tn.KeyFor("feeds")) {
		t.Errorf("keys %x %x", a, b)
	}
}

// Two towns of one configuration have each their own data, on either engine.
func TestOpenSeveralTowns(t *testing.T) {
	for _, engine := range towntest.Engines {
		t.Run(engine, func(t *testing.T) {
			text := good + strings.NewReplacer("chatou", "vesinet").Replace(good)
			if engine == db.Postgres {
				one, two := towntest.Schema(t), towntest.Schema(t)
				text = strings.NewReplacer(`id = "chatou"`, `id = "`+one+`"`+"\nfiles = \"DIR/one\"", `id = "vesinet"`, `id = "`+two+`"`+"\nfiles = \"DIR/two\"",
					"sqlite:DIR/chatou.db", towntest.Postgres(t), "sqlite:DIR/vesinet.db", towntest.Postgres(t)).Replace(text)
			}
			cfg, err := load(t, text)
			if err != nil {
				t.Fatal(err)
			}
			ctx, quiet := t.Context(), slog.New(slog.NewTextHandler(io.Discard, nil))
			if _, err := town.Open(ctx, cfg, town.Options{Log: quiet}); err == nil || !strings.Contains(err.Error(), "preau migrate") {
				t.Errorf("not migrated: %v", err)
			}
			set, err := town.Open(ctx, cfg, town.Options{Migrate: true, Log: quiet})
			if err != nil {
				t.Fatal(err)
			}
			for _, tn := range set.All() {
				err := tn.DB.Write(ctx, func(tx *db.Tx) error {
					before, err := town.ReadSetting(ctx, tx, "test.name", "new")
					if before != "new" {
						t.Errorf("%s found %q", tn.ID, before)
					}
					if err != nil {
						return err
					}
					return town.WriteSetting(ctx, tx, "test.name", tn.ID)
				})
				if err != nil {
					t.Error(err)
				}
			}
			if err := set.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}
