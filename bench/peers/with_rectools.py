"""RecTools: EASE, pure SVD, and for the next film SASRec."""

import numpy as np
import pandas as pd
from rectools import Columns
from rectools.dataset import Dataset
from rectools.models import EASEModel, PureSVDModel

from peer import Peer

LEAST = [0.0, 3.0, 4.0]


def dataset(ratings, least=0.0):
    rows = [(r.user, r.item, 1.0, pd.Timestamp(r.at, unit="s")) for r in ratings if r.stars >= least]
    return Dataset.construct(pd.DataFrame(rows, columns=[Columns.User, Columns.Item, Columns.Weight, Columns.Datetime]))


def by_task(data, task, matrix):
    """A matrix whose columns are the library's films as one whose columns are the task's."""
    found = np.full((matrix.shape[0], len(task.items)), -np.inf)
    columns = [task.items[item] for item in data.item_id_map.external_ids]
    found[:, columns] = matrix
    return found


def known(data, task, least):
    places = [task.items[item] for item in data.item_id_map.external_ids]
    return task.known(least)[:, places]


def ease(task, regularization, least):
    data = dataset(task.train, least)
    model = EASEModel(regularization=regularization, num_threads=2).fit(data)
    return by_task(data, task, known(data, task, least) @ model.weight)


def pure_svd(task, factors, least):
    data = dataset(task.train, least)
    model = PureSVDModel(factors=factors, random_state=1).fit(data)
    return by_task(data, task, (known(data, task, least) @ model.item_factors) @ model.item_factors.T)


def sasrec(task, n_factors, lr, epochs, dropout_rate, session_max_len):
    from pytorch_lightning import Trainer
    from rectools.models import SASRecModel

    data = dataset(task.train)

    def trainer():
        quiet = {"logger": False, "enable_progress_bar": False, "enable_model_summary": False}
        return Trainer(max_epochs=epochs, accelerator="cpu", enable_checkpointing=False, **quiet)

    model = SASRecModel(
        n_factors=n_factors,
        n_blocks=2,
        n_heads=2,
        dropout_rate=dropout_rate,
        session_max_len=session_max_len,
        lr=lr,
        loss="softmax",
        get_trainer_func=trainer,
        deterministic=True,
    ).fit(data)
    found = model.recommend(users=task.asked, dataset=data, k=10, filter_viewed=True)
    scores = np.full((len(task.asked), len(task.items)), -np.inf)
    places = {user: n for n, user in enumerate(task.asked)}
    for user, item, rank in zip(found[Columns.User], found[Columns.Item], found[Columns.Rank]):
        scores[places[user], task.items[item]] = -rank
    return scores


PEERS = [
    Peer("rectools", "EASE", {"regularization": [50, 100, 200, 300, 500, 1000, 2000], "least": LEAST}, ease),
    Peer("rectools", "PureSVD", {"factors": [8, 16, 32, 64, 128], "least": LEAST}, pure_svd),
    Peer(
        "rectools",
        "SASRec",
        {
            "n_factors": [64, 128],
            "lr": [0.001, 0.003],
            "epochs": [20, 50, 100],
            "dropout_rate": [0.2, 0.4],
            "session_max_len": [50, 100, 200],
        },
        sasrec,
        tasks=("next",),
    ),
]
