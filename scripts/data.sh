#!/usr/bin/env bash
# Labels, ratings and presets as one file of JSON Lines (docs/exchange.md), where no site runs: a running one does it on its Data page.
#   scripts/data.sh export [--out FILE] [--data DIR]
#   scripts/data.sh import FILE [--data DIR]
set -euo pipefail
ROOT=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)
. "$ROOT/scripts/lib/web.sh"
. "$ROOT/scripts/lib/build.sh"
case "${1:-}" in
  export | import) ;;
  -h | --help) sed -n '2,4s/^# *//p' "$0"; exit 0 ;;
  *) sed -n '2,4s/^# *//p' "$0" >&2; exit 2 ;;
esac
need_dotnet
web_ensure
build_once web src/SaeDashboard.Web
exec "$ROOT/artifacts/bin/SaeDashboard.Web/release/SaeDashboard.Web" "$@"
