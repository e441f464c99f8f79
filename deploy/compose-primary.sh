#!/bin/sh
# Run once by the image of PostgreSQL, on the new primary of compose.yaml. The
# standby is waited for only when an operator says so, once it is there:
#   ALTER SYSTEM SET synchronous_standby_names = 'standby'; SELECT pg_reload_conf();
set -eu
cat /etc/csrd/postgresql.conf >>"$PGDATA/postgresql.conf"
echo "host replication standby all scram-sha-256" >>"$PGDATA/pg_hba.conf"
psql -v ON_ERROR_STOP=1 -U postgres <<END
CREATE ROLE csrd LOGIN PASSWORD '$CSRD_DATABASE_PASSWORD';
CREATE ROLE standby LOGIN REPLICATION PASSWORD '$REPLICATION_PASSWORD';
CREATE DATABASE csrd OWNER csrd;
END
