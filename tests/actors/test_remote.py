"""Commands from afar end done, failed or expired, each with its effect or its reason."""

from __future__ import annotations

import pytest

from actors.cabinet.messages import AuditTaken, MachineStatus, RemoteBegun, RemoteEnded
from actors.control.messages import (
    AuditAnswer,
    LockMachine,
    PricesSet,
    ReadAuditNow,
    RebootMachine,
    RemoteVend,
    SetLaneService,
    SetPrices,
    SetServiceMode,
    SetTargetTemperature,
    ShowMessage,
    TargetTemperature,
    TestVend,
    UnlockMachine,
    VendAnswer,
)
from actors.machine.machine import build
from actors.machine.messages import LaneAssigned, SaleRefused, VendCompleted, VendIntended
from actors.machine.settings import MachineSettings
from hardware.contract.audit import AuditFailed, AuditRead, PricesWritten, ReadAudit, WritePrices
from hardware.contract.cash import ReturnAsked
from hardware.contract.cooling import SetTarget, TargetSet
from hardware.contract.display import ShowText
from hardware.contract.motor_board import NO_DROP, TurnMotor
from hardware.contract.power import Reboot, Rebooted
from hardware.contract.presence import DeviceLost
from hardware.contract.pricing import PriceRead, SetPrice
from runtime.command import Deliver
from runtime.health import GoOn, Hold
from tests.actors.bench import Bench
from tests.actors.machine_bench import (
    LANES,
    ME,
    START_US,
    TENDERS,
    authorise,
    check,
    choose,
    counted,
    opened,
    restart,
    turn,
)
from tests.actors.remote_bench import finished, settled, why


def kept_at(device: str) -> Bench:
    """A machine whose prices a device keeps."""
    bench = Bench(START_US)
    build(bench, ME, LANES, TENDERS, 10_000, settings=MachineSettings(prices_at=device))
    bench.run(START_US)
    bench.send(ME, counted(10_000))
    return bench


# Prices


def test_prices_that_nobody_else_keeps_are_changed_at_once() -> None:
    bench = opened()
    bench.deliver(ME, SetPrices(prices=(("A1", 900), ("A2", 600))))
    assert finished(bench) == ("done", PricesSet(prices=(("A1", 900), ("A2", 600)), read_back=False))
    assert [(f.price_minor, f.was) for f in bench.facts_of(LaneAssigned)] == [(900, "cola")]


def test_a_board_that_keeps_prices_must_read_them_back_before_they_count() -> None:
    bench = kept_at("board")
    assert bench.deliver(ME, SetPrices(prices=(("A1", 900), ("A2", 700)))) is None
    assert [(o.lane, o.price_minor) for o in bench.told_to(f"{ME}/board", SetPrice)] == [
        ("A1", 900),
        ("A2", 700),
    ]
    bench.send(ME, PriceRead(lane="A1", price_minor=900))
    assert bench.facts_of(LaneAssigned) == []
    bench.send(ME, PriceRead(lane="A2", price_minor=700))
    assert finished(bench) == ("done", PricesSet(prices=(("A1", 900), ("A2", 700)), read_back=True))
    assert [f.price_minor for f in bench.facts_of(LaneAssigned)] == [900, 700]
    assert bench.facts_of(RemoteEnded) == [RemoteEnded(id="test:1", why="")]


def test_a_price_that_reads_back_wrong_fails_and_is_named() -> None:
    bench = kept_at("audit")
    bench.deliver(ME, SetPrices(prices=(("A1", 900), ("A2", 700))))
    assert bench.told_to(f"{ME}/audit", WritePrices) == [WritePrices(prices=(("A1", 900), ("A2", 700)))]
    bench.send(ME, PricesWritten(prices=(("A1", 900), ("A2", 750))))
    assert why(bench) == "lane A2: price must read back 700, not 750"
    assert [f.price_minor for f in bench.facts_of(LaneAssigned)] == [900]


