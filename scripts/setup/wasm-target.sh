# Rust's wasm32 target, for the browser side. Where rustup can't fetch it, Debian's own compiler takes its place.
# shellcheck shell=bash
step_title() { echo "Rust for the browser (wasm32-unknown-unknown)"; }
step_work() { echo "adding Rust's wasm32 target"; }
step_check() { rustup_has_wasm || debian_has_wasm; }

step_do() {
  if [ "${WASM_TOOLCHAIN:-rustup}" = rustup ] && have rustup; then
    attempt 2 timeout 300 rustup target add wasm32-unknown-unknown && rustup_has_wasm && return
    echo "rustup could not add the target: trying Debian's ${DEBIAN_WASM_PACKAGES[*]}"
  fi
  apt_install "${DEBIAN_WASM_PACKAGES[@]}"
}

step_help() {
  echo "Either of these provides it:"
  echo "  rustup target add wasm32-unknown-unknown"
  echo "  sudo apt-get install --no-install-recommends ${DEBIAN_WASM_PACKAGES[*]}"
}
