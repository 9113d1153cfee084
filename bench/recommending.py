#!/usr/bin/env python3
"""How long recommendations take with the instance's cache of them and without it, in turns.

People with thirty ratings each ask for recommendations, a few of them most of the time (Zipf), at a fixed rate whatever the server does; now and then
one of them rates a film, which makes their next answer a new one. Both instances serve the same data; one has `cache.recommendation_ttl_ms`
at 0. Nothing else of them differs.

Usage: bench/recommending.py [--runs 3] [--seconds 20] [--rate 60] [--json FILE]; by `bench/run.sh caches`.
Environment: BENCH_SERVER, MATINEE_SITE_DIR, MATINEE_ORT_LIB, MATINEE_DATA_DIR as `bench/run.sh` sets them.
"""

import argparse
import json
import os
import pathlib
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts/cluster"))

import mix  # noqa: E402

PORTS = {"with the cache": 18491, "without": 18492}
PEOPLE, THREADS = 60, 16
# Of a hundred requests so many are ratings.
RATINGS = 5


def serve(port, data, **more):
    env = dict(os.environ, PORT=str(port), MATINEE_DATA_DIR=data, MATINEE_LOG="error", **more)
    server = subprocess.Popen([os.environ["BENCH_SERVER"], "serve"], env=env, stdout=subprocess.DEVNULL)
    for _ in range(600):
        try:
            if mix.ask(f"127.0.0.1:{port}", "GET", "/readyz")[0] == 200:
                return server
        except OSError:
            if server.poll() is not None:
                sys.exit(f"the server ended ({server.poll()})")
        time.sleep(0.05)
    sys.exit("the server was not ready in time")


def turn(port, people, films, rate, seconds):
    """Times of recommendations, in ms."""
    address, lock, until = f"127.0.0.1:{port}", threading.Lock(), time.monotonic() + seconds
    times, wrong = [], []

    def person(number):
        chance, pause = random.Random(number), THREADS / rate
        due = time.monotonic() + chance.random() * pause
        while due < until:
            time.sleep(max(0, due - time.monotonic()))
            cookie = people.draw(chance)
            if chance.random() * 100 < RATINGS:
                path = f"/api/v1/movies/{chance.choice(films)['id']}/rating"
                mix.ask(address, "PUT", path, {"stars": chance.randint(1, 10) / 2}, cookie)
            else:
                status, _, text = mix.ask(address, "GET", "/api/v1/recommendations?limit=20", None, cookie)
                with lock:
                    times.append((time.monotonic() - due) * 1000)
                    if status != 200 or json.loads(text)["source"] != "model":
                        wrong.append(f"{status} {text[:200]}")
            due += pause

    threads = [threading.Thread(target=person, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if wrong:
        sys.exit(f"recommendations did not come from the model: {wrong[0]}")
    return times


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--runs", type=int, default=3)
    options.add_argument("--seconds", type=float, default=20)
    options.add_argument("--rate", type=float, default=60)
    options.add_argument("--json")
    options = options.parse_args()
    mix.RATED = 30
    runs = {name: [] for name in PORTS}
    with tempfile.TemporaryDirectory() as folder:
        data, servers = os.path.join(folder, "data"), []
        shutil.copytree(os.environ["MATINEE_DATA_DIR"], data)
        server = serve(PORTS["without"], data)
        films = json.loads(mix.ask(f"127.0.0.1:{PORTS['without']}", "GET", "/api/v1/search?limit=100")[2])["movies"]
        chance = random.Random(1)
        cookies = [mix.Mix.register(f"127.0.0.1:{PORTS['without']}", films, chance) for _ in range(PEOPLE)]
        server.terminate()
        server.wait()
        people = mix.Zipf(cookies)
        try:
            for name, more in (("with the cache", {}), ("without", {"MATINEE_CACHE__RECOMMENDATION_TTL_MS": "0"})):
                own = os.path.join(folder, name.replace(" ", "-"))
                shutil.copytree(data, own)
                servers.append(serve(PORTS[name], own, **more))
            for name, port in PORTS.items():
                turn(port, people, films, options.rate, 3)
            for number in range(options.runs):
                for name in list(PORTS)[:: 1 if number % 2 else -1]:
                    runs[name].append(turn(PORTS[name], people, films, options.rate, options.seconds))
        finally:
            for server in servers:
                server.terminate()
            for server in servers:
                server.wait()
    result = {}
    print("| recommendations | p50, ms | p99, ms | requests |\n|---|---|---|---|")
    for name, turns in runs.items():
        cuts = [statistics.quantiles(times, n=100) for times in turns]
        result[name] = {"p50_ms": statistics.median(cut[49] for cut in cuts), "p99_ms": statistics.median(cut[98] for cut in cuts),
                        "requests": sum(map(len, turns))}
        print(f"| {name} | {result[name]['p50_ms']:.1f} | {result[name]['p99_ms']:.1f} | {result[name]['requests']} |")
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
