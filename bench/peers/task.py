"""What every library is asked: ratings to learn from, people with what is known of them, and what they should be told.

Three tasks, of the same data:

hidden  ratings from 4 stars up, a random fifth of them hidden (bench/split.py's rule); all who have hidden ones are ranked for
unseen  all ratings; people left out of training altogether, a few of whose ratings are told, likes among the rest to be found
next    all ratings in the order of time; each person's last one to be found among all films they have not rated

A task can be cut once more by the same rule (`inner`): on that part parameters are chosen. Nothing is chosen on what is tested.
"""

import collections
import dataclasses
import random

import numpy as np
from scipy import sparse

CUT = 10
LIKED = 4.0


@dataclasses.dataclass
class Rating:
    user: str
    item: str
    stars: float
    at: int


def read(path):
    """Ratings of a tab-separated file with the header `user item rating timestamp`."""
    with open(path, encoding="utf-8") as file:
        next(file)
        for line in file:
            user, item, stars, at = line.rstrip("\n").split("\t")
            yield Rating(user, item, float(stars), int(float(at)))


def write(path, ratings):
    with open(path, "w", encoding="utf-8") as file:
        file.write("user\titem\trating\ttimestamp\n")
        file.writelines(f"{r.user}\t{r.item}\t{r.stars:g}\t{r.at}\n" for r in ratings)


@dataclasses.dataclass
class Task:
    """`train` is learnt from; `given` is told of people who are not in it; `hidden` is to be found."""

    kind: str
    train: list
    given: list
    hidden: list

    def __post_init__(self):
        self.items = {item: n for n, item in enumerate(sorted({r.item for r in self.train}))}
        self.users = {user: n for n, user in enumerate(sorted({r.user for r in self.train}))}
        self.asked = sorted({r.user for r in self.hidden})

    def matrix(self, least=0.0):
        """People x films of training: 1 where somebody gave at least so many stars."""
        rows = [r for r in self.train if r.stars >= least]
        cells = ([self.users[r.user] for r in rows], [self.items[r.item] for r in rows])
        found = sparse.csr_matrix((np.ones(len(rows), dtype=np.float32), cells), (len(self.users), len(self.items)))
        found.data[:] = 1
        return found

    def histories(self):
        """What is known of each person who is asked about, oldest first."""
        known = collections.defaultdict(list)
        for rating in [*self.train, *self.given]:
            known[rating.user].append(rating)
        return [sorted((r for r in known[user] if r.item in self.items), key=lambda r: r.at) for user in self.asked]

    def known(self, least=0.0):
        """The rows of `histories` as a matrix like that of training."""
        cells = [(n, self.items[r.item]) for n, past in enumerate(self.histories()) for r in past if r.stars >= least]
        rows, columns = zip(*cells) if cells else ((), ())
        ones = np.ones(len(cells), dtype=np.float32)
        return sparse.csr_matrix((ones, (rows, columns)), (len(self.asked), len(self.items)))

    def best(self, scores):
        """The first films by dense scores (people asked x films) without what they have rated."""
        scores = np.array(scores, dtype=np.float64)
        scores[self.known().nonzero()] = -np.inf
        order = np.argsort(-scores, axis=1, kind="stable")[:, :CUT]
        names = np.array(list(self.items))
        return {user: list(names[row]) for user, row in zip(self.asked, order)}

    def measure(self, ranked):
        """Mean nDCG and hit rate at the cut, over people with something to find; binary relevance."""
        relevant = collections.defaultdict(set)
        for rating in self.hidden:
            relevant[rating.user].add(rating.item)
        discounts = 1 / np.log2(np.arange(2, CUT + 2))
        gains, hits = [], []
        for user, wanted in relevant.items():
            found = np.array([item in wanted for item in ranked.get(user, [])[:CUT]], dtype=float)
            gains.append((found * discounts[: len(found)]).sum() / discounts[: min(CUT, len(wanted))].sum())
            hits.append(bool(found.any()))
        spread = 1.96 * np.std(gains) / max(len(gains), 1) ** 0.5
        return {"ndcg@10": float(np.mean(gains)), "±": float(spread), "hr@10": float(np.mean(hits))}

    def inner(self, seed=11):
        """The same task, of the training part alone."""
        if self.kind == "hidden":
            return hidden(self.train, seed)
        if self.kind == "next":
            return next_one(self.train)
        count = max(len({r.user for r in self.given}) // 2, 20)
        return unseen(self.train, count, len(self.given) // max(len({r.user for r in self.given}), 1), seed)


def hidden(ratings, seed):
    kept = [r for r in ratings if r.stars >= LIKED]
    chance = random.Random(seed)
    is_test = [chance.random() < 0.2 for _ in kept]
    train = [r for r, test in zip(kept, is_test) if not test]
    return Task("hidden", train, [], [r for r, test in zip(kept, is_test) if test])


def unseen(ratings, people, events, seed):
    by_user = collections.defaultdict(list)
    for rating in ratings:
        by_user[rating.user].append(rating)
    chance = random.Random(seed)
    left_out = set(chance.sample(sorted(user for user, rows in by_user.items() if len(rows) > 10), people))
    given, wanted = [], []
    for user in sorted(left_out):
        rows = by_user[user]
        chance.shuffle(rows)
        given += rows[:events]
        wanted += [r for r in rows[events:] if r.stars >= LIKED]
    return Task("unseen", [r for r in ratings if r.user not in left_out], given, wanted)


def next_one(ratings):
    by_user = collections.defaultdict(list)
    for rating in ratings:
        by_user[rating.user].append(rating)
    train, wanted = [], []
    for rows in by_user.values():
        rows.sort(key=lambda r: (r.at, r.item))
        last = [rows.pop()] if len(rows) > 2 else []
        train += rows
        wanted += last
    return Task("next", train, [], wanted)
