"""Recorded demand of five machines in New Jersey."""

from __future__ import annotations

import csv
import gzip
from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runtime.address import checked
from runtime.errors import ConfigError
from scenarios.demand import clock, us_2022
from tests.conftest import Recordings

FILE = "chain/us_vending_2022_sales.csv.gz"
HEADING = "Device ID,Location,Machine,Product,Category,Transaction,TransDate,Type,RPrice,RQty,MCoil"
NEW_YORK = ZoneInfo("America/New_York")


def written(folder: Path, *lines: str, heading: str = HEADING) -> Path:
    path = folder / "demand.csv"
    path.write_text("\n".join((heading, *lines)) + "\n", encoding="utf-8")
    return path


def test_the_summer_of_2022_is_3186_units_to_the_cent() -> None:
    recorded = us_2022.read()
    cents = Counter[str]()
    for attempt in recorded.attempts:
        cents[attempt.tender] += sum(line.price_minor for line in attempt.lines)
    assert (recorded.first, recorded.last) == (date(2022, 6, 1), date(2022, 8, 31))
    assert sum(len(attempt.lines) for attempt in recorded.attempts) == 3186
    assert cents == {"cash": 402_075, "cashless": 239_450}
    assert len(recorded.chain.machines) == 5
    assert len({machine.site for machine in recorded.chain.machines}) == 4


