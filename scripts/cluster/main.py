#!/usr/bin/env python3
"""Starts many of Matinee on this machine and shows how they are, until Ctrl-C.

PostgreSQL (primary and standby), three web instances, two AI workers, two directors, each a process of its own. A process that
ends is started again; kill, stop (-STOP) and continue (-CONT) them as you like and watch. Data is kept from run to run."""

import argparse
import shutil
import signal
import sys
import time

from board import Board
from cluster import Cluster, folder_of_clusters
from load import Load


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--load", type=float, default=10, metavar="N", help="requests a second that are made, too; 0: none (default 10)")
    options.add_argument("--port", type=int, default=18000, help="the first of the ports used (default 18000)")
    options.add_argument("--ports-only", action="store_true", help="no network namespaces, even where they are allowed")
    options.add_argument("--seconds", type=float, default=0, help="stop after so long; 0: at Ctrl-C (default)")
    options.add_argument("--fresh", action="store_true", help="remove the data of the last run first")
    options = options.parse_args()
    if options.fresh:
        shutil.rmtree(folder_of_clusters(), ignore_errors=True)

    def stop(_number, _frame):
        raise KeyboardInterrupt

    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    for number in signals:
        signal.signal(number, stop)
    cluster = Cluster(options.port, not options.ports_only)
    load = None
    try:
        cluster.start()
        if options.load:
            load = Load(cluster.net.addresses(), options.load)
            load.start()
        show(cluster, load, options.seconds)
    except KeyboardInterrupt:
        print()
    finally:
        for number in signals:
            signal.signal(number, signal.SIG_IGN)
        print("… stopping everything")
        if load:
            load.stop()
        cluster.stop()
        print("✓ stopped")


def show(cluster, load, seconds):
    board, began, failed, done = Board(cluster), time.monotonic(), 0, 0
    board.text()
    while not seconds or time.monotonic() - began < seconds:
        time.sleep(2)
        text = board.text()
        if load:
            some, failures, _ = load.take()
            done, failed = done + some, failed + len(failures)
        lines = [
            f"Matinee is at http://{cluster.net.public()}  (also " +
            ", ".join(f"http://{cluster.web_address(n)}" for n in range(1, len(cluster.webs) + 1)) + ")",
            text,
            f"made here: {done} requests, {failed} failed" if load else "",
            f"logs: {cluster.log_dir}   stop: Ctrl-C",
        ]
        if sys.stdout.isatty():
            print("\x1b[H\x1b[J", end="")
        print("\n".join(line for line in lines if line), flush=True)


if __name__ == "__main__":
    main()
