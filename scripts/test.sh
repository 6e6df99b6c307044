#!/bin/sh
# Runs the tests with what they need: a PostgreSQL server of their own, in a temporary folder, Chromium, two readers of PDF files, and
# xmllint. What is missing is installed from Debian's packages when we may (as root); otherwise the tests do not start, and it is said what to do.
# Arguments go to `go test`; without any, every package is tested.
set -eu

# postgres_programs prints the folder of the newest Debian PostgreSQL, or of the initdb in the path.
postgres_programs() {
	for dir in $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -t/ -k5 -rn); do
		if [ -x "$dir/initdb" ] && [ -x "$dir/postgres" ]; then
			echo "$dir"
			return
		fi
	done
	if found=$(command -v initdb); then
		dirname "$found"
	fi
}

# browser prints where Chromium is: without windows if we have it, which does the same for less work.
browser() {
	for path in "${PREAU_CHROMIUM:-}" /usr/lib/chromium/chromium-headless-shell /usr/bin/chromium; do
		if [ -n "$path" ] && [ -x "$path" ]; then
			echo "$path"
			return
		fi
	done
	command -v chromium-browser || command -v google-chrome || true
}

missing=""
[ -n "$(postgres_programs)" ] || missing="$missing postgresql"
[ -n "$(browser)" ] || missing="$missing chromium-headless-shell"
command -v qpdf >/dev/null || missing="$missing qpdf"
command -v pdftotext >/dev/null || missing="$missing poppler-utils"
command -v xmllint >/dev/null || missing="$missing libxml2-utils"
if [ -n "$missing" ]; then
	if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
		echo "The tests need$missing. On Debian, as root: apt-get install$missing" >&2
		exit 1
	fi
	echo "Installing$missing" >&2
	apt-get update -q >&2
	# shellcheck disable=SC2086 # one word a package
	DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing >&2
fi
programs=$(postgres_programs)
if [ -z "$programs" ] || [ -z "$(browser)" ]; then
	echo "PostgreSQL or Chromium is still missing after its installation." >&2
	exit 1
fi

# A server refuses to run as root: then it runs as the user postgres.
as_server() {
	if [ "$(id -u)" -eq 0 ]; then
		setpriv --reuid=postgres --regid=postgres --clear-groups "$@"
	else
		"$@"
	fi
}

dir=$(mktemp -d /tmp/preau-test-XXXXXX)
server=""
stop() {
	if [ -n "$server" ]; then
		kill -QUIT "$server" 2>/dev/null || true
		wait "$server" 2>/dev/null || true
	fi
	rm -rf "$dir"
}
trap stop EXIT
trap 'exit 130' INT TERM
[ "$(id -u)" -ne 0 ] || chown postgres: "$dir"

cd "$(dirname "$0")/.."
if ! (cd "$dir" && as_server "$programs/initdb" -D data -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync) >"$dir/log" 2>&1; then
	cat "$dir/log" >&2
	exit 1
fi
# exec: so that $! is the server itself.
(
	cd "$dir"
	set -- "$programs/postgres" -D data -k "$dir" -c listen_addresses= -c fsync=off -c full_page_writes=off \
		-c synchronous_commit=off -c autovacuum=on -c autovacuum_naptime=10s -c autovacuum_vacuum_cost_delay=0 -c wal_level=minimal -c max_wal_senders=0 \
		-c max_connections=300 -c max_locks_per_transaction=256
	if [ "$(id -u)" -eq 0 ]; then
		exec setpriv --reuid=postgres --regid=postgres --clear-groups "$@"
	fi
	exec "$@"
) >>"$dir/log" 2>&1 &
server=$!
tries=0
until [ -S "$dir/.s.PGSQL.5432" ]; do
	tries=$((tries + 1))
	if [ "$tries" -gt 300 ] || ! kill -0 "$server" 2>/dev/null; then
		echo "PostgreSQL did not start:" >&2
		cat "$dir/log" >&2
		exit 1
	fi
	sleep 0.1
done

PREAU_TEST_POSTGRES="postgres://postgres@/postgres?host=$dir"
export PREAU_TEST_POSTGRES
if [ "$#" -eq 0 ]; then
	set -- ./...
fi
PREAU_CHROMIUM=$(browser)
export PREAU_CHROMIUM
# As the program is built: what is compiled for one serves the other, and without the folder's name in it, every checkout of the machine. Tests wait for
# engines and browsers more than they compute, so one package more than most machines have processors runs at once; nobody debugs their binaries, which
# are linked without what that would need.
export CGO_ENABLED=0 GOFLAGS="${GOFLAGS:-} -trimpath"
go test -p 3 -ldflags='-s -w' "$@"
