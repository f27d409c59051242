"""What every test needs: messages that are really frozen, and the folder of original recordings."""

from __future__ import annotations

import os
from pathlib import Path

os.environ["HAWKER_FROZEN"] = "1"  # read when runtime.message is imported, so it stands before any of ours

import pytest

DEFAULT_DATA = Path(__file__).parents[2] / "shared" / "data"


class Recordings:
    """The root folder of original recordings and audit files, if it is here.

    Attributes:
        root: the folder named by HAWKER_DATA, else the one beside the checkout.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def folder(self, name: str) -> Path:
        """A subfolder, e.g. ``chain``: skips where the root is absent, fails where only the subfolder is."""
        if not self.root.is_dir():
            pytest.skip(f"no recordings at {self.root}: set HAWKER_DATA to their folder")
        if not (self.root / name).is_dir():
            pytest.fail(f"HAWKER_DATA: {self.root} must hold the folder {name}")
        return self.root / name

    def file(self, name: str) -> Path:
        """One file by its path under the root, e.g. ``chain/us_vending_2022_sales.csv.gz``."""
        path = self.folder(str(Path(name).parent)) / Path(name).name
        if not path.is_file():
            pytest.fail(f"HAWKER_DATA: {self.root} must hold the file {name}")
        return path


@pytest.fixture(scope="session")
def recordings() -> Recordings:
    """Original recordings: ``recordings.file("chain/us_vending_2022_sales.csv.gz")``."""
    return Recordings(Path(os.environ.get("HAWKER_DATA") or DEFAULT_DATA))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave soak tests out unless ``-m`` names them."""
    if "soak" in config.getoption("-m"):
        return
    soaks = [item for item in items if item.get_closest_marker("soak")]
    if soaks:
        config.hook.pytest_deselected(items=soaks)
        items[:] = [item for item in items if item not in soaks]
