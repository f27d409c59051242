"""The console actor's state is what its reports say, and nothing else."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from actors.cabinet.messages import (
    MachineLocked,
    MachineStatus,
    MachineUnlocked,
    ServiceModeBegan,
    ServiceModeEnded,
)
from actors.machine.messages import (
    DeviceCameBack,
    DeviceWentMissing,
    LaneBlocked,
    LaneClosed,
    LaneEmptied,
    LaneFilled,
    LanePlanned,
    LaneReopened,
    LaneUnblocked,
    MachineServiced,
    VendCompleted,
)
from actors.office.messages import AlarmAcknowledged, AlarmCleared
from actors.payment.messages import CashTaken, ChangePaid, FloatSet
from actors.store.messages import SaleCompleted
from actors.van.messages import VanDeparted, VanPosition, VanReturned, VanVisited
from console.state.day import SLOT_US, Day, business_day
from console.state.views import FAULT, LOW, OFFLINE, OK, SOLD_OUT
from hardware.contract.cooling import CabinetTemperature
from tests.console.demo import NINE_US, DemoHost, chain

HOUR_US = 3_600_000_000
HONG_KONG = ZoneInfo("Asia/Hong_Kong")


@pytest.fixture
def host() -> DemoHost:
    host = DemoHost(chain(12))
    for plan in host.chain.machines:  # every lane to par, so that states start from OK
        for lane in plan.lanes:
            host.report(
                f"{plan.id}/lane/{lane.code}",
                LaneFilled(visit=1, product=lane.product, added=0, level=lane.par),
            )
    return host


def vend(level: int, price_minor: int = 1000) -> VendCompleted:
    return VendCompleted(sale=1, unit=0, product="p", price_minor=price_minor, tender="code", level=level)


def test_a_sale_counts_in_machine_lane_hour_and_header(host: DemoHost) -> None:
    host.report("hk-0003/lane/A1", vend(level=4), NINE_US)
    machine = host.console.machines[2]
    assert (machine.sales_minor, machine.units, machine.lanes["A1"].level) == (1000, 1, 4)
    assert host.console.kpis().sales_minor == 1000
    assert host.console.kpis().vends_per_minute == 0.1
    assert host.console.day.sales[5 * HOUR_US // SLOT_US] == 1000


def test_a_store_sale_counts_beside_the_machines(host: DemoHost) -> None:
    sale = SaleCompleted(till="st-02/till/1", sale=1, tender="cash", lines=(), total_minor=4550)
    host.report("st-02", sale)
    assert host.console.stores[1].sales_minor == 4550
    assert host.console.kpis().sales_minor == 4550


def test_a_new_business_day_starts_at_the_cut_off_and_keeps_yesterday_beside_it(host: DemoHost) -> None:
    host.report("hk-0001/lane/A1", vend(level=4))
    host.report("hk-0001/lane/A1", vend(level=3), NINE_US + 18 * HOUR_US)  # 03:00, still the same day
    assert host.console.kpis().sales_minor == 2000
    host.report("hk-0001/lane/A1", vend(level=2), NINE_US + 19 * HOUR_US)  # 04:00
    assert host.console.kpis().sales_minor == 1000
    assert sum(host.console.day.before) == 2000
    assert host.console.changes.everything


def test_a_late_report_of_yesterday_is_not_todays_sale(host: DemoHost) -> None:
    host.report("hk-0001/lane/A1", vend(level=4))
    host.report("hk-0001/lane/A1", vend(level=3), NINE_US - 6 * HOUR_US)
    assert host.console.kpis().sales_minor == 1000
    assert host.console.machines[0].lanes["A1"].level == 3


def test_one_empty_lane_is_not_a_sold_out_machine_but_four_are(host: DemoHost) -> None:
    for number, state in ((1, OK), (2, OK), (3, OK), (4, SOLD_OUT)):
        host.report(f"hk-0001/lane/A{number}", vend(level=0))
        assert host.console.machines[0].state == state
    assert host.console.kpis().lanes_out == 4


def test_four_nearly_empty_lanes_make_stock_low(host: DemoHost) -> None:
    for number in range(1, 5):
        host.report(f"hk-0001/lane/A{number}", vend(level=1))
    assert host.console.machines[0].state == LOW


def test_a_missing_device_is_a_fault_and_a_missing_machine_is_offline(host: DemoHost) -> None:
    machine = host.console.machines[0]
    host.report("hk-0001", DeviceWentMissing(device="cash"))
    assert machine.state == FAULT
    host.report("hk-0001", DeviceWentMissing(device="machine"))
    assert (machine.state, host.console.kpis().online) == (OFFLINE, 11)
    host.report("hk-0001", DeviceCameBack(device="machine"))
    host.report("hk-0001", DeviceCameBack(device="cash"))
    assert (machine.state, host.console.kpis().online) == (OK, 12)


def test_a_jammed_lane_shows_until_it_is_reopened(host: DemoHost) -> None:
    host.report("hk-0001/lane/B2", LaneClosed(why="jam"))
    assert (host.console.machines[0].lanes["B2"].why, host.console.machines[0].jammed) == ("jam", 1)
    host.report("hk-0001/lane/B2", LaneReopened(visit=1))
    assert (host.console.machines[0].lanes["B2"].why, host.console.machines[0].jammed) == ("", 0)


def test_a_lane_shows_every_reason_that_keeps_it_from_selling_the_worst_first(host: DemoHost) -> None:
    machine, lane = host.console.machines[0], "hk-0001/lane/B2"
    host.report(lane, LaneBlocked(why="operator"))
    assert (machine.lanes["B2"].blocks, machine.state) == (("operator",), OK)
    host.report(lane, LaneBlocked(why="health"))
    assert (machine.lanes["B2"].blocks, machine.spoilt, machine.state) == (("health", "operator"), 1, FAULT)
    host.report(lane, LaneUnblocked(why="health", visit=1))
    host.report(lane, LaneUnblocked(why="operator"))
    assert (machine.lanes["B2"].blocks, machine.spoilt, machine.state) == ((), 0, OK)


def test_four_lanes_that_may_not_sell_are_a_fault_whatever_keeps_them(host: DemoHost) -> None:
    for number, why in enumerate(("operator", "expired", "expired"), 1):
        host.report(f"hk-0001/lane/A{number}", LaneBlocked(why=why))
    assert host.console.machines[0].state == OK
    host.report("hk-0001/lane/A4", LaneClosed(why="jam"))
    assert host.console.machines[0].state == FAULT


def test_goods_that_were_taken_out_and_a_new_plan_change_a_lane(host: DemoHost) -> None:
    host.report("hk-0001/lane/A1", LaneEmptied(visit=1, product="p", removed=3, level=2, why="health"))
    host.report("hk-0001/lane/A1", LanePlanned(capacity=20, par=18, safety=0, perishable=True))
    lane = host.console.machines[0].lanes["A1"]
    assert (lane.level, lane.capacity, lane.par) == (2, 20, 18)


def test_a_locked_machine_is_a_fault_until_it_is_unlocked(host: DemoHost) -> None:
    machine = host.console.machines[0]
    host.report("hk-0001", MachineLocked(why="flood"))
    host.report("hk-0001", status(locked="flood"))
    assert (machine.locks, machine.state) == ({"operator": "flood"}, FAULT)
    host.report("hk-0001", MachineUnlocked())
    host.report("hk-0001", ServiceModeBegan())
    assert machine.locks == {"service": ""}
    host.report("hk-0001", ServiceModeEnded())
    host.report("hk-0001", status(locked="disk full"))
    assert machine.locks == {"node": "disk full"}
    host.report("hk-0001", status())
    assert (machine.locks, machine.state) == ({}, OK)


def test_what_a_machine_says_of_its_cabinet_is_kept(host: DemoHost) -> None:
    host.report("hk-0001", status(door_open=True, mains=False, temp_stale=True))
    machine = host.console.machines[0]
    assert (machine.door_open, machine.mains, machine.unread) == (True, False, True)


def status(
    *, door_open: bool = False, mains: bool = True, temp_stale: bool = False, locked: str = ""
) -> MachineStatus:
    """A machine that is well, but for this."""
    return MachineStatus(
        door_open=door_open,
        mains=mains,
        missing=(),
        closed=0,
        blocked=0,
        temp_decicelsius=40,
        temp_at_us=NINE_US,
        temp_stale=temp_stale,
        locked=locked,
    )


def test_a_temperature_alarm_is_a_fault_until_it_clears(host: DemoHost) -> None:
    alarm = host.raise_alarm("temperature", 1, "hk-0001", 91)
    assert host.console.machines[0].state == FAULT
    host.report("office/alarms", AlarmCleared(alarm=alarm, cause_node="", cause_seq=0))
    assert host.console.machines[0].state == OK


def test_cash_inside_follows_float_takings_change_and_collection(host: DemoHost) -> None:
    host.report("hk-0001", FloatSet(amount_minor=30_000))
    host.report("hk-0001", CashTaken(sale=1, amount_minor=2000, held_in="cash_box"))
    host.report("hk-0001", ChangePaid(sale=1, amount_minor=800))
    assert (host.console.kpis().cash_minor, host.console.cash_today_minor) == (31_200, 1200)
    host.report("hk-0001", MachineServiced(visit=1, units=0, cash_minor=1200))
    host.report("st-01/till/1", CashTaken(sale=1, amount_minor=500, held_in="drawer"))
    assert host.console.kpis().cash_minor == 30_000


def test_an_alarm_leaves_once_it_is_both_over_and_seen(host: DemoHost) -> None:
    first, second = (host.raise_alarm("jam", 1, f"hk-0001/lane/A{n}") for n in (1, 2))
    assert host.console.kpis().unacknowledged == 2
    host.report("office/alarms", AlarmCleared(alarm=first, cause_node="", cause_seq=0))
    assert host.console.kpis().unacknowledged == 2
    host.report("office/alarms", AlarmAcknowledged(alarm=first, by="operator"))
    host.report("office/alarms", AlarmAcknowledged(alarm=second, by="operator"))
    assert list(host.console.alarms) == [second]
    assert host.console.kpis().unacknowledged == 0


def test_a_van_is_on_route_from_departure_to_return(host: DemoHost) -> None:
    departed = VanDeparted(round=1, to="hk-0001", lat_e6=0, lon_e6=0, distance_m=1, arrives_at_us=NINE_US)
    host.report("van-1", departed)
    host.report("van-1", VanPosition(lat_e6=22_300_000, lon_e6=114_200_000, to="hk-0001"))
    assert (host.console.vans[0].lat_e6, host.console.kpis().vans_on_route) == (22_300_000, 1)
    host.report("van-1", VanVisited(round=1, visit=1, machine="hk-0001", filled=(), cash_minor=0))
    assert (host.console.vans[0].lat_e6, host.console.vans[0].done) == (
        host.chain.machines[0].place.lat_e6,
        1,
    )
    host.report("van-1", VanReturned(round=1, goods=(), cash_minor=0))
    assert host.console.kpis().vans_on_route == 0


def test_temperatures_keep_a_day_with_gaps_where_nothing_was_heard(host: DemoHost) -> None:
    for hours, temp in ((0, 40), (1, 45), (25, 50)):
        host.report("hk-0001/cooling", CabinetTemperature(temp_decicelsius=temp), NINE_US + hours * HOUR_US)
    _, temps = host.console.machines[0].temperatures()
    assert len(temps) == 288
    assert [temp for temp in temps if temp is not None] == [50]
    assert temps[-1] == 50


def test_what_nobody_planned_is_ignored(host: DemoHost) -> None:
    before = host.console.kpis()
    host.report("xx-9999/lane/A1", vend(level=4))
    host.report("st-99", SaleCompleted(till="t", sale=1, tender="cash", lines=(), total_minor=1))
    host.report("van-99", VanReturned(round=1, goods=(), cash_minor=0))
    assert host.console.kpis().online == before.online
    assert not host.console.take_changes().vans


def test_the_same_reports_make_the_same_state() -> None:
    one, other = DemoHost(chain(12)), DemoHost(chain(12))
    for host in (one, other):
        for number in range(200):
            host.vend(number % 12, f"A{number % 8 + 1}", NINE_US + number * 60_000_000, "cash")
    assert list(one.console.history) == list(other.console.history)
    assert one.console.kpis() == other.console.kpis()


@pytest.mark.parametrize(("date", "hours"), [("2022-03-13", 23), ("2022-06-01", 24), ("2022-11-06", 25)])
def test_a_business_day_is_as_long_as_the_clocks_make_it(date: str, hours: int) -> None:
    zone = ZoneInfo("America/New_York")
    noon_us = int(datetime.fromisoformat(f"{date}T12:00").replace(tzinfo=zone).timestamp()) * 1_000_000
    start, end = business_day(noon_us, zone, 0)
    assert end - start == hours * HOUR_US


def test_before_the_cut_off_it_is_still_yesterday() -> None:
    day = Day(HONG_KONG, 240)
    day.roll(NINE_US - 6 * HOUR_US)  # 03:00
    assert day.end_us == NINE_US - 5 * HOUR_US
    assert day.slot(NINE_US - 6 * HOUR_US) == 138
