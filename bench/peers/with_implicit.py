"""implicit: matrix factorisation by alternating least squares, and neighbours of films."""

import numpy as np
from implicit.als import AlternatingLeastSquares
from implicit.nearest_neighbours import BM25Recommender, CosineRecommender

from peer import Peer

LEAST = [0.0, 3.0, 4.0]


def als(task, factors, regularization, alpha, iterations, least):
    model = AlternatingLeastSquares(
        factors=factors,
        regularization=regularization,
        alpha=alpha,
        iterations=iterations,
        random_state=1,
        num_threads=2,
    )
    model.fit(task.matrix(least), show_progress=False)
    people = model.recalculate_user(np.arange(len(task.asked)), task.known(least))
    return np.asarray(people) @ np.asarray(model.item_factors).T


def neighbours(make):
    def scores(task, K, least, **parameters):
        model = make(K=K, num_threads=2, **parameters)
        model.fit(task.matrix(least), show_progress=False)
        return (task.known(least) @ model.similarity.T).toarray()

    return scores


PEERS = [
    Peer(
        "implicit",
        "ALS",
        {
            "factors": [16, 32, 64, 128],
            "regularization": [0.01, 0.1, 1.0, 5.0, 10.0],
            "alpha": [0.5, 1.0, 3.0, 10.0],
            "iterations": [15, 30],
            "least": LEAST,
        },
        als,
    ),
    Peer("implicit", "cosine", {"K": [20, 50, 100, 200, 400], "least": LEAST}, neighbours(CosineRecommender)),
    Peer(
        "implicit",
        "BM25",
        {"K": [20, 50, 100, 200, 400], "K1": [0.5, 1.2, 2.0], "B": [0.1, 0.3, 0.75], "least": LEAST},
        neighbours(BM25Recommender),
    ),
]
