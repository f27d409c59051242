"""Machines, stores and stock over the API: lists by cursor, one thing in full, and what happened to it."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from actors.cabinet.messages import BagCounted, CashCollected
from actors.machine.messages import (
    DeviceCameBack,
    DeviceWentMissing,
    LaneEmptied,
    LaneFilled,
    Load,
    MachineServiced,
)
from actors.payment.messages import CashMetered, CashTaken, ChangePaid, FloatSet, PaymentFlagged
from actors.store.messages import (
    BasketLost,
    PaymentRequested,
    ReceiptIssued,
    ReceiptPrinted,
    SaleCompleted,
    SaleLine,
    StockOpened,
)
from actors.van.messages import VanDeparted, VanLoaded, VanReturned, VanVisited, VisitMissed
from actors.warehouse.messages import Goods, GoodsIssued, GoodsReceived, GoodsReturned, PickListMade, Stop
from console.state.books import EVENTS_MAX
from tests.console.browserless import Caller, console
from tests.console.demo import NINE_US, DemoHost, chain


@pytest.fixture
def host() -> DemoHost:
    return DemoHost(chain(12))


async def asked(caller: Caller, path: str) -> Any:
    answer = await caller.ask(path)
    assert answer.status == 200, answer.body
    return msgspec.json.decode(answer.body)


async def test_machines_come_page_by_page_and_each_once(host: DemoHost) -> None:
    async with console(host) as stranger:
        operator = await stranger.logged_in()
        found, cursor = [], ""
        while cursor is not None:
            page = await asked(operator, f"/api/machines?limit=5&cursor={cursor}")
            found += [row["id"] for row in page["items"]]
            cursor = page["next"]
        assert found == [plan.id for plan in host.chain.machines]


async def test_machines_are_found_by_state_and_by_words(host: DemoHost) -> None:
    host.report("hk-0002", DeviceWentMissing(device="machine"))
    async with console(host) as stranger:
        operator = await stranger.logged_in()
        offline = await asked(operator, "/api/machines?state=offline")
        assert [row["id"] for row in offline["items"]] == ["hk-0002"]
        assert [row["id"] for row in (await asked(operator, "/api/machines?q=HK-0011"))["items"]] == [
            "hk-0011"
        ]
        wrong = await operator.ask("/api/machines?state=sleepy")
        assert wrong.status == 400
        assert msgspec.json.decode(wrong.body)["field"] == "state"
        assert (await operator.ask("/api/machines?cursor=x")).status == 400


async def test_a_machine_in_full_has_its_batches_devices_and_cash(host: DemoHost) -> None:
    lane = "hk-0003/lane/A1"
    for day in ("2026-12-24", "2026-11-30"):
        host.report(lane, LaneFilled(visit=1, product="p", added=2, level=4, expires_on=day))
    host.vend(2, "A1")
    host.report(lane, LaneEmptied(visit=1, product="p", removed=2, level=2, why="expired"))
    host.report("hk-0003", FloatSet(amount_minor=3000))
    host.report("hk-0003", CashTaken(sale=1, amount_minor=2000, held_in="stacker"))
    host.report("hk-0003", ChangePaid(sale=1, amount_minor=700))
    host.report("hk-0003", MachineServiced(visit=1, units=4, cash_minor=1500))
    host.report("hk-0003", CashMetered(inserted_minor=2000, paid_minor=700, tubes=((100, 12), (500, 1))))
    collected = CashCollected(
        visit=1, sold_minor=1500, metered_minor=-1, inserted_minor=-1, paid_minor=-1, tubes_minor=-1
    )
    host.report("hk-0003", collected)
    counted = BagCounted(
        visit=1, expected_minor=1500, counted_minor=1450, metered_minor=-1, before_minor=1500, by="wei"
    )
    host.report("hk-0003", counted)
    host.report("hk-0003", DeviceWentMissing(device="code"), NINE_US + 1_000_000)
    async with console(host) as stranger:
        operator = await stranger.logged_in()
        full = await asked(operator, "/api/machines/hk-0003")
        first = next(one for one in full["lanes"] if one["lane"] == "A1")
        assert first["batches"] == [{"expires_on": "2026-12-24", "units": 1}]
        cash = full["cash"]
        assert (cash["tubes_minor"], cash["box_minor"], cash["stacker_minor"]) == (2300, 0, 500)
        assert cash["pieces"] == [[100, 12], [500, 1]]
        (bag,) = cash["collections"]
        assert (bag["sold_minor"], bag["metered_minor"], bag["counted_minor"]) == (1500, None, 1450)
        code = next(one for one in full["devices"] if one["device"] == "code")
        assert (code["present"], code["missing_since_ms"]) == (False, NINE_US // 1000 + 1000)
        host.report("hk-0003", DeviceCameBack(device="code"), NINE_US + 2_000_000)
        full = await asked(operator, "/api/machines/hk-0003")
        assert all(one["present"] for one in full["devices"])
        assert (await operator.ask("/api/machines/xx-1")).status == 404


async def test_events_come_newest_first_page_by_page_and_are_bounded(host: DemoHost) -> None:
    for number in range(EVENTS_MAX + 5):
        host.report("hk-0001", CashTaken(sale=number, amount_minor=100, held_in="tube"))
    async with console(host) as stranger:
        operator = await stranger.logged_in()
        page = await asked(operator, "/api/machines/hk-0001/events?limit=40")
        sales = [event["said"]["sale"] for event in page["items"]]
        assert page["items"][0]["kind"] == "payment.cash_taken"
        rest = await asked(operator, f"/api/machines/hk-0001/events?limit=40&cursor={page['next']}")
        sales += [event["said"]["sale"] for event in rest["items"]]
        assert sales == list(range(EVENTS_MAX + 4, 4, -1))
        assert rest["next"] is None


def sale(total_minor: int, product: str = "p", quantity: int = 1) -> SaleCompleted:
    line = SaleLine(product=product, quantity=quantity, price_minor=total_minor, amount_minor=total_minor)
    return SaleCompleted(till="st-01/till/1", sale=7, tender="cash", lines=(line,), total_minor=total_minor)


async def test_a_store_has_its_tills_tickets_and_shelf(host: DemoHost) -> None:
    till = "st-01/till/1"
    host.report("st-01", StockOpened(product="p", quantity=10))
    host.report(till, FloatSet(amount_minor=50_000))
    host.report(till, CashTaken(sale=7, amount_minor=900, held_in="drawer"))
    host.report("st-01", sale(900, quantity=3))
    host.report(till, BasketLost(sale=8, lines=1, why="declined"))
    async with console(host) as stranger:
        operator = await stranger.logged_in()
        one = await asked(operator, "/api/stores/st-01")
        first, second = one["store"]["tills"]
        assert (first["state"], first["drawer_minor"], first["sales_minor"]) == ("open", 50_900, 900)
        assert (first["lost"], second["state"]) == (1, "closed")
        assert one["shelf"] == [{"product": "p", "quantity": 7, "weighed": False}]
        assert one["tickets"][0]["total_minor"] == 900
        stores = await asked(operator, "/api/stores")
        assert [store["baskets"] for store in stores["items"]][:2] == [1, 0]
        assert [ticket["till"] for ticket in stores["tickets"]] == [till]
        assert (await operator.ask("/api/stores/st-99")).status == 404


async def test_a_till_says_the_worst_that_holds_of_it(host: DemoHost) -> None:
    till = "st-01/till/1"
    book = host.console.books.stores["st-01"].tills[till]
    assert book.state == "closed"
    host.report(till, FloatSet(amount_minor=1))
    host.report(till, PaymentRequested(sale=1, tender="code", amount_minor=5, lines=1))
    assert book.state == "paying"
    host.report(till, ReceiptIssued(sale=1, text=""))
    host.report(till, ReceiptIssued(sale=2, text=""))
    assert book.state == "printer"
    host.report(till, PaymentFlagged(sale=1, tender="code", amount_minor=5, why="no_answer"))
    assert book.state == "flagged"
    host.report(till, ReceiptPrinted(sale=1))
    assert (book.unprinted, book.flagged_minor) == (1, 5)


async def test_a_round_is_followed_from_the_pick_list_to_the_return(host: DemoHost) -> None:
    van, house = host.chain.vans[0], host.chain.warehouses[0].id
    goods = (Goods(product="p", units=6),)
    load = Load(lane="A1", product="p", units=3)
    stops = tuple(
        Stop(machine=machine, lat_e6=0, lon_e6=0, loads=(load,))
        for machine in ("hk-0001", "hk-0002", "hk-0003")
    )
    host.report(house, StockOpened(product="p", quantity=20))
    host.report(house, GoodsReceived(goods=(Goods(product="p", units=5),)))
    host.report(house, PickListMade(round=4, van=van.id, goods=goods, depart_at_us=NINE_US, stops=stops))
    async with console(host) as stranger:
        operator = await stranger.logged_in()
        (warehouse,) = (await asked(operator, "/api/stock"))["warehouses"]
        assert (warehouse["stock"][0]["units"], warehouse["stock"][0]["allotted"]) == (25, 6)
        assert warehouse["pick_lists"][0]["state"] == "made"
        host.report(house, GoodsIssued(round=4, van=van.id, goods=goods))
        host.report(van.id, VanLoaded(round=4, goods=goods, stops=stops))
        departed = VanDeparted(
            round=4, to="hk-0002", lat_e6=0, lon_e6=0, distance_m=900, arrives_at_us=NINE_US
        )
        visited = VanVisited(round=4, visit=1, machine="hk-0001", filled=(load,), cash_minor=250)
        host.report(van.id, visited)
        host.report(van.id, VisitMissed(round=4, machine="hk-0003", why="failed"))
        host.report(van.id, departed)
        one = await asked(operator, f"/api/stock/vans/{van.id}")
        assert [stop["state"] for stop in one["stops"]] == ["done", "next", "missed"]
        assert (one["done"], one["left"], one["load_units"], one["cash_minor"]) == (1, 1, 3, 250)
        host.report(van.id, VanReturned(round=4, goods=(), cash_minor=250))
        host.report(
            house,
            GoodsReturned(round=4, van=van.id, goods=(Goods(product="p", units=3),), cash_minor=250),
        )
        (warehouse,) = (await asked(operator, "/api/stock"))["warehouses"]
        assert (warehouse["stock"][0]["units"], warehouse["pick_lists"][0]["state"]) == (22, "returned")
        assert (await operator.ask("/api/stock/vans/van-99")).status == 404
