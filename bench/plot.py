#!/usr/bin/env python3
"""Plots what `run.sh scale` measured: `plot.py FIGURES.jsonl PICTURE.svg`. Needs matplotlib.

Each line of FIGURES.jsonl is what `scale` printed, with `engine` added. One panel for each kind of query, the 99th percentile
over the number of films, and a dotted line at 1.5 times that of the smallest.
"""
import json
import sys

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt

KINDS = ("film page", "search facets", "my ratings", "a person's events")


def main(figures, picture):
    with open(figures, encoding="utf-8") as lines:
        runs = [json.loads(line) for line in lines if line.strip()]
    fig, panels = plt.subplots(1, len(KINDS), figsize=(14, 3.6), layout="constrained")
    for panel, kind in zip(panels, KINDS):
        for engine in sorted({run["engine"] for run in runs}):
            own = sorted((run["films"], run[kind]["p99_ms"]) for run in runs if run["engine"] == engine)
            line, = panel.plot(*zip(*own), marker="o", label=engine)
            panel.axhline(1.5 * own[0][1], linestyle=":", color=line.get_color())
        panel.set(title=kind, xscale="log", xlabel="films", ylabel="p99, ms")
        panel.set_ylim(bottom=0)
    panels[0].legend()
    fig.savefig(picture)


if __name__ == "__main__":
    main(*sys.argv[1:3])
