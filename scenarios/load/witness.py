"""What processes of a load write down for the one that judges: rows of fixed size, only ever appended."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

SALE = np.dtype([
    ("meant_us", "<i8"), ("done_us", "<i8"), ("till", "<i4"), ("sale", "<i4"), ("total_minor", "<i4"),
    ("tender", "<i4"),
])  # fmt: skip
"""A sale acknowledged by its till, its fact on disk: when its shopper was meant to come, and when it was."""
GONE = np.dtype([("meant_us", "<i8")])
"""A shopper who found the queue too long, or whom the till turned away, and left with everything."""
HEARD = np.dtype([("at_us", "<i8"), ("heard_us", "<i8"), ("baskets", "<i4"), ("store", "<i4")])
"""A sale's fact: when it was recorded at its site, and when it was in the ledger and heard."""
SHOWN = np.dtype([("shown_us", "<i8"), ("baskets", "<i4"), ("store", "<i4")])
"""An operator's page heard of so many baskets of a store."""
ASKED = np.dtype([("asked_us", "<i8"), ("took_us", "<i8"), ("status", "<i8")])
"""An operator's request and its answer."""


class Writer:
    """Appends rows, those added since the last ``flush`` at once."""

    def __init__(self, path: Path, kind: Any) -> None:
        self._file = path.open("ab", buffering=0)
        self._kind = kind
        self._rows: list[tuple[int, ...]] = []
        self.add = self._rows.append

    def flush(self) -> None:
        """Hand everything to the operating system."""
        if self._rows:
            self._file.write(np.array(self._rows, dtype=self._kind).tobytes())
            self._rows.clear()

    def close(self) -> None:
        """Flush, and let the file go."""
        self.flush()
        self._file.close()


def read(path: Path, kind: Any) -> NDArray[Any]:
    """All whole rows that are there now; none if nobody wrote any."""
    if not path.exists():
        return np.empty(0, dtype=kind)
    data = path.read_bytes()
    return np.frombuffer(data[: len(data) // kind.itemsize * kind.itemsize], dtype=kind)
