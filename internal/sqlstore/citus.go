package sqlstore

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
)

// What Citus is told of the tables: what has a foreign key comes after what it
// refers to. Those that are asked before the owner is known, with what they are
// joined to, are small and seldom written: every node has a copy of them. All
// others of a tenant are distributed by owner, and lie together. Those that
// belong to no owner (id_counter, master_key, server) stay on the coordinator.
const (
	citusReference   = "account cam_user access_key"
	citusDistributed = "csr_counter csr_detail csr deleted_csr csr_count csr_range policy policy_attachment token_key data_key audit_head audit_entry audit_stub"
)

// DistributeTables tells Citus on a coordinator how the tables of a store are
// distributed, where it does not know yet; what is in them is moved. It goes on
// where it was cut off.
func DistributeTables(ctx context.Context, d *Database) error {
	conn, err := pgx.ConnectConfig(ctx, d.config.ConnConfig)
	if err != nil {
		return d.explain(err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	var installed bool
	if err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'citus')").Scan(&installed); err != nil {
		return d.explain(err)
	}
	if !installed {
		return fmt.Errorf("the database %s has no Citus: CREATE EXTENSION citus on the coordinator and its workers first, and add these with citus_add_node", d)
	}
	for _, table := range strings.Fields(citusReference) {
		if err := distribute(ctx, conn, table, "SELECT create_reference_table($1::text::regclass)", table); err != nil {
			return err
		}
	}
	for _, table := range strings.Fields(citusDistributed) {
		with := "csr_counter"
		if table == with {
			with = "none"
		}
		err := distribute(ctx, conn, table, "SELECT create_distributed_table($1::text::regclass, 'owner_uin', colocate_with => $2)", table, with)
		if err != nil {
			return err
		}
	}
	return nil
}

func distribute(ctx context.Context, conn *pgx.Conn, table, statement string, args ...any) error {
	var known bool
	err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM pg_dist_partition WHERE logicalrelid = $1::text::regclass)", table).Scan(&known)
	if err == nil && !known {
		_, err = conn.Exec(ctx, statement, args...)
	}
	if err != nil {
		return fmt.Errorf("distribute the table %s: %w; run it again, and it goes on", table, err)
	}
	return nil
}
