"""RecBole: EASE, SLIM, variational autoencoders, and graph and sequence models."""

import contextlib
import logging
import pathlib
import tempfile

import numpy as np
import torch
from recbole.config import Config
from recbole.data import create_dataset, data_preparation
from recbole.utils import get_model, get_trainer, init_seed

from peer import Peer

LEAST = [0.0, 3.0, 4.0]


def run(task, model, parameters, least=0.0):
    """Fits a model of the library; returns it, its data, and where its films are among the task's."""
    # It writes a log of its own into the folder that it runs in.
    with tempfile.TemporaryDirectory() as place, contextlib.chdir(place):
        folder = pathlib.Path(place) / "ratings"
        folder.mkdir()
        with open(folder / "ratings.inter", "w", encoding="utf-8") as file:
            file.write("user_id:token\titem_id:token\trating:float\ttimestamp:float\n")
            file.writelines(f"{r.user}\t{r.item}\t{r.stars}\t{r.at}\n" for r in task.train if r.stars >= least)
        settings = {
            "data_path": place,
            "checkpoint_dir": place,
            "load_col": {"inter": ["user_id", "item_id", "rating", "timestamp"]},
            "use_gpu": False,
            "show_progress": False,
            "state": "ERROR",
            "worker": 0,
            "eval_args": {"split": {"LS": "valid_only"}, "order": "TO", "group_by": "user", "mode": "full"},
            "metrics": ["NDCG"],
            "topk": [10],
            "valid_metric": "NDCG@10",
            "train_neg_sample_args": None if model in ("MultiVAE", "RecVAE", "SASRec") else {"distribution": "uniform", "sample_num": 1},
            "loss_type": "CE",
            **parameters,
        }
        config = Config(model=model, dataset="ratings", config_dict=settings)
        logging.disable(logging.CRITICAL)
        init_seed(1, True)
        data = create_dataset(config)
        train, valid, _ = data_preparation(config, data)
        fitted = get_model(model)(config, train._dataset).to("cpu")
        trainer = get_trainer(config["MODEL_TYPE"], model)(config, fitted)
        trainer.fit(train, valid, saved=True, show_progress=False, verbose=False)
        if pathlib.Path(trainer.saved_model_file).exists():
            fitted.load_state_dict(torch.load(trainer.saved_model_file)["state_dict"])
            fitted.load_other_parameter(torch.load(trainer.saved_model_file).get("other_parameter"))
        fitted.eval()
        tokens = data.field2id_token["item_id"]
        places = np.array([-1, *(task.items[token] for token in tokens[1:])])
        return fitted, data, places


def spread(task, places, matrix):
    found = np.full((matrix.shape[0], len(task.items)), -np.inf)
    found[:, places[1:]] = np.asarray(matrix)[:, 1:]
    return found


def known(task, places, least):
    matrix = task.known(least).toarray()
    return np.hstack([np.zeros((len(matrix), 1)), matrix[:, places[1:]]]).astype(np.float32)


def by_similarity(model):
    """Models that are a matrix of films by films."""

    def scores(task, least, **parameters):
        fitted, _, places = run(task, model, parameters, least)
        matrix = fitted.item_similarity
        return spread(task, places, known(task, places, least) @ np.asarray(getattr(matrix, "todense", lambda: matrix)()))

    return scores


def by_autoencoder(model):
    """Models that take what somebody did as a row."""

    def scores(task, least, **parameters):
        fitted, _, places = run(task, model, parameters, least)
        rows = torch.from_numpy(known(task, places, least))
        with torch.no_grad():
            found = (fitted.forward(rows) if model == "MultiVAE" else fitted.forward(rows, 0.0))[0]
        return spread(task, places, found.numpy())

    return scores


def light_gcn(task, least, **parameters):
    fitted, data, places = run(task, "LightGCN", parameters, least)
    with torch.no_grad():
        people, films = fitted.forward()
    numbers = data.field2token_id["user_id"]
    mean = people[1:].mean(0)
    rows = torch.stack([people[numbers[user]] if user in numbers else mean for user in task.asked])
    return spread(task, places, (rows @ films.T).numpy())


def sasrec(task, **parameters):
    fitted, data, places = run(task, "SASRec", parameters)
    numbers, length = data.field2token_id["item_id"], parameters["MAX_ITEM_LIST_LENGTH"]
    past = torch.zeros((len(task.asked), length), dtype=torch.long)
    lengths = torch.ones(len(task.asked), dtype=torch.long)
    for n, history in enumerate(task.histories()):
        row = [numbers[r.item] for r in history if r.item in numbers][-length:]
        past[n, : len(row)] = torch.tensor(row)
        lengths[n] = max(len(row), 1)
    with torch.no_grad():
        people = fitted.forward(past, lengths)
        return spread(task, places, (people @ fitted.item_embedding.weight.T).numpy())


PEERS = [
    Peer("recbole", "EASE", {"reg_weight": [50.0, 100.0, 200.0, 300.0, 500.0, 1000.0], "least": LEAST}, by_similarity("EASE")),
    Peer(
        "recbole",
        "SLIM",
        {"alpha": [0.05, 0.1, 0.2, 0.5], "l1_ratio": [0.005, 0.01, 0.02, 0.05], "least": LEAST},
        by_similarity("SLIMElastic"),
    ),
    Peer(
        "recbole",
        "MultiVAE",
        {
            "learning_rate": [0.0005, 0.001, 0.003],
            "latent_dimension": [64, 128],
            "mlp_hidden_size": [[300], [600]],
            "anneal_cap": [0.2, 0.5],
            "dropout_prob": [0.5, 0.7],
            "epochs": [200],
            "stopping_step": [10],
            "least": LEAST,
        },
        by_autoencoder("MultiVAE"),
    ),
    Peer(
        "recbole",
        "RecVAE",
        {
            "learning_rate": [0.0005, 0.001],
            "latent_dimension": [64, 128, 200],
            "hidden_dimension": [300, 600],
            "gamma": [0.005, 0.01, 0.02],
            "epochs": [100],
            "stopping_step": [8],
            "least": LEAST,
        },
        by_autoencoder("RecVAE"),
    ),
    Peer(
        "recbole",
        "LightGCN",
        {
            "learning_rate": [0.001, 0.003],
            "embedding_size": [64, 128],
            "n_layers": [2, 3],
            "reg_weight": [1e-5, 1e-4, 1e-3],
            "epochs": [200],
            "stopping_step": [10],
            "least": LEAST,
        },
        light_gcn,
        tasks=("hidden", "next"),
    ),
    Peer(
        "recbole",
        "SASRec",
        {
            "learning_rate": [0.001, 0.003],
            "hidden_size": [64, 128],
            "inner_size": [256],
            "n_layers": [2],
            "MAX_ITEM_LIST_LENGTH": [50, 100],
            "hidden_dropout_prob": [0.2, 0.5],
            "epochs": [100],
            "stopping_step": [8],
        },
        sasrec,
        tasks=("next",),
    ),
]
