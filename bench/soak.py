#!/usr/bin/env python3
"""Memory and file descriptors of every process of a cluster over time, while people use it: do they stay flat?

Starts the cluster of `make cluster` (scripts/cluster), makes requests at a steady rate, as browsers make them, with ratings and sign-ins among them, and
looks at every process every two seconds. A process is flat when the line through what it used after the warm-up (the first third) rises by
no more than GROWTH_PERCENT of its mean over that time (or SMALL_MB), and its file descriptors by no more than FEW. (Those of PostgreSQL's processes are a
saw, so a line through them says little: they are flat, too, where the last third has no more at any time than the first.) Web instances have small caches
(SMALL_CACHES), which are full after the warm-up: by default they would take in what is asked for all the while, up to 184 MiB, and what grew would
not tell a leak from them. For the same reason they and the directors use no huge pages (NO_HUGE_PAGES; those come and go, 2 MB each, whatever is used of them), and
PostgreSQL's processes may keep few files open (FEW_FILES: by default up to 1,000 each, which they reach in hours, and the one that writes
checkpoints closes its own every five minutes). PostgreSQL counts with all its processes, by what is their own (RssAnon), for all of them show
the memory that they share; the others by what is resident (VmRSS), and what of that is their own and no file's is told beside it.
`--as-served` does without all of that: caches, huge pages and files as by default.

Usage: bench/soak.py [--minutes 15] [--rate 100] [--as-served] [--csv FILE] [--json FILE] [--plot FILE.svg]; by `bench/run.sh soak`. A plot needs matplotlib.
Exit code 1 when something was not flat, or requests failed.
"""

import argparse
import csv
import json
import os
import pathlib
import random
import re
import statistics
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts/cluster"))

from cluster import Cluster  # noqa: E402
from load import Load  # noqa: E402
from mix import Mix, ask  # noqa: E402
from processes import family  # noqa: E402
from settle import wait_for_rest  # noqa: E402

EVERY_S = 2
GROWTH_PERCENT, SMALL_MB, FEW = 5, 4, 5
WRITES_A_SECOND = 2
NO_HUGE_PAGES = {"MIMALLOC_ALLOW_THP": "0"}
FEW_FILES = {"max_files_per_process": 64, "checkpoint_timeout": "1min"}
SMALL_CACHES = {"FILM_BYTES": 4 << 20, "CARD_BYTES": 1 << 20, "RECOMMENDATION_BYTES": 2 << 20, "SESSION_BYTES": 1 << 18}


def used(process):
    """Megabytes, file descriptors, and megabytes that are its own; None when it isn't there."""
    if not process.is_running():
        return None
    is_database = process.name.startswith("postgres")
    pids = family(process.child.pid)
    if process.command[0] == "ip":
        pids = pids[-1:]
    field, mb, files, own = "RssAnon" if is_database else "VmRSS", 0.0, 0, 0.0
    for pid in pids:
        try:
            status = pathlib.Path(f"/proc/{pid}/status").read_text()
            mb += int(re.search(rf"{field}:\s+(\d+)", status)[1]) / 1024
            own += int(re.search(r"RssAnon:\s+(\d+)", status)[1]) / 1024
            files += len(os.listdir(f"/proc/{pid}/fd"))
        except (OSError, TypeError):
            continue
    return mb, files, own


def slope(points):
    """Of the line through (x, y) by least squares."""
    mean_x, mean_y = (statistics.mean(values) for values in zip(*points))
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / spread if spread else 0.0


def judge(samples, is_database):
    """What a process did after the warm-up; `samples` are (seconds, MB, files, own MB)."""
    last = samples[-1][0]
    most_files = [max(files for at, _, files, _ in samples if begin <= at * 3 / last <= end) for begin, end in ((0, 1), (2, 3))]
    has_no_more = is_database and most_files[1] <= most_files[0]
    settled = [one for one in samples if one[0] >= last / 3]
    span = settled[-1][0] - settled[0][0]
    growth_mb = slope([(at, mb) for at, mb, *_ in settled]) * span
    growth_files = slope([(at, files) for at, _, files, _ in settled]) * span
    growth_own_mb = slope([(at, own) for at, *_, own in settled]) * span
    mean_mb = statistics.mean(mb for _, mb, *_ in settled)
    return {"mean_mb": round(mean_mb, 1), "growth_mb": round(growth_mb, 2), "growth_own_mb": round(growth_own_mb, 2), "max_mb": round(max(mb for _, mb, *_ in samples), 1),
            "most_files_first_and_last_third": most_files,
            "mean_files": round(statistics.mean(files for _, _, files, _ in settled), 1), "growth_files": round(growth_files, 2),
            "is_flat": growth_mb <= max(mean_mb * GROWTH_PERCENT / 100, SMALL_MB) and (growth_files <= FEW or has_no_more)}