def test_every_month_of_the_original_file_agrees_to_the_cent(recordings: Recordings) -> None:
    path = recordings.file(FILE)
    units, amounts = Counter[str](), defaultdict[str, Decimal](Decimal)
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            units[row["date"][:7]] += int(row["RQty"])
            amounts[row["date"][:7]] += Decimal(row["RPrice"]) * int(row["RQty"])
    whole = us_2022.read(path)
    for month in sorted(units):
        first = max(date.fromisoformat(f"{month}-01"), whole.first)
        last = min((first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1), whole.last)
        recorded = us_2022.read(path, first, last)
        lines = [line for attempt in recorded.attempts for line in attempt.lines]
        assert len(lines) == units[month], month
        assert sum(line.price_minor for line in lines) == amounts[month] * 100, month
        days = {
            datetime.fromtimestamp(each.at_us // 1_000_000, NEW_YORK).date() for each in recorded.attempts
        }
        assert min(days) >= first
        assert max(days) <= last


def test_every_attempt_has_its_machine_and_lane_and_every_lane_holds_its_busiest_day() -> None:
    recorded = us_2022.read()
    lanes = {(m.id, lane.code): lane for m in recorded.chain.machines for lane in m.lanes}
    known = {product.code for product in recorded.chain.products}
    daily = Counter[tuple[str, str, date]]()
    for attempt in recorded.attempts:
        day = datetime.fromtimestamp(attempt.at_us // 1_000_000, NEW_YORK).date()
        daily.update((attempt.machine, line.lane, day) for line in attempt.lines)
        assert {line.product for line in attempt.lines} <= known
    busiest = Counter[tuple[str, str]]()
    for (machine, lane, _), units in daily.items():
        busiest[machine, lane] = max(busiest[machine, lane], units)
    assert set(busiest) == set(lanes)
    for (machine, code), plan in lanes.items():
        assert plan.capacity == plan.par == plan.level == max(10, busiest[machine, code])
        checked(f"{machine}/lane/{code}")
        assert plan.product in known


def test_times_keep_the_recorded_order_and_leave_each_sale_its_minute() -> None:
    recorded = us_2022.read()
    numbers = [attempt.customer for attempt in recorded.attempts]
    assert numbers == list(range(1, len(numbers) + 1))
    free: dict[str, int] = {}
    before = 0
    for attempt in recorded.attempts:
        assert attempt.at_us > before
        assert attempt.at_us >= free.get(attempt.machine, 0)
        before = attempt.at_us
        free[attempt.machine] = before + len(attempt.lines) * 60_000_000
    assert any("estimated" in warning for warning in recorded.warnings)


def test_lines_of_one_transaction_are_one_sale_and_a_quantity_is_so_many_units(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "VJ1,Mall,Big One,Water,Water,8,3/13/2022,Credit,1.25,2,110",
        "VJ1,Mall,Big One,Nuts,Food,8,3/13/2022,Credit,2,1,111",
        "VJ2,Mall,Small One,Nuts,Food,7,3/13/2022,Cash,2.0,1,111",
    )
    first, second = us_2022.read(path).attempts
    assert (first.machine, first.tender, first.customer) == ("vj2", "cash", 1)
    assert [line.price_minor for line in second.lines] == [125, 125, 200]
    assert [line.lane for line in second.lines] == ["110", "110", "111"]


def test_blank_product_and_category_are_an_unknown_product_and_the_date_column_wins(tmp_path: Path) -> None:
    path = written(tmp_path, "VJ1,Mall,One,,,8,1/1/2022,Cash,1.5,1,133,2022-02-03", heading=HEADING + ",date")
    recorded = us_2022.read(path)
    (product,) = recorded.chain.products
    assert (product.name_en, product.category) == ("unknown product", "unknown")
    assert recorded.first == recorded.last == date(2022, 2, 3)
    assert any("unknown product" in warning for warning in recorded.warnings)


def test_a_lane_opens_with_what_it_sold_last_before_the_first_day(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "VJ1,Mall,One,Old,Food,1,3/1/2022,Cash,1.5,1,110",
        "VJ1,Mall,One,Older,Food,2,3/1/2022,Cash,2,1,110",
        "VJ1,Mall,One,New,Food,3,3/2/2022,Cash,3,1,110",
    )
    recorded = us_2022.read(path, date(2022, 3, 2))
    (lane,) = recorded.chain.machines[0].lanes
    names = {product.code: product.name_en for product in recorded.chain.products}
    assert (names[lane.product], lane.price_minor) == ("Older", 200)
    assert recorded.attempts[0].customer == 3


def test_labels_that_alternate_are_followed_and_counted(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "VJ1,Mall,One,Cola,Food,1,3/1/2022,Cash,1.5,1,110",
        "VJ1,Mall,One,Nuts,Food,2,3/1/2022,Cash,2,1,110",
        "VJ1,Mall,One,Cola,Food,3,3/1/2022,Cash,1.5,1,110",
    )
    recorded = us_2022.read(path)
    assert [attempt.lines[0].price_minor for attempt in recorded.attempts] == [150, 200, 150]
    assert "lane days whose product or price changes: 1, of them back and forth: 1" in recorded.warnings


def test_one_transaction_at_two_machines_is_two_sales(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "VJ1,Mall,One,Cola,Food,1,3/1/2022,Cash,1.5,1,110",
        "VJ1,Mall,Two,Cola,Food,1,3/1/2022,Cash,1.5,1,110",
    )
    recorded = us_2022.read(path)
    assert {attempt.machine for attempt in recorded.attempts} == {"vj1", "vj1.2"}
    assert any(warning.startswith("transactions that name a second machine") for warning in recorded.warnings)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("VJ1,M,One,A,F,1,3/1/2022,Cash,abc,1,110", "line 2 column RPrice: must be a number, not 'abc'"),
        ("VJ1,M,One,A,F,1,3/1/2022,Cash,-1,1,110", "column RPrice: must be an amount from 0 to 100000"),
        ("VJ1,M,One,A,F,1,3/1/2022,Cash,1.255,1,110", "column RPrice: must be .* at most 2 decimals"),
        ("VJ1,M,One,A,F,1,3/1/2022,Cash,1e3,1,110", "column RPrice: must be a number"),
        ("VJ1,M,One,A,F,1,3/1/2022,Cash,NaN,1,110", "column RPrice: must be a number"),
        ("VJ1,M,One,A,F,1,3/1/2022,Cash,1,0,110", "column RQty: must be a whole number from 1 to 1000"),
        ("VJ1,M,One,A,F,1,3/1/2022,Cash,1,1.5,110", "column RQty: must be a whole number"),
        ("VJ1,M,One,A,F,1,2/30/2022,Cash,1,1,110", "column TransDate: must be a day such as 6/1/2022"),
        ("VJ1,M,One,A,F,x,3/1/2022,Cash,1,1,110", "column Transaction: must be a whole number"),
        ("VJ1,M,One,A,F,1,3/1/2022,Shells,1,1,110", "column Type: must be Cash or Credit, not 'Shells'"),
        ("VJ1,M,One,A,F,1,3/1/2022,Cash,1,1,../x", "column MCoil: must be a lane code"),
        ("VJ1,M,,A,F,1,3/1/2022,Cash,1,1,110", "column Machine: must be filled in"),
        ("VJ1,M,One,A,F,1", "line 2: must have 11 fields, not 6"),
    ],
)
def test_a_bad_row_is_refused_with_its_line_and_column(tmp_path: Path, line: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        us_2022.read(written(tmp_path, line))


@pytest.mark.parametrize(
    ("first", "last", "message"),
    [
        (date(2022, 5, 31), None, "must be from 2022-06-01 to 2022-08-31, not 2022-05-31"),
        (None, date(2022, 9, 1), "must be from 2022-06-01 to 2022-08-31, not 2022-09-01"),
        (date(2022, 7, 2), date(2022, 7, 1), "first day must not be after the last"),
    ],
)
def test_days_outside_the_file_are_refused_with_its_range(
    first: date | None, last: date | None, message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        us_2022.read(None, first, last)


def test_a_file_of_no_sales_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="must hold at least one sale"):
        us_2022.read(written(tmp_path))


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(1, 40)), min_size=1, max_size=120))
@settings(max_examples=50, deadline=None)
def test_any_day_is_spread_in_order_inside_opening_hours(sales: list[tuple[str, int]]) -> None:
    day = date(2022, 3, 13)  # the clocks went forward in the night before
    times = clock.spread(day, sales, NEW_YORK)
    opens = datetime(2022, 3, 13, 7, tzinfo=NEW_YORK).astimezone(UTC).timestamp() * 1_000_000
    assert len(times) == len(sales)
    assert all(a < b for a, b in pairwise(times))
    assert opens <= times[0]
    assert times[-1] < opens + 16 * 3_600_000_000
    busy = Counter[str]()
    for machine, units in sales:
        busy[machine] += units
    if sum(busy.values()) < 900:  # minutes; the day has 960
        for (machine, units), at in zip(sales, times, strict=True):
            later = [t for (m, _), t in zip(sales, times, strict=True) if m == machine and t > at]
            assert not later or later[0] >= at + units * 60_000_000
