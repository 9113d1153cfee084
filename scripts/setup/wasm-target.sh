# Rust's wasm32 target and the sources of its standard library, for the browser side. Where rustup can't fetch them, Debian's own
# compiler takes its place.
# shellcheck shell=bash
step_title() { echo "Rust for the browser (wasm32-unknown-unknown)"; }
step_work() { echo "adding Rust's wasm32 target and its standard library's sources"; }
step_check() { rustup_has_wasm || debian_has_wasm; }

step_do() {
  if [ "${WASM_TOOLCHAIN:-rustup}" = rustup ] && have rustup; then
    attempt 2 timeout 300 rustup target add wasm32-unknown-unknown &&
      attempt 2 timeout 300 rustup component add rust-src && rustup_has_wasm && return
    echo "rustup could not add them: trying Debian's ${DEBIAN_WASM_PACKAGES[*]}"
  fi
  apt_install "${DEBIAN_WASM_PACKAGES[@]}"
}

step_help() {
  echo "Either of these provides it:"
  echo "  rustup target add wasm32-unknown-unknown && rustup component add rust-src"
  echo "  sudo apt-get install --no-install-recommends ${DEBIAN_WASM_PACKAGES[*]}"
}
