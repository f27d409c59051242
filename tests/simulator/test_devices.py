import math

import pytest

from hardware.contract.cash import AcceptCash, CashInserted, PaidOut, PayOut
from hardware.contract.cooling import CabinetTemperature, SetTarget
from hardware.contract.motor_board import MotorTurned, TurnMotor
from hardware.contract.payment import Authorise, Authorised, Declined, Settle, Settled
from hardware.contract.presence import DeviceFound, DeviceLost
from hardware.contract.till import DrawerOpened, OpenDrawer, Printed, PrintReceipt
from runtime.errors import ConfigError
from simulator.devices.cash import TUBE_PIECES_MAX, CashDevice, Insert, filled_tubes
from simulator.devices.cooling import BAND_CELSIUS, CABINET_SECONDS, Cabinet, Climate, Cooling
from simulator.devices.motor_board import TURNS_KEPT, Board
from simulator.devices.payment_terminal import ANSWER_SECONDS_MAX, ANSWER_SECONDS_MIN, PaymentTerminal
from simulator.devices.presence import Presence
from simulator.devices.till import Printer
from simulator.money import MONEY
from simulator.street import DeviceFaults, Street
from tests.simulator.street_fakes import Listener

SECOND = 1_000_000
DAY = 86_400 * SECOND
HKD = MONEY["HKD"]


def street_with(
    *, seed: int = 1, float_minor: int = 0, faults: DeviceFaults | None = None, climate: Climate | None = None
) -> tuple[Street, Listener]:
    """One machine's devices, and somebody who listens in the machine's place."""
    street = Street(seed=seed, currency="HKD")
    street.add_machine("hk-1", float_minor=float_minor, faults=faults or DeviceFaults(), climate=climate)
    machine = Listener()
    street.kernel.spawn("hk-1", machine)
    return street, machine


def tell(street: Street, address: str, *messages: object, seconds: float = 60.0) -> None:
    """Tell a device and let time pass."""
    for message in messages:
        street.kernel.receive(street.kernel.reach(address), message)
    street.kernel.run(street.kernel.now + round(seconds * SECOND))


# Motor board


def test_a_motor_turns_and_the_machine_hears_three_seconds_later_that_a_product_fell() -> None:
    street, machine = street_with()
    tell(street, "hk-1/board", TurnMotor(lane="A3", turn=1))
    assert machine.heard == [(3 * SECOND, MotorTurned(lane="A3", turn=1, outcome="dropped"))]


def test_a_repeated_turn_number_never_turns_the_motor_again() -> None:
    street, machine = street_with()
    order = TurnMotor(lane="A3", turn=1)
    tell(street, "hk-1/board", order, order, seconds=1)
    tell(street, "hk-1/board", order)
    assert len(machine.heard) == 1, "while it still turns the answer is on the way"
    tell(street, "hk-1/board", order)
    board = street.kernel.actors[street.kernel.reach("hk-1/board")]
    assert isinstance(board, Board)
    assert (board.turns, board.drops) == (1, 1)
    assert machine.of(MotorTurned) == [MotorTurned(lane="A3", turn=1, outcome="dropped")] * 2


def test_a_board_turns_one_motor_after_the_other() -> None:
    street, machine = street_with()
    tell(street, "hk-1/board", TurnMotor(lane="A1", turn=1), TurnMotor(lane="A2", turn=2))
    assert [at for at, _ in machine.heard] == [3 * SECOND, 6 * SECOND]


def test_a_board_remembers_only_its_last_turns() -> None:
    street, _ = street_with()
    tell(street, "hk-1/board", *(TurnMotor(lane="A1", turn=n) for n in range(100)), seconds=600)
    board = street.kernel.actors[street.kernel.reach("hk-1/board")]
    assert isinstance(board, Board)
    assert len(board._turned) == TURNS_KEPT
    assert board.turns == 100


def test_the_share_of_jams_is_the_one_asked_for_within_three_sigma() -> None:
    street, machine = street_with(faults=DeviceFaults(jam_per_vend=0.0067))
    turns = 20_000
    for n in range(turns):
        tell(street, "hk-1/board", TurnMotor(lane="A1", turn=n), seconds=3)
    jams = sum(each.outcome == "no_drop" for each in machine.of(MotorTurned))
    assert abs(jams - turns * 0.0067) < 3 * math.sqrt(turns * 0.0067)


