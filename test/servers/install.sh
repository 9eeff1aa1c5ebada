#!/usr/bin/env bash
# Installs what the tests' real servers are made of into .cache/servers (ignored by git): Neo4j by Maven, moto by
# pip, toxiproxy by go. Run again it does nothing but say so. A server whose tools are missing is left out, with
# a line that says which tool; that, like a failed download, is a failure only with CI=true.
#
#   test/servers/install.sh            all
#   test/servers/install.sh moto       these only
set -u

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
NEO4J=$(sed -n 's|.*<version>\(5\.[^<]*\)</version>.*|\1|p' "$here/neo4j/pom.xml")
MOTO=$(sed -n 's|^moto==||p' "$here/moto/requirements.txt")
TOXIPROXY=2.12.0

cache=${EXITGRAPH_TEST_CACHE:-$(cd "$here/../.." && pwd)/.cache/servers}
failed=0
mkdir -p "$cache"

say() { printf 'test servers: %s\n' "$*"; }
have() { command -v "$1" >/dev/null 2>&1; }
leave_out() {
  say "$1 left out: $2"
  failed=1
}

# Each is built in a folder of its own and renamed when it is whole, so that what stands there is complete.
neo4j() {
  local target=$cache/neo4j-$NEO4J
  [ -d "$target/lib" ] && { say "Neo4j $NEO4J ready"; return; }
  # The compiler too: the launcher is a source file that java compiles when it starts.
  have javac || { leave_out "Neo4j" "javac is missing (a JDK, 17 or newer)"; return; }
  have mvn || { leave_out "Neo4j" "mvn is missing (Maven)"; return; }
  say "Neo4j $NEO4J: downloading (a minute or two)"
  local work
  work=$(mktemp -d "$cache/neo4j.XXXXXX")
  if ! mvn -q -B -f "$here/neo4j/pom.xml" -Dmaven.repo.local="$work/repository" \
    dependency:copy-dependencies -DoutputDirectory="$work/lib" >"$cache/neo4j.log" 2>&1; then
    tail -n 5 "$cache/neo4j.log" >&2
    rm -rf "$work"
    leave_out "Neo4j" "Maven failed, see $cache/neo4j.log"
    return
  fi
  rm -rf "$work/repository" "$target"
  mv "$work" "$target"
  say "Neo4j $NEO4J installed"
}

moto() {
  local target=$cache/moto-$MOTO
  [ -f "$target/installed" ] && { say "moto $MOTO ready"; return; }
  have python3 || { leave_out "moto" "python3 is missing"; return; }
  say "moto $MOTO: installing"
  # A virtual environment holds its own path, so it is made in place and marked when it is whole.
  rm -rf "$target"
  if ! python3 -m venv "$target" >"$cache/moto.log" 2>&1; then
    tail -n 5 "$cache/moto.log" >&2
    leave_out "moto" "python3 cannot make a virtual environment (Debian: the package python3-venv)"
    return
  fi
  if ! "$target/bin/pip" install --quiet --disable-pip-version-check -r "$here/moto/requirements.txt" \
    >"$cache/moto.log" 2>&1; then
    tail -n 5 "$cache/moto.log" >&2
    leave_out "moto" "pip failed, see $cache/moto.log"
    return
  fi
  touch "$target/installed"
  say "moto $MOTO installed"
}

toxiproxy() {
  local target=$cache/toxiproxy-$TOXIPROXY
  [ -x "$target/server" ] && { say "toxiproxy $TOXIPROXY ready"; return; }
  have go || { leave_out "toxiproxy" "go is missing (Go 1.23 or newer)"; return; }
  say "toxiproxy $TOXIPROXY: building"
  local work
  work=$(mktemp -d "$cache/toxiproxy.XXXXXX")
  # -modcacherw: what go downloads can be removed again like any other file.
  if ! GOBIN=$work GOMODCACHE=$work/modules GOFLAGS=-modcacherw \
    go install "github.com/Shopify/toxiproxy/v2/cmd/server@v$TOXIPROXY" >"$cache/toxiproxy.log" 2>&1; then
    tail -n 5 "$cache/toxiproxy.log" >&2
    rm -rf "$work"
    leave_out "toxiproxy" "go install failed, see $cache/toxiproxy.log"
    return
  fi
  rm -rf "$work/modules" "$target"
  mv "$work" "$target"
  say "toxiproxy $TOXIPROXY installed"
}

[ $# -eq 0 ] && set -- neo4j moto toxiproxy
for name in "$@"; do
  case $name in
    neo4j | moto | toxiproxy) "$name" ;;
    *)
      say "no server is called $name (neo4j, moto, toxiproxy)"
      exit 2
      ;;
  esac
done

[ "${CI:-}" = true ] && exit "$failed"
exit 0
