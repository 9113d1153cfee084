#!/usr/bin/env bash
# Builds the release server and the browser bundle: `build.sh [server] [site]`, both without an argument; `build.sh director` the director.
# A build whose sources and result have not changed since is skipped without asking cargo or Trunk.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

server_sources=(Cargo.toml Cargo.lock .cargo domain services migrations store search importer ai-worker app server connections style)
site_sources=(Cargo.toml Cargo.lock Trunk.toml domain app frontend style .cargo scripts/versions.env scripts/lib.sh scripts/npm scripts/finish-site.mjs scripts/short-imports.mjs)
mkdir -p "$CARGO_TARGET_DIR"
# The target directory may serve several checkouts: the stamps lie beside what they vouch for.
server_stamp=$SERVER.stamp
site_stamp=$SITE_DIR.stamp

# Names the sources and the result: content of the first, size and time of the second.
server_state() { echo "$1 $(stat -c '%s %Y' "$SERVER" 2>/dev/null)"; }
site_state() { echo "$1 $(stat -c '%n %s %Y' "$SITE_DIR"/* 2>/dev/null | sha256sum)"; }
is_fresh() { [ -e "$1" ] && [ "$(cat "$1")" = "$2" ]; }

build_server() {
  local hash
  hash=$(content_hash "${server_sources[@]}")
  if is_fresh "$server_stamp" "$(server_state "$hash")"; then
    ok "server is built"
    return
  fi
  doing "building the server (about 10 minutes the first time)"
  # All default members at once, as the tests do: with one set of features, dependencies are compiled once for both.
  (cd "$ROOT" && CARGO_NET_RETRY=5 cargo build --release --locked --bins) ||
    die "The server was not built; cargo's words are above." "Once that is mended, run the same command again: it goes on."
  server_state "$hash" >"$server_stamp"
  ok "server: $SERVER"
}

build_site() (
  hash=$(content_hash "${site_sources[@]}")
  if is_fresh "$site_stamp" "$(site_state "$hash")"; then
    ok "browser bundle is built"
    exit 0
  fi
  doing "building the browser bundle (about 3 minutes the first time)"
  use_wasm_toolchain
  use_smallest_code
  cd "$ROOT"
  rm -f "$site_stamp"
  # Trunk runs offline, so that it uses the tools of set-up and fetches none; cargo fetches the crates first.
  attempt 3 cargo fetch --locked --quiet --target wasm32-unknown-unknown &&
    trunk build --release --offline --dist "$SITE_DIR" ||
    die "The browser bundle was not built; the reason is above." "Once that is mended, run the same command again: it goes on."
  site_state "$hash" >"$site_stamp"
  ok "browser bundle: $SITE_DIR"
)

# By itself: who runs one instance needs neither it nor OpenSSL. Cargo finds out by itself whether there is something to do.
build_director() {
  [ -x "$DIRECTOR" ] || doing "building the director (about 5 minutes the first time)"
  (cd "$ROOT" && CARGO_NET_RETRY=5 cargo build --profile director --locked --quiet -p matinee-director) ||
    die "The director was not built; cargo's words are above." "Once that is mended, run the same command again: it goes on."
  ok "director: $DIRECTOR"
}

if [ $# = 0 ]; then set -- server site; fi
for part in "$@"; do
  case $part in
    server) build_server ;;
    site) build_site ;;
    director) build_director ;;
    *) die "build.sh knows 'server', 'site' and 'director', not '$part'." ;;
  esac
done
