#!/usr/bin/env python3
"""What each kind of request costs a web instance: requests a second and processor time, for visitors and for people with accounts.

The instance has core 0 and wrk core 1, over loopback. Requests are those of scripts/cluster/mix.py: whole pages, and the steps of a visit that follow
one, which ask for data alone. `mix` is what people do of all kinds together; few films and words of many are asked for often (Zipf).

Usage: bench/kinds.py [--runs 3] [--seconds 4] [--json FILE]; by `bench/run.sh web`.
Needs: wrk. Environment: BENCH_SERVER, MATINEE_SITE_DIR, MATINEE_ORT_LIB, MATINEE_DATA_DIR as `bench/run.sh` sets them.
"""

import argparse
import json
import os
import pathlib
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile

import director
from mix import Mix

PORT, PEOPLE, DRAWN, CONNECTIONS = 18601, 20, 20_000, 16


def drawn(mix, of, kind, is_person, chance):
    """Lines as wrk reads them: a path, and whose cookie."""
    for _ in range(DRAWN):
        cookie = chance.choice(mix.cookies) if is_person else ""
        path = mix.draw(chance, is_person)[1] if kind == "mix" else of[kind].draw(chance)
        yield f"{path} {cookie}".strip()


def measure(server, folder, lines, seconds):
    """Requests a second, and µs of the server's processor time for each."""
    requests = director.write(folder, "requests", "\n".join(lines))
    script = director.write(folder, "kinds.lua", director.PAGES_LUA.format(lines=requests))
    before = director.cpu_seconds(server.pid)
    command = ["taskset", "-c", "1", "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", script, f"http://127.0.0.1:{PORT}/"]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    used = director.cpu_seconds(server.pid) - before
    if wrong := re.search(r"(Non-2xx.*|Socket errors.*)", out):
        sys.exit(wrong[1])
    done = int(re.search(r"(\d+) requests in", out)[1])
    return float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1]), 1e6 * used / done


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--runs", type=int, default=3)
    options.add_argument("--seconds", type=int, default=4)
    options.add_argument("--json")
    options = options.parse_args()
    result, chance = {}, random.Random(1)
    with tempfile.TemporaryDirectory() as folder:
        data = os.path.join(folder, "data")
        shutil.copytree(os.environ["MATINEE_DATA_DIR"], data)
        server = director.serve(PORT, data)
        try:
            director.wait(PORT, "/readyz")
            mix = Mix(f"127.0.0.1:{PORT}", PEOPLE)
            print(f"{'':32}{'requests/s':>12}{'CPU µs each':>13}")
            for who in ("visitor", "person"):
                kinds = [(name, of, kind) for name, of in (("page", mix.pages), ("step", mix.steps)) for kind in mix.names]
                for name, of, kind in [*kinds, ("all", None, "mix")]:
                    if kind == "recommendations" and (who == "visitor" or name == "page"):
                        continue
                    lines = list(drawn(mix, of, kind, who == "person", chance))
                    runs = [measure(server, folder, lines, options.seconds) for _ in range(options.runs)]
                    rate, cpu_us = (statistics.median(values) for values in zip(*runs, strict=True))
                    what = f"{who}, {kind}" if kind == "mix" else f"{who}, {kind}, {name}"
                    result[what] = {"requests_per_s": rate, "cpu_us": cpu_us}
                    print(f"{what:32}{rate:12.0f}{cpu_us:13.0f}", flush=True)
        finally:
            server.terminate()
            server.wait(30)
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
