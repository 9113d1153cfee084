# Builds a command-line tool from crates.io into the cache's own place. Sourced by the steps that need one.
# shellcheck shell=bash

# build_tool CRATE VERSION [--locked]: little optimisation, because building takes minutes and running them seconds;
# one target directory for all, so that shared dependencies are built once and an interrupted build goes on.
build_tool() {
  CARGO_TARGET_DIR=$MATINEE_CACHE_DIR/tools-build \
    CARGO_PROFILE_RELEASE_OPT_LEVEL=1 CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 \
    CARGO_PROFILE_RELEASE_DEBUG=0 CARGO_NET_RETRY=5 \
    cargo install --root "$MATINEE_CACHE_DIR/tools" "$1" --version "$2" "${@:3}"
}

tool_help() {
  echo "crates.io has to be reachable; running the same command again goes on where this stopped. By hand:"
  echo "  cargo install $*"
}
