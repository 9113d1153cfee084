# A real browser for the end-to-end tests: MATINEE_CHROMIUM, or what is installed, or Debian's.
# shellcheck shell=bash
step_title() { echo "Chromium"; }
step_work() { echo "installing Chromium"; }
step_check() { [ -x "${MATINEE_CHROMIUM:-/usr/bin/chromium}" ]; }
step_do() { apt_install chromium; }
step_help() {
  echo "Install one, or name the one you have:"
  echo "  sudo apt-get install --no-install-recommends chromium"
  echo "  MATINEE_CHROMIUM=/path/to/chromium make test"
}
