package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"csrd/internal/sqlstore"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"
)

// storeCopy moves a store to another engine or place.
func storeCopy(s streams) *cobra.Command {
	var from, to string
	var resume, asJSON bool
	cmd := &cobra.Command{
		Use:   "copy --from DIR|URL --to DIR|URL",
		Short: "Copy all of a store into an empty one, and verify it",
		Long: `Copy all of a store into an empty one, between data directories and PostgreSQL databases
(postgres://USER@HOST:5432/NAME, with a password in PGPASSWORD or ~/.pgpass): accounts, users, access keys, policies, CSRs with
their keys, what was deleted and can be restored, and the record with its chains. What is
sealed stays as it is, so the master key is not needed, and is not copied: the csrd that
serves the copy needs the same one.

Neither store may be served meanwhile; the source is not changed. At the end both are read
again, whole, and compared table by table: the number of rows, and the sum of their SHA-256.
Until then no csrd serves the target. When it is cut off, run it again with --resume.

With --json it is an object with the list Tables, each with Name, Rows and Digest.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if from == "" || to == "" {
				return usagef("--from and --to say what to copy, and where")
			}
			copied, err := copyStore(cmd.Context(), s, from, to, resume)
			if err != nil {
				return err
			}
			if asJSON {
				return showJSON(s, struct{ Tables []copiedItem }{copied})
			}
			renderCopied(s.out, copied, from, to)
			return nil
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&from, "from", "", "data directory, or URL of a database, to copy")
	flags.StringVar(&to, "to", "", "data directory, made where there is none, or URL of a database to copy into")
	flags.BoolVar(&resume, "resume", false, "go on with a copy of the same source that was cut off")
	addJSONFlag(flags, &asJSON)
	return cmd
}

// copiedItem is a table as `csrd store copy --json` shows it.
type copiedItem struct {
	Name   string
	Rows   int64
	Digest string
}

func copyStore(ctx context.Context, s streams, from, to string, resume bool) (items []copiedItem, err error) {
	source, err := openCopied(ctx, "--from", from, sqlstore.OpenSource, sqlstore.OpenDatabase)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	target, err := openCopied(ctx, "--to", to, sqlstore.OpenTarget, sqlstore.OpenTargetDatabase)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, target.Close()) }()

	progress := newProgress(s.err)
	defer progress.clear()
	copying := sqlstore.Copying{From: source, To: target, Resume: resume, Progress: func(doing, table string, rows, of int64) {
		if of > 0 {
			progress.show("%s %s: %d of %d rows, %d %%", doing, table, rows, of, 100*rows/of)
		}
	}}
	copied, err := copying.Copy(ctx)
	if err != nil {
		return nil, err
	}
	for _, t := range copied {
		items = append(items, copiedItem{t.Name, t.Rows, t.Digest.String()})
	}
	return items, nil
}

// openCopied opens a store in a data directory or, where it is a URL, in a database.
func openCopied(ctx context.Context, flag, place string, inDirectory func(context.Context, string) (*sqlstore.Store, error),
	inDatabase func(context.Context, *sqlstore.Database) (*sqlstore.Store, error)) (*sqlstore.Store, error) {
	if !isURL(place) {
		return inDirectory(ctx, place)
	}
	d, err := sqlstore.ParseDatabase(place, 0)
	if err != nil {
		return nil, usagef("%s: %w", flag, err)
	}
	if environment := "CSRD_" + strings.ToUpper(flag[2:]); d.HasPassword && os.Getenv(environment) != place {
		return nil, usagef("%s has a password, which everybody on this machine can see: put the URL into %s, or the password into PGPASSWORD or ~/.pgpass", flag, environment)
	}
	return inDatabase(ctx, d)
}

func isURL(place string) bool { return strings.Contains(place, "://") }

// placeName is a place without what may be a password.
func placeName(place string) string {
	if d, err := sqlstore.ParseDatabase(place, 0); isURL(place) && err == nil {
		return d.String()
	}
	return place
}

// renderCopied shows what was copied, and says what is left to do.
func renderCopied(out io.Writer, items []copiedItem, from, to string) {
	var rows []table.Row
	var total int64
	for _, item := range items {
		rows = append(rows, table.Row{item.Name, item.Rows, item.Digest[:16]})
		total += item.Rows
	}
	renderTable(out, table.Row{"TABLE", "ROWS", "DIGEST"}, rows, 0)
	fmt.Fprintf(out, `
Copied and verified: %d rows.

The master key was not copied: the csrd that serves %s needs the one of %s.
`, total, placeName(to), placeName(from))
	if key := filepath.Join(from, masterKeyName); !isURL(from) && fileExists(key) {
		fmt.Fprintf(out, "It is in %s: copy that file, or better, give it with --master-key-file.\n", key)
	}
	fmt.Fprintf(out, "Serve one of the two from now on: what is changed in the one does not reach the other.\n")
}

func fileExists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
