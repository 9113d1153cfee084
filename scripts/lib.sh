# What the scripts share: where things are, how they speak, how they fail. Sourced, never run.
# shellcheck disable=SC2034
# shellcheck shell=bash

set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export MATINEE_CACHE_DIR=${MATINEE_CACHE_DIR:-$HOME/.cache/matinee}
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$MATINEE_CACHE_DIR/target}
# The browser side has its own target directory: another target, other flags, and no waiting for the server's build.
BROWSER_TARGET_DIR=$CARGO_TARGET_DIR/browser
SITE_DIR=$CARGO_TARGET_DIR/site
SERVER=$CARGO_TARGET_DIR/release/matinee
DIRECTOR=$CARGO_TARGET_DIR/director/matinee-director
LOG_DIR=$MATINEE_CACHE_DIR/logs
STAMP_DIR=$MATINEE_CACHE_DIR/stamps
DEMO_DIR=$MATINEE_CACHE_DIR/demo
# shellcheck source=versions.env
. "$ROOT/scripts/versions.env"
TEXT_MODEL=$MATINEE_CACHE_DIR/text/$TEXT_MODEL_WHEEL
ONNXRUNTIME_LIB=$MATINEE_CACHE_DIR/onnxruntime/libonnxruntime.so.$ONNXRUNTIME_VERSION

# Tools that set-up installed come before those of the machine; rustup's default place is found even in a bare shell.
PATH=$MATINEE_CACHE_DIR/tools/bin:$MATINEE_CACHE_DIR/npm/node_modules/.bin:$PATH:${CARGO_HOME:-$HOME/.cargo}/bin
export PATH
mkdir -p "$LOG_DIR" "$STAMP_DIR"

ok() { printf '✓ %s\n' "$*"; }
doing() { printf '… %s\n' "$*"; }
note() { printf '  %s\n' "$*"; }
bad() { printf '✗ %s\n' "$*" >&2; }
die() {
  bad "$1"
  shift
  local line
  for line in "$@"; do printf '  %s\n' "$line" >&2; done
  exit 1
}
have() { command -v "$1" >/dev/null 2>&1; }

# at_least HAVE WANTED: compares dotted versions.
at_least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }

# attempt N COMMAND…: tries up to N times, waiting a little longer before each new try.
attempt() {
  local tries=$1 try=1
  shift
  until "$@"; do
    [ "$try" -ge "$tries" ] && return 1
    sleep $((try * 2))
    try=$((try + 1))
  done
}

# npm_ci FOLDER: installs what its lock file names. From the folder's real place: npm takes a path with a symbolic link in it (a
# home folder often is one) for a package that the lock file lacks.
npm_ci() (
  cd -P "$1"
  attempt 3 npm ci --no-audit --no-fund
)

sha256_of() { sha256sum "$1" | cut -d ' ' -f 1; }

# keep_verified FILE SHA256 TARGET: moves a finished download into place, or says what is wrong with it.
keep_verified() {
  local got
  got=$(sha256_of "$1")
  if [ "$got" != "$2" ]; then
    echo "checksum of $(basename "$3") is $got, expected $2: the download is damaged or was replaced" >&2
    return 1
  fi
  mkdir -p "$(dirname "$3")"
  mv -f "$1" "$3.part" && mv -f "$3.part" "$3"
}

# content_hash PATH…: one hash over names and contents of all files below, relative to the checkout.
content_hash() {
  (cd "$ROOT" && find "$@" \( -name node_modules -o -name target -o -name dist \) -prune -o -type f -print0 |
    LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -d ' ' -f 1)
}

# as_root COMMAND…: runs it as root, or fails with the command a person can run.
as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif have sudo && sudo -n true 2>/dev/null; then
    sudo "$@"
  else
    echo "this needs root; please run: sudo $*" >&2
    return 1
  fi
}

# apt_install PACKAGE…: from Debian's or Ubuntu's packages.
apt_install() {
  have apt-get || { echo "no apt-get here; please install with your system's packages: $*" >&2; return 1; }
  if [ "$(id -u)" != 0 ] && ! { have sudo && sudo -n true 2>/dev/null; }; then
    echo "this needs root; please run: sudo apt-get install --no-install-recommends $*" >&2
    return 1
  fi
  attempt 3 as_root apt-get update
  attempt 2 as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"
}

