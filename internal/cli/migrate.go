package cli

import (
	"fmt"

	"csrd/internal/sqlstore"

	"github.com/spf13/cobra"
)

// migrateCommand brings the schema of a database up to date and does nothing else.
func migrateCommand(s streams) *cobra.Command {
	var place storePlace
	var citus bool
	cmd := &cobra.Command{
		Use:   "migrate",
		Short: "Bring the schema of a database up to date, or make it",
		Long: `Bring the schema of the database that --database names up to date, or make it in an empty
database. "csrd serve" does the same when it starts; this is for whoever lets only another
user of the database change its schema. Several may run at once: one changes it, the others
wait. A csrd that is older than the schema refuses to start.

With --citus the database is the coordinator of a Citus cluster, and its tables are
distributed: by account, but for accounts, users and access keys, which every node gets, and
what belongs to no account, which stays on the coordinator. Run again, it does what is left.`,
		Example: `  PGPASSWORD=... csrd migrate --database 'postgres://owner@db.example.com/csrd?sslmode=verify-full'`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			d, err := place.parse()
			if err != nil {
				return err
			}
			if d == nil {
				return usagef("--database names the database; the store in a data directory is brought up to date by `csrd serve`")
			}
			if err := sqlstore.MigrateDatabase(cmd.Context(), d); err != nil {
				return err
			}
			if citus {
				if err := sqlstore.DistributeTables(cmd.Context(), d); err != nil {
					return err
				}
			}
			fmt.Fprintf(s.out, "The schema of %s is up to date.\n", d)
			return nil
		},
	}
	place.addTo(cmd.Flags())
	cmd.Flags().BoolVar(&citus, "citus", false, "distribute the tables over the nodes of a Citus cluster")
	return cmd
}
