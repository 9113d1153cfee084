"""Approximate neighbours of other libraries on the files that `ai scan FOLDER` wrote: queries a second on one thread at a
recall of 0.99 of the exact best 100, with how long the index took to build. One line of JSON each.

ann.py FOLDER [FILMS]: of the first FILMS films alone, for a quick look.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np

WIDTH, K, RECALL = 64, 100, 0.99


def tell(figure, **values):
    print(json.dumps({"figure": figure, "values": values}), flush=True)


def recall(found, exact):
    return float(np.mean([len(np.intersect1d(a, b)) / K for a, b in zip(found, exact)]))


def first_that_recalls(name, build_s, efforts, search, exact):
    """The least effort that recalls enough, and its queries a second."""
    best = None
    for effort in efforts:
        started = time.perf_counter()
        found = search(effort)
        qps = len(exact) / (time.perf_counter() - started)
        best = {"build_s": build_s, "effort": effort, "qps": qps, "recall": recall(found, exact)}
        if best["recall"] >= RECALL:
            break
    tell(name, **best)


def as_distances(films, queries):
    """Rows and queries whose nearest by Euclid's distance are those of the largest inner products: films get one value more, so that all are
    equally long (Bachrach et al. 2014). Graphs of neighbours are made for distances; by inner products they lose films."""
    lengths = np.einsum("ij,ij->i", films, films)
    last = np.sqrt(np.maximum(lengths.max() - lengths, 0)).astype(np.float32)
    return np.column_stack([films, last]), np.column_stack([queries, np.zeros(len(queries), dtype=np.float32)])


def main():
    folder = Path(sys.argv[1])
    films = np.fromfile(folder / "films.f32", dtype=np.float32).reshape(-1, WIDTH)
    queries = np.fromfile(folder / "queries.f32", dtype=np.float32).reshape(-1, WIDTH)
    exact = np.fromfile(folder / "exact.u32", dtype=np.uint32).reshape(-1, K)
    if len(sys.argv) > 2:
        films = films[: int(sys.argv[2])]
        queries = queries[:100]
        scores = queries @ films.T
        exact = np.argsort(-scores, axis=1)[:, :K]
    films, queries = as_distances(films, queries)
    efforts = [100, 200, 400, 800, 1600, 3200]

    import hnswlib

    started = time.perf_counter()
    index = hnswlib.Index(space="l2", dim=WIDTH + 1)
    index.init_index(max_elements=len(films), M=32, ef_construction=200)
    index.add_items(films)
    build_s = time.perf_counter() - started
    index.set_num_threads(1)

    def by_hnswlib(effort):
        index.set_ef(effort)
        return index.knn_query(queries, k=K)[0]

    first_that_recalls("hnswlib, M 32, ef_construction 200", build_s, efforts, by_hnswlib, exact)
    del index

    from usearch.index import Index

    started = time.perf_counter()
    other = Index(ndim=WIDTH + 1, metric="l2sq", dtype="f32", connectivity=32, expansion_add=200)
    other.add(np.arange(len(films)), films)
    build_s = time.perf_counter() - started

    def by_usearch(effort):
        other.expansion_search = effort
        return other.search(queries, K, threads=1).keys

    first_that_recalls("usearch, connectivity 32, expansion_add 200", build_s, efforts, by_usearch, exact)


main()