def test_a_device_that_keeps_silent_ends_the_command_in_time() -> None:
    bench = kept_at("board")
    bench.deliver(ME, SetPrices(prices=(("A1", 900),)))
    bench.deliver(ME, SetPrices(prices=(("A1", 950),)), 2)
    assert why(bench, 2) == "SetPrices (test:1) must end first"
    bench.wait(31)
    assert why(bench) == "board must answer in time, it kept silent"
    bench.send(ME, PriceRead(lane="A1", price_minor=900))
    assert bench.facts_of(LaneAssigned) == []


@pytest.mark.parametrize(
    ("prices", "reason"),
    [
        ((), "prices must be for 1 to 200 lanes, not 0"),
        ((("Z9", 1),), "lane must be one of this machine's, not 'Z9'"),
        ((("A1", -1),), "lane A1: price must be >= 0, not -1"),
        ((("A1", 1), ("A1", 2)), "prices must name each lane once"),
    ],
)
def test_prices_that_break_a_rule_are_refused_and_nothing_changes(
    prices: tuple[tuple[str, int], ...], reason: str
) -> None:
    bench = opened()
    bench.deliver(ME, SetPrices(prices=prices))
    assert why(bench) == reason
    assert bench.facts_of(LaneAssigned) == []


# Cabinet and controller


def test_the_target_temperature_is_what_the_cooling_unit_says_it_keeps() -> None:
    bench = opened()
    bench.deliver(ME, SetTargetTemperature(temp_decicelsius=30))
    assert bench.told_to(f"{ME}/cooling", SetTarget) == [SetTarget(temp_decicelsius=30)]
    bench.send(ME, TargetSet(temp_decicelsius=30))
    assert finished(bench) == ("done", TargetTemperature(temp_decicelsius=30))
    bench.deliver(ME, SetTargetTemperature(temp_decicelsius=-100), 2)
    bench.send(ME, TargetSet(temp_decicelsius=-20))
    assert why(bench, 2) == "target must read back -100 decicelsius, not -20"
    bench.deliver(ME, SetTargetTemperature(temp_decicelsius=9000), 3)
    assert why(bench, 3) == "target must be from -300 to 700 decicelsius, not 9000"


def test_a_reboot_waits_for_the_devices_and_for_the_customer() -> None:
    bench = opened()
    choose(bench, "A1")
    bench.deliver(ME, RebootMachine())
    assert why(bench) == "machine must be idle, it serves a customer"
    authorise(bench)
    turn(bench)
    settled(bench)
    bench.deliver(ME, RebootMachine(), 2)
    assert len(bench.told_to(f"{ME}/power", Reboot)) == 1
    bench.send(ME, Rebooted())
    assert finished(bench, 2) == ("done", None)


def test_a_text_is_shown() -> None:
    bench = opened()
    bench.deliver(ME, ShowMessage(text="back soon"))
    assert finished(bench) == ("done", None)
    assert bench.told_to(f"{ME}/display", ShowText)[-1] == ShowText(text="back soon")
    bench.deliver(ME, ShowMessage(text="x" * 201), 2)
    assert why(bench, 2) == "text must have at most 200 characters, not 201"


def texts(bench: Bench) -> list[str]:
    return [shown.text for shown in bench.told_to(f"{ME}/display", ShowText)]


def test_an_operator_s_text_comes_back_when_change_is_no_longer_short() -> None:
    bench = opened(float_minor=200)
    bench.deliver(ME, ShowMessage(text="back soon"))
    choose(bench, "A1", tender="cash")
    assert texts(bench) == ["back soon", "exact change only"]
    bench.send(ME, ReturnAsked(), counted(10_000))
    choose(bench, "A1", tender="cash")
    assert texts(bench) == ["back soon", "exact change only", "back soon"]


def test_an_operator_s_text_waits_while_a_customer_must_pay_exactly() -> None:
    bench = opened(float_minor=200)
    choose(bench, "A1", tender="cash")
    bench.deliver(ME, ShowMessage(text="back soon"))
    assert texts(bench) == ["exact change only"]
    bench.send(ME, ReturnAsked(), counted(10_000))
    choose(bench, "A1", tender="cash")
    assert texts(bench) == ["exact change only", "back soon"]


