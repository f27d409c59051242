"""Products and planograms at the API: found, priced, where they are, within who asks may see."""

from __future__ import annotations

from typing import Any

import pytest

from actors.warehouse.messages import Goods, GoodsReceived
from console.people.people import People
from tests.console.browserless import console
from tests.console.demo import DemoHost, chain
from tests.console.persons import add, caller, people_of, said


@pytest.fixture
def host() -> DemoHost:
    return DemoHost(chain(12))


@pytest.fixture
def people(host: DemoHost) -> People:
    return people_of(host.chain)


async def test_a_product_is_found_and_says_where_it_is_and_what_it_costs(
    host: DemoHost, people: People
) -> None:
    plan = host.chain.machines[0]
    lane = plan.lanes[0]
    lanes = [
        each for machine in host.chain.machines for each in machine.lanes if each.product == lane.product
    ]
    async with console(host, people) as stranger:
        mei = caller(stranger, people, add(people, "mei", "dispatcher"))
        found: Any = said(await mei.ask(f"/api/products?q={lane.product}"))
        row = found["items"][0]
        assert (row["code"], row["lanes"]) == (lane.product, len(lanes))
        assert row["in_machines"] == sum(each.level for each in lanes)
        assert (row["low_minor"], row["high_minor"]) == (
            min(each.price_minor for each in lanes),
            max(each.price_minor for each in lanes),
        )
        one: Any = said(await mei.ask(f"/api/products/{lane.product}"))
        assert one["row"] == row
        assert {"machine": plan.id, "lane": lane.code} in [
            {"machine": sold["machine"], "lane": sold["lane"]} for sold in one["sold"]
        ]
        kinds: Any = (await mei.ask("/api/products/categories")).body
        assert row["category"].encode() in kinds
        assert (await mei.ask("/api/products/nothing")).status == 404
        first: Any = said(await mei.ask("/api/products?limit=2"))
        second: Any = said(await mei.ask(f"/api/products?limit=2&cursor={first['next']}"))
        codes = [each["code"] for each in (*first["items"], *second["items"])]
        assert codes == [product.code for product in host.chain.products[:4]]


async def test_a_cashier_sees_products_without_stock_and_only_machines_of_theirs(
    host: DemoHost, people: People
) -> None:
    product = host.chain.machines[0].lanes[0].product
    async with console(host, people) as stranger:
        kim = caller(stranger, people, add(people, "kim", "cashier", sites=("st-01",)))
        one: Any = said(await kim.ask(f"/api/products/{product}"))
        assert (one["row"]["in_machines"], one["stores"], one["warehouses"]) == (None, None, None)
        assert one["sold"] == []
        assert one["row"]["low_minor"] is None


async def test_goods_in_a_warehouse_are_counted(host: DemoHost, people: People) -> None:
    product = host.chain.products[0].code
    received = GoodsReceived(goods=(Goods(product=product, units=24),))
    async with console(host, people) as stranger:
        mei = caller(stranger, people, add(people, "mei", "dispatcher"))
        before: Any = said(await mei.ask(f"/api/products/{product}"))
        host.report("wh-1", received)
        after: Any = said(await mei.ask(f"/api/products/{product}"))
        assert after["row"]["in_warehouses"] - before["row"]["in_warehouses"] == 24
        assert after["warehouses"] == [{"place": "wh-1", "quantity": after["row"]["in_warehouses"]}]


async def test_a_planogram_shows_lanes_as_they_are_now_and_who_was_opened_alike(
    host: DemoHost, people: People
) -> None:
    plan = host.chain.machines[0]
    host.vend(0, plan.lanes[0].code)
    async with console(host, people) as stranger:
        mei = caller(stranger, people, add(people, "mei", "dispatcher"))
        shown: Any = said(await mei.ask(f"/api/planograms/{plan.id}"))
        assert [lane["lane"] for lane in shown["lanes"]] == [lane.code for lane in plan.lanes]
        assert shown["lanes"][0]["level"] == plan.lanes[0].level - 1
        templates: Any = said(await mei.ask("/api/planograms"))["items"]
        assert sum(len(each["machines"]) for each in templates) == 12
        mine = next(each for each in templates if each["id"] == shown["template"])
        assert plan.id in mine["machines"]
        alike = [machine for machine in host.chain.machines if machine.id in mine["machines"]]
        assert {tuple(lane.product for lane in machine.lanes) for machine in alike} == {
            tuple(lane.product for lane in plan.lanes)
        }
        assert (await mei.ask("/api/planograms/nowhere")).status == 404


async def test_planograms_beyond_ones_places_are_not_there(host: DemoHost, people: People) -> None:
    here, there = host.chain.machines[0], host.chain.machines[1]
    async with console(host, people) as stranger:
        ron = caller(stranger, people, add(people, "ron", "restocker", sites=(here.id,)))
        templates: Any = said(await ron.ask("/api/planograms"))["items"]
        assert [each["machines"] for each in templates] == [[here.id]]
        assert (await ron.ask(f"/api/planograms/{there.id}")).status == 404
