# Sourced by the scripts in the project's root: finds the JDK, says in one sentence what is missing.
# shellcheck shell=bash

JDK_VERSION=25

# Where JDKs are looked for that neither JAVA_HOME nor the PATH names; folders of JDKs, separated by colons.
JDK_FOLDERS=${TRADESENSE_JDK_FOLDERS:-/usr/lib/jvm:/opt:/usr/java:${HOME:-}/.sdkman/candidates/java:${HOME:-}/.jdks:/Library/Java/JavaVirtualMachines}

# Ends with one sentence.
die() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

# Whether a folder holds a JDK (not only a runtime) that is new enough. Asks its release file: starting java takes long.
is_jdk() {
  local line version=
  [ -x "$1/bin/java" ] && [ -x "$1/bin/javac" ] && [ -r "$1/release" ] || return 1
  while IFS= read -r line || [ -n "$line" ]; do
    case $line in JAVA_VERSION=*) version=${line#JAVA_VERSION=} ;; esac
  done <"$1/release"
  version=${version//\"/}
  version=${version%%[!0-9]*}
  [ -n "$version" ] && [ "$version" -ge "$JDK_VERSION" ]
}

# The home of the java on the PATH, its links followed.
jdk_on_path() {
  local java target
  java=$(command -v java) || return 1
  while [ -L "$java" ]; do
    target=$(readlink "$java")
    case $target in
      /*) java=$target ;;
      *) java=${java%/*}/$target ;;
    esac
  done
  printf '%s\n' "${java%/bin/java}"
}

jdk_in_folders() {
  local folder home
  local IFS=:
  for folder in $JDK_FOLDERS; do
    for home in "$folder"/* "$folder"/*/Contents/Home; do
      if is_jdk "$home"; then
        printf '%s\n' "$home"
        return
      fi
    done
  done
  return 1
}

# Exports a JAVA_HOME that is new enough, or ends saying what to install.
find_jdk() {
  local home
  if [ -n "${JAVA_HOME:-}" ] && is_jdk "$JAVA_HOME"; then
    home=$JAVA_HOME
  elif home=$(jdk_on_path) && is_jdk "$home"; then
    :
  elif ! home=$(jdk_in_folders); then
    die "needs a JDK $JDK_VERSION or newer: install Temurin $JDK_VERSION (package temurin-$JDK_VERSION-jdk) or set JAVA_HOME to one."
  fi
  export JAVA_HOME=$home
}

# Ends saying what to install if there is no Maven.
find_maven() {
  command -v mvn >/dev/null || die "needs Maven 3.8 or newer to build: install it (package maven)."
}
