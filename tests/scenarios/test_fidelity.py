"""Fidelity: the tests themselves, what can be calculated, and verdicts that may be bad."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from runtime.errors import ConfigError
from scenarios.fidelity import analytic, fidelity, fleet, machines, page, stats
from scenarios.fidelity.check import AGREES, DEPARTS, NOT_COMPARED


def test_chi_square_agrees_with_printed_tables() -> None:
    for freedom, at_five_per_cent in ((1, 3.841), (5, 11.070), (23, 35.172), (60, 79.082)):
        assert stats.chi_square_tail(at_five_per_cent, freedom) == pytest.approx(0.05, abs=1e-4)
    assert stats.chi_square_tail(0.0, 4) == 1.0


def test_chance_alone_is_seldom_taken_for_a_difference_and_a_difference_always_found() -> None:
    generator = np.random.default_rng(7)
    same = [stats.kolmogorov_smirnov(*generator.normal(size=(2, 200)).tolist())[1] for _ in range(200)]
    assert 0.01 <= sum(p < 0.05 for p in same) / 200 <= 0.09
    moved = generator.normal(0.6, size=300).tolist()
    _, p = stats.kolmogorov_smirnov(generator.normal(size=300).tolist(), moved)
    assert p < 1e-4
    one, other = (np.bincount(generator.integers(0, 8, 4000), minlength=8).tolist() for _ in range(2))
    assert stats.chi_square(one, other)[2] > 0.01
    assert stats.chi_square(one, [count + 300 * (n == 3) for n, count in enumerate(other)])[2] < 0.01


def test_total_variation_is_nought_for_the_same_and_one_for_nothing_in_common() -> None:
    assert stats.total_variation({"a": 1, "b": 3}, {"a": 10, "b": 30}) == 0
    assert stats.total_variation({"a": 1}, {"b": 5}) == 1


def test_erlangs_formula_gives_the_known_chances() -> None:
    assert analytic.erlang_c(1, 0.7) == pytest.approx(0.7)
    assert analytic.erlang_c(3, 0.8) == pytest.approx(0.6472, abs=1e-4)


@pytest.mark.parametrize("clerks", [1, 3])
def test_waits_in_the_simulators_queue_are_those_of_the_formula(clerks: int) -> None:
    assert analytic.waits(clerks, 0.6, 3).verdict == AGREES


def test_a_cabinet_warms_and_its_compressor_runs_as_calculated() -> None:
    assert analytic.warming().verdict == AGREES
    assert analytic.thermostat().verdict == AGREES


@pytest.fixture(scope="module")
def short() -> fidelity.Fidelity:
    """The comparison with the shipped extracts."""
    return fidelity.compare(None)


def test_lanes_sell_out_as_calculated_and_the_best_par_is_the_newsvendors(short: fidelity.Fidelity) -> None:
    assert short.ok
    assert {check.name for check in short.calculated} >= {"best par level"}


def test_the_verdicts_are_honest_where_the_simulator_departs(short: fidelity.Fidelity) -> None:
    verdicts = {check.name: check.verdict for check in short.recorded}
    assert verdicts["time between sales at a site"] == DEPARTS, "real customers come in bursts, ours do not"
    assert verdicts["vends that jam"] == AGREES
    assert verdicts["stock-out rate"] == NOT_COMPARED
    assert all(check.why for check in short.recorded if check.verdict == DEPARTS)


def test_the_page_is_written_between_its_marks_and_the_rest_stays(
    short: fidelity.Fidelity, tmp_path: Path
) -> None:
    path = tmp_path / "FIDELITY.md"
    path.write_text("# Mine\n\nby hand\n")
    page.write(short, path)
    once = path.read_text()
    assert once.startswith("# Mine\n\nby hand\n")
    path.write_text(once + "\nmore by hand\n")
    page.write(short, path)
    assert path.read_text() == once + "\nmore by hand\n"
    path.write_text(page.BEGIN)
    with pytest.raises(ConfigError, match="must have both marks or none"):
        page.write(short, path)


def test_original_recordings_are_compared_where_they_are(recordings: Any) -> None:
    rate, uneven = fleet.jams(recordings.file("chain/eu_fleet_2017_failures.csv.gz"), 12, 2, 1)
    assert (rate.verdict, uneven.verdict) == (AGREES, DEPARTS)
    baskets = fleet.baskets(recordings.file("chain/bakery_2016_baskets.csv.gz"), 1)
    assert baskets.verdict == AGREES
    orders = recordings.file("chain/cn_vending_2017_orderclock.csv.gz")
    kept = machines.china(orders, date(2017, 7, 1), 1)
    assert [check.verdict for check in kept[:4]] == [DEPARTS] * 4


def test_a_folder_that_lacks_a_recording_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="must hold the file chain/cn_vending_2017"):
        fidelity.compare(tmp_path)