def test_the_next_customer_is_told_again_that_change_is_short() -> None:
    bench = opened(float_minor=200)
    choose(bench, "A1", tender="cash")
    bench.send(ME, ReturnAsked())
    bench.deliver(ME, ShowMessage(text="back soon"))
    choose(bench, "A1", tender="cash")
    assert texts(bench) == ["exact change only", "back soon", "exact change only"]


def test_an_operator_s_text_is_shown_again_after_a_restart() -> None:
    bench = opened()
    bench.deliver(ME, ShowMessage(text="back soon"))
    restart(bench)
    assert texts(bench) == ["back soon"], "the bench forgets what was told before"


# Who may use it


def test_a_locked_machine_sells_nothing_also_after_a_restart_until_it_is_unlocked() -> None:
    bench = opened()
    bench.deliver(ME, LockMachine(why="flood"))
    restart(bench)
    choose(bench, "A1")
    assert [(f.lane, f.why) for f in bench.facts_of(SaleRefused)] == [("A1", "other")]
    status = [r for _, r in bench.readings if isinstance(r, MachineStatus)][-1]
    assert status.locked == "flood"
    bench.deliver(ME, UnlockMachine(), 2)
    choose(bench, "A1")
    authorise(bench)
    turn(bench)
    assert len(bench.facts_of(VendCompleted)) == 1


def test_a_lane_is_taken_out_of_service_and_put_back_and_back_ends_a_jam_too() -> None:
    bench = opened()
    bench.deliver(ME, SetLaneService(lane="A3", on=False))
    choose(bench, "A3")
    assert [(f.lane, f.why) for f in bench.facts_of(SaleRefused)] == [("A3", "other")]
    bench.deliver(ME, SetLaneService(lane="A3", on=True), 2)
    choose(bench, "A3")
    turn(bench, NO_DROP)
    choose(bench, "A3")
    assert bench.facts_of(SaleRefused)[-1].why == "jam"
    bench.deliver(ME, SetLaneService(lane="A3", on=True), 3)
    choose(bench, "A3")
    turn(bench)
    assert len(bench.facts_of(VendCompleted)) == 1
    check(bench)


# Vends


def test_a_remote_vend_is_intended_like_any_other_and_nobody_pays() -> None:
    bench = opened()
    assert bench.deliver(ME, RemoteVend(lane="A1", reason="complaint 7")) is None
    assert bench.facts_of(VendIntended) == [
        VendIntended(sale=1, unit=0, lane="A1", price_minor=0, tender="remote")
    ]
    turn(bench)
    assert finished(bench) == ("done", VendAnswer(lane="A1", level=4))
    check(bench)


def test_a_remote_vend_that_jams_fails_and_closes_the_lane() -> None:
    bench = opened()
    bench.deliver(ME, RemoteVend(lane="A1", reason=""))
    turn(bench, NO_DROP)
    assert why(bench).startswith("lane A1: nothing fell")
    bench.deliver(ME, RemoteVend(lane="A1", reason=""), 2)
    assert why(bench, 2) == "lane A1 must be able to sell, it is jam"


def test_a_test_vend_needs_service_mode_turns_also_a_closed_lane_and_is_booked_as_tested() -> None:
    bench = opened()
    choose(bench, "A3")
    turn(bench, NO_DROP)
    bench.deliver(ME, TestVend(lane="A3"))
    assert why(bench) == "machine must be in service mode for a test vend"
    bench.deliver(ME, SetServiceMode(on=True), 2)
    choose(bench, "A1")
    assert bench.facts_of(SaleRefused)[-1].why == "other"
    bench.deliver(ME, TestVend(lane="A3"), 3)
    assert len(bench.told_to(f"{ME}/board", TurnMotor)) == 2
    turn(bench)
    assert finished(bench, 3) == ("done", VendAnswer(lane="A3", level=2))
    assert bench.facts_of(VendCompleted)[-1].tender == "test"
    bench.deliver(ME, SetServiceMode(on=False), 4)
    check(bench)


