#!/usr/bin/env python3
"""Measures the web instance: time to the first page, idle memory, and pages a second with their latency.

The release server runs on core 0 and wrk on core 1, over loopback. Every figure is the median of the runs. The peer, a
limit measured in the same run, is the server's own /livez: the same stack without a page.

Usage: bench/web.py [--runs 3] [--seconds 10] [--json FILE]
Needs: a built server and site (`make build`), wrk, and a data folder (`make run` once).
Environment: BENCH_SERVER, MATINEE_SITE_DIR, MATINEE_ORT_LIB, MATINEE_DATA_DIR as `bench/run.sh` sets them.
"""

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

CONNECTIONS = 25
PORT = 18480
BASE = f"http://127.0.0.1:{PORT}"


def fetch(path):
    with urllib.request.urlopen(BASE + path, timeout=10) as answer:
        return answer.read()


def start(data_dir):
    """Starts the server on core 0; returns the process and the seconds until the first whole page."""
    env = dict(os.environ, PORT=str(PORT), MATINEE_DATA_DIR=data_dir, MATINEE_LOG="error")
    began = time.monotonic()
    server = subprocess.Popen(
        ["taskset", "-c", "0", os.environ["BENCH_SERVER"], "serve"], env=env, stdout=subprocess.DEVNULL
    )
    while True:
        try:
            fetch("/")
            return server, time.monotonic() - began
        except OSError:
            if server.poll() is not None or time.monotonic() - began > 60:
                sys.exit(f"the server did not start (status {server.poll()})")
            time.sleep(0.01)


def resident_mb(pid):
    with open(f"/proc/{pid}/status") as status:
        return int(re.search(r"VmRSS:\s+(\d+)", status.read())[1]) / 1024


def load(path, seconds):
    """Requests a second and the latency that 99 of 100 stay under, in ms."""
    command = ["taskset", "-c", "1", "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency", BASE + path]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    failed = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
    if failed:
        sys.exit(f"{path}: {failed[1]} requests failed")
    value, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)", out).groups()
    p99_ms = float(value) * {"us": 1e-3, "ms": 1, "s": 1e3}[unit]
    return float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1]), p99_ms


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--runs", type=int, default=3)
    options.add_argument("--seconds", type=int, default=10)
    options.add_argument("--json")
    options = options.parse_args()
    if not shutil.which("wrk"):
        sys.exit("wrk is missing: apt-get install wrk")
    with tempfile.TemporaryDirectory() as folder:
        data_dir = os.path.join(folder, "data")
        shutil.copytree(os.environ["MATINEE_DATA_DIR"], data_dir)
        first_pages = []
        for _ in range(options.runs):
            server, seconds = start(data_dir)
            first_pages.append(seconds)
            server.terminate()
            server.wait(30)
        server, _ = start(data_dir)
        try:
            time.sleep(2)
            idle_mb = resident_mb(server.pid)
            film = json.loads(fetch("/api/v1/search?q=alien&limit=1"))["movies"][0]["id"]
            pages = {"home": "/", "search": "/search?q=alien", "film": film_path(film), "livez (limit)": "/livez"}
            figures = {name: [load(path, options.seconds) for _ in range(options.runs)] for name, path in pages.items()}
            loaded_mb = resident_mb(server.pid)
        finally:
            server.terminate()
            server.wait(30)
    result = {
        "first_page_s": statistics.median(first_pages),
        "idle_mb": idle_mb,
        "loaded_mb": loaded_mb,
        "pages": {
            name: {"requests_per_s": statistics.median(r for r, _ in runs), "p99_ms": statistics.median(p for _, p in runs)}
            for name, runs in figures.items()
        },
    }
    print(f"first page {result['first_page_s']:.2f} s after start; memory idle {idle_mb:.0f} MB, after load {loaded_mb:.0f} MB")
    for name, figure in result["pages"].items():
        print(f"{name:14} {figure['requests_per_s']:8.0f} requests/s   p99 {figure['p99_ms']:6.1f} ms")
    if options.json:
        with open(options.json, "w") as file:
            json.dump(result, file, indent=2)


def film_path(film):
    """The film page's canonical path, as the sitemap has it."""
    return re.search(rf"(/film/{film}/[^<]+)<", fetch("/sitemap/first").decode())[1]


if __name__ == "__main__":
    main()
