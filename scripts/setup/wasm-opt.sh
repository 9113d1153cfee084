# wasm-opt, from the npm package of Binaryen: Debian's is too old for what Rust emits today; and esbuild.
# shellcheck shell=bash
step_title() { echo "wasm-opt (Binaryen $BINARYEN_VERSION) and esbuild"; }
step_work() { echo "fetching wasm-opt (Binaryen $BINARYEN_VERSION) and esbuild"; }
step_check() {
  [ -x "$MATINEE_CACHE_DIR/npm/node_modules/.bin/wasm-opt" ] && [ -x "$MATINEE_CACHE_DIR/npm/node_modules/.bin/esbuild" ] &&
    grep -q "\"version\": \"$BINARYEN_VERSION\"" "$MATINEE_CACHE_DIR/npm/node_modules/binaryen/package.json"
}
step_do() {
  local part=$MATINEE_CACHE_DIR/npm.part
  rm -rf "$part" && mkdir -p "$part"
  cp "$ROOT"/scripts/npm/package*.json "$part"
  npm_ci "$part"
  rm -rf "$MATINEE_CACHE_DIR/npm"
  mv "$part" "$MATINEE_CACHE_DIR/npm"
}
step_help() { echo "The npm registry has to be reachable. Run the same command again once it is."; }