def test_what_a_turn_does_depends_on_its_number_and_not_on_the_turns_before_it() -> None:
    outcomes = []
    for numbers in ([1, 2, 3, 4, 5, 6, 7, 8], [8, 7, 6, 5, 4, 3, 2, 1]):
        street, machine = street_with(faults=DeviceFaults(jam_per_vend=0.5))
        tell(street, "hk-1/board", *(TurnMotor(lane="A1", turn=n) for n in numbers))
        outcomes.append({each.turn: each.outcome for each in machine.of(MotorTurned)})
    assert outcomes[0] == outcomes[1]
    assert set(outcomes[0].values()) == {"dropped", "no_drop"}


# Cash


def test_pieces_go_in_a_second_apart_and_say_where_they_are_held() -> None:
    street, machine = street_with()
    tell(street, "hk-1/cash", AcceptCash(on=True), Insert(pieces=(2000, 500, 7)))
    assert machine.heard == [
        (0, CashInserted(value_minor=2000, held_in="stacker")),
        (1 * SECOND, CashInserted(value_minor=500, held_in="tube")),
        (2 * SECOND, CashInserted(value_minor=7, held_in="cash_box")),
    ]


def test_a_shut_entry_takes_nothing_and_the_rest_stays_with_the_customer() -> None:
    street, machine = street_with()
    tell(street, "hk-1/cash", Insert(pieces=(500,)))
    assert machine.heard == []
    tell(street, "hk-1/cash", AcceptCash(on=True), Insert(pieces=(500, 500)), seconds=0.5)
    tell(street, "hk-1/cash", AcceptCash(on=False))
    assert machine.of(CashInserted) == [CashInserted(value_minor=500, held_in="tube")]


def test_coins_that_find_their_tube_full_fall_into_the_cash_box() -> None:
    street, machine = street_with()
    tell(street, "hk-1/cash", AcceptCash(on=True), Insert(pieces=(100,) * (TUBE_PIECES_MAX + 2)), seconds=300)
    assert [each.held_in for each in machine.of(CashInserted)][-3:] == ["tube", "cash_box", "cash_box"]


def test_change_is_paid_from_the_tubes_greatest_coins_first() -> None:
    street, machine = street_with(float_minor=50_000)
    device = street.kernel.actors[street.kernel.reach("hk-1/cash")]
    assert isinstance(device, CashDevice)
    assert device.tubes_minor == 50_000
    tell(street, "hk-1/cash", PayOut(sale=1, amount_minor=1_850))
    assert machine.of(PaidOut) == [
        PaidOut(sale=1, amount_minor=1_850, pieces=((1000, 1), (500, 1), (200, 1), (100, 1), (50, 1)))
    ]
    assert (device.tubes_minor, device.out_minor) == (48_150, 1_850)


def test_empty_tubes_pay_what_they_can_and_say_so() -> None:
    street, machine = street_with(float_minor=1_000)
    tell(street, "hk-1/cash", PayOut(sale=1, amount_minor=5_025), PayOut(sale=2, amount_minor=100))
    assert machine.of(PaidOut) == [
        PaidOut(sale=1, amount_minor=1_000, pieces=((200, 1), (100, 4), (50, 8))),
        PaidOut(sale=2, amount_minor=0),
    ]


def test_change_asked_for_twice_under_one_sale_is_paid_once() -> None:
    street, machine = street_with(float_minor=10_000)
    order = PayOut(sale=7, amount_minor=300)
    tell(street, "hk-1/cash", order, order)
    device = street.kernel.actors[street.kernel.reach("hk-1/cash")]
    assert isinstance(device, CashDevice)
    assert device.out_minor == 300
    assert machine.of(PaidOut) == [PaidOut(sale=7, amount_minor=300, pieces=((200, 1), (100, 1)))] * 2


