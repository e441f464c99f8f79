// Command pocketbase is PocketBase with a collection of CSRs, to be measured
// beside csrd. It is a module of its own: csrd does not depend on PocketBase.
//
//	pocketbase make FOLDER           make the collection and a superuser, and write its token to FOLDER/token
//	pocketbase serve FOLDER ADDRESS  serve it
package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
	_ "github.com/pocketbase/pocketbase/migrations" // the schema of PocketBase itself
)

// queryTimeout is longer than PocketBase's own, 30 seconds, which sixteen
// counts of a million rows can exceed on a busy machine.
const queryTimeout = 2 * time.Minute

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintf(os.Stderr, "pocketbase: %v\n", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) < 2 {
		return errors.New("say make FOLDER or serve FOLDER ADDRESS")
	}
	app := core.NewBaseApp(core.BaseAppConfig{DataDir: args[1], QueryTimeout: queryTimeout})
	if err := app.Bootstrap(); err != nil {
		return err
	}
	switch {
	case args[0] == "make":
		if err := app.RunAllMigrations(); err != nil {
			return err
		}
		return create(app, filepath.Join(args[1], "token"))
	case args[0] == "serve" && len(args) == 3:
		return apis.Serve(app, apis.ServeConfig{HttpAddr: args[2], AllowedOrigins: []string{"*"}})
	}
	return fmt.Errorf("unknown: %q", args)
}

// create makes the collection with the indexes that its lists need, a superuser
// and a token.
func create(app core.App, tokenFile string) error {
	// csrd's log line for each request is off too.
	settings := app.Settings()
	settings.Logs.MaxDays = 0
	if err := app.Save(settings); err != nil {
		return err
	}
	csrs := core.NewBaseCollection("csrs")
	for _, name := range []string{"owner", "domain", "organization", "department", "email", "province", "city", "country",
		"encrypt_algo", "key_parameter", "remark"} {
		csrs.Fields.Add(&core.TextField{Name: name})
	}
	for _, name := range []string{"seq", "status", "create_time"} {
		csrs.Fields.Add(&core.NumberField{Name: name, OnlyInt: true})
	}
	csrs.AddIndex("csrs_by_seq", true, "owner, seq", "")
	csrs.AddIndex("csrs_by_domain", false, "owner, domain, seq", "")
	csrs.AddIndex("csrs_by_algo", false, "owner, encrypt_algo, seq", "")
	if err := app.Save(csrs); err != nil {
		return err
	}

	superusers, err := app.FindCollectionByNameOrId(core.CollectionNameSuperusers)
	if err != nil {
		return err
	}
	superusers.AuthToken.Duration = int64((365 * 24 * time.Hour).Seconds())
	if err := app.Save(superusers); err != nil {
		return err
	}
	user := core.NewRecord(superusers)
	user.SetEmail("bench@example.com")
	user.SetRandomPassword()
	if err := app.Save(user); err != nil {
		return err
	}
	token, err := user.NewAuthToken()
	if err != nil {
		return err
	}
	return os.WriteFile(tokenFile, []byte(token), 0o600)
}
