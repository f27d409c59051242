"""Reports from a data folder: its ledger, what its chain calls things, what goods cost it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from actors.ledger.report_queries import reading
from console.reports import costs
from console.reports.names import Names, names_of
from console.reports.run import Runner
from runtime.errors import ConfigError, HawkerError
from scenarios import data_directory, scenario


@contextmanager
def runner(data: Path, names: Names | None = None, places: frozenset[str] | None = None) -> Iterator[Runner]:
    """What runs reports of a data folder, as its ledger is at this moment.

    Args:
        data: the folder.
        names: the chain's; None: those of the scenario that the folder was made for.
        places: all that may count; None: no limit.

    Raises:
        ConfigError: it holds no ledger of this version, or its list of costs is wrong.
    """
    if not data.is_dir():
        raise ConfigError(f"data directory {data}: must be an existing folder")
    marker = data_directory.marker(data)
    if names is None:
        names = _names(marker)
    with reading(data / data_directory.LEDGER) as reader:
        yield Runner(reader=reader, names=names, costs=costs.read(data), places=places)


def _names(marker: data_directory.Marker) -> Names:
    """Those of the scenario by that name, if it is still to be had; else things go by their codes."""
    try:
        changes = [f"{name}={value}" for name, value in marker.settings.items()]
        prepared = scenario.prepare(scenario.load(marker.name), changes=changes, seed=marker.seed)
    except HawkerError:
        return Names()
    return names_of(prepared.chain)
