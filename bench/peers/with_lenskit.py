"""LensKit: neighbours of films and of people, and implicit matrix factorisation."""

import numpy as np
import pandas as pd
from lenskit.algorithms.als import ImplicitMF
from lenskit.algorithms.item_knn import ItemItem
from lenskit.algorithms.user_knn import UserUser

from peer import Peer

LEAST = [0.0, 3.0, 4.0]


def scored_by(make):
    def scores(task, least, **parameters):
        model = make(**parameters)
        rows = [(r.user, r.item, 1.0) for r in task.train if r.stars >= least]
        model.fit(pd.DataFrame(rows, columns=["user", "item", "rating"]))
        films = np.array(list(task.items))
        found = np.full((len(task.asked), len(films)), -np.inf)
        for n, (user, past) in enumerate(zip(task.asked, task.histories())):
            past = [r.item for r in past if r.stars >= least]
            if past:
                told = pd.Series(1.0, index=pd.Index(past, name="item"))
                score = model.predict_for_user(user if user in task.users else f"?{user}", films, told)
                found[n] = score.reindex(films).fillna(-np.inf).to_numpy()
        return found

    return scores


PEERS = [
    Peer(
        "lenskit",
        "ItemItem",
        {"nnbrs": [20, 50, 100, 200], "save_nbrs": [200, 500], "least": LEAST},
        scored_by(lambda nnbrs, save_nbrs: ItemItem(nnbrs, save_nbrs=save_nbrs, feedback="implicit")),
    ),
    Peer(
        "lenskit",
        "UserUser",
        {"nnbrs": [20, 50, 100, 200], "least": LEAST},
        scored_by(lambda nnbrs: UserUser(nnbrs, feedback="implicit")),
    ),
    Peer(
        "lenskit",
        "ImplicitMF",
        {"features": [16, 32, 64], "reg": [0.01, 0.1, 1.0], "weight": [1, 5, 20, 40], "least": LEAST},
        scored_by(lambda features, reg, weight: ImplicitMF(features, iterations=20, reg=reg, weight=weight, rng_spec=1)),
    ),
]
