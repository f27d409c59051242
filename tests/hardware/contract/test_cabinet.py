"""A machine's display and its supply."""

from __future__ import annotations

from hardware.contract.display import ShowText
from hardware.contract.power import PowerLost, PowerRestored, Reboot, Rebooted
from tests.hardware.contract.rig import Rig
from tests.hardware.contract.ways_street_cabinet import DisplayHands, PowerHands


async def test_a_text_stands_until_the_next_one(display: Rig[DisplayHands]) -> None:
    for text in ("HKD 12.50", "谢谢", ""):
        display.order("display", ShowText(text=text))
        await display.let_pass(60.0)
        assert display.hands.text == text


async def test_mains_are_told_lost_and_back(power: Rig[PowerHands]) -> None:
    power.hands.cut_mains(90.0)
    assert await power.event(PowerLost) == PowerLost()
    await power.quiet(PowerRestored, seconds=60.0)
    assert await power.event(PowerRestored, within=120.0) == PowerRestored()


async def test_devices_started_anew_are_told_once_they_answer(power: Rig[PowerHands]) -> None:
    power.order("power", Reboot())
    await power.quiet(Rebooted)
    assert await power.event(Rebooted, within=120.0) == Rebooted()
    await power.quiet(Rebooted, seconds=120.0)
    assert power.hands.reboots == 1