def test_a_float_that_coins_cannot_make_is_refused() -> None:
    with pytest.raises(ConfigError, match="float in HKD must be a multiple of 50, not 1025"):
        filled_tubes(HKD, 1025)


# Payment


def test_an_authorisation_is_answered_within_two_seconds_with_a_reference() -> None:
    street, machine = street_with()
    for sale in range(1, 200):
        before = street.kernel.now
        tell(street, "hk-1/cashless", Authorise(sale=sale, amount_minor=800), seconds=5)
        at_us, answer = machine.heard[-1]
        assert answer == Authorised(sale=sale, amount_minor=800, reference=f"hk-1/cashless:{sale}")
        assert ANSWER_SECONDS_MIN <= (at_us - before) / SECOND <= ANSWER_SECONDS_MAX


def test_the_same_authorisation_again_reserves_once_and_is_answered_the_same() -> None:
    street, machine = street_with()
    order = Authorise(sale=1, amount_minor=800)
    tell(street, "hk-1/code", order, order)
    tell(street, "hk-1/code", order)
    terminal = street.kernel.actors[street.kernel.reach("hk-1/code")]
    assert isinstance(terminal, PaymentTerminal)
    assert terminal.reserved == {(1, 0): 800}
    assert machine.of(Authorised) == [Authorised(sale=1, amount_minor=800, reference="hk-1/code:1")] * 2


def test_the_share_of_declined_payments_is_the_one_asked_for_within_three_sigma() -> None:
    street, machine = street_with(faults=DeviceFaults(decline_share=0.1))
    for sale in range(5_000):
        tell(street, "hk-1/cashless", Authorise(sale=sale, amount_minor=800), seconds=3)
    assert len(machine.of(Declined)) + len(machine.of(Authorised)) == 5_000
    assert abs(len(machine.of(Declined)) - 500) < 3 * math.sqrt(5_000 * 0.1 * 0.9)


def test_settling_takes_a_part_once_and_lets_the_rest_go() -> None:
    street, machine = street_with()
    settle = Settle(sale=1, amount_minor=300, reference="hk-1/cashless:1")
    tell(street, "hk-1/cashless", Authorise(sale=1, amount_minor=800))
    tell(street, "hk-1/cashless", settle, settle)
    terminal = street.kernel.actors[street.kernel.reach("hk-1/cashless")]
    assert isinstance(terminal, PaymentTerminal)
    assert (terminal.taken_minor, terminal.reserved) == (300, {})
    assert machine.of(Settled) == [Settled(sale=1, amount_minor=300)] * 2


# Cooling


def test_a_cabinet_without_compressor_warms_along_the_exponential_to_ambient() -> None:
    cabinet = Cabinet(4.0, False, 27.0, 100.0)
    for step in range(1, 201):
        cabinet.pass_time(97.0)
        assert cabinet.celsius == pytest.approx(
            27.0 - 23.0 * math.exp(-97.0 * step / CABINET_SECONDS), abs=1e-9
        )


def test_the_thermostat_switches_at_the_moments_the_curve_says_however_time_is_cut() -> None:
    whole, pieces = Cabinet(4.0, False, 27.0, 4.0), Cabinet(4.0, False, 27.0, 4.0)
    for step in range(500):
        whole.pass_time(600.0)
        for _ in range(4):
            pieces.pass_time(150.0)
        assert pieces.celsius == pytest.approx(whole.celsius, abs=1e-6), step
        assert abs(whole.celsius - 4.0) <= BAND_CELSIUS + 1e-9
    off_seconds = CABINET_SECONDS * math.log((27.0 - 3.0) / (27.0 - 5.0))
    cold = Cabinet(3.0, False, 27.0, 4.0)
    cold.pass_time(off_seconds - 1.0)
    assert not cold.running
    cold.pass_time(2.0)
    assert cold.running


def test_an_open_door_warms_the_cabinet_and_the_compressor_brings_it_back() -> None:
    cabinet = Cabinet(4.0, False, 27.0, 4.0)
    cabinet.open_door()
    assert cabinet.celsius == pytest.approx(4.0 + 0.10 * 23.0)
    cabinet.pass_time(7_200.0)
    assert abs(cabinet.celsius - 4.0) <= BAND_CELSIUS + 1e-9


