#!/usr/bin/env python3
"""Measures other recommenders on the files that `matinee-ai evaluate` takes, by the same definitions.

Needs `pip install numpy scipy implicit`. The peers get their best of a small grid *on the test file*, an advantage that
Matinee's model, which chooses on held-out training data, does not have.

    bench/peers.py --train train.tsv --test test.tsv [--relevant-at 4]
"""

import argparse
import collections
import time

import numpy as np
import scipy.sparse as sp


def read(path, users, items):
    with open(path, encoding="utf-8") as file:
        assert next(file).split() == ["user", "item", "rating", "timestamp"], "the header is another"
        for line in file:
            user, item, rating, _ = line.rstrip("\n").split("\t")
            yield users.setdefault(user, len(users)), items.setdefault(item, len(items)), float(rating)


def measure(scores, seen, relevant, k=10):
    """Means over people with something relevant; scores: people × items, seen: the same, bool."""
    scores = np.where(seen, -np.inf, scores)
    order = np.argsort(-scores, axis=1, kind="stable")
    totals, shown = collections.Counter(), set()
    for person, wanted in relevant.items():
        ranking = order[person, : scores.shape[1] - seen[person].sum()]
        shown.update(ranking[:k].tolist())
        hits = np.isin(ranking, list(wanted))
        gains = 1 / np.log2(np.arange(2, k + 2))
        totals["ndcg@10"] += (hits[:k] * gains[: len(hits[:k])]).sum() / gains[: min(k, len(wanted))].sum()
        for cut in (10, 20, 50):
            totals[f"recall@{cut}"] += hits[:cut].sum() / len(wanted)
        totals["mrr"] += 1 / (1 + hits.argmax()) if hits.any() else 0
    result = {name: total / len(relevant) for name, total in totals.items()}
    return result | {"coverage@10": len(shown) / scores.shape[1]}


def popularity(train, shape):
    yield "", np.tile(np.asarray((train != 0).sum(axis=0)), (shape[0], 1)).astype(np.float32)


def ease(train, shape):
    """EASE^R (Steck 2019), binary, full rank."""
    x = (train != 0).astype(np.float64).toarray()
    gram = x.T @ x
    for penalty in (50, 100, 200, 400, 800):
        inverse = np.linalg.inv(gram + penalty * np.eye(shape[1]))
        weights = inverse / -np.diag(inverse)
        np.fill_diagonal(weights, 0)
        yield f"λ={penalty}", x @ weights


def als(train, shape):
    """implicit's ALS (Hu, Koren & Volinsky 2008)."""
    from implicit.als import AlternatingLeastSquares

    for factors, penalty, alpha in ((32, 1, 1), (32, 10, 5), (64, 1, 1), (64, 10, 5), (64, 10, 1)):
        model = AlternatingLeastSquares(factors, regularization=penalty, alpha=alpha, iterations=20, random_state=1)
        model.fit((train != 0).astype(np.float32).tocsr(), show_progress=False)
        yield f"factors={factors} λ={penalty} α={alpha}", model.user_factors @ model.item_factors.T


def item_knn(train, shape):
    """implicit's cosine item-kNN."""
    from implicit.nearest_neighbours import CosineRecommender

    for neighbours in (20, 50, 100, 200):
        model = CosineRecommender(K=neighbours)
        matrix = (train != 0).astype(np.float64).tocsr()
        model.fit(matrix, show_progress=False)
        yield f"K={neighbours}", (matrix @ model.similarity).toarray()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--train", required=True)
    parser.add_argument("--test", required=True)
    parser.add_argument("--relevant-at", type=float, default=0.0)
    options = parser.parse_args()
    users, items = {}, {}
    train = list(read(options.train, users, items))
    known_items = len(items)
    relevant = collections.defaultdict(set)
    for user, item, rating in read(options.test, users, items):
        if rating >= options.relevant_at:
            relevant[user].add(item)
    shape = (len(users), known_items)
    rows, columns, ratings = zip(*train)
    matrix = sp.csr_matrix((ratings, (rows, columns)), shape=shape)
    seen = (matrix != 0).toarray()
    for peer in (popularity, item_knn, als, ease):
        started = time.monotonic()
        tried = [(measure(scores, seen, relevant), setting) for setting, scores in peer(matrix, shape)]
        best, setting = max(tried, key=lambda trial: trial[0]["ndcg@10"])
        values = "  ".join(f"{name} {value:.4f}" for name, value in best.items())
        print(f"{peer.__name__:12} {setting:28} {values}  ({time.monotonic() - started:.1f} s for {len(tried)})", flush=True)


if __name__ == "__main__":
    main()
