package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"preau/internal/audit"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/identity"
	"preau/internal/staff"
	"preau/internal/town"
)

// user manages the accounts from the command line: the first agent of a town, a lost password.
func user(ctx context.Context, s streams, args []string) error {
	verbs := map[string]func(context.Context, streams, []string) error{"create": userCreate, "password": userPassword, "factor": userFactor, "list": userList}
	if len(args) > 0 {
		if verb, ok := verbs[args[0]]; ok {
			return verb(ctx, s, args[1:])
		}
	}
	fmt.Fprint(s.err, "Usage:\n\n\tpreau user create -login L -email E -name N -role R [flags]   create an agent\n"+
		"\tpreau user password [flags] LOGIN                             give an account a new password\n"+
		"\tpreau user factor [flags] LOGIN                               remove an account's second step, lost with a telephone\n"+
		"\tpreau user list [flags]                                       list the agents\n\n"+
		"`preau user create -h` lists the flags.\n")
	if len(args) > 0 && (args[0] == "-h" || args[0] == "-help" || args[0] == "--help") {
		return nil
	}
	return errUsage
}

const stdinHelp = "read the password from the first line of the standard input; without it, print a link to choose one"

func userCreate(ctx context.Context, s streams, args []string) error {
	f := flags(s, "user create", "", "Creates an agent. The first one of a town has the role direction, and creates the others in the portal.")
	config, id := configFlag(f), townFlag(f)
	var n staff.NewAgent
	f.StringVar(&n.Login, "login", "", "the `login`: 3 to 64 letters, digits, dots or hyphens")
	f.StringVar(&n.Email, "email", "", "the e-mail `address`")
	f.StringVar(&n.Name, "name", "", "first and last `name`")
	f.StringVar(&n.Service, "service", "", "the `service`, shown to families")
	role := f.String("role", string(staff.Direction), "the `role`: instruction, regie, animation or direction")
	stdin := f.Bool("password-stdin", false, stdinHelp)
	if err := parse(f, s, args, 0, 0); err != nil {
		return err
	}
	n.Role = staff.Role(*role)
	return withTown(ctx, *config, *id, func(t *town.Town) error {
		if *stdin {
			hash, err := readPassword(ctx, s.in, identity.Account{Login: n.Login, Email: n.Email, Name: n.Name})
			if err != nil {
				return err
			}
			n.PasswordHash = hash
		}
		token := ""
		err := t.DB.Write(ctx, func(tx *db.Tx) error {
			a, err := staff.Create(ctx, tx, staff.Agent{}, n)
			if err != nil || *stdin {
				return err
			}
			token, err = identity.NewReset(ctx, tx, a.AccountID, identity.InviteLife)
			return err
		})
		if err != nil {
			return plainly(err)
		}
		fmt.Fprintf(s.out, "%s: agent %s created\n", t.ID, n.Login)
		printLink(s, t, token, "seven days")
		return nil
	})
}

func userPassword(ctx context.Context, s streams, args []string) error {
	f := flags(s, "user password", "LOGIN", "Gives the account of LOGIN, or of an e-mail address, a new password. Its sessions end.")
	config, id := configFlag(f), townFlag(f)
	stdin := f.Bool("password-stdin", false, stdinHelp)
	if err := parse(f, s, args, 1, 1); err != nil {
		return err
	}
	return withTown(ctx, *config, *id, func(t *town.Town) error {
		var account identity.Account
		err := t.DB.Read(ctx, func(tx *db.Tx) (err error) {
			account, err = identity.Find(ctx, tx, f.Arg(0))
			return err
		})
		if err != nil {
			return plainly(err)
		}
		hash := ""
		if *stdin {
			if hash, err = readPassword(ctx, s.in, account); err != nil {
				return err
			}
		}
		token := ""
		err = t.DB.Write(ctx, func(tx *db.Tx) (err error) {
			if hash != "" {
				err = identity.SetPassword(ctx, tx, account.ID, hash)
			} else {
				token, err = identity.NewReset(ctx, tx, account.ID, identity.ResetLife)
			}
			if err != nil {
				return err
			}
			return audit.Record(ctx, tx, audit.Entry{Actor: "system", ActorName: "Préau", Act: "account.command_line_password", Subject: account.Actor()})
		})
		if err != nil {
			return plainly(err)
		}
		if hash != "" {
			fmt.Fprintf(s.out, "%s: the password of %s is changed\n", t.ID, account.Login)
		}
		printLink(s, t, token, "one hour")
		return nil
	})
}

