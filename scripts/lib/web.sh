# Sourced, not run. Brings what the pages load in the browser into wwwroot/lib, with npm, from package-lock.json. Never committed.
#   web_ensure    does nothing when package-lock.json and the icon list are as they were the last time
#   web_tools     brings eslint, prettier and vitest too, which check the pages' modules

web_ensure() {
    local lib="$ROOT/wwwroot/lib" wanted
    wanted=$(cat "$ROOT/package-lock.json" "$ROOT/scripts/lib/icons.txt" "$ROOT/scripts/lib/web.sh" | sha256sum | cut -c1-64)
    [ -f "$lib/.made-from" ] && [ "$(cat "$lib/.made-from")" = "$wanted" ] && return 0
    if ! command -v npm >/dev/null 2>&1; then
        echo "Node.js with npm is missing: install nodejs and npm (https://nodejs.org, 20 or newer) and start again." >&2
        return 1
    fi
    echo "Bringing the browser's libraries (npm ci)…" >&2
    web_npm_ci --omit=dev || return 1
    local modules="$ROOT/node_modules" made="$ROOT/wwwroot/.lib-$$"
    rm -rf "$made"
    mkdir -p "$made/fonts"
    cp "$modules/@microsoft/signalr/dist/browser/signalr.min.js" "$made/" || return 1
    cp "$modules/uplot/dist/uPlot.esm.js" "$modules/uplot/dist/uPlot.min.css" "$made/" || return 1
    cp "$modules/idb/build/index.js" "$made/idb.js" || return 1
    cp "$modules/@fontsource-variable/instrument-sans/files/instrument-sans-latin-wght-normal.woff2" "$made/fonts/" || return 1
    cp "$modules/@fontsource/geist-mono/files/geist-mono-latin-400-normal.woff2" \
       "$modules/@fontsource/geist-mono/files/geist-mono-latin-500-normal.woff2" "$made/fonts/" || return 1
    web_icons "$modules/lucide-static/icons" >"$made/icons.svg" || return 1
    echo "$wanted" >"$made/.made-from"
    rm -rf "$lib"
    mv "$made" "$lib"
}

web_npm_ci() {
    mkdir -p "$ROOT/artifacts"
    if ! (cd "$ROOT" && npm ci --no-audit --no-fund --loglevel=error "$@" >"$ROOT/artifacts/npm.log" 2>&1); then
        tail -20 "$ROOT/artifacts/npm.log" >&2
        echo "npm ci failed; the whole log: $ROOT/artifacts/npm.log" >&2
        return 1
    fi
}

web_tools() {
    local installed="$ROOT/node_modules/.tools-of" wanted
    wanted=$(sha256sum <"$ROOT/package-lock.json")
    [ -f "$installed" ] && [ "$(cat "$installed")" = "$wanted" ] && [ -x "$ROOT/node_modules/.bin/vitest" ] && return 0
    echo "Bringing eslint, prettier and vitest (npm ci)…" >&2
    web_npm_ci && echo "$wanted" >"$installed"
}

# One sprite of the icons listed in icons.txt: <use href="lib/icons.svg#play">.
web_icons() {
    local name
    echo '<svg xmlns="http://www.w3.org/2000/svg">'
    while read -r name; do
        [ -f "$1/$name.svg" ] || { echo "There is no icon named $name." >&2; return 1; }
        echo "<symbol id=\"$name\" viewBox=\"0 0 24 24\">"
        sed -e '/<!--/d' -e '/<svg/,/>/d' -e '/<\/svg>/d' "$1/$name.svg"
        echo '</symbol>'
    done <"$ROOT/scripts/lib/icons.txt"
    echo '</svg>'
}
