# A C compiler (SQLite is compiled from C), Node with npm (wasm-opt) and Python with pip (downloads), and a recent Rust.
# shellcheck shell=bash
step_title() { echo "Rust, a C compiler, Node and Python"; }
step_work() { echo "checking Rust, the C compiler, Node and Python, and installing what is missing"; }

has_node() { have node && have npm && at_least "$(node --version | tr -d v)" "$NODE_MINIMUM"; }
has_python() { have python3 && python3 -m pip --version >/dev/null 2>&1; }
has_rust() { have cargo && have rustc && at_least "$(version_of rustc)" "$RUST_MINIMUM"; }
step_check() {
  have cc && has_rust && has_node && { [ -e "$STAMP_DIR/python-has-pip" ] && have python3 || has_python; }
}

step_do() {
  local missing=()
  have cc || missing+=(build-essential)
  has_node || missing+=(nodejs npm)
  has_python || missing+=(python3 python3-pip)
  [ ${#missing[@]} = 0 ] || apt_install "${missing[@]}"
  # Asking pip takes half a second: once is enough.
  has_python && : >"$STAMP_DIR/python-has-pip"
  has_node || { echo "Node is $(node --version), Matinee needs $NODE_MINIMUM or newer"; return 1; }
  has_rust || { echo "rustc is '$(version_of rustc)', Matinee needs $RUST_MINIMUM or newer"; return 1; }
}

step_help() {
  echo "Needed: Rust $RUST_MINIMUM or newer by rustup (rustup update stable), Node $NODE_MINIMUM or newer with npm,"
  echo "Python 3 with pip, and a C compiler:"
  echo "  sudo apt-get install --no-install-recommends build-essential nodejs npm python3 python3-pip"
}
