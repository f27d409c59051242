"""Cooling: the cabinet's temperature told as it is, and the target that is really kept."""

from __future__ import annotations

import pytest

from hardware.contract.cooling import CabinetTemperature, DefrostEnded, DefrostStarted, SetTarget, TargetSet
from tests.hardware.contract.hands import CoolingHands
from tests.hardware.contract.rig import Rig


@pytest.mark.on_a_wall_clock_too
async def test_a_target_that_was_set_is_kept_and_told(cooling: Rig[CoolingHands]) -> None:
    cooling.order("cooling", SetTarget(temp_decicelsius=40))
    assert await cooling.event(TargetSet) == TargetSet(temp_decicelsius=40)
    assert cooling.hands.target_decicelsius == 40


async def test_a_target_below_freezing_is_kept_and_told(cooling: Rig[CoolingHands]) -> None:
    cooling.order("cooling", SetTarget(temp_decicelsius=-180))
    assert await cooling.event(TargetSet) == TargetSet(temp_decicelsius=-180)
    assert cooling.hands.target_decicelsius == -180


@pytest.mark.needs("tenths")
async def test_a_target_is_kept_to_the_tenth(cooling: Rig[CoolingHands]) -> None:
    cooling.order("cooling", SetTarget(temp_decicelsius=42))
    assert await cooling.event(TargetSet) == TargetSet(temp_decicelsius=42)
    assert cooling.hands.target_decicelsius == 42


@pytest.mark.without("tenths")
async def test_a_unit_of_whole_degrees_tells_the_one_it_keeps(cooling: Rig[CoolingHands]) -> None:
    for asked, kept in ((42, 40), (-17, -20)):
        cooling.order("cooling", SetTarget(temp_decicelsius=asked))
        assert await cooling.event(TargetSet) == TargetSet(temp_decicelsius=kept)
        assert cooling.hands.target_decicelsius == kept


async def test_the_last_of_two_targets_is_kept(cooling: Rig[CoolingHands]) -> None:
    for celsius in (20, 80):
        cooling.order("cooling", SetTarget(temp_decicelsius=celsius))
    while (await cooling.event(TargetSet)).temp_decicelsius != 80:
        assert cooling.hands.target_decicelsius in (20, 80)
    assert cooling.hands.target_decicelsius == 80


@pytest.mark.parametrize("celsius", [12, -8])
async def test_the_temperature_is_told_again_and_again(cooling: Rig[CoolingHands], celsius: int) -> None:
    cooling.hands.warm_to(celsius)
    await cooling.let_pass(35.0)
    cooling.taken()
    told = [await cooling.event(CabinetTemperature, within=70.0) for _ in range(2)]
    assert all(abs(each.temp_decicelsius - celsius * 10) <= 5 for each in told)


@pytest.mark.needs("sensor")
async def test_a_sensor_that_is_broken_tells_nothing_until_it_is_mended(cooling: Rig[CoolingHands]) -> None:
    cooling.hands.warm_to(3)
    await cooling.event(CabinetTemperature, within=70.0)
    cooling.hands.break_sensor()
    await cooling.let_pass(2.0)
    cooling.taken()
    await cooling.quiet(CabinetTemperature, seconds=120.0)
    cooling.hands.warm_to(7)
    assert await cooling.event(CabinetTemperature, within=70.0) == CabinetTemperature(temp_decicelsius=70)


@pytest.mark.needs("presence")
async def test_a_unit_that_is_lost_tells_no_temperature(cooling: Rig[CoolingHands]) -> None:
    cooling.hands.fall_silent()
    await cooling.let_pass(10.0)
    cooling.taken()
    await cooling.quiet(CabinetTemperature, TargetSet, seconds=120.0)
    cooling.hands.speak_again()
    await cooling.event(CabinetTemperature, within=70.0)


@pytest.mark.needs("presence")
async def test_a_target_set_while_the_unit_is_lost_is_never_told_as_kept_unless_it_is(
    cooling: Rig[CoolingHands],
) -> None:
    cooling.hands.fall_silent()
    await cooling.let_pass(10.0)
    cooling.order("cooling", SetTarget(temp_decicelsius=40))
    await cooling.quiet(TargetSet, seconds=20.0)
    cooling.hands.speak_again()
    await cooling.let_pass(60.0)
    told = [event.temp_decicelsius for event in cooling.taken() if type(event) is TargetSet]
    assert told in ([], [cooling.hands.target_decicelsius])


@pytest.mark.needs("power")
async def test_a_target_holds_over_a_power_failure(cooling: Rig[CoolingHands]) -> None:
    cooling.order("cooling", SetTarget(temp_decicelsius=40))
    await cooling.event(TargetSet)
    cooling.hands.blink()
    await cooling.let_pass(5.0)
    await cooling.until(lambda: cooling.hands.target_decicelsius == 40, within=120.0)


@pytest.mark.needs("defrosts")
async def test_a_defrost_is_told_when_it_starts_and_when_it_ends(cooling: Rig[CoolingHands]) -> None:
    assert await cooling.event(DefrostStarted, within=7200.0) == DefrostStarted()
    assert await cooling.event(DefrostEnded, within=7200.0) == DefrostEnded()


@pytest.mark.without("defrosts")
async def test_a_unit_that_does_not_tell_its_defrosts_tells_the_warmth_they_make(
    cooling: Rig[CoolingHands],
) -> None:
    for celsius in (4, 9, 4):
        cooling.hands.warm_to(celsius)
        await cooling.let_pass(35.0)
        told = [event for event in cooling.taken() if type(event) is CabinetTemperature]
        assert told[-1].temp_decicelsius == celsius * 10
    await cooling.quiet(DefrostStarted, DefrostEnded, seconds=60.0)
