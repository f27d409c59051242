from actors.machine.messages import AssignLane
from hardware.contract.cash import AcceptCash, CashInserted
from hardware.contract.keypad import LanesChosen, Served
from hardware.contract.till import Scanned, TenderChosen
from simulator.customers.keypad import Arrival, Keypad
from simulator.customers.till_keys import Basket, TillKeys
from simulator.devices.cash import CashDevice
from simulator.devices.motor_board import Board
from simulator.devices.payment_terminal import PaymentTerminal
from simulator.street import Street
from tests.simulator.street_fakes import Listener, SimpleMachine, SimpleTill

SECOND = 1_000_000


def street_with_machine(price_minor: int = 800) -> tuple[Street, SimpleMachine]:
    street = Street(seed=1, currency="HKD")
    street.add_machine("hk-1", float_minor=40_000)
    machine = SimpleMachine(price_minor)
    street.kernel.spawn("hk-1", machine)
    return street, machine


def buyer(customer: int, *lanes: str, tender: str = "cashless", cash: tuple[int, ...] = ()) -> Arrival:
    return Arrival(customer=customer, lanes=lanes or ("A1",), tender=tender, cash=cash)


def keypad_of(street: Street) -> Keypad:
    keypad = street.kernel.actors[street.kernel.reach("hk-1/keypad")]
    assert isinstance(keypad, Keypad)
    return keypad


def test_customers_are_served_one_at_a_time_in_order_of_arrival() -> None:
    street, machine = street_with_machine()
    street.feed((second * SECOND, "hk-1/keypad", buyer(second)) for second in range(1, 30))
    street.kernel.run(20 * SECOND)
    assert keypad_of(street).waiting > 10
    street.kernel.run(600 * SECOND)
    assert [each.customer for each in machine.of(LanesChosen)] == list(range(1, 30))
    keypad = keypad_of(street)
    assert (keypad.arrived, keypad.served, keypad.waiting, keypad.vended) == (29, 29, 0, 29)


def test_a_customer_with_cash_waits_for_the_entries_and_pays_piece_by_piece() -> None:
    street, machine = street_with_machine(1_250)
    street.feed([(0, "hk-1/keypad", buyer(1, tender="cash", cash=(1000, 200, 50)))])
    street.kernel.run(60 * SECOND)
    assert [at for at, each in machine.heard if isinstance(each, CashInserted)] == [0, SECOND, 2 * SECOND]
    device = street.kernel.actors[street.kernel.reach("hk-1/cash")]
    assert isinstance(device, CashDevice)
    assert (device.in_minor, device.out_minor) == (1_250, 0)


def test_a_customer_who_overpays_gets_change() -> None:
    street, _ = street_with_machine(800)
    street.feed([(0, "hk-1/keypad", buyer(1, tender="cash", cash=(2000,)))])
    street.kernel.run(60 * SECOND)
    device = street.kernel.actors[street.kernel.reach("hk-1/cash")]
    assert isinstance(device, CashDevice)
    assert (device.in_minor, device.out_minor, device.tubes_minor) == (2_000, 1_200, 38_800)


def test_entries_opened_twice_get_the_money_once_and_none_when_the_sale_is_refused() -> None:
    street = Street(seed=1, currency="HKD")
    street.add_machine("hk-1")
    machine = Listener()
    street.kernel.spawn("hk-1", machine)
    street.feed([(0, "hk-1/keypad", buyer(1, tender="cash", cash=(500,)))])
    street.kernel.run(SECOND)
    assert machine.of(CashInserted) == [], "the machine has not asked for money yet"
    for _ in range(2):
        street.kernel.receive(street.kernel.reach("hk-1/cash"), AcceptCash(on=True))
    street.kernel.run(60 * SECOND)
    assert len(machine.of(CashInserted)) == 1
    street.kernel.receive(
        street.kernel.reach("hk-1/keypad"), Served(customer=1, vended=0, refused=1, why="jam")
    )
    street.feed([(61 * SECOND, "hk-1/keypad", buyer(2, tender="cash", cash=(500,)))])
    street.kernel.run(62 * SECOND)
    refused = Served(customer=2, vended=0, refused=1, why="sold_out")
    street.kernel.receive(street.kernel.reach("hk-1/keypad"), refused)
    street.kernel.receive(street.kernel.reach("hk-1/cash"), AcceptCash(on=True))
    street.kernel.run(120 * SECOND)
    assert len(machine.of(CashInserted)) == 1, "a refused customer keeps the money"
    assert keypad_of(street).refused == 2


def test_a_late_word_for_a_customer_who_has_gone_lets_nobody_go() -> None:
    street = Street(seed=1, currency="HKD")
    street.add_machine("hk-1")
    street.kernel.spawn("hk-1", Listener())
    street.feed([(0, "hk-1/keypad", buyer(1)), (0, "hk-1/keypad", buyer(2)), (0, "hk-1/keypad", buyer(3))])
    street.kernel.run(SECOND)
    for _ in range(2):
        street.kernel.receive(street.kernel.reach("hk-1/keypad"), Served(customer=1, vended=1, refused=0))
    street.kernel.run(2 * SECOND)
    assert (keypad_of(street).served, keypad_of(street).waiting) == (1, 1)


