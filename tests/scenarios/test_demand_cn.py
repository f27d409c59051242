"""Recorded demand of five sites in China."""

from __future__ import annotations

import csv
import gzip
from collections import Counter
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from runtime.errors import ConfigError
from scenarios.demand import cn_2017
from tests.conftest import Recordings

FILE = "chain/cn_vending_2017_orderclock.csv.gz"
SHANGHAI = ZoneInfo("Asia/Shanghai")


def written(folder: Path, *lines: str) -> Path:
    path = folder / "demand.csv"
    path.write_text("\n".join(("site,product,amount_paid,ordered_at", *lines)) + "\n", encoding="utf-8")
    return path


def test_july_2017_is_11600_orders_at_five_sites() -> None:
    recorded = cn_2017.read()
    assert (recorded.first, recorded.last) == (date(2017, 7, 1), date(2017, 7, 31))
    assert len(recorded.attempts) == 11_600
    assert {machine.site for machine in recorded.chain.machines} == set("abcde")
    assert {attempt.tender for attempt in recorded.attempts} == {"code"}


def test_every_month_of_the_original_file_agrees_order_by_order(recordings: Recordings) -> None:
    path = recordings.file(FILE)
    orders: dict[str, list[tuple[str, int]]] = {}
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            minor = int(Decimal(row["amount_paid"]) * 100)
            orders.setdefault(row["ordered_at"][:7], []).append((row["ordered_at"], minor))
    whole = cn_2017.read(path)
    for month, wanted in orders.items():
        first = max(date.fromisoformat(f"{month}-01"), whole.first)
        last = min((first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1), whole.last)
        found = [
            (
                datetime.fromtimestamp(each.at_us // 1_000_000, SHANGHAI).strftime("%Y-%m-%dT%H:%M:%S"),
                each.lines[0].price_minor,
            )
            for each in cn_2017.read(path, first, last).attempts
        ]
        assert Counter(found) == Counter(wanted), month
        assert [at for at, _ in found] == sorted(at for at, _ in wanted), month


def test_a_site_has_a_lane_for_each_product_and_as_many_machines_of_60_lanes_as_that_takes(
    tmp_path: Path,
) -> None:
    lines = [f"B,product {number},2.5,2017-07-0{1 + number % 2}T12:00:00" for number in range(130)]
    whole = cn_2017.read(written(tmp_path, *lines))
    one_day = cn_2017.read(written(tmp_path, *lines), date(2017, 7, 2))
    assert [len(machine.lanes) for machine in whole.chain.machines] == [60, 60, 10]
    assert [len(machine.lanes) for machine in one_day.chain.machines] == [60, 5]
    homes = {(each.machine, each.lines[0].lane) for each in whole.attempts}
    assert len(homes) == 130


def test_a_lane_holds_its_busiest_day_of_the_whole_file(tmp_path: Path) -> None:
    busy = [f"A,怡宝纯净水,2,2017-07-01T12:00:{second:02}" for second in range(17)]
    path = written(tmp_path, *busy, "A,怡宝纯净水,3,2017-07-02T12:00:00")
    recorded = cn_2017.read(path, date(2017, 7, 2))
    (lane,) = recorded.chain.machines[0].lanes
    assert (lane.capacity, lane.level, lane.price_minor) == (17, 17, 300)
    (product,) = recorded.chain.products
    assert (product.name_en, product.name_zh) == ("C'estbon purified water", "怡宝纯净水")
    assert recorded.chain.restock is not None
    assert recorded.chain.restock.trigger_level == 1


def test_orders_of_one_second_keep_the_order_of_the_file(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "A,x,1,2017-07-01T12:00:01",
        "A,y,2,2017-07-01T12:00:00",
        "A,z,3,2017-07-01T12:00:00",
    )
    assert [each.lines[0].price_minor for each in cn_2017.read(path).attempts] == [200, 300, 100]


def test_sites_whose_names_make_the_same_identifier_stay_apart(tmp_path: Path) -> None:
    path = written(tmp_path, "A,x,1,2017-07-01T12:00:01", "a,x,1,2017-07-01T12:00:02")
    assert len({machine.id for machine in cn_2017.read(path).chain.machines}) == 2


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            "A,x,1.001,2017-07-01T12:00:00",
            "line 2 column amount_paid: must be an amount with at most 2 decimals",
        ),
        ("A,x,,2017-07-01T12:00:00", "column amount_paid: must be a number"),
        ("A,x,1,2017-02-29T15:44:00", "column ordered_at: must be a local time such as"),
        ("A,x,1,2017-07-01T12:00:00Z", "column ordered_at: must be a local time such as"),
        ("A,x,1,2017-07-01", "column ordered_at: must be a local time such as"),
        (",x,1,2017-07-01T12:00:00", "column site: must be filled in"),
    ],
)
def test_a_bad_row_is_refused_with_its_line_and_column(tmp_path: Path, line: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        cn_2017.read(written(tmp_path, line))


def test_days_outside_the_file_are_refused_with_its_range() -> None:
    with pytest.raises(ConfigError, match="must be from 2017-07-01 to 2017-07-31, not 2017-08-01"):
        cn_2017.read(None, date(2017, 8, 1))
