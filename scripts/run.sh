#!/usr/bin/env bash
# The site, from a clone: installs and builds what is missing, then serves on http://127.0.0.1:5080 until Ctrl+C.
#   scripts/run.sh [--port N] [--data DIR]
set -euo pipefail
ROOT=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)
. "$ROOT/scripts/lib/web.sh"
. "$ROOT/scripts/lib/build.sh"

usage() {
  cat <<'TEXT'
scripts/run.sh [--port N] [--data DIR]
  --port N     the port on 127.0.0.1 (5080; 0 takes a free one)
  --data DIR   the data folder: runs, SAEs, takes, the database (data/ of the clone)
Ctrl+C ends the site; training runs go on and are found again at the next start.
TEXT
}

# A mistyped switch is told now, not after a build of minutes.
arguments=("$@")
while [ $# -gt 0 ]; do
  case "$1" in
    -h | --help) usage; exit 0 ;;
    --port | --data | --listen)
      [ $# -ge 2 ] || { echo "$1 wants a value." >&2; usage >&2; exit 2; }
      shift 2 ;;
    --port=* | --data=* | --listen=*) shift ;;
    *) echo "There is no switch '$1'." >&2; usage >&2; exit 2 ;;
  esac
done

need_dotnet
web_ensure
build_once web src/SaeDashboard.Web
build_once worker src/SaeDashboard.Worker
# exec: Ctrl+C and a supervisor's SIGTERM reach the site itself.
exec "$ROOT/artifacts/bin/SaeDashboard.Web/release/SaeDashboard.Web" ${arguments[@]+"${arguments[@]}"}