// userFactor removes the second factors of an account whose owner has lost them.
func userFactor(ctx context.Context, s streams, args []string) error {
	f := flags(s, "user factor", "LOGIN", "Removes the second step of the account of LOGIN, or of an e-mail address: its application, recovery codes and passkeys.\n"+
		"Its sessions end. Make sure, on the telephone or in person, of who asks.")
	config, id := configFlag(f), townFlag(f)
	if err := parse(f, s, args, 1, 1); err != nil {
		return err
	}
	return withTown(ctx, *config, *id, func(t *town.Town) error {
		var account identity.Account
		err := t.DB.Write(ctx, func(tx *db.Tx) (err error) {
			if account, err = identity.Find(ctx, tx, f.Arg(0)); err != nil {
				return err
			}
			if err := identity.ResetFactors(ctx, tx, account.ID); err != nil {
				return err
			}
			return audit.Record(ctx, tx, audit.Entry{Actor: "system", ActorName: "Préau", Act: "account.reset_factors", Subject: account.Actor()})
		})
		if err != nil {
			return plainly(err)
		}
		fmt.Fprintf(s.out, "%s: %s has no second step any more\n", t.ID, account.Login)
		return nil
	})
}

func userList(ctx context.Context, s streams, args []string) error {
	f := flags(s, "user list", "", "Lists the agents of a town, the active ones first.")
	config, id := configFlag(f), townFlag(f)
	if err := parse(f, s, args, 0, 0); err != nil {
		return err
	}
	return withTown(ctx, *config, *id, func(t *town.Town) error {
		var agents []staff.Agent
		err := t.DB.Read(ctx, func(tx *db.Tx) (err error) {
			agents, err = staff.List(ctx, tx)
			return err
		})
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(s.out, 0, 4, 2, ' ', 0)
		for _, a := range agents {
			state := "active"
			if a.Suspended() {
				state = "suspended"
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", a.Login, a.Name, a.Role, a.Email, state)
		}
		return w.Flush()
	})
}

// withTown opens a town for fn and closes it after.
func withTown(ctx context.Context, config, id string, fn func(*town.Town) error) error {
	t, closeTown, err := openTown(ctx, config, id)
	if err != nil {
		return err
	}
	return errors.Join(fn(t), closeTown())
}

// readPassword reads a password from a line, and hashes it when the town's rule accepts it.
func readPassword(ctx context.Context, in io.Reader, a identity.Account) (string, error) {
	line, err := bufio.NewReader(in).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	password := strings.TrimRight(line, "\r\n")
	if err := identity.CheckOwnPassword("password", password, a); err != nil {
		return "", plainly(err)
	}
	return identity.Hash(ctx, password)
}

// printLink prints the link to choose a password, when there is one.
func printLink(s streams, t *town.Town, token, life string) {
	if token != "" {
		fmt.Fprintf(s.out, "Open this link once, within %s, to choose the password:\n%s/mot-de-passe/%s\n", life, t.BaseURL, token)
	}
}

// plainly turns the portal's refusals, made for a form, into lines that name each field.
func plainly(err error) error {
	refusal, ok := fault.As(err)
	if !ok || len(refusal.Fields) == 0 {
		return err
	}
	var lines []error
	for field, message := range refusal.Fields {
		lines = append(lines, fmt.Errorf("%s: %s", field, message))
	}
	return errors.Join(lines...)
}
