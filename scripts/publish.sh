#!/usr/bin/env bash
# The whole site in one folder that runs on any Linux machine (x86-64) with ASP.NET Core 10: DIR/SaeDashboard.Web starts it, from any folder.
#   scripts/publish.sh DIR
set -euo pipefail
ROOT=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)
. "$ROOT/scripts/lib/web.sh"
. "$ROOT/scripts/lib/build.sh"

usage() {
  cat <<'TEXT'
scripts/publish.sh DIR
  DIR    a new or empty folder. It gets the web program, worker/ (with libtorch) and demo/: about 0.5 GB.
DIR/SaeDashboard.Web [--port N] [--data DIR] starts the site; DIR/worker/SaeDashboard.Worker is the command line.
TEXT
}

case "${1:-}" in
  -h | --help) usage; exit 0 ;;
  "" | -*) usage >&2; exit 2 ;;
esac
[ $# -eq 1 ] || { usage >&2; exit 2; }
target=$(realpath -m "$1")
# A site that runs from there would lose the libraries it has mapped, and DIR/data may hold somebody's work.
if [ -e "$target" ] && { [ ! -d "$target" ] || [ -n "$(ls -A "$target")" ]; }; then
  echo "$target is not an empty folder: publish into a new one." >&2
  exit 1
fi

need_dotnet
web_ensure
build_once web src/SaeDashboard.Web
build_once worker src/SaeDashboard.Worker
log="$ROOT/artifacts/publish.log"
# publish PROJECT DIR: copies what was just built.
publish() {
  if ! dotnet publish --no-build -c Release --nologo -v quiet "$ROOT/$1" -o "$2" >"$log" 2>&1; then
    grep -E "error|warning" "$log" | sort -u | head -20 >&2
    echo "Publishing failed; the whole log: $log" >&2
    exit 1
  fi
}
publish src/SaeDashboard.Web "$target"
publish src/SaeDashboard.Worker "$target/worker"
mkdir "$target/demo"
# Without what a worker has measured in this clone (demo/sae/evaluation).
tar -C "$ROOT/demo" --exclude=./sae/evaluation -c . | tar -C "$target/demo" -x
echo "Published: $target"
