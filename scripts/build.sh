# Sourced by ./tradesense: builds what a verb needs if a source is newer, into a folder of its own under .dist, so that
# whatever still runs from an earlier build keeps its jars.
# shellcheck shell=bash
# shellcheck disable=SC2154 # root: set by ./tradesense

# Locks an open file by its descriptor; `shared` for the many, `try` for one that does not wait.
lock() {
  local descriptor=$1 mode=${2:-}
  if command -v flock >/dev/null; then
    case $mode in
      shared) flock -s "$descriptor" ;;
      try) flock -n "$descriptor" ;;
      *) flock "$descriptor" ;;
    esac
  else
    perl -MFcntl=:flock -e 'open my $file, ">&=", $ARGV[0] or exit 1;
      exit !flock $file, $ARGV[1] eq "shared" ? LOCK_SH : $ARGV[1] eq "try" ? LOCK_EX | LOCK_NB : LOCK_EX' \
      "$descriptor" "$mode"
  fi
}

# The folder of a group's build, or nothing if there is none or a source is newer.
current_build() {
  local home=$root/.dist/$1 name newer=
  read -r name 2>/dev/null <"$home/current" && [ -f "$home/$name/built" ] || return 0
  read -r newer < <(find "$root"/pom.xml "$root"/*/pom.xml "$root"/*/src/main "$root"/examples/*/pom.xml \
    "$root"/examples/*/src/main -newer "$home/$name/built" 2>/dev/null) || true
  [ -n "$newer" ] || printf '%s\n' "$home/$name"
}

# Sets `build` to the folder of an up-to-date build of a group (its name, then its modules).
ensure_built() {
  local group=$1 home=$root/.dist/$1
  shift
  build=$(current_build "$group")
  if [ -z "$build" ]; then
    find_maven
    mkdir -p "$home"
    exec 9>"$root/.dist/lock"
    lock 9 try || { say "waiting for another build to end" && lock 9; }
    build=$(current_build "$group")
    [ -n "$build" ] || build_group "$group" "$@"
    exec 9>&-
  fi
}

say() {
  printf 'tradesense: %s\n' "$*" >&2
}

build_group() {
  local group=$1 home=$root/.dist/$1 log=$root/.dist/build.log modules name module
  shift
  modules=$(IFS=, && printf '%s' "$*")
  say "building (the first time takes some minutes; details in $log)"
  name=$(date +%Y%m%d-%H%M%S)-$$
  mkdir "$home/$name"
  : >"$home/$name/started"
  for module in "$@"; do
    # What an earlier version left here would be on the class path too.
    rm -rf "$root/$module/target/lib" "$root/$module"/target/tradesense-*.jar
  done
  if ! run_maven "$log" -B package -Dmaven.test.skip=true -pl "$modules" -am; then
    rm -r "${home:?}/$name"
    { grep -E '^\[ERROR\] .|^\[WARNING\] .*\.java:' "$log" || tail -n 20 "$log"; } | head -n 20 >&2 || true
    die "the build failed; the whole log is $log."
  fi
  for module in "$@"; do
    mkdir "$home/$name/$module"
    cp "$root/$module"/target/lib/*.jar "$root/$module"/target/tradesense-*.jar "$home/$name/$module/"
  done
  build=$home/$name
  [ "$group" != platform ] || prepare_fast_start
  mv "$home/$name/started" "$home/$name/built"
  printf '%s\n' "$name" >"$home/current.new"
  mv "$home/current.new" "$home/current"
  remove_unused "$home" "$name"
  say "built in $SECONDS s"
}

# Runs Maven with its output in a log; shows a line per module and how many files came down.
run_maven() {
  local log=$1 line downloaded=0
  shift
  : >"$log"
  (cd "$root" && exec mvn "$@") 9>&- 2>&1 </dev/null | while IFS= read -r line; do
    printf '%s\n' "$line" >&3
    case $line in
      *Downloaded\ from*)
        downloaded=$((downloaded + 1))
        [ $((downloaded % 50)) != 0 ] || say "  downloaded $downloaded files"
        ;;
      '[INFO] Building '*\[*/*\])
        line=${line#'[INFO] Building '}
        say "  ${line%% [0-9]*} [${line##*\[}"
        ;;
    esac
  done 3>"$log"
}

# Removes earlier builds that nothing runs from any more.
remove_unused() {
  local earlier
  for earlier in "$1"/*/; do
    earlier=${earlier%/}
    [ "${earlier##*/}" != "$2" ] || continue
    if (lock 8 try) 8<"$earlier"; then
      rm -rf "$earlier"
    fi
  done
}
