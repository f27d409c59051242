"""A business day begins at the site's cut-off, whatever the clocks do."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.ledger.business_day import BusinessDays
from runtime.errors import ConfigError


def us(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp()) * 1_000_000


def test_a_sale_before_the_cut_off_belongs_to_the_day_before() -> None:
    days = BusinessDays("Asia/Hong_Kong", 240)
    assert days.day(us("2022-06-02T03:59:59+08:00")) == "2022-06-01"
    assert days.day(us("2022-06-02T04:00:00+08:00")) == "2022-06-02"


def test_days_when_clocks_change_have_23_and_25_hours() -> None:
    days = BusinessDays("America/New_York", 0)
    hours = {
        day: sum(
            days.day(us(f"2022-{day[:2]}-{day[3:]}T00:30:00+00:00") + h * 3_600_000_000) == f"2022-{day}"
            for h in range(48)
        )
        for day in ("03-12", "03-13", "11-06")
    }
    assert hours == {"03-12": 24, "03-13": 23, "11-06": 25}


@given(st.integers(0, 4_000_000_000), st.integers(0, 1439))
def test_every_moment_lies_within_its_business_day(seconds: int, cutoff: int) -> None:
    days = BusinessDays("America/New_York", cutoff)
    day = datetime.fromisoformat(days.day(seconds * 1_000_000)).date()
    assert days.begin_us(day) <= seconds * 1_000_000
    assert abs(datetime.fromtimestamp(seconds, UTC).date() - day).days <= 2


def test_an_unknown_zone_and_an_impossible_cut_off_are_refused() -> None:
    with pytest.raises(ConfigError, match="time zone must be an IANA name, not 'Atlantis'"):
        BusinessDays("Atlantis", 0)
    with pytest.raises(ConfigError, match=r"cut-off must be 0\.\.1439 minutes, not 1440"):
        BusinessDays("UTC", 1440)
