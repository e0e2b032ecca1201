# Sourced, not run. What the native half of the build stands on: cmake, a C++ compiler, libtorch and an OpenMP OpenBLAS.
#   native_ensure           installs what is missing by apt when it may; else says exactly what to install and returns 1
#   LIBTORCH=/path          a libtorch of one's own (the zip, or site-packages/torch): libtorch is then not taken from apt
# Quiet and quick when everything is there: it starts no program but dpkg-query, and that once.

# Debian's libtorch multiplies matrices thirty times slower with the reference BLAS than with OpenBLAS' OpenMP build.
native_packages() {
    local wanted="cmake g++"
    [ -n "${LIBTORCH:-}" ] || wanted="libtorch-dev libopenblas0-openmp $wanted"
    echo "$wanted"
}

# Prints the packages still to be installed. A cmake or g++ that came some other way than by apt counts as there.
native_missing() {
    local package missing=""
    for package in $(native_packages); do
        case "$package" in
            cmake) command -v cmake >/dev/null 2>&1 && continue ;;
            g++) { command -v g++ || command -v c++; } >/dev/null 2>&1 && continue ;;
            *) [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] && continue ;;
        esac
        missing="$missing $package"
    done
    echo "${missing# }"
}

native_advice() {
    echo "Missing for the native build: $1" >&2
    echo "Install with:  sudo apt-get update && sudo apt-get install -y --no-install-recommends $1" >&2
    echo "or set LIBTORCH=/path to a libtorch folder of your own (the one that holds share/cmake/Torch), with cmake and g++ on the PATH." >&2
}

native_ensure() {
    if [ -n "${LIBTORCH:-}" ] && [ ! -f "$LIBTORCH/share/cmake/Torch/TorchConfig.cmake" ]; then
        echo "LIBTORCH=$LIBTORCH holds no share/cmake/Torch/TorchConfig.cmake: it must be the libtorch folder itself." >&2
        return 1
    fi
    local missing
    missing=$(native_missing)
    [ -z "$missing" ] && return 0

    local become=""
    if [ "$(id -u)" != 0 ]; then
        if command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then become="sudo -n"
        else native_advice "$missing"; return 1; fi
    fi
    if ! command -v apt-get >/dev/null 2>&1; then native_advice "$missing"; return 1; fi

    echo "Installing (once): $missing" >&2
    local log
    log=$(mktemp)
    # --no-install-recommends: the recommended packages are documentation and a second BLAS.
    if ! { $become apt-get update -q &&
           $become env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing; } >"$log" 2>&1; then
        tail -n 15 "$log" >&2
        rm -f "$log"
        native_advice "$missing"
        return 1
    fi
    rm -f "$log"
    missing=$(native_missing)
    [ -z "$missing" ] || { native_advice "$missing"; return 1; }
}
