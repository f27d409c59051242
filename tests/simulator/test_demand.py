import math
from collections import Counter
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from actors.machine.messages import AssignLane
from runtime.errors import ConfigError
from simulator.customers.keypad import Arrival
from simulator.customers.rates import MachineRates, StoreRates
from simulator.customers.recorded import Attempt, RecordedLine
from simulator.customers.recorded import arrivals as recorded_arrivals
from simulator.customers.sampled import HOUR_US, arrivals, baskets
from simulator.customers.till_keys import Basket
from simulator.money import MONEY

HKD = MONEY["HKD"]
HONG_KONG = ZoneInfo("Asia/Hong_Kong")
START = int(datetime(2024, 5, 6, tzinfo=HONG_KONG).timestamp()) * 1_000_000
DAY = 24 * HOUR_US
HOURLY = tuple(float(hour) for hour in range(24))
TENDERS = (("code", 0.6), ("cashless", 0.2), ("cash", 0.2))


def rates_of(machine: str, weekday: tuple[float, ...] = (1.0,) * 7, lanes: int = 40) -> MachineRates:
    choices = tuple((f"A{n}", 800 + 50 * n, 1.0 + n) for n in range(lanes))
    return MachineRates(machine=machine, hourly=HOURLY, weekday=weekday, lanes=choices, tenders=TENDERS)


def sampled(
    rates: list[MachineRates], from_us: int, to_us: int, seed: int = 1
) -> list[tuple[int, str, Arrival]]:
    return list(arrivals(rates, from_us, to_us, seed=seed, zone=HONG_KONG, money=HKD))


