#!/usr/bin/env python3
"""What people notice while parts of a cluster are restarted, killed, hung and cut off: requests that failed, and for how long.

Starts the cluster of `make cluster` (scripts/cluster), makes requests at a steady rate through the directors' address, and does one
thing after the other. A request counts as failed when nothing comes back, or a status of 500 and more.

Usage: bench/chaos.py [--rate 50] [--restarts 3] [--only NAME…] [--json FILE]; by `bench/run.sh chaos`.
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
from processes import get  # noqa: E402

CALM = 5
DOWN = 4


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
        self.scenarios = {
            "nothing": lambda: time.sleep(CALM),
            "web instances restarted one by one": self.rolling,
            "a web instance killed": lambda: self.kill(cluster.webs[0]),
            "a web instance hung": lambda: self.hang(cluster.webs[1]),
            "an AI worker killed": lambda: self.kill(cluster.workers[0]),
            "an AI worker hung": lambda: self.hang(cluster.workers[1]),
            "the standby killed": lambda: self.kill(cluster.postgres.standby),
            "the primary killed": lambda: self.kill(cluster.postgres.primary),
            "the search index removed": self.lose_index,
            "the director with the address killed": self.kill_director,
        }

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

    def rolling(self):
        for _ in range(self.options.restarts):
            for process in self.cluster.webs:
                process.stop()
                self.back(process)

    def kill(self, process):
        process.held = True
        process.child.kill()
        process.child.wait()
        time.sleep(DOWN)
        return self.back(process)

    def hang(self, process):
        process.signal(signal.SIGSTOP)
        time.sleep(DOWN)
        process.signal(signal.SIGCONT)
        return {"healthy_after_s": seconds_until(self.healthy)}

    def lose_index(self):
        web = self.cluster.webs[2]
        web.stop()
        for path in sorted((self.cluster.folder / "web3").rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
        return self.back(web)

    def kill_director(self):
        owner = self.cluster.net.owner() or 0
        process = self.cluster.directors[owner]
        process.held = True
        process.child.kill()
        process.child.wait()
        moved = None
        if self.cluster.net.owner() is not None:
            moved = seconds_until(lambda: self.cluster.net.owner() not in (None, owner))
        time.sleep(DOWN)
        return {"address_moved_after_s": moved, **self.back(process)}

    def run(self, load):
        results = {}
        for name, scenario in self.scenarios.items():
            if self.options.only and not any(word in name for word in self.options.only):
                continue
            seconds_until(self.healthy)
            load.take()
            began = time.monotonic()
            notes = scenario() or {}
            time.sleep(2)
            done, failed, times = load.take()
            took = time.monotonic() - began
            span = round(failed[-1][0] - failed[0][0], 2) if failed else 0
            p99 = statistics.quantiles(times, n=100)[98] * 1000 if len(times) > 1 else None
            result = {"requests": done, "failed": len(failed), "failures_within_s": span, "p99_ms": round(p99 or 0, 1),
                      "max_ms": round(max(times, default=0) * 1000, 1), "seconds": round(took, 1), **notes}
            results[name] = result
            share = 100 * (1 - len(failed) / max(done, 1))
            words = ", ".join(f"{key} {value}" for key, value in notes.items())
            print(f"{name:40} {done:6} requests {len(failed):4} failed ({share:.2f} % fine)  p99 {result['p99_ms']:8} ms  {words}")
            for kind in sorted({text for _, text in failed})[:3]:
                print(f"{'':40}   {kind}")
            sys.stdout.flush()
        return results


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rate", type=float, default=50)
    options.add_argument("--restarts", type=int, default=3, help="rounds of restarting every web instance")
    options.add_argument("--only", nargs="*", default=[], metavar="WORD", help="only what has one of these words in its name")
    options.add_argument("--json")
    options = options.parse_args()
    os.environ.setdefault("CLUSTER_ROOT", str(ROOT))
    cluster, load = Cluster(), None
    try:
        cluster.start()
        load = Load(cluster.net.service(), options.rate)
        load.start()
        results = Chaos(cluster, options).run(load)
        if options.json:
            pathlib.Path(options.json).write_text(json.dumps(results, indent=2))
    finally:
        if load:
            load.stop()
        cluster.stop()


if __name__ == "__main__":
    main()
