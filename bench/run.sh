#!/usr/bin/env bash
# Measures what docs/benchmarks.md tells: `run.sh [quality] [search] [web] [journal] [import] [ai] [workers] [chaos]`, all these without an argument;
# `run.sh peers`, `run.sh scale`, `run.sh director`, `run.sh caches`, `run.sh staleness`, `run.sh restarts`, `run.sh soak`, `run.sh browser-cluster`, `run.sh kills`, `run.sh recovery`, `run.sh describe`, `run.sh sign-in`. The figures go to the
# terminal and, as JSON, to $MATINEE_CACHE_DIR/bench. Nothing else should run on the machine meanwhile.
#
# BENCH_RATINGS: a second set for `quality` and `peers` beside the demo's, a MovieLens ratings.csv. BENCH_SECONDS: of each run of `web`.
# BENCH_ROUNDS: of `director` (5) and `kills` (1000 of each engine). BENCH_SEED: of `kills`. BENCH_RATINGS_COUNT: of `recovery` (1000000).
# BENCH_RATE: requests a second of `chaos` (50), `restarts` (500), `workers` and `soak` (100). BENCH_RESTARTS: rounds of restarting all three instances of `chaos` (3) and `restarts` (34), of killing both workers (20),
# BENCH_PAUSE: seconds between one restart and the next there (10), BENCH_REST: seconds of calm after each round (10), BENCH_CALM: seconds of calm before (30).
# BENCH_MINUTES: of `soak` (15). BENCH_ASKINGS: of each cache in `caches` (1000000). BENCH_ONLY: words in the names of what `chaos` does.
# BENCH_DATABASE_URL: an empty PostgreSQL database for `journal`, `import` and `scale`, beside SQLite; the latter two empty it again.
# BENCH_PEERS=0: of `ai`, without the other libraries, whose indexes of a million films take many minutes to build.
# BENCH_TRIALS: settings that every library may try, of `peers`, which takes hours, goes on where it was stopped, and needs Python 3.11.
# BENCH_WIKIPEDIA also takes `describe` beyond the demo's films.
# BENCH_SIZES: of `import` and `scale`, films/people/ratings. BENCH_WIKIPEDIA, BENCH_MOVIELENS: real data for it, folders or zips.
. "$(dirname "${BASH_SOURCE[0]}")/../scripts/lib.sh"
cd "$ROOT"

OUT=$MATINEE_CACHE_DIR/bench
AI=$CARGO_TARGET_DIR/release/matinee-ai
DATA=$OUT/data
mkdir -p "$OUT"
export MATINEE_ORT_LIB=${MATINEE_ORT_LIB:-$ONNXRUNTIME_LIB}

# quality_of NAME RATINGS_FILE: a random fifth of the ratings from 4 stars up hidden, and people never seen.
quality_of() {
  local files=$OUT/$1
  python3 bench/split.py "$2" --min-rating 4 --seed 1 --train "$files-train.tsv" --test "$files-test.tsv"
  python3 bench/split.py "$2" --all "$files-all.tsv"
  doing "$1: a fifth of each person's liked films hidden"
  "$AI" evaluate --train "$files-train.tsv" --test "$files-test.tsv" --k 10 --json "$files-quality.json"
  doing "$1: people never seen, after 1, 3, 5 and 10 events"
  "$AI" evaluate --train "$files-all.tsv" --relevant-at 4 --holdout-users "$3" --events 1,3,5,10 --json "$files-unseen.json"
  doing "$1: everybody's last rating, and all ratings of the last fifth of the time"
  "$AI" evaluate --train "$files-all.tsv" --protocol next --protocol time --json "$files-later.json"
}

unpack_ml_100k() {
  python3 - "$DEMO_DIR/$RECBOLE_WHEEL" >"$OUT/ml-100k.inter" <<'PY' ||
import sys, zipfile
wheel = zipfile.ZipFile(sys.argv[1])
sys.stdout.buffer.write(wheel.read(next(name for name in wheel.namelist() if name.endswith("/ml-100k.inter"))))
PY
    die "The demo's ratings could not be unpacked from $DEMO_DIR/$RECBOLE_WHEEL." "Run: make setup"
}

