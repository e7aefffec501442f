# Sourced by ./tradesense: how the JVM is started, in one place.
# shellcheck shell=bash
# shellcheck disable=SC2154 # build, root: set by those who source this

# Its own messages are no data. An AOT cache that does not fit any more is not used, which is no news.
JVM_FLAGS=(
  --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow
  -Xlog:disable "-Xlog:all=warning,aot*=off,cds*=off:stderr"
)
# A verb that ends at once.
JVM_SHORT_FLAGS=(-XX:TieredStopAtLevel=1 -XX:+UseSerialGC)
JVM_SERVER_FLAGS=(-XX:MaxRAMPercentage=50 -XX:+ExitOnOutOfMemoryError)
# On two cores the threads of G1 take from the broker what they give to the benchmark, differently in each round.
JVM_BENCH_FLAGS=(-XX:+UseParallelGC -Xms4g -Xmx4g)

# Sets `command` to the JVM of a kind (short, check, server, bench) on the current build, up to the class path.
jvm_command() {
  case $1 in
    short) command=("${JVM_SHORT_FLAGS[@]}") && class_path cli ;;
    check) command=("${JVM_SHORT_FLAGS[@]}") && class_path cli server ;;
    server) command=("${JVM_SERVER_FLAGS[@]}") && class_path cli server ;;
    bench) command=("${JVM_BENCH_FLAGS[@]}") && class_path cli bench ;;
  esac
  if [ "$1" = server ] && [ -f "$build/server.aot" ]; then
    command+=("-XX:AOTCache=$build/server.aot")
  fi
  terminal_properties
  command=("$JAVA_HOME/bin/java" "${JVM_FLAGS[@]}" "${command[@]}" "${terminal[@]}" -cp "$path")
}

# Sets `path` to the jars of a build's folders; of a jar that is in several, the first.
class_path() {
  local folder jar names=:
  path=
  for folder in "$@"; do
    for jar in "$build/$folder"/*.jar; do
      case $names in *":${jar##*/}:"*) continue ;; esac
      names=$names${jar##*/}:
      path=$path${path:+:}$jar
    done
  done
}

# Sets `terminal` to what the JVM cannot find out by itself: which streams are a terminal, and how wide it is.
terminal_properties() {
  local out=false err=false columns=0
  [ ! -t 1 ] || out=true
  [ ! -t 2 ] || err=true
  if [ $out = true ] || [ $err = true ]; then
    read -r _ columns < <(stty size 2>/dev/null </dev/tty) || columns=0
  fi
  terminal=("-Dcli.terminal.out=$out" "-Dcli.terminal.err=$err" "-Dcli.terminal.columns=$columns")
}

# Has the JVM learn how the server starts (an AOT cache, JEP 483 and 514), so that it does in a fraction of the time:
# starts one with the desk on a free port, asks it for what the first screen needs, and stops it. If anything goes
# wrong there is no cache, and starting takes longer.
prepare_fast_start() {
  local folder=$root/.dist/training
  say "preparing fast starts"
  rm -rf "$folder"
  mkdir "$folder"
  : >"$folder/log"
  jvm_command server
  (
    trap 'kill "$server" 2>/dev/null; wait "$server"' EXIT
    "${command[@]:0:1}" -XX:AOTCacheOutput="$build/server.aot" "${command[@]:1}" ai.tradesense.cli.Main \
      up --port 0 --data "$folder/data" --demo --accounts 5 --speed 50 >"$folder/log" 2>&1 </dev/null &
    server=$!
    port=$(port_of "$server" "$folder/log") || exit 0
    for path in / /api/v1/status /api/v1/workers /api/v1/events /actuator/health; do
      fetch "$port" "$path" || exit 0
    done
  ) 9>&- || true
  rm -rf "$folder"
}

# The port that a starting server says it is at, once it does; fails if it ends or takes longer than a minute.
port_of() {
  local tries line
  for ((tries = 0; tries < 600; tries++)); do
    line=$(grep -o 'http://127\.0\.0\.1:[0-9]*' "$2" | tail -n 1) || true
    if [ -n "$line" ]; then
      printf '%s\n' "${line##*:}"
      return
    fi
    kill -0 "$1" 2>/dev/null || return 1
    sleep 0.1
  done
  return 1
}

fetch() {
  {
    printf 'GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n' "$2" >&7
    cat <&7 >/dev/null
  } 7<>"/dev/tcp/127.0.0.1/$1"
}
