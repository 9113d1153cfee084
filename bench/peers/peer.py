"""One model of a library: what it is called, what of it is tuned, and how it scores."""

import dataclasses
import typing


@dataclasses.dataclass
class Peer:
    library: str
    model: str
    # Of each parameter the values that are tried; drawn at random, as often for every peer.
    space: dict
    # (task, parameters) -> scores, people asked x films, dense.
    scores: typing.Callable
    # The tasks that it can do: who has never been seen can't be scored by every model.
    tasks: tuple = ("hidden", "unseen", "next")

    @property
    def name(self):
        return f"{self.library} {self.model}"