def test_a_command_that_waits_in_a_restart_fails_and_ends_once() -> None:
    bench = opened()
    bench.deliver(ME, RemoteVend(lane="A1", reason=""))
    assert bench.facts_of(RemoteBegun) == [RemoteBegun(id="test:1", kind="RemoteVend")]
    restart(bench)
    assert why(bench) == "machine restarted while RemoteVend waited"
    assert bench.told_to(f"{ME}/board", TurnMotor) == []
    check(bench)


def test_a_command_of_no_known_kind_fails_with_a_reason() -> None:
    bench = opened()
    bench.send(ME, Deliver(id="test:1", body=b"\x00"))
    assert "message of 1 bytes" in why(bench)
    bench.deliver(ME, Rebooted(), 2)
    assert why(bench, 2) == "machine cannot do Rebooted"


def test_what_needs_a_device_that_is_missing_fails_at_once() -> None:
    bench = kept_at("board")
    bench.send(ME, DeviceLost(device="board"), DeviceLost(device="cooling"), DeviceLost(device="audit"))
    orders = (
        RemoteVend(lane="A1", reason=""),
        SetPrices(prices=(("A1", 900),)),
        SetTargetTemperature(temp_decicelsius=30),
        ReadAuditNow(),
    )
    for number, order in enumerate(orders, start=1):
        bench.deliver(ME, order, number)
    assert [why(bench, number) for number in range(1, 5)] == [
        "board must answer, it is missing",
        "board must answer, it is missing",
        "cooling must answer, it is missing",
        "audit must answer, it is missing",
    ]
    assert bench.facts_of(RemoteBegun) == []


# Audit


def test_an_audit_is_kept_as_it_came() -> None:
    bench = opened()
    bench.deliver(ME, ReadAuditNow(reset=True))
    assert bench.told_to(f"{ME}/audit", ReadAudit) == [ReadAudit(reset=True)]
    bench.send(ME, AuditRead(text="DXS*JOF0000000*VA*V0/6*1\r\n"))
    assert [f.text for f in bench.facts_of(AuditTaken)] == ["DXS*JOF0000000*VA*V0/6*1\r\n"]
    outcome, answer = finished(bench)
    assert outcome == "done"
    assert isinstance(answer, AuditAnswer)
    assert (answer.characters, len(answer.sha256)) == (26, 64)


def test_an_audit_that_fails_or_is_too_long_says_so() -> None:
    bench = opened()
    bench.deliver(ME, ReadAuditNow())
    bench.send(ME, AuditFailed(why="no answer to ENQ"))
    assert why(bench) == "audit port: no answer to ENQ"
    bench.deliver(ME, ReadAuditNow(), 2)
    bench.send(ME, AuditRead(text="x" * 70_000))
    assert why(bench, 2) == "audit must have at most 65536 characters, not 70000"
    assert bench.facts_of(AuditTaken) == []


def test_a_locked_machine_vends_nothing_from_afar() -> None:
    bench = opened()
    bench.deliver(ME, LockMachine(why="flooded"), 1)
    bench.deliver(ME, RemoteVend(lane="A1", reason=""), 2)
    assert why(bench, 2) == "machine must not be locked (operator): flooded"
    bench.deliver(ME, SetServiceMode(on=True), 3)
    bench.deliver(ME, TestVend(lane="A1"), 4)
    assert why(bench, 4) == "machine must not be locked (operator): flooded"
    bench.deliver(ME, UnlockMachine(), 5)
    bench.deliver(ME, RemoteVend(lane="A1", reason=""), 6)
    assert why(bench, 6) == "machine must not be locked (service): service"
    assert bench.told_to(f"{ME}/board", TurnMotor) == []


def test_a_machine_whose_node_keeps_no_more_facts_makes_no_test_vend() -> None:
    bench = opened()
    bench.deliver(ME, SetServiceMode(on=True), 1)
    bench.send(ME, Hold(why="disk full"))
    bench.deliver(ME, TestVend(lane="A1"), 2)
    assert why(bench, 2) == "machine must be able to begin a vend, its node holds it: disk full"
    bench.send(ME, GoOn())
    bench.deliver(ME, TestVend(lane="A1"), 3)
    assert len(bench.told_to(f"{ME}/board", TurnMotor)) == 1
