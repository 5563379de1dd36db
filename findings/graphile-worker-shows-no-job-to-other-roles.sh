#!/usr/bin/env bash
# Graphile Worker 0.18.0: a role with SELECT on its table of jobs finds no row in it and no error: the table has row level
# security and not one policy. Its view `jobs` shows them. And a job that fails for good keeps `updated_at` as it was; when it
# failed is only in `run_at`, which is moved into the future though it is never run again.
#
# Needs Node, npm and PostgreSQL's programs (Debian: postgresql). Seen on Debian 12, PostgreSQL 15, Node 20:
#   table: 0 rows   view: 1 rows   updated_at moved: f   run_at moved: t
# Exit status 0 as long as that is so.
set -euo pipefail

folder=$(mktemp -d)
bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1)
as=()
if [ "$(id -u)" = 0 ]; then
  as=(setpriv --reuid postgres --regid postgres --clear-groups --)
fi
mkdir "$folder/db"
cleanup() {
  kill -INT "$server" 2>/dev/null && wait "$server" || true
  rm -rf "$folder"
}
server=0
trap cleanup EXIT
chmod 755 "$folder"
if [ "$(id -u)" = 0 ]; then chown postgres "$folder/db"; fi

(cd "$folder" && npm init -y && npm install --silent --no-audit --no-fund graphile-worker@0.18.0) >/dev/null 2>&1
port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
(cd "$folder/db" && "${as[@]}" "$bin/initdb" -D "$folder/db/data" -U postgres -A trust --no-sync >/dev/null)
(cd "$folder/db" && exec "${as[@]}" "$bin/postgres" -D "$folder/db/data" -h 127.0.0.1 -p "$port" -k "$folder/db" >"$folder/log" 2>&1) &
server=$!
url="postgres://postgres@127.0.0.1:$port/postgres"
for _ in $(seq 100); do "$bin/psql" "$url" -qc 'select 1' >/dev/null 2>&1 && break || sleep 0.2; done

cat >"$folder/fail.js" <<'JS'
const { Logger, makeWorkerUtils, runOnce } = require('graphile-worker');
const logger = new Logger(() => () => undefined);
(async () => {
  const options = { connectionString: process.argv[2], logger };
  const utils = await makeWorkerUtils(options);
  await utils.migrate();
  await utils.addJob('broken', {}, { maxAttempts: 1 });
  await new Promise((wait) => setTimeout(wait, 1500));
  await utils.release();
  await runOnce({ ...options, taskList: { broken: () => Promise.reject(new Error('no')) } });
  process.exit(0);
})();
JS
(cd "$folder" && node fail.js "$url" 2>/dev/null)
"$bin/psql" "$url" -qc 'create role reader login; grant usage on schema graphile_worker to reader;
  grant select on all tables in schema graphile_worker to reader'
reader="postgres://reader@127.0.0.1:$port/postgres"
ask() { "$bin/psql" "$1" -qAtc "$2"; }
table=$(ask "$reader" 'select count(*) from graphile_worker._private_jobs')
view=$(ask "$reader" 'select count(*) from graphile_worker.jobs where attempts = 1 and last_error is not null')
updated=$(ask "$reader" "select updated_at > created_at + interval '1 s' from graphile_worker.jobs")
moved=$(ask "$reader" "select run_at > created_at + interval '3 s' from graphile_worker.jobs")
echo "table: $table rows   view: $view rows   updated_at moved: $updated   run_at moved: $moved"
[ "$table $view $updated $moved" = '0 1 f t' ]
