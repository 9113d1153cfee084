#!/usr/bin/env python3
"""A cluster for the browser tests: one address, three web instances behind it; with `--kill-every`, one of them is killed again and again.

Its data is as it was filled in each time; it stops when standard input closes. Once everything serves it prints one line of JSON: `base_url`, `database_url`, `data_dir`.
Whatever MATINEE_ settings it was started with hold for all instances. By end2end/support/cluster.ts; the environment as scripts/cluster.sh makes it."""

import argparse
import json
import os
import random
import signal
import sys
import threading
import time

from cluster import Cluster


class Killer(threading.Thread):
    """Kills one instance after the other, lets it be missed for a moment, and goes on when it is back."""

    def __init__(self, cluster, every):
        super().__init__(daemon=True)
        self.cluster, self.every, self.kills, self.stopping = cluster, every, 0, threading.Event()

    def run(self):
        turn = 0
        while not self.stopping.wait(self.every):
            web = self.cluster.webs[turn % len(self.cluster.webs)]
            turn += 1
            web.held = True
            web.child.kill()
            web.child.wait()
            self.kills += 1
            self.stopping.wait(1 + random.random())
            web.start()
            began = time.monotonic()
            while not web.is_ready() and time.monotonic() - began < 60:
                time.sleep(0.1)


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--port", type=int, default=18400, help="the first of about 300 ports; people's address is 80 above it")
    options.add_argument("--kill-every", type=float, default=0, metavar="SECONDS", help="0: nothing is killed (default)")
    options = options.parse_args()

    def stop(_number, _frame):
        raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    # What is started here says on standard output what it does; the one line goes past that.
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    cluster, killer = Cluster(options.port, use_namespaces=False, say=lambda text: print(text, file=sys.stderr), anew=True), None
    try:
        cluster.start()
        print(json.dumps({"base_url": f"http://{cluster.net.public()}", "database_url": cluster.postgres.url(),
                          "data_dir": str(cluster.folder / "data")}), file=out, flush=True)
        if options.kill_every:
            killer = Killer(cluster, options.kill_every)
            killer.start()
        sys.stdin.read()
    except KeyboardInterrupt:
        pass
    finally:
        if killer:
            killer.stopping.set()
            killer.join(90)
            print(f"{killer.kills} times an instance was killed", file=sys.stderr)
        cluster.stop()


if __name__ == "__main__":
    main()
