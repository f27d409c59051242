"""Answers that were given, kept for being asked again."""

from __future__ import annotations

from collections import OrderedDict
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")

REMEMBERED_MAX = 64
"""Answers kept; of more the oldest are forgotten (ours: many times what a machine has open)."""


class Remembered(Generic[K, V]):
    """The last answers by what was asked."""

    def __init__(self) -> None:
        self._answers: OrderedDict[K, V] = OrderedDict()

    def get(self, key: K) -> V | None:
        """The answer, if it is still kept."""
        return self._answers.get(key)

    def keep(self, key: K, answer: V) -> None:
        """Keep the answer; the oldest goes."""
        self._answers[key] = answer
        while len(self._answers) > REMEMBERED_MAX:
            self._answers.popitem(last=False)
