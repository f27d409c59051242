"""``hawker load``: a real office, real sites and operators over tcp, and the books afterwards."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import attrs
import numpy as np
import pytest
from typer.testing import CliRunner

from console.cli.main import app
from scenarios.data_directory import LEDGER
from scenarios.load import books, figures, knee, witness
from scenarios.load.chain import prepared
from scenarios.load.figures import Seen, Spread, StageFigures
from scenarios.load.knee import Bars
from scenarios.load.load import LoadResult, Wanted, load
from scenarios.load.processes import Folders
from scenarios.load.shoppers import Stage, shoppers

RATE, SECONDS = 30.0, 3.0


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the small load leaves its data."""
    return tmp_path_factory.mktemp("load") / "data"


@pytest.fixture(scope="module")
def small(kept: Path) -> LoadResult:
    """A load of a few seconds with a burst in it."""
    wanted = Wanted(
        chain="hk-demo", rate=RATE, seconds=SECONDS, burst=4.0, burst_seconds=1.0, sites=2, operators=2
    )
    return load(wanted, kept)


def test_every_acknowledged_sale_is_in_the_ledger_once_and_the_cash_is_exact(small: LoadResult) -> None:
    assert small.books.wrong == ()
    assert small.books.acknowledged == small.books.in_ledger > RATE * SECONDS
    assert (small.books.lost, small.books.doubled, small.books.cash_off) == (0, 0, 0)


def test_whoever_came_was_served_or_left(small: LoadResult) -> None:
    came = sum(stage.sales + stage.left for stage in small.stages)
    made = prepared("hk-demo", 2, RATE)
    expected = sum(
        len(shoppers(Stage(s.name, s.asked, s.seconds, s.from_us), 2, store, made.seed).at_us)
        for s in small.stages
        for store in made.chain.stores
    )
    assert came == expected
    assert [stage.name for stage in small.stages] == ["steady", "burst", "steady"]


def test_waits_lags_cores_and_answers_are_told(small: LoadResult) -> None:
    for stage in small.stages:
        for spread in (stage.acknowledged, stage.lag, stage.shown):
            assert spread.p50 is not None
            assert spread.p99 is not None
            assert spread.most is not None
            assert 0 < spread.p50 <= spread.p99 <= spread.most
    assert set(small.cores) == {"office", "st-01", "st-02", "operators"}
    assert small.answers.count > 0
    assert small.failed == 0
    assert small.timeline[0].sales > 0


def test_a_sale_missing_from_the_ledger_or_there_twice_is_found(small: LoadResult, kept: Path) -> None:
    assert small.ok
    folders, made = Folders(kept), prepared("hk-demo", 2, RATE)
    path = folders.logs / "st-01.sold"
    rows = witness.read(path, witness.SALE)
    path.write_bytes(np.append(rows, rows[-1:]).tobytes())
    assert books.checked(folders, made.chain).wrong[0] == "1 sales were acknowledged twice"
    planted = rows.copy()
    planted["total_minor"][0] += 1
    planted["sale"][1] = 1_000_000
    path.write_bytes(planted.tobytes())
    found = books.checked(folders, made.chain)
    assert found.lost == 2
    assert found.wrong[0].startswith("2 acknowledged sales are not in the ledger as they were: st-01/till/")
    path.write_bytes(rows.tobytes())
    with closing(sqlite3.connect(folders.of("office") / LEDGER)) as db, db:
        db.execute("UPDATE posting SET amount = amount + 1 WHERE id = (SELECT max(id) FROM posting)")
    assert not books.checked(folders, made.chain).ok


def spread(p99: float) -> Spread:
    return Spread(count=1, p50=p99, p95=p99, p99=p99, most=p99)


def step(
    acknowledged_ms: float = 10, lag_ms: float = 100, reached: float = 100, left: int = 0
) -> StageFigures:
    return StageFigures(
        name="step", from_us=0, asked=100, reached=reached, seconds=10, sales=1000, left=left,
        acknowledged=spread(acknowledged_ms), lag=spread(lag_ms), shown=spread(1),
    )  # fmt: skip


def test_each_bar_alone_breaks_a_step() -> None:
    bars = Bars()
    assert bars.hold(step())
    assert not bars.hold(step(acknowledged_ms=50))
    assert not bars.hold(step(lag_ms=2_000))
    assert not bars.hold(step(reached=90))
    assert not bars.hold(step(left=2))
    assert not bars.hold(attrs.evolve(step(), lag=Spread(count=0, p50=None, p95=None, p99=None, most=None)))


@pytest.mark.parametrize("truth", [3.0, 90.0, 130.0, 1900.0])
def test_the_search_ends_within_a_tenth_below_the_knee(truth: float) -> None:
    steps: list[tuple[float, bool]] = []
    rate: float | None = 100.0
    while rate is not None:
        steps.append((rate, rate <= truth))
        rate = knee.next_rate(steps)
    found = knee.best(steps)
    assert found is not None
    assert truth / knee.NARROW <= found <= truth


def test_a_search_in_which_nothing_holds_finds_no_knee() -> None:
    assert knee.next_rate([(1.5, False)]) is None
    assert knee.best([(1.5, False)]) is None


def test_waits_count_from_the_moment_meant_however_late_they_were_served() -> None:
    sold = np.zeros(2, dtype=witness.SALE)
    sold["meant_us"], sold["done_us"] = (1_000, 2_000), (51_000, 6_002_000)
    none = np.empty(0, dtype=witness.HEARD)
    found = figures.of_stage(
        Stage("steady", 2, 1, 0),
        Seen(sold, np.empty(0, dtype=witness.GONE), none, none["at_us"], np.empty(0, dtype=witness.ASKED)),
    )
    assert (found.sales, found.reached, found.acknowledged.most) == (2, 1.0, 6000.0)


def test_a_load_that_cannot_be_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "there").touch()
    for arguments, why in (
        (["--burst", "3"], "--burst-for: must be given with --burst"),
        (["--sites", "16"], "--sites: must be at most 6, the stores of hk-demo, not 16"),
        (["us-2022"], "--sites: must be at most 0, the stores of us-2022, not 2"),
        (["--data", str(tmp_path)], "must be an empty folder, or none"),
        (["--plot", "x.txt"], "--plot: must end in .png, .svg or .pdf, not 'x.txt'"),
        (["--find-knee", "--burst", "2", "--burst-for", "1"], "--find-knee: must come without --burst"),
    ):
        told = CliRunner().invoke(app, ["load", *arguments])
        assert told.exit_code != 0
        assert why in str(told.exception), arguments


@pytest.mark.soak
def test_two_thousand_sales_a_second_for_five_minutes(tmp_path: Path) -> None:
    found = load(Wanted(chain="hk-demo", rate=2_000, seconds=300), tmp_path / "data")
    print(json.dumps(found.as_json()["stages"]))
    assert found.ok, found.books.wrong
    (stage,) = found.stages
    assert found.wanted.bars.hold(stage), stage


@pytest.mark.soak
def test_ten_times_the_load_for_a_minute_loses_no_money(tmp_path: Path) -> None:
    wanted = Wanted(chain="hk-demo", rate=2_000, seconds=20, burst=10, burst_seconds=60)
    found = load(wanted, tmp_path / "data")
    assert found.ok, found.books.wrong
