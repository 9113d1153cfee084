#!/usr/bin/env python3
"""What people notice while parts of a cluster are restarted, killed, hung and cut off: requests that failed, and for how long.

Starts the cluster of `make cluster` (scripts/cluster), makes requests at a steady rate through the directors' address, as browsers make them
(scripts/cluster/load.py), and does one thing after the other. A request counts as failed when nothing comes back, or a status of 500 and more;
`moved` are those that needed another of the addresses that DNS names, which a client that knows but one would have lost. What is cut off is
cut off in a second cluster, whose parts speak to each other through scripts/cluster/fault.py: that costs time, so it has a calm row of its own.

Restarts are held against calm: that of the first row, or with `--rest` what comes after each round of them. The machine's own speed changes within
minutes, so that a long series of restarts and half a minute of calm before it may be of two machines.

Usage: bench/chaos.py [--rate 50] [--restarts 3] [--pause 0] [--rest 0] [--calm 10] [--only WORD…] [--json FILE]; by `bench/run.sh chaos`, `restarts` and `workers`.
Exit code 1 when an aim was missed: 99.9 % of requests in each row, all of them in restarts, whose p99 is at most twice that of calm, well again 5 s
after a part is back, the address moved within 3 s; a p99.9 of at most three times that of calm while AI workers are killed, of ten thousand requests and more.
"""

import argparse
import json
import os
import pathlib
import signal
import statistics
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts/cluster"))

from cluster import Cluster  # noqa: E402
from load import Load  # noqa: E402
from processes import family, get  # noqa: E402
from settle import wait_for_rest  # noqa: E402

DOWN = 4
MANY = 10_000
CALM = "nothing"
RESTARTS = "web instances restarted one by one"
RESTS = "nothing, after each round"
WORKERS = "AI workers killed by turns"
FINE_PERCENT, HEALTHY_S, MOVED_S, P99_RATIO, P999_RATIO = 99.9, 5, 3, 2, 3


def seconds_until(condition, limit=60):
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > limit:
            return None
        time.sleep(0.02)
    return round(time.monotonic() - began, 2)