class Writing(threading.Thread):
    """People who register, rate, take ratings back and sign out, besides those who only look."""

    def __init__(self, address):
        super().__init__(daemon=True)
        self.address, self.stopping, self.done, self.failed = address, threading.Event(), 0, 0

    def run(self):
        chance = random.Random(7)
        films = json.loads(ask(self.address, "GET", "/api/v1/search?limit=100")[2])["movies"]
        while not self.stopping.is_set():
            try:
                cookie = Mix.register(self.address, films, chance)
                for film in chance.sample(films, 10):
                    path = f"/api/v1/movies/{film['id']}/rating"
                    for method, body in (("PUT", {"stars": chance.randint(1, 10) / 2}), ("DELETE", None)):
                        self.failed += ask(self.address, method, path, body, cookie)[0] >= 500
                        self.done += 1
                        self.stopping.wait(1 / WRITES_A_SECOND)
                ask(self.address, "DELETE", "/api/v1/session", None, cookie)
            except (OSError, SystemExit):
                self.failed += 1


def soak(cluster, minutes, sink):
    """Samples by process: lists of (seconds, MB, files, own MB)."""
    samples, began = {}, time.monotonic()
    while (at := time.monotonic() - began) < minutes * 60:
        for process in cluster.keeper.all:
            if (now := used(process)) is not None:
                samples.setdefault(process.name, []).append((round(at, 1), *now))
                sink.writerow((process.name, round(at, 1), round(now[0], 2), now[1], round(now[2], 2)))
        time.sleep(max(0.0, EVERY_S - (time.monotonic() - began - at)))
    return samples


def plot(samples, path):
    import matplotlib
    matplotlib.use("svg")
    import matplotlib.pyplot as plt
    figure, panels = plt.subplots(1, 2, figsize=(12, 4.5), layout="constrained")
    for panel, column, title in ((panels[0], 1, "memory, MB"), (panels[1], 2, "file descriptors")):
        for name, points in samples.items():
            panel.plot([point[0] / 60 for point in points], [point[column] for point in points], label=name, linewidth=1)
        panel.set(title=title, xlabel="minutes")
        panel.set_ylim(bottom=0)
    panels[1].legend(fontsize=7)
    figure.savefig(path)


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--minutes", type=float, default=15)
    options.add_argument("--rate", type=float, default=100)
    options.add_argument("--as-served", action="store_true", help="caches, huge pages and PostgreSQL's files as by default")
    options.add_argument("--csv", default=os.devnull)
    options.add_argument("--json")
    options.add_argument("--plot")
    options = options.parse_args()
    os.environ.setdefault("CLUSTER_ROOT", str(ROOT))
    bounded = not options.as_served
    if bounded:
        for name, size in SMALL_CACHES.items():
            os.environ.setdefault(f"MATINEE_CACHE__{name}", str(size))
        os.environ.update(NO_HUGE_PAGES)
    cluster, load, writing = Cluster(database_settings=FEW_FILES if bounded else None), None, None
    try:
        cluster.start()
        wait_for_rest(cluster.keeper.pids())
        load = Load(cluster.net.addresses(), options.rate)
        load.start()
        writing = Writing(cluster.net.service())
        writing.start()
        with open(options.csv, "w", newline="") as file:
            samples = soak(cluster, options.minutes, csv.writer(file))
        done, failed, times = load.take()
    finally:
        if load:
            load.stop()
        if writing:
            writing.stopping.set()
        cluster.stop()
    verdicts = {name: judge(points, name.startswith("postgres")) for name, points in samples.items() if len(points) > 5}
    print("| process | MB, mean | MB, highest | growth, MB | its own | files, mean | growth | flat |\n|---|---|---|---|---|---|---|---|")
    for name, one in verdicts.items():
        print(f"| {name} | {one['mean_mb']} | {one['max_mb']} | {one['growth_mb']} | {one['growth_own_mb']} | {one['mean_files']} | {one['growth_files']} "
              f"| {'yes' if one['is_flat'] else '**no**'} |")
    p99 = statistics.quantiles(times, n=100)[98] * 1000
    print(f"{done} requests in {options.minutes:g} minutes, {len(failed)} failed, p99 {p99:.1f} ms; {writing.done} writes, {writing.failed} failed")
    if options.json:
        result = {"minutes": options.minutes, "rate": options.rate, "requests": done, "failed": len(failed), "p99_ms": p99,
                  "writes": writing.done, "writes_failed": writing.failed, "processes": verdicts}
        pathlib.Path(options.json).write_text(json.dumps(result, indent=2))
    if options.plot:
        plot(samples, options.plot)
    sys.exit(0 if all(one["is_flat"] for one in verdicts.values()) and not failed and not writing.failed else 1)


if __name__ == "__main__":
    main()
