#!/usr/bin/env bash
# Three csrd on one PostgreSQL with a streaming standby, Redis, and HAProxy
# before them, on one machine, from Debian's packages:
#
#   apt-get install postgresql redis-server haproxy openssl
#   go build -o bin/csrd ./cmd/csrd
#   deploy/run.sh [DIRECTORY]
#
# Everything is in DIRECTORY, ./deploy-data by default, and goes on from there
# the next time. Ctrl-C stops it all. On several machines each part has the same
# settings and another address.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
dir=$(realpath -m "${1:-deploy-data}")
csrd=${CSRD:-$here/../bin/csrd}
port=${PORT:-9402} # of the load balancer; the others come behind it
primary_port=$((port + 1)) standby_port=$((port + 2)) redis_port=$((port + 3)) csrd_port=$((port + 10))
postgres=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1 || true)

for program in "$csrd" "$postgres/initdb" redis-server haproxy openssl; do
	command -v "$program" >/dev/null || {
		echo "$program is missing: see the head of $0 for what to install" >&2
		exit 1
	}
done

# PostgreSQL does not run as root.
as_postgres() {
	if ((EUID == 0)); then setpriv --reuid postgres --regid postgres --init-groups env "$@"; else env "$@"; fi
}

wait_for() { # a command that succeeds when something is there
	for _ in $(seq 150); do
		"$@" >/dev/null 2>&1 && return
		sleep 0.2
	done
	echo "this does not come to succeed: $*" >&2
	exit 1
}