wasm_bindgen_version() {
  awk '/^name = "wasm-bindgen"$/ { found = 1 } found && /^version/ { gsub(/"/, "", $3); print $3; exit }' "$ROOT/Cargo.lock"
}

# version_of TOOL…: the second word of what it prints about its version, empty when there is no such tool.
version_of() { { "$@" --version 2>/dev/null || true; } | awk 'NR == 1 { print $2 }'; }

# --- the toolchain of the browser side ---
# rustup's own, when it has the wasm32 target and the standard library's sources; Debian's `rustc-web` with a standard library built on the spot otherwise.
DEBIAN_WASM_PACKAGES=(rustc-web cargo-web rust-web-src rust-web-llvm rust-web-clippy lld-22)

rustup_has_wasm() {
  local lib
  lib=$(rustc --print sysroot)/lib/rustlib
  [ "${WASM_TOOLCHAIN:-rustup}" = rustup ] && [ -e "$lib/src/rust/library/Cargo.lock" ] &&
    compgen -G "$lib/wasm32-unknown-unknown/lib/libstd-*.rlib" >/dev/null
}

debian_has_wasm() {
  [ -x /usr/bin/rustc ] && [ -x /usr/bin/cargo ] && [ -x /usr/bin/cargo-clippy ] && have rust-lld &&
    [ -e /usr/lib/rustlib/src/rust/library/Cargo.lock ] && at_least "$(version_of /usr/bin/rustc)" "$RUST_MINIMUM"
}

# use_wasm_toolchain: points cargo (also the one that Trunk calls) at whichever of the two is there.
use_wasm_toolchain() {
  export CARGO_TARGET_DIR=$BROWSER_TARGET_DIR
  rustup_has_wasm && return
  debian_has_wasm || die "No Rust compiler here can build for the browser." "Run: make setup"
  local shims=$MATINEE_CACHE_DIR/debian-rust tool
  mkdir -p "$shims"
  for tool in cargo cargo-clippy clippy-driver rustc rustdoc; do ln -sfn "/usr/bin/$tool" "$shims/$tool"; done
  export PATH=$shims:$PATH RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 CARGO_UNSTABLE_BUILD_STD=std,panic_abort
  export CARGO_TARGET_DIR=$BROWSER_TARGET_DIR-debian
}

# use_smallest_code: for the bundle itself, after use_wasm_toolchain. The standard library is compiled anew, for size; a panic stops
# the page's code at once, without a text; nothing is written by {:?}; and functions that are alike stay apart, so that
# finish-site.mjs can tell them by their names. None of this is stable in Rust yet, hence RUSTC_BOOTSTRAP.
use_smallest_code() {
  export RUSTC_BOOTSTRAP=1 CARGO_UNSTABLE_BUILD_STD=std,panic_abort CARGO_UNSTABLE_BUILD_STD_FEATURES=optimize_for_size
  # It takes the place of the flags in .cargo/config.toml, whose cfg it repeats.
  export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS="--cfg=erase_components -Zunstable-options -Cpanic=immediate-abort \
-Zlocation-detail=none -Zfmt-debug=none -Zmerge-functions=disabled"
}

# nextest_results NAME LOG: what a run of nextest leaves for the last lines of `make test`: its counts, and the names of what failed.
nextest_results() {
  local text summary passed failed
  text=$(sed 's/\x1b\[[0-9;]*m//g' "$2")
  summary=$(grep -E 'Summary \[' <<<"$text" | tail -n 1) || true
  passed=$(grep -oE '[0-9]+ passed' <<<"$summary" | cut -d ' ' -f 1) || true
  failed=$(grep -oE '[0-9]+ failed' <<<"$summary" | cut -d ' ' -f 1) || true
  if [ -n "${RESULTS:-}" ]; then
    echo "${passed:-0} ${failed:-0}" >"$RESULTS/$1.counts"
    sed -nE '/Summary \[/,$s/^ +(FAIL|TIMEOUT|LEAK-FAIL|SIG[A-Z]+|ABORT) \[ *[0-9.]+s\] +(\([^)]*\) +)?/\1 /p' <<<"$text" >"$RESULTS/$1.failures"
  fi
  [ "${passed:-0}" -gt 0 ] || die "No test passed: the reason is above."
}
