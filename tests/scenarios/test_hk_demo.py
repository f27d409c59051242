"""The Hong Kong demonstration chain."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from pathlib import Path

import pytest

from runtime.address import checked
from scenarios.chain import Chain, MachinePlan
from scenarios.hk_demo import chain as hk_chain
from scenarios.hk_demo import places, rates
from scenarios.hk_demo.settings import HkSettings
from tests.conftest import Recordings

MAP = Path(places.__file__).parents[1] / "days" / "hk_districts.json"
USUAL = HkSettings()

Ring = list[list[float]]


@pytest.fixture(scope="module")
def demo() -> Chain:
    return hk_chain.build(USUAL, seed=1)


def inside(lon: float, lat: float, ring: Ring) -> bool:
    crossings = 0
    for (x1, y1), (x2, y2) in zip(ring, ring[1:] + ring[:1], strict=True):
        if (y1 > lat) != (y2 > lat) and lon < (x2 - x1) * (lat - y1) / (y2 - y1) + x1:
            crossings += 1
    return crossings % 2 == 1


def districts_at(polygons: dict[str, list[list[Ring]]], machine: MachinePlan) -> list[str]:
    lon, lat = machine.place.lon_e6 / 1e6, machine.place.lat_e6 / 1e6
    return [
        name
        for name, parts in polygons.items()
        if any(
            inside(lon, lat, part[0]) and not any(inside(lon, lat, hole) for hole in part[1:])
            for part in parts
        )
    ]


def test_the_chain_is_200_machines_of_40_lanes_6_stores_of_2_tills_and_8_vans(demo: Chain) -> None:
    assert len(demo.machines) == len({machine.id for machine in demo.machines}) == 200
    assert {len(machine.lanes) for machine in demo.machines} == {40}
    assert [store.tills for store in demo.stores] == [2] * 6
    assert len(demo.vans) == 8
    assert (demo.currency, demo.time_zone, demo.cutoff_minute) == ("HKD", "Asia/Hong_Kong", 240)
    assert len(demo.nodes) == 18 + 6 + 1 + 1
    assert [lane.code for lane in demo.machines[0].lanes][::13] == ["A1", "B6", "D3", "E8"]


def test_names_are_addresses_and_places_are_different(demo: Chain) -> None:
    for name in (*demo.nodes, *(f"{m.id}/lane/{lane.code}" for m in demo.machines for lane in m.lanes)):
        checked(name)
    spots = [machine.place for machine in demo.machines] + [store.place for store in demo.stores]
    assert len({(place.name_zh, place.lat_e6, place.lon_e6) for place in spots}) == 206
    assert len({place.name_en for place in spots}) == 206


def test_every_machine_stands_in_the_district_it_is_said_to(demo: Chain, recordings: Recordings) -> None:
    with gzip.open(recordings.file("chain/geo_hongkong_18_districts.geojson.gz"), "rt") as file:
        original = json.load(file)["features"]
    shipped = json.loads(MAP.read_text("utf-8"))["features"]
    codes = {part["properties"]["name_zh"]: part["properties"]["code"] for part in shipped}
    exact = {codes[part["properties"]["district"]]: part["geometry"]["coordinates"] for part in original}
    rough = {part["properties"]["code"]: part["geometry"]["coordinates"] for part in shipped}
    for machine in demo.machines:
        assert districts_at(exact, machine) == [machine.place.district], machine.id
    agree = sum(districts_at(rough, machine) == [machine.place.district] for machine in demo.machines)
    assert agree >= 198


def test_the_map_is_small_and_names_18_districts_in_two_languages() -> None:
    assert MAP.stat().st_size < 60_000
    parts = [part["properties"] for part in json.loads(MAP.read_text("utf-8"))["features"]]
    assert {part["code"] for part in parts} == set(places.ROUND)
    assert all(part["name_en"].isascii() and not part["name_zh"].isascii() for part in parts)


def test_each_district_has_one_van_and_no_van_has_twice_its_share(demo: Chain) -> None:
    served = Counter(district for van in demo.vans for district in van.districts)
    here = Counter(machine.place.district for machine in demo.machines)
    assert set(served) == set(here)
    assert set(served.values()) == {1}
    assert max(sum(here[district] for district in van.districts) for van in demo.vans) < 50


def test_lanes_open_within_capacity_and_some_are_nearly_empty(demo: Chain) -> None:
    lanes = [lane for machine in demo.machines for lane in machine.lanes]
    assert all(1 <= lane.level <= lane.capacity == lane.par for lane in lanes)
    assert all(200 <= lane.price_minor <= 5_000 and lane.price_minor % 50 == 0 for lane in lanes)
    low = sum(lane.level <= 2 for lane in lanes) / len(lanes)
    assert 0.025 < low < 0.055
    known = {product.code for product in demo.products}
    assert {lane.product for lane in lanes} <= known
    assert len(known) == len(demo.products)


def test_the_seed_decides_levels_only(demo: Chain) -> None:
    again, other = hk_chain.build(USUAL, seed=1), hk_chain.build(USUAL, seed=2)
    assert again == demo
    assert other != demo
    assert [machine.place for machine in other.machines] == [machine.place for machine in demo.machines]
    for machine, same in zip(demo.machines, other.machines, strict=True):
        assert [lane.product for lane in machine.lanes] == [lane.product for lane in same.lanes]


def test_the_chain_has_150_customers_a_machine_and_day_and_large_machines_more_than_small(
    demo: Chain,
) -> None:
    found = rates.machine_rates(demo, USUAL)
    daily = {each.machine: sum(each.hourly) for each in found}
    assert sum(daily.values()) / len(daily) == pytest.approx(150)
    sizes = {machine.size: daily[machine.id] for machine in demo.machines}
    assert sizes["large"] / sizes["small"] == pytest.approx(9.90 / 7.71)
    assert {each.weekday for each in found} == {(1.0,) * 7}
    assert dict(found[0].tenders) == {"code": 0.6, "cashless": 0.2, "cash": 0.2}
    for machine, each in zip(demo.machines, found, strict=True):
        assert [(lane.code, lane.price_minor) for lane in machine.lanes] == [lane[:2] for lane in each.lanes]


def test_store_baskets_hold_counted_and_weighed_goods_the_store_stocks(demo: Chain) -> None:
    found = rates.store_rates(demo, USUAL)
    stocked = {code for code, _ in demo.stores[0].stock}
    weighed = {product.code for product in demo.products if product.weighed}
    lines = [line for basket in found[0].baskets for line in basket]
    assert {code for code, _ in lines} <= stocked
    assert any(code in weighed for code, _ in lines)
    assert any(code not in weighed for code, _ in lines)
    assert all(50 <= quantity <= 3_000 for code, quantity in lines if code in weighed)
    assert sum(found[0].hourly) == pytest.approx(120)
    assert found[5].tills == ("st-06/till/1", "st-06/till/2")


def test_two_thousand_machines_share_the_addresses_and_get_vans_in_proportion() -> None:
    size = HkSettings(machines=2_000, lanes=8)
    large = hk_chain.build(size, seed=1)
    spots = {
        (machine.place.name_zh, machine.place.lat_e6, machine.place.lon_e6) for machine in large.machines
    }
    assert len(large.machines) == len(spots) == 2_000
    assert len(large.vans) == 80
    assert {district for van in large.vans for district in van.districts} == set(places.ROUND)
    average = sum(sum(each.hourly) for each in rates.machine_rates(large, size)) / 2_000
    assert average == pytest.approx(150)
