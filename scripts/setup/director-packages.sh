# What the director is built with: OpenSSL's headers, and cmake for zlib-ng.
# shellcheck shell=bash
step_title() { echo "OpenSSL's headers, cmake and pkg-config"; }
step_work() { echo "installing OpenSSL's headers, cmake and pkg-config"; }
step_check() { have cmake && have pkg-config && pkg-config --exists openssl; }
step_do() { apt_install libssl-dev cmake pkg-config; }
step_help() {
  echo "The director is built with them; please install:"
  echo "  sudo apt-get install --no-install-recommends libssl-dev cmake pkg-config"
}
