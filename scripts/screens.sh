#!/usr/bin/env bash
# Walks the site in a browser and writes what every page looks like to docs/screens/: a sheet for each of 2560, 1440, 720 and 390 pixels, dark and light.
set -euo pipefail
ROOT=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)
. "$ROOT/scripts/lib/web.sh"
. "$ROOT/scripts/lib/browser.sh"
. "$ROOT/scripts/lib/build.sh"
need_dotnet
web_ensure
browser_ensure
build_once solution SaeDashboard.sln
made="$ROOT/artifacts/screens"
rm -rf "$made"
SAE_SCREENS="$made" "$ROOT/artifacts/bin/SaeDashboard.EndToEnd.Tests/release/SaeDashboard.EndToEnd.Tests" -noColor -noLogo \
  -namespace SaeDashboard.EndToEnd.Tests.Walk -namespace SaeDashboard.EndToEnd.Tests.Pages || echo "A test failed: the pictures show what there was." >&2
mkdir -p "$ROOT/docs/screens"
cp "$made"/*.jpg "$ROOT/docs/screens/"
ls -l "$ROOT/docs/screens"