pids=() signals=()
stop() {
	trap - EXIT
	# In the reverse order: first what takes requests, the database last.
	for ((i = ${#pids[@]} - 1; i >= 0; i--)); do
		kill -"${signals[i]}" "${pids[i]}" 2>/dev/null && wait "${pids[i]}" || true
	done
}
trap stop EXIT
trap 'exit 0' INT TERM

# start runs a program in the background, with its output in a file of its name.
# A process group of its own keeps Ctrl-C from it: stop ends them in order.
signal=TERM
start() {
	local name=$1
	shift
	setsid "$@" >>"$dir/log/$name" 2>&1 &
	pids+=($!) signals+=("$signal")
	echo $! >"$dir/run/$name.pid"
}

umask 077
mkdir -p "$dir"/{log,run} "$dir"/csrd{1,2,3}
[[ -e $dir/secrets ]] || {
	for name in PGPASSWORD REPLICATION_PASSWORD CSRD_RATE_LIMIT_STORE_PASSWORD; do
		echo "$name=$(openssl rand -hex 24)"
	done >"$dir/secrets"
}
. "$dir/secrets"
[[ -e $dir/master.key ]] || openssl rand -base64 32 >"$dir/master.key"
if ((EUID == 0)); then
	chmod 711 "$dir" # for the user postgres to come to what is its own
fi

# The primary: the user of csrd owns its database and nothing else.
start_server() {
	local data=$dir/$1 signal=INT # ends the sessions, too
	if ((EUID == 0)); then
		start "$1" setpriv --reuid postgres --regid postgres --init-groups "$postgres/postgres" -D "$data" -p "$2" -k "$data"
	else
		start "$1" "$postgres/postgres" -D "$data" -p "$2" -k "$data"
	fi
}
if [[ ! -e $dir/primary/PG_VERSION ]]; then
	mkdir -p "$dir"/{primary,standby}
	if ((EUID == 0)); then chown postgres: "$dir"/{primary,standby}; fi
	as_postgres "$postgres/initdb" -D "$dir/primary" --username=postgres --auth-local=peer --auth-host=scram-sha-256 --encoding=UTF8 --locale=C >"$dir/log/initdb"
	cat "$here/postgresql.conf" >>"$dir/primary/postgresql.conf"
	{
		echo "local all postgres peer map=owner"
		echo "host csrd csrd 127.0.0.1/32 scram-sha-256"
		echo "host replication standby 127.0.0.1/32 scram-sha-256"
	} >"$dir/primary/pg_hba.conf"
	echo "owner $(as_postgres id -un) postgres" >>"$dir/primary/pg_ident.conf"
fi
sql() { as_postgres "$postgres/psql" -qAtX -h "$dir/primary" -p "$primary_port" -U postgres -v ON_ERROR_STOP=1 "$@"; }
start_server primary "$primary_port"
wait_for sql -c 'SELECT 1' postgres
if [[ -z $(sql -c "SELECT 1 FROM pg_database WHERE datname = 'csrd'" postgres) ]]; then
	printf "CREATE ROLE csrd LOGIN PASSWORD '%s'; CREATE ROLE standby LOGIN REPLICATION PASSWORD '%s';" \
		"$PGPASSWORD" "$REPLICATION_PASSWORD" | sql postgres
	sql -c "CREATE DATABASE csrd OWNER csrd" postgres
fi

# The standby: a copy of the primary that follows it.
if [[ ! -e $dir/standby/PG_VERSION ]]; then
	as_postgres PGPASSWORD="$REPLICATION_PASSWORD" "$postgres/pg_basebackup" -D "$dir/standby" -h 127.0.0.1 -p "$primary_port" -U standby \
		--write-recovery-conf --checkpoint=fast --wal-method=stream -d "application_name=standby" >"$dir/log/basebackup" 2>&1
fi
start_server standby "$standby_port"
streaming() { [[ -n $(sql -c "SELECT 1 FROM pg_stat_replication WHERE application_name = 'standby' AND state = 'streaming'" postgres) ]]; }
wait_for streaming
sql -c "ALTER SYSTEM SET synchronous_standby_names = 'standby'" -c "SELECT pg_reload_conf()" postgres >/dev/null

{
	cat "$here/redis.conf"
	printf '%s\n' "bind 127.0.0.1" "port $redis_port" "dir $dir/run" "requirepass $CSRD_RATE_LIMIT_STORE_PASSWORD"
} >"$dir/redis.conf" # a password on a command line is seen by all
start redis redis-server "$dir/redis.conf"

# Three csrd. Both hosts of the database: csrd finds the one that takes writes.
export PGPASSWORD CSRD_RATE_LIMIT_STORE_PASSWORD
export CSRD_DATABASE="postgres://csrd@127.0.0.1:$primary_port,127.0.0.1:$standby_port/csrd?sslmode=disable"
export CSRD_MASTER_KEY_FILE=$dir/master.key CSRD_RATE_LIMIT_STORE=redis://127.0.0.1:$redis_port CSRD_TRUSTED_PROXY=127.0.0.1
export CSRD_BIND_SIGNATURES=true CSRD_LOG_FORMAT=json
for i in 1 2 3; do
	start "csrd$i" "$csrd" serve --data "$dir/csrd$i" --listen "127.0.0.1:$((csrd_port + i))"
	wait_for curl -fsS "http://127.0.0.1:$((csrd_port + i))/readyz"
done

LISTEN=127.0.0.1:$port CSRD1=127.0.0.1:$((csrd_port + 1)) CSRD2=127.0.0.1:$((csrd_port + 2)) CSRD3=127.0.0.1:$((csrd_port + 3)) \
	start haproxy haproxy -f "$here/haproxy.cfg"
wait_for curl -fsS "http://127.0.0.1:$port/readyz"

as_owner=
if ((EUID == 0)); then as_owner="runuser -u postgres -- "; fi
cat <<END

csrd is at http://127.0.0.1:$port, and what it logs in $dir/log. With the key of its root account:

  set -a; . $dir/csrd1/root-credentials; set +a; export CSRD_ENDPOINT=http://127.0.0.1:$port
  $csrd list

To see what happens when a part fails (docs/scale.md tells), in another terminal:

  kill -9 \$(cat $dir/run/csrd2.pid)     # or haproxy, redis, standby, primary
  $as_owner$postgres/pg_ctl start -D $dir/standby -o "-p $standby_port -k $dir/standby" -l $dir/standby/log    # or primary
  $as_owner$postgres/pg_ctl promote -D $dir/standby     # when the primary is gone for good

Ctrl-C stops everything.
END
wait