def test_a_machine_hears_its_cabinets_temperature_every_five_minutes() -> None:
    street, machine = street_with(climate=Climate(openings_per_day=0.0))
    street.kernel.run(DAY)
    assert len(machine.heard) == 288
    gaps = {
        later - earlier for (earlier, _), (later, _) in zip(machine.heard, machine.heard[1:], strict=False)
    }
    assert gaps == {300 * SECOND}
    assert all(29 < each.temp_decicelsius < 51 for each in machine.of(CabinetTemperature))


def test_door_openings_show_in_the_temperature_and_a_new_target_is_reached() -> None:
    street, machine = street_with(climate=Climate(openings_per_day=10.0))
    street.kernel.run(DAY)
    assert max(each.temp_decicelsius for each in machine.of(CabinetTemperature)) > 60
    street, machine = street_with(climate=Climate(openings_per_day=0.0))
    tell(street, "hk-1/cooling", SetTarget(temp_decicelsius=-20), seconds=86_400)
    assert -31 < machine.heard[-1][1].temp_decicelsius < -9
    cooling = street.kernel.actors[street.kernel.reach("hk-1/cooling")]
    assert isinstance(cooling, Cooling)


# Loss


def test_machines_are_lost_at_poisson_times_and_always_found_again() -> None:
    street = Street(seed=3, currency="HKD")
    faults = DeviceFaults(losses_per_day=2.0, loss_seconds_mean=600.0)
    machines = []
    for n in range(200):
        street.add_machine(f"hk-{n}", faults=faults)
        machines.append(Listener())
        street.kernel.spawn(f"hk-{n}", machines[-1])
    street.kernel.run(10 * DAY)
    lost = sum(len(each.of(DeviceLost)) for each in machines)
    found = sum(len(each.of(DeviceFound)) for each in machines)
    assert abs(lost - 4_000) < 3 * math.sqrt(4_000) + 4_000 * 2 * 600 / 86_400
    presences = [each for each in street.kernel.actors if isinstance(each, Presence)]
    assert lost - found == sum(each.lost for each in presences)
    silent = sum(
        found_at - lost_at
        for each in machines
        for (lost_at, _), (found_at, _) in zip(each.heard[::2], each.heard[1::2], strict=False)
    )
    assert abs(silent / SECOND / found - 600.0) < 3 * 600.0 / math.sqrt(found)
    assert all(each.device == "machine" for machine in machines for each in machine.of(DeviceLost))


# Till


def test_a_printer_prints_a_job_again_as_a_copy_and_the_drawer_opens() -> None:
    street = Street(seed=1, currency="HKD")
    street.add_till("st-01/till/1")
    till = Listener()
    street.kernel.spawn("st-01/till/1", till)
    job = PrintReceipt(job=4, text="thank you")
    tell(street, "st-01/till/1/printer", job)
    tell(street, "st-01/till/1/printer", job)
    tell(street, "st-01/till/1/drawer", OpenDrawer(sale=4))
    assert till.of(Printed) == [Printed(job=4)] * 2
    assert till.of(DrawerOpened) == [DrawerOpened(sale=4)]
    printer = street.kernel.actors[street.kernel.reach("st-01/till/1/printer")]
    assert isinstance(printer, Printer)
    assert (printer.receipts, printer.copies) == (1, 1)


# The street


def test_faults_and_tenders_out_of_range_are_refused_by_name() -> None:
    with pytest.raises(ConfigError, match=r"jam_per_vend must be between 0 and 1, not 1\.5"):
        DeviceFaults(jam_per_vend=1.5)
    with pytest.raises(ConfigError, match="losses_per_day must be >= 0, not -1"):
        DeviceFaults(losses_per_day=-1)
    with pytest.raises(ConfigError, match="hk-1: tender must be one of cash, cashless, code, not 'gold'"):
        Street(seed=1, currency="HKD").add_machine("hk-1", tenders=("gold",))
    with pytest.raises(ConfigError, match="currency must be one of CNY, HKD, USD, not 'XYZ'"):
        Street(seed=1, currency="XYZ")