bench_quality() {
  unpack_ml_100k
  quality_of ml-100k "$OUT/ml-100k.inter" 300
  [ -z "${BENCH_RATINGS:-}" ] || quality_of second "$BENCH_RATINGS" 150
}

# Ranking beside implicit, LensKit, RecTools and RecBole, each tuned with as many trials.
bench_peers() {
  local python=$OUT/peers-venv/bin/python
  [ -f "$OUT/ml-100k.inter" ] || unpack_ml_100k
  [ -x "$python" ] || python3.11 -m venv "$OUT/peers-venv"
  "$python" -m pip install --quiet --requirement bench/peers/requirements.txt
  local compare=("$python" -W ignore bench/peers/compare.py --matinee "$AI" --trials "${BENCH_TRIALS:-8}" --out "$OUT/peers.jsonl")
  doing "peers: MovieLens 100K"
  "${compare[@]}" "$OUT/ml-100k.inter" --name "MovieLens 100K"
  [ -z "${BENCH_RATINGS:-}" ] || "${compare[@]}" "$BENCH_RATINGS" --name second
  "$python" bench/peers/compare.py --table "$OUT/peers.jsonl"
}

bench_search() {
  doing "search: 100,000 generated films"
  # Of all default members, as the tests are built: dependencies have the same features then and are compiled once.
  cargo run --locked --release --quiet --example latency 100000
}

# The demo's data as an instance has it after its first minutes: films' descriptions are embedded beside serving until then.
filled_data() {
  scripts/fill-data.sh "$SERVER" "$DEMO_DIR" "$DATA"
  local mark=$DATA/.done/settled-${TEXT_MODEL_SHA256:0:12}
  [ -e "$mark" ] && return
  doing "an instance finishes what it does at its first start"
  MATINEE_SITE_DIR=$SITE_DIR MATINEE_DATA_DIR=$DATA python3 bench/settle.py "$SERVER"
  : >"$mark"
}

bench_web() {
  have wrk || apt_install wrk
  export BENCH_SERVER=$SERVER MATINEE_SITE_DIR=$SITE_DIR MATINEE_DATA_DIR=$DATA
  filled_data
  python3 bench/web.py --seconds "${BENCH_SECONDS:-10}" --json "$OUT/web.json"
  python3 bench/kinds.py --json "$OUT/kinds.json"
}

# What people who look at pages notice of fifty sign-ins by password a second.
bench_sign-in() {
  export BENCH_SERVER=$SERVER MATINEE_SITE_DIR=$SITE_DIR MATINEE_DATA_DIR=$DATA
  filled_data
  python3 bench/sign_in.py --seconds "${BENCH_SECONDS:-20}" --json "$OUT/sign-in.json"
}

# What the journal costs: commits a second with it and without it.
bench_journal() {
  doing "journal: rating writes at full durability, with it and without it in turns"
  # Of all default members, as the tests are built: dependencies have the same features then and are compiled once.
  cargo build --locked --release --quiet --features matinee-store/unjournaled --example commits
  "$CARGO_TARGET_DIR/release/examples/commits" "${BENCH_SECONDS:-3}"
  [ -z "${BENCH_DATABASE_URL:-}" ] || "$CARGO_TARGET_DIR/release/examples/commits" "${BENCH_SECONDS:-3}" "$BENCH_DATABASE_URL"
}

