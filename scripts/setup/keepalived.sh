# keepalived, which moves the directors' address between them in `make cluster`. Where it can't be had, the cluster uses two ports.
# shellcheck shell=bash
step_title() { echo "keepalived"; }
step_work() { echo "installing keepalived"; }
# Network namespaces need root, and without them there is nothing to move an address between.
step_check() { [ "$(id -u)" != 0 ] || { have keepalived && have ip; }; }
step_do() { apt_install keepalived iproute2; }
step_help() {
  echo "Please install it, or start the cluster with scripts/cluster.sh --ports-only:"
  echo "  sudo apt-get install --no-install-recommends keepalived iproute2"
}
