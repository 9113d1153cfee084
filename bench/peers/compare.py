#!/usr/bin/env python3
"""Matinee's ranking beside the best of implicit, LensKit, RecTools and RecBole, on the same people and films.

Every peer tries --trials settings, drawn at random from its own space (the same seed for all), on a part of the training
ratings that is cut off by the task's own rule; the best is fitted to all of them, and measured once on what was hidden.
Matinee chooses for itself, within `matinee-ai evaluate`, from the training ratings alone.

One line of JSON for each, appended to --out; what is there already is not run again, so that it can be interrupted.

    compare.py ml-100k.inter --name "MovieLens 100K" --matinee matinee-ai --out peers.jsonl
    compare.py ml-100k.inter --name "MovieLens 100K" --tasks next --peers SASRec --trials 2 --out /tmp/peers.jsonl
    compare.py ml-100k.inter --name "MovieLens 100K" --matinee matinee-ai --out peers.jsonl --fit-again
    compare.py --table peers.jsonl
"""

import argparse
import importlib
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import time
import traceback

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as implicit asks for
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

import task as tasks
from split import rows

LIBRARIES = ["implicit", "lenskit", "rectools", "recbole"]
EVENTS = [1, 3, 5, 10]


def wanted_tasks(ratings, kinds):
    """Name and task, made when it is its turn."""
    if "hidden" in kinds:
        yield "hidden", tasks.hidden(ratings, seed=1)
    if "next" in kinds:
        yield "next", tasks.next_one(ratings)
    if "unseen" in kinds:
        people = min(300, len({r.user for r in ratings}) // 4)
        for events in EVENTS:
            yield f"unseen, {events} told", tasks.unseen(ratings, people, events, seed=42)


def peers(chosen):
    for library in LIBRARIES:
        for peer in importlib.import_module(f"with_{library}").PEERS:
            if not chosen or any(word.lower() in peer.name.lower() for word in chosen):
                yield peer


def draws(space, trials):
    """Different settings, in a random order; fewer where there are no more."""
    chance = random.Random(5)
    found = []
    for _ in range(trials * 20):
        one = {name: chance.choice(values) for name, values in space.items()}
        if one not in found:
            found.append(one)
        if len(found) == trials:
            break
    return found


def tuned(peer, task, trials):
    inner, best = task.inner(), (-1.0, None)
    started = time.perf_counter()
    for parameters in draws(peer.space, trials):
        try:
            reached = inner.measure(inner.best(peer.scores(inner, **parameters)))["ndcg@10"]
        except Exception:
            print(f"  {peer.name} {parameters}: {traceback.format_exc(limit=-1).splitlines()[-1]}", file=sys.stderr)
            continue
        best = max(best, (reached, parameters), key=lambda pair: pair[0])
    if best[1] is None:
        raise RuntimeError(f"{peer.name}: no setting could be fitted")
    choosing_s, started = time.perf_counter() - started, time.perf_counter()
    ranked = task.best(peer.scores(task, **best[1]))
    return ranked, {"parameters": best[1], "choosing_s": choosing_s, "fit_s": time.perf_counter() - started}


def fitted_again(ranking, task, chosen, matinee_program):
    """How long it takes to fit what was chosen before, in seconds; none where nothing is fitted."""
    if ranking == "Matinee":
        return matinee(matinee_program)(task)[1]["fit_s"]
    peer = next((peer for peer in peers([]) if peer.name == ranking), None)
    if peer is None:
        return None
    started = time.perf_counter()
    task.best(peer.scores(task, **chosen))
    return time.perf_counter() - started


def popularity(task):
    counts = task.matrix().sum(axis=0)
    return task.best(counts.repeat(len(task.asked), axis=0)), {}


def matinee(program):
    def ranked(task):
        with tempfile.TemporaryDirectory() as place:
            place = pathlib.Path(place)
            files = {"train": task.train, "test": task.hidden, "given": task.given}
            # Of two lists that it has, the one that is about what is asked.
            stage = "next" if task.kind == "next" else "served"
            command = [program, "evaluate", "--stage", stage, "--recs-out", place / "ranked", "--json", place / "json"]
            for name, ratings in files.items():
                if ratings:
                    tasks.write(place / name, ratings)
                    command += [f"--{name}", place / name]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            found = {}
            with open(place / "ranked", encoding="utf-8") as file:
                next(file)
                for line in file:
                    user, item, _ = line.rstrip("\n").split("\t")
                    found.setdefault(user, []).append(item)
            seconds = json.loads((place / "json").read_text())["seconds"]
            return found, {"fit_s": seconds["fit"]}

    return ranked


def table(lines):
    """The lines as tables, the best first."""
    groups = {}
    for line in lines:
        groups.setdefault((line["data"], line["task"]), []).append(line)
    for (data, task), found in groups.items():
        print(f"\n{data}, {task}\n\n| ranking | nDCG@10 | HR@10 | fit | choosing |\n|---|---|---|---|---|")
        for line in sorted(found, key=lambda line: -line["ndcg@10"]):
            name = f"**{line['ranking']}**" if line["ranking"] == "Matinee" else line["ranking"]
            spent = [f"{line[key]:.1f} s" if key in line else "" for key in ("fit_s", "choosing_s")]
            print(f"| {name} | {line['ndcg@10']:.4f} ± {line['±']:.4f} | {line['hr@10']:.4f} | {' | '.join(spent)} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ratings", type=pathlib.Path, nargs="?", help="MovieLens ratings.csv, u.data or .inter")
    parser.add_argument("--name", help="of the data, in the table")
    parser.add_argument("--matinee", help="the program matinee-ai")
    parser.add_argument("--tasks", nargs="+", default=["hidden", "next", "unseen"])
    parser.add_argument("--peers", nargs="*", default=[], help="words of their names (default: all)")
    parser.add_argument("--trials", type=int, default=8)
    parser.add_argument("--out", type=pathlib.Path)
    parser.add_argument("--fit-again", action="store_true", help="measure the time of fitting anew, of what is in --out")
    parser.add_argument("--table", type=pathlib.Path, help="print what was measured")
    options = parser.parse_args()
    if options.table:
        table([json.loads(line) for line in options.table.read_text().splitlines()])
        return 0
    if not (options.ratings and options.out):
        parser.error("give a file of ratings and --out, or --table")

    name = options.name or options.ratings.stem
    done, lines = set(), []
    if options.out.exists():
        lines = [json.loads(line) for line in options.out.read_text().splitlines()]
        done = {(line["data"], line["task"], line["ranking"]) for line in lines}
    ratings = [tasks.Rating(user, item, float(stars), int(at)) for user, item, stars, at in rows(options.ratings)]
    if options.fit_again:
        for title, task in wanted_tasks(ratings, options.tasks):
            for line in lines:
                if (line["data"], line["task"]) == (name, title):
                    seconds = fitted_again(line["ranking"], task, line.get("parameters", {}), options.matinee)
                    line.update({"fit_s": seconds} if seconds is not None else {})
                    print(f"{name}, {title}: {line['ranking']} fitted in {seconds} s", flush=True)
        options.out.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
        return 0
    failed = False
    for title, task in wanted_tasks(ratings, options.tasks):
        runs = [("popularity", popularity)]
        if options.matinee:
            runs.append(("Matinee", matinee(options.matinee)))
        for peer in peers(options.peers):
            if task.kind in peer.tasks:
                runs.append((peer.name, lambda task, peer=peer: tuned(peer, task, options.trials)))
        for ranking, run in runs:
            if (name, title, ranking) in done:
                continue
            try:
                ranked, told = run(task)
            except RuntimeError as error:
                print(error, file=sys.stderr)
                failed = True
                continue
            line = {"data": name, "task": title, "ranking": ranking, **task.measure(ranked), **told}
            print(f"{name}, {title}: {ranking} {line['ndcg@10']:.4f}", flush=True)
            with options.out.open("a", encoding="utf-8") as file:
                file.write(json.dumps(line, ensure_ascii=False) + "\n")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