# Imports generated catalogues of two sizes, and real ones if there are any, each followed by the engine's own bulk load.
bench_import() {
  cargo build --locked --release --quiet -p matinee-bench
  local bin=$CARGO_TARGET_DIR/release folder=$OUT/import size
  rm -rf "$folder"
  mkdir -p "$folder"
  for size in ${BENCH_SIZES:-20000/10000/200000 100000/50000/1000000}; do
    local into=$folder/${size//\//-}
    # shellcheck disable=SC2086
    "$bin/generate" "$into" ${size//\// }
    for what in movielens imdb; do
      doing "$what, generated, $size"
      "$bin/import" "$into-$what.db" "$what" "$into/$what"
      python3 bench/bulk.py "$into-$what.db"
      [ -z "${BENCH_DATABASE_URL:-}" ] || {
        empty_database
        "$bin/import" "$BENCH_DATABASE_URL" "$what" "$into/$what"
        python3 bench/bulk_postgres.py "$BENCH_DATABASE_URL"
        empty_database
      }
    done
    rm -rf "$into"
  done
  [ -z "${BENCH_MOVIELENS:-}" ] || "$bin/import" "$folder/real.db" movielens "$BENCH_MOVIELENS"
  [ -z "${BENCH_WIKIPEDIA:-}" ] || "$bin/import" "$folder/real.db" wikipedia "$BENCH_WIKIPEDIA"
  [ ! -e "$folder/real.db" ] || python3 bench/bulk.py "$folder/real.db"
}

empty_database() {
  psql "$BENCH_DATABASE_URL" --quiet --command 'DROP SCHEMA public CASCADE' --command 'CREATE SCHEMA public' 2>/dev/null
}

# The queries that people wait for, at a small size and at large ones, on both engines. For the whole measurement:
# BENCH_SIZES="20000/10000/200000 200000/100000/2000000 2000000/1000000/20000000".
bench_scale() {
  cargo build --locked --release --quiet -p matinee-bench
  local bin=$CARGO_TARGET_DIR/release folder=$OUT/scale size engine database films people
  rm -rf "$folder" "$OUT/scale.jsonl"
  mkdir -p "$folder"
  for size in ${BENCH_SIZES:-20000/10000/200000 200000/100000/2000000}; do
    local into=$folder/files
    IFS=/ read -r films people _ <<<"$size"
    # shellcheck disable=SC2086
    "$bin/generate" "$into" ${size//\// }
    for engine in SQLite PostgreSQL; do
      database=$folder/$films.db
      [ "$engine" = SQLite ] || database=${BENCH_DATABASE_URL:-}
      [ -n "$database" ] || continue
      [ "$engine" = SQLite ] || empty_database
      doing "$engine, $size"
      "$bin/import" "$database" movielens "$into/movielens"
      "$bin/scale" "$database" "$films" "$people" "$folder/index-$films" "${BENCH_QUERIES:-5000}" |
        sed "s/^{/{\"engine\": \"$engine\", /" | tee -a "$OUT/scale.jsonl"
      [ "$engine" = SQLite ] || empty_database
    done
    rm -rf "$into" "$folder/$films".db* "$folder/index-$films"
  done
  python_with_matplotlib
  "$PLOTTING" bench/plot.py scale "$OUT/scale.jsonl" "$OUT/scale.svg"
}

# The AI worker on generated models: the exact scan, latency under load, batching, memory; and other libraries on the same million.
bench_ai() {
  cargo build --locked --release --quiet -p matinee-bench --bin ai
  local bin=$CARGO_TARGET_DIR/release/ai folder=$OUT/ai part
  mkdir -p "$folder"
  : >"$OUT/ai.jsonl"
  # The first run of `memory` writes the model, the second one counts.
  "$bin" memory "$folder" >"$folder/first-run.json"
  for part in memory scan serve batch; do
    doing "ai: $part"
    # Who asks and who answers have one core together.
    local on=()
    [ "$part" != serve ] || on=(taskset --cpu-list 0)
    "${on[@]}" "$bin" "$part" "$folder" | tee -a "$OUT/ai.jsonl"
  done
  [ "${BENCH_PEERS:-1}" = 0 ] && return
  doing "ai: hnswlib and usearch on the same million films"
  [ -x "$folder/venv/bin/python" ] || python3 -m venv "$folder/venv"
  "$folder/venv/bin/pip" install --quiet "numpy==$NUMPY_VERSION" "hnswlib==$HNSWLIB_VERSION" "usearch==$USEARCH_VERSION"
  "$folder/venv/bin/python" bench/ann.py "$folder" | tee -a "$OUT/ai.jsonl"
}

# The director beside HAProxy and nginx, before the same upstreams.
bench_director() {
  scripts/setup.sh cluster quick
  scripts/build.sh director
  proxies_installed
  have wrk || apt_install wrk
  export BENCH_SERVER=$SERVER MATINEE_SITE_DIR=$SITE_DIR MATINEE_DATA_DIR=$DATA
  filled_data
  BENCH_DIRECTOR=$DIRECTOR python3 bench/director.py --pages --rounds "${BENCH_ROUNDS:-5}" --seconds "${BENCH_SECONDS:-5}" --json "$OUT/director-pages.json"
  BENCH_DIRECTOR=$DIRECTOR python3 bench/director.py --pages --unpinned --rounds "${BENCH_ROUNDS:-5}" --seconds "${BENCH_SECONDS:-5}" --json "$OUT/director-unpinned.json"
  BENCH_DIRECTOR=$DIRECTOR python3 bench/director.py --rounds "${BENCH_ROUNDS:-5}" --seconds "${BENCH_SECONDS:-5}" --json "$OUT/director.json"
  python_with_matplotlib
  "$PLOTTING" bench/plot.py director "$OUT" "$OUT/director.svg"
}

# Debian's, without starting what Debian would start: 101 is "forbidden by policy".
proxies_installed() {
  have haproxy && have nginx && return
  local policy=/usr/sbin/policy-rc.d made= status=0
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
    as_root chmod 755 "$policy"
    made=yes
  fi
  apt_install haproxy nginx-light || status=$?
  [ -z "$made" ] || as_root rm -f "$policy"
  return "$status"
}

# The hit rate of each cache beside a simulated W-TinyLFU; recommendations with and without theirs.
bench_caches() {
  doing "caches: hit rates on Zipf's traces"
  # Of all default members, as the tests are built: dependencies have the same features then and are compiled once.
  cargo build --locked --release --quiet --example caches
  "$CARGO_TARGET_DIR/release/examples/caches" "${BENCH_ASKINGS:-1000000}" | tee "$OUT/caches.txt"
  python_with_matplotlib
  "$PLOTTING" bench/plot.py caches "$OUT/caches.txt" "$OUT/caches.svg"
  export BENCH_SERVER=$SERVER MATINEE_SITE_DIR=$SITE_DIR MATINEE_DATA_DIR=$DATA
  filled_data
  doing "caches: recommendations with theirs and without"
  python3 bench/recommending.py --seconds "${BENCH_SECONDS:-20}" --json "$OUT/recommending.json"
}

# People write and read on all instances all along: how old is what is shown?
bench_staleness() {
  scripts/setup.sh cluster quick
  doing "staleness: three instances, a database with a standby"
  python3 bench/staleness.py --server "$SERVER" --standby --seconds "${BENCH_SECONDS:-60}" --json "$OUT/staleness.json"
}

for_clusters() {
  scripts/setup.sh cluster quick
  scripts/build.sh director
  export MATINEE_SITE_DIR=${MATINEE_SITE_DIR:-$SITE_DIR} CLUSTER_ROOT=$ROOT CLUSTER_DEMO=$DEMO_DIR
  export CLUSTER_SERVER=${CLUSTER_SERVER:-$SERVER} CLUSTER_AI=${CLUSTER_AI:-$AI} CLUSTER_DIRECTOR=${CLUSTER_DIRECTOR:-$DIRECTOR}
}

# chaos_of NAME RATE RESTARTS PAUSE REST WORDS: what people notice meanwhile.
chaos_of() {
  for_clusters
  local name=$1 status=0
  # shellcheck disable=SC2086
  python3 bench/chaos.py --rate "${BENCH_RATE:-$2}" --restarts "${BENCH_RESTARTS:-$3}" --pause "${BENCH_PAUSE:-$4}" --rest "${BENCH_REST:-$5}" --calm "${BENCH_CALM:-30}" \
    --json "$OUT/$name.json" ${6:+--only $6} || status=$?
  python_with_matplotlib
  "$PLOTTING" bench/plot.py chaos "$OUT/$name.json" "$OUT/$name.svg"
  return "$status"
}

# Parts of a cluster are restarted, killed, hung and cut off.
bench_chaos() {
  chaos_of chaos 50 3 10 10 "${BENCH_ONLY:-}"
}

# A hundred restarts of web instances as a rolling deploy makes them, at a rate at which the machine is busy.
bench_restarts() {
  chaos_of restarts 500 34 10 10 restarted
}

# AI workers killed one after the other, a round of both and then calm, often enough for a 99.9th percentile.
bench_workers() {
  chaos_of workers 100 20 0 10 turns
}

# Memory and file descriptors of every process while people use a cluster.
bench_soak() {
  for_clusters
  python_with_matplotlib
  "$PLOTTING" bench/soak.py --minutes "${BENCH_MINUTES:-15}" --rate "${BENCH_RATE:-100}" --csv "$OUT/soak.csv" --json "$OUT/soak.json" --plot "$OUT/soak.svg"
}

# The browser tests through a director with three instances behind it, then again while one after the other is killed.
bench_browser-cluster() {
  # Not the quick way: Playwright lies in the checkout, which may be another than the last.
  scripts/setup.sh test
  for_clusters
  local how
  for how in calm killing; do
    doing "the browser tests through the director: $how"
    E2E_DIRECTOR=$CLUSTER_DIRECTOR scripts/checks/browser-cluster.sh "$how" | tee "$OUT/browser-cluster-$how.txt"
  done
}

# PLOTTING: a Python that can draw.
python_with_matplotlib() {
  python3 -c 'import matplotlib' 2>/dev/null || {
    python3 -m venv "$OUT/venv" && "$OUT/venv/bin/pip" install --quiet matplotlib
  }
  PLOTTING=$OUT/venv/bin/python
  [ -x "$PLOTTING" ] || PLOTTING=python3
}

# The server killed again and again while people write to it: is anything lost that it had acknowledged?
bench_kills() {
  doing "kills: ${BENCH_ROUNDS:-1000} rounds of each engine"
  python3 bench/kills.py --server "$SERVER" --rounds "${BENCH_ROUNDS:-1000}" --seed "${BENCH_SEED:-1}" --json "$OUT/kills.json"
}

# The primary and its disk lost under load: what is lost, and how long until it serves again; by a standby, by backup and log, and on SQLite.
bench_recovery() {
  doing "recovery of ${BENCH_RATINGS_COUNT:-1000000} ratings"
  python3 bench/recovery.py --server "$SERVER" --ratings "${BENCH_RATINGS_COUNT:-1000000}" --json "$OUT/recovery.json"
}

# Films found by descriptions: words, embeddings, both; and how long embedding takes. The language model needs `make setup`.
bench_describe() {
  [ -s "$TEXT_MODEL" ] || die "There is no language model at $TEXT_MODEL." "Run: make setup"
  cargo build --locked --release --quiet -p matinee-bench
  local bin=$CARGO_TARGET_DIR/release folder=$OUT/describe
  rm -rf "$folder"
  mkdir -p "$folder"
  filled_data
  sqlite_copy "$DATA/matinee.db" "$folder/demo.db"
  "$AI" text-model "$TEXT_MODEL" --models "$folder/models"
  doing "describe: the demo's films"
  "$bin/describe" "$folder/demo.db" "$folder/models" bench/describe/queries.tsv | tee "$OUT/describe-demo.txt"
  [ -n "${BENCH_WIKIPEDIA:-}" ] || return 0
  sqlite_copy "$folder/demo.db" "$folder/wikipedia.db"
  "$bin/import" "$folder/wikipedia.db" wikipedia "$BENCH_WIKIPEDIA"
  doing "describe: the demo's and Wikipedia's films"
  "$bin/describe" "$folder/wikipedia.db" "$folder/models" bench/describe/queries.tsv | tee "$OUT/describe-wikipedia.txt"
}

# sqlite_copy FROM TO: also of a database that is in use.
sqlite_copy() {
  python3 -c 'import sqlite3, sys; sqlite3.connect(sys.argv[1]).backup(sqlite3.connect(sys.argv[2]))' "$1" "$2"
}

if [ $# = 0 ]; then set -- quality search web journal import ai workers chaos; fi
for part in "$@"; do
  case $part in
    quality | search | web | journal | import | ai | peers | scale | director | caches | staleness | chaos | restarts | workers | soak | browser-cluster | kills | recovery | describe | sign-in) "bench_$part" ;;
    *) die "run.sh has no part '$part'; its first lines name those there are." ;;
  esac
done
ok "figures: $OUT"