def test_somebody_whom_the_machine_forgot_leaves_when_the_next_one_comes_after_a_long_while() -> None:
    street = Street(seed=1, currency="HKD")
    street.add_machine("hk-1")
    machine = Listener()
    street.kernel.spawn("hk-1", machine)
    late = (1, 2, 901)
    street.feed((second * SECOND, "hk-1/keypad", buyer(second)) for second in late)
    street.kernel.run(900 * SECOND)
    assert [each.customer for each in machine.of(LanesChosen)] == [1], "nobody walks past"
    street.kernel.run(902 * SECOND)
    assert [each.customer for each in machine.of(LanesChosen)] == [1], "900 seconds are not yet over"
    street.feed([(903 * SECOND, "hk-1/keypad", buyer(903))])
    street.kernel.run(904 * SECOND)
    assert [each.customer for each in machine.of(LanesChosen)] == [1, 2]
    assert (keypad_of(street).gave_up, keypad_of(street).waiting, keypad_of(street).arrived) == (1, 2, 4)


def test_planogram_changes_reach_the_machine_just_before_the_choice_that_needs_them() -> None:
    street, machine = street_with_machine()
    change = AssignLane(lane="A1", product="p2", price_minor=900)
    later = Arrival(customer=2, lanes=("A1",), tender="code", changes=(change,))
    street.feed([(0, "hk-1/keypad", buyer(1, "A1")), (1, "hk-1/keypad", later)])
    street.kernel.run(60 * SECOND)
    heard = [each for _, each in machine.heard if isinstance(each, AssignLane | LanesChosen)]
    assert [type(each) for each in heard] == [LanesChosen, AssignLane, LanesChosen]
    (first_at, _), (change_at, _), (second_at, _) = (
        pair for pair in machine.heard if isinstance(pair[1], AssignLane | LanesChosen)
    )
    assert first_at < change_at == second_at


def test_what_the_devices_counted_agrees_with_what_was_sold() -> None:
    street, machine = street_with_machine(800)
    tenders = ("cash", "cashless", "code")
    people = [
        buyer(n, *("A1", "B2")[: 1 + n % 2], tender=tenders[n % 3], cash=() if n % 3 else (2000,))
        for n in range(90)
    ]
    street.feed((0, "hk-1/keypad", each) for each in people)
    street.kernel.run(3_600 * SECOND)
    kernel = street.kernel
    board, cash = kernel.actors[kernel.reach("hk-1/board")], kernel.actors[kernel.reach("hk-1/cash")]
    assert isinstance(board, Board)
    assert isinstance(cash, CashDevice)
    units = sum(len(each.lanes) for each in people)
    assert board.drops == machine.turn == keypad_of(street).vended == units
    taken = 0
    for name in ("cashless", "code"):
        terminal = kernel.actors[kernel.reach(f"hk-1/{name}")]
        assert isinstance(terminal, PaymentTerminal)
        taken += terminal.taken_minor
    assert cash.in_minor - cash.out_minor + taken == units * 800


def test_a_till_scans_each_basket_at_a_cashiers_pace_and_one_after_the_other() -> None:
    street = Street(seed=1, currency="HKD")
    street.add_till("st-01/till/1")
    till = SimpleTill()
    street.kernel.spawn("st-01/till/1", till)
    tenders = ("cash", "cashless", "code")
    street.feed(
        (
            0,
            "st-01/till/1/keys",
            Basket(customer=n, lines=(("milk", 1), ("pears", 755)), tender=tenders[n % 3]),
        )
        for n in range(6)
    )
    street.kernel.run(600 * SECOND)
    keys = street.kernel.actors[street.kernel.reach("st-01/till/1/keys")]
    assert isinstance(keys, TillKeys)
    assert (keys.arrived, keys.served, keys.waiting) == (6, 6, 0)
    assert [each.customer for each in till.of(TenderChosen)] == list(range(6))
    order = [type(each) for _, each in till.heard if isinstance(each, Scanned | TenderChosen)]
    assert order == [Scanned, Scanned, TenderChosen] * 6
    assert till.of(Scanned)[:2] == [Scanned(code="milk", quantity=1), Scanned(code="pears", quantity=755)]
    scanned_at = [at for at, each in till.heard if isinstance(each, Scanned)]
    assert all(1.5 <= (b - a) / SECOND <= 4.5 for a, b in zip(scanned_at[::2], scanned_at[1::2], strict=True))


def test_two_streets_with_one_seed_tell_their_machines_the_same() -> None:
    heard = []
    for _ in range(2):
        street, machine = street_with_machine()
        street.feed(
            (n * SECOND, "hk-1/keypad", buyer(n, tender=("cashless", "code")[n % 2])) for n in range(50)
        )
        street.kernel.run(900 * SECOND)
        heard.append(machine.heard)
    assert heard[0] == heard[1]