class Chaos:
    def __init__(self, cluster, options):
        self.cluster, self.options = cluster, options
        # From when to when nothing was done between restarts.
        self.rests = []

    def stay_calm(self):
        time.sleep(self.options.calm)

    def wells(self):
        """Instances that the directors think well of, the fewest of all directors."""
        counts = []
        for index in range(len(self.cluster.directors)):
            status, text = get(f"http://{self.cluster.net.admin(index)}/upstreams")
            if status == 200:
                counts.append(sum(one["well"] and not one["ejected"] for one in json.loads(text)["upstreams"]))
        return min(counts, default=0)

    def healthy(self):
        return self.wells() == len(self.cluster.webs)

    def back(self, process):
        """Starts it again; how long until it serves, and until everything is well after that."""
        process.start()
        until_ready = seconds_until(process.is_ready)
        return {"until_ready_s": until_ready, "healthy_after_s": seconds_until(self.healthy)}

    def stay_at_rest(self):
        if self.options.rest:
            began = time.monotonic()
            time.sleep(self.options.rest)
            self.rests.append((began, time.monotonic()))

    def rolling(self):
        for _ in range(self.options.restarts):
            for process in self.cluster.webs:
                process.stop()
                self.back(process)
                time.sleep(self.options.pause)
            self.stay_at_rest()
        return {"restarts": self.options.restarts * len(self.cluster.webs), "pause_s": self.options.pause}

    def kill(self, process, meanwhile=lambda: {}):
        process.held = True
        process.child.kill()
        process.child.wait()
        notes = meanwhile()
        time.sleep(DOWN)
        return {**notes, **self.back(process)}

    def kill_workers(self):
        slowest = 0
        for _ in range(self.options.restarts):
            for process in self.cluster.workers:
                slowest = max(slowest, self.kill(process)["until_ready_s"] or 60)
            self.stay_at_rest()
        return {"kills": self.options.restarts * len(self.cluster.workers), "until_ready_s": slowest}

    def hang(self, process, meanwhile=lambda: {}):
        # With all that it started.
        pids = family(process.child.pid)
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        notes = meanwhile()
        time.sleep(DOWN)
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
        return {**notes, "healthy_after_s": seconds_until(self.healthy)}

    def cut(self, name, fault="swallow"):
        self.cluster.fault(f"{name} {fault}")
        time.sleep(DOWN)
        self.cluster.fault(f"{name} pass")
        return {"healthy_after_s": seconds_until(self.healthy)}

    def lose_index(self):
        web = self.cluster.webs[2]
        web.stop()
        for path in sorted((self.cluster.folder / "web3").rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
        return self.back(web)

    def lose_director(self, lose):
        owner = self.cluster.net.owner()

        def address_moves():
            if owner is None:
                return {}
            return {"address_moved_after_s": seconds_until(lambda: self.cluster.net.owners() == [1 - owner])}

        return lose(self.cluster.directors[owner or 0], address_moves)

    def cut_off_director(self):
        owner = self.cluster.net.owner()
        if owner is None:
            return {"not_done": "there are no namespaces here"}
        self.cluster.net.cut_off(owner, True)
        # The one that is cut off keeps the address, and nobody hears of it: who answers now?
        moved = seconds_until(lambda: get(f"http://{self.cluster.net.service()}/livez", 0.2)[0] != 0)
        time.sleep(DOWN)
        self.cluster.net.cut_off(owner, False)
        return {"address_moved_after_s": moved, "healthy_after_s": seconds_until(self.healthy)}

    def run(self, load):
        results = {}
        for name, scenario in (CUT_OFF if self.cluster.faults else DONE).items():
            if self.options.only and not any(word in name for word in self.options.only):
                continue
            seconds_until(self.healthy)
            self.cluster.net.settle()
            load.take()
            began = time.monotonic()
            notes = scenario(self) or {}
            time.sleep(2)
            _, failed, times, moved = load.take_all()
            took = round(time.monotonic() - began, 1)
            rests, self.rests = self.rests, []
            if rests:
                results[RESTS] = row(RESTS, at_rest(times, rests), at_rest(failed, rests), 0, {})
                times, failed = at_rest(times, rests, False), at_rest(failed, rests, False)
            results[name] = row(name, times, failed, moved, {"seconds": took, **notes})
            sys.stdout.flush()
        return results


def at_rest(events, rests, whether=True):
    """Those of `events`, which begin with their moment, that were at rest, or not."""
    return [event for event in events if any(begin <= event[0] < end for begin, end in rests) == whether]


def row(name, times, failed, moved, notes):
    """What is kept of it, which is also told."""
    seconds = [took for _, took in times]
    span = round(failed[-1][0] - failed[0][0], 2) if failed else 0
    p50, p99, p999 = (statistics.quantiles(seconds, n=1000)[at] * 1000 if len(seconds) > 1 else 0 for at in (499, 989, 998))
    share = 100 * (1 - len(failed) / max(len(times), 1))
    words = ", ".join(f"{key} {value}" for key, value in notes.items() if key != "seconds")
    print(f"| {name} | {len(times)} | {len(failed)} ({share:.2f} % fine) | {moved} | {p50:.1f} | {p99:.1f} | {p999:.1f} | {words} |")
    for kind in sorted({text for _, text in failed})[:3]:
        print(f"    {kind}")
    return {"requests": len(times), "failed": len(failed), "moved": moved, "failures_within_s": span, "p50_ms": round(p50, 1),
            "p99_ms": round(p99, 1), "p999_ms": round(p999, 1), "max_ms": round(max(seconds, default=0) * 1000, 1), **notes}


# By their names; those of the second cluster apart.
DONE = {
    CALM: Chaos.stay_calm,
    RESTARTS: Chaos.rolling,
    "a web instance killed": lambda chaos: chaos.kill(chaos.cluster.webs[0]),
    "a web instance hung": lambda chaos: chaos.hang(chaos.cluster.webs[1]),
    "an AI worker killed": lambda chaos: chaos.kill(chaos.cluster.workers[0]),
    WORKERS: Chaos.kill_workers,
    "an AI worker hung": lambda chaos: chaos.hang(chaos.cluster.workers[1]),
    "the standby killed": lambda chaos: chaos.kill(chaos.cluster.postgres.standby),
    "the standby hung": lambda chaos: chaos.hang(chaos.cluster.postgres.standby),
    "the primary killed": lambda chaos: chaos.kill(chaos.cluster.postgres.primary),
    "the primary hung": lambda chaos: chaos.hang(chaos.cluster.postgres.primary),
    "the search index removed": Chaos.lose_index,
    "the director with the address killed": lambda chaos: chaos.lose_director(chaos.kill),
    "the director with the address hung": lambda chaos: chaos.lose_director(chaos.hang),
}
CUT_OFF = {
    "nothing, by way of the fault proxy": Chaos.stay_calm,
    "a web instance cut off": lambda chaos: chaos.cut("web1"),
    "a web instance's connections reset": lambda chaos: chaos.cut("web2", "cut"),
    "a web instance 200 ms away": lambda chaos: chaos.cut("web3", "delay 200"),
    "an AI worker cut off": lambda chaos: chaos.cut("ai1"),
    "the standby cut off": lambda chaos: chaos.cut("standby"),
    "the primary cut off": lambda chaos: chaos.cut("primary"),
    "the director with the address cut off": Chaos.cut_off_director,
}


def missed(results):
    """What was aimed at and not reached."""
    for name, one in results.items():
        if 100 * one["failed"] > (100 - FINE_PERCENT) * one["requests"]:
            yield f"{name}: {one['failed']} of {one['requests']} requests failed"
        for key, limit, what in (("healthy_after_s", HEALTHY_S, "well again"), ("address_moved_after_s", MOVED_S, "the address moved")):
            if key not in one:
                continue
            if one[key] is None:
                yield f"{name}: {what} not within a minute"
            elif one[key] > limit:
                yield f"{name}: {what} only after {one[key]} s"
    rolled, calm = results.get(RESTARTS), results.get(RESTS) or results.get(CALM)
    if rolled and rolled["failed"]:
        yield f"restarts: {rolled['failed']} requests failed"
    if rolled and calm and rolled["p99_ms"] > P99_RATIO * calm["p99_ms"]:
        yield f"restarts: p99 is {rolled['p99_ms'] / calm['p99_ms']:.2f} times that of calm"
    killed = results.get(WORKERS)
    # Of fewer requests the 99.9th percentile is the chance of one or two.
    if killed and calm and min(killed["requests"], calm["requests"]) >= MANY and killed["p999_ms"] > P999_RATIO * calm["p999_ms"]:
        yield f"{WORKERS}: p99.9 is {killed['p999_ms'] / calm['p999_ms']:.2f} times that of calm"


def run(options, faults):
    cluster, load = Cluster(faults=faults), None
    try:
        cluster.start()
        wait_for_rest(cluster.keeper.pids())
        load = Load(cluster.net.addresses(), options.rate)
        load.start()
        # Connections, caches, and the directors' slow start.
        time.sleep(options.calm / 2)
        return Chaos(cluster, options).run(load)
    finally:
        if load:
            load.stop()
        cluster.stop()


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rate", type=float, default=50)
    options.add_argument("--restarts", type=int, default=3, help="rounds of restarting every web instance, and of killing every AI worker")
    options.add_argument("--pause", type=float, default=0, help="seconds between one restart and the next, as a rolling deploy leaves")
    options.add_argument("--calm", type=float, default=10, help="seconds of the calm rows")
    options.add_argument("--rest", type=float, default=0, help="seconds of calm after each round, which its restarts are held against")
    options.add_argument("--only", nargs="*", default=[], metavar="WORD", help="only what has one of these words in its name")
    options.add_argument("--json")
    options = options.parse_args()
    os.environ.setdefault("CLUSTER_ROOT", str(ROOT))
    results = {}
    for faults in (False, True):
        names = CUT_OFF if faults else DONE
        if options.only and not any(word in name for name in names for word in options.only):
            continue
        print("| what | requests | failed | moved | p50, ms | p99, ms | p99.9, ms | |\n|---|---|---|---|---|---|---|---|")
        results |= run(options, faults)
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(results, indent=2))
    wrong = list(missed(results))
    for line in wrong:
        print(f"✗ {line}")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
