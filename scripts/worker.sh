#!/usr/bin/env bash
# The command line of the engine, from a clone: installs and builds what is missing, then runs the verb in the caller's folder.
#   scripts/worker.sh --help
set -euo pipefail
ROOT=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)
. "$ROOT/scripts/lib/build.sh"
need_dotnet
build_once worker src/SaeDashboard.Worker
SAEDASHBOARD_COMMAND=scripts/worker.sh exec "$ROOT/artifacts/bin/SaeDashboard.Worker/release/SaeDashboard.Worker" "$@"
