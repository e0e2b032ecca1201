# Sourced. Builds a project when something it depends on changed, quietly; says what failed otherwise.

# need_dotnet: explains what to install when the .NET SDK is missing.
need_dotnet() {
  if ! command -v dotnet >/dev/null 2>&1; then
    echo "The .NET SDK 10 is missing: install dotnet-sdk-10.0 (https://dotnet.microsoft.com/download) and start again." >&2
    return 1
  fi
}

# build_once NAME PROJECT [dotnet build arguments…]: NAME keys the stamp of the last good build.
build_once() {
  local name=$1 project=$2 stamp log pages=()
  shift 2
  # The pages' files are fingerprinted by the build; the worker has none.
  [ "$name" = worker ] || pages=("$ROOT/wwwroot" "$ROOT/package-lock.json")
  mkdir -p "$ROOT/artifacts"
  stamp="$ROOT/artifacts/.built-$name"
  log="$ROOT/artifacts/build-$name.log"
  # One build at a time in a clone: two would write the same files.
  exec 9>"$ROOT/artifacts/.build-lock"
  flock 9
  if [ -f "$stamp" ] && [ -z "$(find "$ROOT/src" "$ROOT/tests" "$ROOT/Directory.Build.props" "$ROOT/Directory.Packages.props" \
      "$ROOT/global.json" "$ROOT/appsettings.json" ${pages[@]+"${pages[@]}"} -newer "$stamp" -print -quit 2>/dev/null)" ] && [ "$(cat "$stamp")" = "$* LIBTORCH=${LIBTORCH:-}" ]; then
    exec 9>&-
    return 0
  fi
  echo "Building ($project)…" >&2
  local begun
  begun=$(mktemp "$ROOT/artifacts/.begun-XXXXXX")
  if ! dotnet build -c Release --nologo -v quiet "$ROOT/$project" "$@" >"$log" 2>&1 9>&-; then
    rm -f "$begun"
    grep -E "error|warning" "$log" | sort -u | head -20 >&2
    echo "The build failed; the whole log: $log" >&2
    exec 9>&-
    return 1
  fi
  echo "$* LIBTORCH=${LIBTORCH:-}" >"$stamp"
  touch -r "$begun" "$stamp" # what changed while it was built is newer, and is built the next time
  rm -f "$begun"
  exec 9>&-
}
