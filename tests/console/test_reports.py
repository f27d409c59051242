"""Reports: measures by dimensions over business days, from the ledger of a data folder."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from actors.ledger.report_queries import reading
from console.i18n import LANGUAGES, catalogue
from console.reports import costs
from console.reports.definition import STANDARD, Days, Definition, ReportError
from console.reports.dimensions import DIMENSIONS
from console.reports.measures import MEASURES
from console.reports.names import names_of
from console.reports.ranges import RANGES, days_of, today
from console.reports.run import Runner
from console.reports.schedule import next_run_us
from console.reports.store import Schedule
from console.reports.table import Table
from runtime.errors import ConfigError
from scenarios.chain import Chain
from tests.console import demo
from tests.console.report_days import write_ledger

FIRST, LAST = date(2026, 3, 2), date(2026, 3, 15)
"""A Monday and, two weeks later, a Sunday."""
MACHINES = 4
ALL = Days(FIRST, LAST)


@pytest.fixture(scope="module")
def chain() -> Chain:
    return demo.chain(MACHINES)


@pytest.fixture(scope="module")
def data(chain: Chain, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reports") / "data"
    write_ledger(folder, chain, FIRST, 14)
    return folder


@pytest.fixture
def runner(chain: Chain, data: Path) -> Iterator[Runner]:
    with reading(data / "ledger.sqlite3") as reader:
        yield Runner(reader=reader, names=names_of(chain))


def report(*measures: str, by: tuple[str, ...] = (), **more: object) -> Definition:
    return Definition(measures=measures, dimensions=by, **more)  # type: ignore[arg-type]


def cells(table: Table) -> dict[tuple[object, ...], list[Any]]:
    return {tuple(row[: table.keys]): row[table.keys :] for row in table.rows}


def test_units_turnover_and_tickets_add_up_over_any_dimension(runner: Runner) -> None:
    whole = runner.run("", report("units", "amount_minor", "tickets"), ALL)
    assert whole.rows == [whole.totals]
    for dimension in ("day", "weekday", "week", "month", "place", "district", "kind", "tender", "hour"):
        table = runner.run("", report("units", "amount_minor", "tickets", by=(dimension,)), ALL)
        assert table.totals == whole.totals, dimension
        assert [sum(column) for column in zip(*cells(table).values(), strict=True)] == whole.totals


def test_every_machine_and_the_store_sell_what_they_sold(runner: Runner, chain: Chain) -> None:
    found = cells(runner.run("", report("tickets", "units", by=("place",)), ALL))
    tickets = {m: sum(1 + (day + m) % 3 for day in range(14)) for m in range(MACHINES)}
    for m, machine in enumerate(chain.machines):
        assert found[machine.id,] == [tickets[m], tickets[m] + 14]  # the first ticket of a day has two units
    assert found[chain.stores[0].id,] == [14, 14 * 3]


def test_groups_of_time_are_named_by_the_calendar(runner: Runner) -> None:
    def keys(dimension: str) -> list[object]:
        return [row[0] for row in runner.run("", report("units", by=(dimension,)), ALL).rows]

    assert keys("week") == ["2026-W10", "2026-W11"]
    assert (keys("month"), keys("quarter"), keys("year")) == (["2026-03"], ["2026-Q1"], ["2026"])
    assert keys("weekday") == [*"1234567"]
    assert keys("hour") == ["08", "12", "16", "18"]


def test_ratios_follow_from_sums_and_not_from_ratios(runner: Runner) -> None:
    table = runner.run("", report("amount_minor", "tickets", "average_ticket_minor", by=("tender",)), ALL)
    for amount, tickets, average in (*cells(table).values(), list[Any](table.totals)):
        assert average == (2 * amount + tickets) // (2 * tickets)
    shares = runner.run("", report("share", by=("product",)), ALL)
    assert sum(row[1] for row in shares.rows) == pytest.approx(1, abs=0.001)  # type: ignore[misc]


def test_lost_units_are_told_by_reason_and_stock_outs_by_place(runner: Runner, chain: Chain) -> None:
    assert cells(runner.run("", report("lost_units", by=("why",)), ALL)) == {
        ("no_change",): [28], ("sold_out",): [28]
    }  # fmt: skip
    found = cells(runner.run("", report("stock_out_units", "lost_share", by=("place",)), ALL))
    assert found[chain.machines[1].id,][0] == 14
    assert found[chain.machines[0].id,][0] == 0
    assert found[chain.machines[0].id,][1] == pytest.approx(14 / (14 + 14 + 28), abs=0.02)


def test_stock_is_what_moved_less_what_was_sold_and_turns_by_its_mean(runner: Runner, chain: Chain) -> None:
    product = chain.machines[0].lanes[0].product
    only = {"place": (chain.machines[0].id,), "product": (product,)}
    table = runner.run("", report("stock", "turnover", "spoilt_units", "restocked_units", filters=only), ALL)
    sold = 2 * 14
    assert table.totals[0] == 50 - 2 * 2  # filled as it was sold, less what was thrown away
    assert table.totals[1] == pytest.approx(2 * sold / (0 + 46), abs=0.001)
    assert table.totals[2:] == [4, sold]


def test_over_and_short_is_told_by_machine(runner: Runner, chain: Chain) -> None:
    found = cells(runner.run("", STANDARD["over-short"], ALL))
    assert found[chain.machines[0].id,] == [2, 1800, -200, 0, 0]


def test_filters_count_only_their_groups_and_take_their_intersection(runner: Runner, chain: Chain) -> None:
    district = chain.machines[0].place.district
    here = tuple(machine.id for machine in chain.machines if machine.place.district == district)
    by_district = runner.run("", report("units", by=("place",), filters={"district": (district,)}), ALL)
    assert {row[0] for row in by_district.rows} - {chain.stores[0].id} == set(here)
    both = {"district": (district,), "place": (here[0], "nowhere"), "tender": ("cash",)}
    assert [row[0] for row in runner.run("", report("units", by=("place",), filters=both), ALL).rows] == [
        here[0]
    ]
    none = {"district": ("nowhere",)}
    assert runner.run("", report("units", by=("place",), filters=none), ALL).rows == []


def test_a_person_of_some_places_sees_no_other(runner: Runner, chain: Chain, data: Path) -> None:
    mine = chain.machines[2].id
    with reading(data / "ledger.sqlite3") as reader:
        scoped = Runner(reader=reader, names=runner.names, places=frozenset({mine}))
        for definition in STANDARD.values():
            whole = scoped.run("", definition, ALL)
            if "place" in definition.dimensions:
                assert {row[0] for row in whole.rows} <= {mine}
        other = report("units", filters={"place": (chain.machines[0].id,)})
        assert scoped.run("", other, ALL).rows in ([], [[0]])


def test_a_comparison_lays_earlier_days_under_these(runner: Runner) -> None:
    days = Days(date(2026, 3, 9), LAST)
    week = runner.run("", report("units", by=("day",)), days, "week")
    alone = runner.run("", report("units", by=("day",)), Days(FIRST, date(2026, 3, 8)))
    assert week.compared == ("2026-03-02", "2026-03-08")
    assert week.before == [[row[1]] for row in alone.rows]
    assert week.totals_before == alone.totals
    previous = runner.run("", report("units", by=("product",)), days, "previous")
    assert previous.compared == week.compared
    year = runner.run("", report("units", by=("day",)), days, "year")
    assert (year.compared, year.before) == (("2025-03-10", "2025-03-16"), [[0]] * 7)


def test_rows_come_in_the_order_asked_for_and_no_more_of_them(runner: Runner) -> None:
    up = runner.run("", report("units", by=("product",), sort="units"), ALL)
    down = runner.run("", report("units", by=("product",), sort="-units", limit=2), ALL)
    figures = [row[1] for row in up.rows]
    assert figures == sorted(figures, key=lambda value: value or 0)
    assert [row[1] for row in down.rows] == figures[::-1][:2]
    assert (down.groups, down.totals) == (up.groups, up.totals)


def test_profit_is_known_where_the_cost_of_everything_sold_is(runner: Runner, data: Path) -> None:
    product = "bun"
    path = data / costs.FILE
    path.write_text("product,from,cost_minor\nbun,2026-03-09,300\nbun,2026-01-01,200\n", encoding="utf-8")
    known = Runner(reader=runner.reader, names=runner.names, costs=costs.read(data))
    path.unlink()
    found = cells(known.run("", STANDARD["profit"], ALL))
    cost = 7 * 2 * 200 + 7 * 2 * 300
    assert found[product,] == [14 * 1200, cost, 14 * 1200 - cost, round((14 * 1200 - cost) / (14 * 1200), 4)]
    assert found["plum",][1:] == [None, None, None]
    assert known.run("", STANDARD["profit"], ALL).totals[1:] == [None, None, None]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("product,from\n", "columns must be product, from, cost_minor"),
        ("product,from,cost_minor\ncola,2026-13-01,3\n", "row 2: from must be a day"),
        (
            "product,from,cost_minor\ncola,2026-01-01,3\ncola,2026-01-02,-3\n",
            "row 3: cost_minor must be a whole",
        ),
        ("product,from,cost_minor\n,2026-01-01,3\n", "row 2: product must be a code"),
    ],
)
def test_a_wrong_list_of_costs_is_refused_by_row(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / costs.FILE).write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=said):
        costs.read(tmp_path)


@pytest.mark.parametrize(
    ("wrong", "field", "said"),
    [
        (report(), "measures", "must be 1 to 12, not 0"),
        (report("profits"), "measures", "must be of units, .*, not 'profits'"),
        (report("units", "units"), "measures", "must be named once each"),
        (report("units", by=("colour",)), "dimensions", "must be of hour, .*, not 'colour'"),
        (report("units", by=("day", "week", "place", "tender")), "dimensions", "must be 0 to 3, not 4"),
        (report("tickets", by=("product",)), "dimensions", "with measure tickets, not 'product'"),
        (report("stock", by=("day",)), "dimensions", "of place, .* with measure stock, not 'day'"),
        (report("visits", filters={"tender": ("cash",)}), "filters", "with measure visits, not 'tender'"),
        (report("units", filters={"day": ("2026-03-02",)}), "filters", "must be of place, .*, not 'day'"),
        (report("units", filters={"place": ()}), "filters", "must be 1 to 500 values of place, not 0"),
        (report("units", sort="-tickets"), "sort", "must be a measure or dimension of the report"),
        (report("units", limit=0), "limit", "must be 1 to 100000, not 0"),
    ],
)  # fmt: skip
def test_a_report_that_cannot_be_says_which_part_and_why(wrong: Definition, field: str, said: str) -> None:
    with pytest.raises(ReportError, match=said) as caught:
        wrong.checked()
    assert caught.value.field == field


def test_every_standard_report_runs_and_every_word_has_its_text(runner: Runner) -> None:
    for name, definition in STANDARD.items():
        assert runner.run(name, definition, ALL).rows, name
    for language in LANGUAGES:
        texts = catalogue(language)
        wanted = {f"reports.name.{name}" for name in STANDARD} | {
            f"reports.measure.{name}" for name in MEASURES
        }
        wanted |= {f"reports.dimension.{name}" for name in DIMENSIONS} | {
            f"reports.range.{name}" for name in RANGES
        }
        assert wanted - set(texts) == set()


def test_named_days_follow_the_business_day() -> None:
    on = date(2026, 3, 18)  # a Wednesday
    found = {name: (days.first, days.last) for name in RANGES for days in [days_of(name, None, None, on)]}
    assert found["last-week"] == (date(2026, 3, 9), date(2026, 3, 15))
    assert found["last-month"] == (date(2026, 2, 1), date(2026, 2, 28))
    assert found["last-7"] == (date(2026, 3, 11), date(2026, 3, 17))
    assert found["yesterday"] == (date(2026, 3, 17), date(2026, 3, 17))
    night = round(datetime(2026, 3, 18, 19, 30, tzinfo=UTC).timestamp()) * 1_000_000
    assert today(night, ZoneInfo("Asia/Hong_Kong"), 240) == on  # 03:30 there, before the cut-off


@pytest.mark.parametrize(
    ("range", "first", "last", "field"),
    [
        ("", None, None, "from"),
        ("", FIRST, None, "to"),
        ("today", FIRST, LAST, "range"),
        ("fortnight", None, None, "range"),
        ("", LAST, FIRST, "to"),
        ("", date(1999, 1, 1), LAST, "to"),
    ],
)
def test_days_that_are_none_are_refused(
    range: str, first: date | None, last: date | None, field: str
) -> None:
    with pytest.raises(ReportError, match="must be") as caught:
        days_of(range, first, last, FIRST)
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("every", "weekday", "after", "due"),
    [
        ("day", 1, "2026-03-18 05:59", "2026-03-18 06:00"),
        ("day", 1, "2026-03-18 06:00", "2026-03-19 06:00"),
        ("week", 1, "2026-03-18 05:59", "2026-03-23 06:00"),
        ("month", 1, "2026-03-18 05:59", "2026-04-01 06:00"),
        ("day", 1, "2026-03-07 07:00", "2026-03-08 06:00"),
    ],
)
def test_a_schedule_is_due_at_its_time_by_the_chains_clock(
    every: str, weekday: int, after: str, due: str
) -> None:
    zone = ZoneInfo("America/New_York")  # its clocks went forward on 8 March

    def moment(text: str) -> int:
        return round(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp()) * 1_000_000

    schedule = Schedule(
        report="sales", saved=0, range="yesterday", compare="", form="csv", language="en", every=every,
        weekday=weekday, minute=360, keep=3,
    )  # fmt: skip
    assert next_run_us(schedule, moment(after), zone) == moment(due)
