"""The map under a chain: districts shipped with the scenarios, if the chain stands in them."""

from __future__ import annotations

from pathlib import Path

import msgspec

import scenarios.days
from scenarios.chain import Chain

MAPS = ("hk_districts.json",)


def map_of(chain: Chain) -> bytes | None:
    """GeoJSON whose features' ``code`` names the chain's districts; None where no shipped map does."""
    places = [machine.place for machine in chain.machines] + [store.place for store in chain.stores]
    stood_in = {place.district for place in places} - {""}
    if not stood_in:
        return None
    folder = Path(str(scenarios.days.__file__)).parent
    for name in MAPS:
        data = (folder / name).read_bytes()
        codes = {feature["properties"]["code"] for feature in msgspec.json.decode(data)["features"]}
        if stood_in <= codes:
            return data
    return None
