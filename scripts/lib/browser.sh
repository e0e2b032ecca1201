# Sourced, not run. The browser that the end-to-end tests drive: Debian's chromium (Playwright downloads nothing).
#   browser_ensure        installs it by apt when it may; else says exactly what to install and returns 1
#   CHROMIUM=/path        a Chromium or Chrome of one's own

# Prints the program's path, or nothing.
browser_find() {
    local name
    if [ -n "${CHROMIUM:-}" ]; then echo "$CHROMIUM"; return; fi
    for name in chromium chromium-browser google-chrome google-chrome-stable; do
        command -v "$name" 2>/dev/null && return
    done
}

browser_advice() {
    echo "The end-to-end tests drive a browser, and there is none." >&2
    echo "Install with:  sudo apt-get update && sudo apt-get install -y --no-install-recommends chromium" >&2
    echo "or set CHROMIUM=/path to a Chromium or Chrome of your own." >&2
}

browser_ensure() {
    if [ -n "${CHROMIUM:-}" ] && [ ! -x "$CHROMIUM" ]; then
        echo "CHROMIUM=$CHROMIUM is no program." >&2
        return 1
    fi
    local become="" log
    if [ -z "$(browser_find)" ]; then
        if ! command -v apt-get >/dev/null 2>&1; then browser_advice; return 1; fi
        if [ "$(id -u)" != 0 ]; then
            if command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then become="sudo -n"
            else browser_advice; return 1; fi
        fi
        echo "Installing (once): chromium" >&2
        log=$(mktemp)
        if ! { $become apt-get update -q &&
               $become env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends chromium; } >"$log" 2>&1; then
            tail -n 15 "$log" >&2
            rm -f "$log"
            browser_advice
            return 1
        fi
        rm -f "$log"
    fi
    CHROMIUM=$(browser_find)
    [ -n "$CHROMIUM" ] || { browser_advice; return 1; }
    export CHROMIUM
}