def test_customers_come_in_order_of_time_and_as_many_as_the_rates_say_in_each_local_hour() -> None:
    people = sampled([rates_of(f"hk-{n}") for n in range(100)], START, START + DAY)
    times = [at for at, _, _ in people]
    assert times == sorted(times)
    by_hour = Counter((at - START) // HOUR_US for at in times)
    for hour in range(24):
        assert abs(by_hour[hour] - 100 * hour) <= 3.5 * math.sqrt(100 * hour), hour
    assert abs(len(people) - 27_600) < 3 * math.sqrt(27_600)


def test_the_number_of_customers_of_an_hour_is_poisson() -> None:
    people = sampled([rates_of(f"hk-{n}") for n in range(2_000)], START + 10 * HOUR_US, START + 11 * HOUR_US)
    by_machine = Counter(to for _, to, _ in people)
    counts = [by_machine[f"hk-{n}/keypad"] for n in range(2_000)]
    mean = sum(counts) / 2_000
    variance = sum((count - mean) ** 2 for count in counts) / 1_999
    assert abs(mean - 10.0) < 3 * math.sqrt(10 / 2_000)
    assert abs(variance / mean - 1.0) < 3 * math.sqrt(2 / 2_000)


def test_a_stream_begun_late_goes_on_as_one_begun_early() -> None:
    rates = [rates_of(f"hk-{n}") for n in range(20)]
    whole = sampled(rates, START, START + DAY)
    late = START + 11 * HOUR_US + HOUR_US // 2 + 7
    assert sampled(rates, late, START + DAY) == [each for each in whole if each[0] >= late]
    assert sampled(rates, START, late) + sampled(rates, late, START + DAY) == whole


def test_a_machines_customers_do_not_depend_on_the_others_nor_on_their_order() -> None:
    rates = [rates_of("hk-1"), rates_of("hk-2", lanes=7), rates_of("hk-3")]
    together = sampled(rates, START, START + DAY)
    assert sampled(rates[::-1], START, START + DAY) == together
    alone = sampled([rates_of("hk-2", lanes=7)], START, START + DAY)
    assert alone == [each for each in together if each[1] == "hk-2/keypad"]


def test_another_seed_gives_other_customers() -> None:
    assert sampled([rates_of("hk-1")], START, START + DAY) != sampled(
        [rates_of("hk-1")], START, START + DAY, seed=2
    )


def test_lanes_tenders_and_second_items_come_by_their_weights() -> None:
    people = [
        arrival for _, _, arrival in sampled([rates_of(f"hk-{n}") for n in range(100)], START, START + DAY)
    ]
    total = len(people)
    for tender, share in TENDERS:
        found = sum(each.tender == tender for each in people)
        assert abs(found - total * share) < 3 * math.sqrt(total * share * (1 - share))
    twos = sum(len(each.lanes) == 2 for each in people)
    assert abs(twos - total * 0.08) < 3 * math.sqrt(total * 0.08)
    lanes = Counter(each.lanes[0] for each in people)
    for n in range(40):
        expected = total * (1 + n) / 820
        assert abs(lanes[f"A{n}"] - expected) < 4 * math.sqrt(expected), n
    assert len({each.customer for each in people if each.lanes}) <= total


def test_each_customer_of_a_machine_has_a_number_of_its_own() -> None:
    people = [arrival for _, _, arrival in sampled([rates_of("hk-1")], START, START + 7 * DAY)]
    assert len({each.customer for each in people}) == len(people)


def test_cash_covers_the_price_and_others_bring_none() -> None:
    prices = {code: price for code, price, _ in rates_of("hk-1").lanes}
    exact = over = 0
    for _, _, each in sampled([rates_of(f"hk-{n}") for n in range(20)], START, START + DAY):
        if each.tender != "cash":
            assert each.cash == ()
            continue
        due = sum(prices[lane] for lane in each.lanes)
        assert sum(each.cash) >= due
        assert all(piece in HKD.coins + HKD.bills for piece in each.cash)
        assert sum(each.cash) - due < max(HKD.handy)
        exact, over = exact + (sum(each.cash) == due), over + (sum(each.cash) > due)
    assert exact > 300
    assert over > 300


def test_weekdays_are_local_ones_and_hours_follow_summer_time() -> None:
    closed_on_monday = (0.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0)
    people = sampled([rates_of("hk-1", closed_on_monday)], START - DAY, START + 2 * DAY)
    assert {(at - START) // DAY for at, _, _ in people} == {-1, 1}
    new_york = ZoneInfo("America/New_York")
    spring = int(datetime(2022, 3, 13, tzinfo=new_york).timestamp()) * 1_000_000
    only_two = MachineRates(
        machine="us-1",
        hourly=tuple(300.0 * (h == 2) for h in range(24)),
        lanes=(("1", 100, 1.0),),
        tenders=TENDERS,
    )
    long_day = list(arrivals([only_two], spring, spring + DAY, seed=1, zone=new_york, money=MONEY["USD"]))
    assert long_day == [], "on that day no clock showed two o'clock"


def test_rates_that_make_no_sense_are_refused_by_name() -> None:
    with pytest.raises(ConfigError, match="hk-1: hourly rates must be 24 numbers >= 0"):
        MachineRates(machine="hk-1", hourly=(1.0,), lanes=(("A1", 1, 1.0),), tenders=TENDERS)
    with pytest.raises(ConfigError, match="hk-1: hourly rates must be <= 500"):
        MachineRates(machine="hk-1", hourly=(501.0,) * 24, lanes=(("A1", 1, 1.0),), tenders=TENDERS)
    with pytest.raises(ConfigError, match="hk-1: weekday factors must be 7 numbers"):
        MachineRates(machine="hk-1", hourly=HOURLY, weekday=(1.0,), lanes=(("A1", 1, 1.0),), tenders=TENDERS)
    with pytest.raises(ConfigError, match="hk-1: lane weights must add up to more than 0"):
        MachineRates(machine="hk-1", hourly=HOURLY, lanes=(), tenders=TENDERS)
    with pytest.raises(ConfigError, match="st-1: every code in the baskets must have a price, 'x' has none"):
        StoreRates(
            store="st-1", tills=("t",), hourly=HOURLY, baskets=((("x", 1),),), prices=(), tenders=TENDERS
        )


# Stores


def store_rates(store: str) -> StoreRates:
    return StoreRates(
        store=store,
        tills=(f"{store}/till/1", f"{store}/till/2"),
        hourly=HOURLY,
        baskets=((("milk", 2),), (("milk", 1), ("pears", 333)), (("pears", 1001),)),
        prices=(("milk", 1150, False), ("pears", 1500, True)),
        tenders=TENDERS,
    )


def shoppers(rates: list[StoreRates], from_us: int, to_us: int) -> list[tuple[int, str, Basket]]:
    return list(baskets(rates, from_us, to_us, seed=1, zone=HONG_KONG, money=HKD))


def test_shoppers_come_by_the_rates_to_all_tills_with_all_baskets_and_enough_cash() -> None:
    rates = [store_rates(f"st-{n}") for n in range(20)]
    people = shoppers(rates, START, START + DAY)
    assert [at for at, _, _ in people] == sorted(at for at, _, _ in people)
    assert abs(len(people) - 20 * 276) < 3 * math.sqrt(20 * 276)
    assert len({to for _, to, _ in people}) == 40
    assert {each.lines for _, _, each in people} == set(rates[0].baskets)
    totals = {rates[0].baskets[0]: 2300, rates[0].baskets[1]: 1650, rates[0].baskets[2]: 1502}
    for _, _, each in people:
        assert each.given_minor >= totals[each.lines] if each.tender == "cash" else each.given_minor == 0


def test_shoppers_go_on_after_a_late_start_and_do_not_depend_on_other_stores() -> None:
    rates = [store_rates("st-1"), store_rates("st-2")]
    whole = shoppers(rates, START, START + DAY)
    late = START + 9 * HOUR_US + 5
    assert shoppers(rates[::-1], late, START + DAY) == [each for each in whole if each[0] >= late]
    assert shoppers(rates[:1], START, START + DAY) == [each for each in whole if each[1].startswith("st-1/")]


# Recorded


def attempt(at_us: int, *lines: tuple[str, str, int], tender: str = "cash") -> Attempt:
    recorded = tuple(
        RecordedLine(lane=lane, product=product, price_minor=price) for lane, product, price in lines
    )
    return Attempt(at_us=at_us, machine="us-1", customer=at_us, tender=tender, lines=recorded)


def test_recorded_purchases_come_as_recorded_with_planogram_changes_only_where_labels_differ() -> None:
    opening = {("us-1", "148"): ("cola", 150)}
    purchases = [
        attempt(1, ("148", "cola", 150), ("148", "cola", 150)),
        attempt(2, ("148", "cola", 175), ("102", "chips", 125), tender="cashless"),
        attempt(3, ("148", "cola", 175)),
        attempt(4, ("148", "water", 175)),
    ]
    came = list(recorded_arrivals(purchases, opening, MONEY["USD"]))
    assert [(at, to) for at, to, _ in came] == [(n, "us-1/keypad") for n in (1, 2, 3, 4)]
    assert [each.lanes for _, _, each in came] == [("148", "148"), ("148", "102"), ("148",), ("148",)]
    assert [each.changes for _, _, each in came] == [
        (),
        (
            AssignLane(lane="148", product="cola", price_minor=175),
            AssignLane(lane="102", product="chips", price_minor=125),
        ),
        (),
        (AssignLane(lane="148", product="water", price_minor=175),),
    ]
    assert [each.cash for _, _, each in came] == [(100, 100, 100), (), (100, 25, 25, 25), (100, 25, 25, 25)]
    assert opening == {("us-1", "148"): ("cola", 150)}


def test_one_lane_under_two_labels_in_one_purchase_comes_as_two_customers_in_a_row() -> None:
    purchase = attempt(5, ("1", "cola", 100), ("2", "chips", 100), ("1", "water", 100))
    first, second = recorded_arrivals([purchase], {}, MONEY["USD"])
    assert (first[2].lanes, second[2].lanes) == (("1", "2"), ("1",))
    assert first[0] == second[0] == 5
    assert first[2].customer != second[2].customer
    assert second[2].changes == (AssignLane(lane="1", product="water", price_minor=100),)


def test_exact_cash_is_exact_even_where_no_coin_is_small_enough() -> None:
    for money in MONEY.values():
        for amount in range(1, 3_000, 7):
            assert sum(money.exact(amount)) == amount
    assert MONEY["USD"].exact(137) == (100, 25, 10, 2)
    assert START % HOUR_US == 0
    assert datetime.fromtimestamp(START / 1_000_000, UTC).hour == 16
