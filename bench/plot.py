#!/usr/bin/env python3
"""Plots what `run.sh` measured: `plot.py scale|director|caches|chaos FIGURES PICTURE.svg`. Needs matplotlib.

- scale: FIGURES is scale.jsonl, what `scale` printed with `engine` added. The 99th percentile of each kind of query over the number of
  films, and a dotted line at 1.5 times that of the smallest.
- director: the folder with what director.py wrote. What is carried and what is added, by the director and others.
- caches: caches.txt, the table that `caches` printed. Hit rates beside those of a simulated W-TinyLFU.
- chaos: chaos.json. The median and the 99th percentile while one thing after the other is done.
"""
import json
import pathlib
import sys

import matplotlib

matplotlib.use("svg")
# The same figures make the same file.
matplotlib.rcParams["svg.hashsalt"] = "matinee"
import matplotlib.pyplot as plt

KINDS = ("film page", "search facets", "my ratings", "a person's events")
# How director.py was run, by the file it wrote.
SETTINGS = {
    "director-unpinned.json": "web instances, shared cores",
    "director-pages.json": "web instances, apart",
    "director.json": "two nginx, apart",
}
ADDED_MS = 0.3


def scale(figures):
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
    return fig


def director(folder):
    fig, panels = plt.subplots(2, len(SETTINGS), figsize=(12, 5), layout="constrained")
    for (carried, added), (file, title) in zip(panels.T, SETTINGS.items()):
        medians = json.loads((pathlib.Path(folder) / file).read_text())["medians"]
        names = [name for name, one in medians.items() if isinstance(one, dict)]
        carried.barh(names, [medians[name]["rps"] for name in names])
        carried.set(title=title, xlabel="requests/s, 64 connections")
        proxies = [name for name in names if name != "direct"]
        added.barh(proxies, [medians[name]["added_ms"] for name in proxies])
        added.axvline(ADDED_MS, linestyle=":", color="black")
        added.set(xlabel="added at the median, ms, one connection")
        for panel in (carried, added):
            panel.invert_yaxis()
    return fig


def caches(table):
    rows = [[cell.strip() for cell in line.strip("| \n").split("|")] for line in pathlib.Path(table).read_text().splitlines()]
    rows = [(cache, exponent, float(hits), float(simulated)) for cache, exponent, hits, simulated, *_ in rows[2:]]
    exponents = sorted({exponent for _, exponent, *_ in rows})
    fig, panels = plt.subplots(1, len(exponents), figsize=(12, 3.2), layout="constrained", sharey=True)
    for panel, exponent in zip(panels, exponents):
        own = [(cache, hits, simulated) for cache, of, hits, simulated in rows if of == exponent]
        for place, (which, label) in enumerate(((1, "Matinee"), (2, "W-TinyLFU, simulated"))):
            panel.bar([at + 0.4 * place for at in range(len(own))], [one[which] for one in own], 0.4, label=label)
        panel.set_xticks([at + 0.2 for at in range(len(own))], [one[0] for one in own], fontsize="small")
        panel.set(title=f"Zipf, exponent {exponent}")
    panels[0].set(ylabel="hits, %")
    panels[0].legend(loc="lower left")
    return fig


def chaos(figures):
    results = json.loads(pathlib.Path(figures).read_text())
    names = [f"{name}: {one['failed']} of {one['requests']} failed" for name, one in results.items()]
    fig, panel = plt.subplots(figsize=(11, 0.32 * len(names) + 1), layout="constrained")
    for at, one in enumerate(results.values()):
        panel.plot([one["p50_ms"], one["p99_ms"]], [at, at], color="tab:red" if one["failed"] else "tab:blue", marker="|", linewidth=5, solid_capstyle="butt")
    panel.set_yticks(range(len(names)), names)
    panel.invert_yaxis()
    panel.set(xscale="log", xlabel="from the median to the 99th percentile, ms")
    panel.grid(axis="x", alpha=0.3)
    return fig


def main(kind, figures, picture):
    plots = {plot.__name__: plot for plot in (scale, director, caches, chaos)}
    if kind not in plots:
        sys.exit(__doc__)
    plots[kind](figures).savefig(picture, metadata={"Date": None})


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
