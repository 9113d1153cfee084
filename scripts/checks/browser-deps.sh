#!/usr/bin/env bash
# The browser side must not depend on anything of the server: databases, HTTP servers, inference, sockets.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
cd "$ROOT"

forbidden='sea-orm|sea-query|sqlx|libsqlite3-sys|axum|hyper|tower-http|tower-sessions|ort|ort-sys|tantivy|faer|rayon'
# mio and socket2 are what tokio's `net` brings along; tokio itself may come for its channels.
forbidden+='|mio|socket2|argon2|reqwest|figment|clap|matinee-(services|store|migrations|search|importer|ai|server)'

# Fails as a whole when cargo fails: an empty tree would be no proof.
tree=$(cargo tree --locked -p matinee-frontend --target wasm32-unknown-unknown --edges normal --prefix none --format '{p}') ||
  die "cargo tree failed; its words are above."
names=$(cut -d ' ' -f 1 <<<"$tree" | sort -u)
grep -qx matinee-app <<<"$names" || die "The browser side does not depend on matinee-app: this check looks at the wrong thing."
if found=$(grep -xE "($forbidden)(-[a-z-]+)?" <<<"$names"); then
  die "The browser side depends on: $(tr '\n' ' ' <<<"$found")" \
    "See where it comes in: cargo tree -p matinee-frontend --target wasm32-unknown-unknown --invert $(head -n 1 <<<"$found")" \
    "Put it behind a feature that the browser side does not switch on."
fi
ok "$(wc -l <<<"$names") crates, none of them the server's"
