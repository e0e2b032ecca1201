# Sourced. Builds a project when something it depends on changed, quietly; says what failed otherwise.

# need_dotnet: explains what to install when the .NET SDK is missing.
need_dotnet() {
  if ! command -v dotnet >/dev/null 2>&1; then
    echo "The .NET SDK 10 is missing: install dotnet-sdk-10.0 (https://dotnet.microsoft.com/download) and start again." >&2
    return 1
  fi
}

# build_inputs PROJECT: the folders and files whose change makes a build of the project stale, one a line; of a solution, all.
build_inputs() {
  local project=$1 folder reference
  printf '%s\n' "$ROOT/Directory.Build.props" "$ROOT/Directory.Build.targets" "$ROOT/Directory.Packages.props" "$ROOT/build" "$ROOT/global.json" "$ROOT/appsettings.json"
  if [[ $project == *.sln ]]; then
    printf '%s\n' "$ROOT/$project" "$ROOT/src" "$ROOT/tests" "$ROOT/wwwroot"
    return
  fi
  # wwwroot too: the site's endpoints carry every file's length, hash and compressed form, made by the build.
  [[ $project != */SaeDashboard.Web ]] || echo "$ROOT/wwwroot"
  local -a open=("$ROOT/$project")
  local seen=" "
  while [ ${#open[@]} -gt 0 ]; do
    folder=${open[0]}
    open=("${open[@]:1}")
    [[ $seen != *" $folder "* ]] || continue
    seen+="$folder "
    echo "$folder"
    while read -r reference; do
      open+=("$(dirname "$(realpath -m "$folder/$reference")")")
    done < <(sed -n 's/.*<ProjectReference Include="\([^"]*\)".*/\1/p' "$folder"/*.csproj)
  done
}

# build_detach: gives each of our built libraries a file of its own under its old name and time. Programs that run (the site, a training run
# of hours) have the old ones mapped, and the build writes in place: that would end them in the middle of their work.
build_detach() {
  local file
  find "$ROOT/artifacts" -type f -name 'SaeDashboard.*' -path '*/release/*' \( -name '*.dll' -o -perm -u+x \) -print0 2>/dev/null |
    while IFS= read -r -d '' file; do cp -p "$file" "$file.detached" && mv -f "$file.detached" "$file"; done
}

# build_once NAME PROJECT [dotnet build arguments…]: NAME keys the stamp of the last good build.
build_once() {
  local name=$1 project=$2 stamp log
  shift 2
  mkdir -p "$ROOT/artifacts"
  stamp="$ROOT/artifacts/.built-$name"
  log="$ROOT/artifacts/build-$name.log"
  # One build at a time in a clone: two would write the same files.
  exec 9>"$ROOT/artifacts/.build-lock"
  flock 9
  local -a inputs
  mapfile -t inputs < <(build_inputs "$project")
  if [ -f "$stamp" ] && [ -z "$(find "${inputs[@]}" -newer "$stamp" -print -quit 2>/dev/null)" ] &&
      [ "$(cat "$stamp")" = "$*" ]; then
    exec 9>&-
    return 0
  fi
  echo "Building ($project)…" >&2
  local begun
  begun=$(mktemp "$ROOT/artifacts/.begun-XXXXXX")
  build_detach
  # One compiler for all projects: a process of its own for each would start cold. (A machine that lets no MSBuild node live on turns it off.)
  if ! dotnet build -c Release --nologo -v quiet -p:UseSharedCompilation=true "$ROOT/$project" "$@" >"$log" 2>&1 9>&-; then
    rm -f "$begun"
    grep -E "error|warning" "$log" | sort -u | head -20 >&2
    echo "The build failed; the whole log: $log" >&2
    exec 9>&-
    return 1
  fi
  echo "$*" >"$stamp"
  touch -r "$begun" "$stamp" # what changed while it was built is newer, and is built the next time
  rm -f "$begun"
  exec 9>&-
}
