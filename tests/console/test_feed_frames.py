"""Frames of the feed: what Python encodes a browser decodes, bit by bit; and who gets which rows."""

from __future__ import annotations

import base64
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.machine.messages import DeviceWentMissing
from console.feed.circle import Circle, chain_page, machine_page
from console.feed.rows import ROW_BYTES, columns, framed, websocket_frame
from console.feed.scope import key_of, scope_of
from console.page_paths import ROUTER, page_paths
from console.people.permissions import PERMISSIONS, Person, Places, permissions_of
from console.state.views import NO_TEMP, Changes
from tests.console.demo import NINE_US, DemoHost, chain
from tests.console.frames import decoded, unframed

JS_ROWS = """async (text) => {
  const { decode, COLUMNS } = await import("/static/frames.js");
  const bytes = Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
  const frame = decode(bytes.buffer);
  const rows = [...Array(frame.rows).keys()]
    .map((at) => Object.fromEntries(COLUMNS.map(([name]) => [name, frame.columns[name][at]])));
  return { snapshot: frame.snapshot, rows, said: frame.said };
}"""


@pytest.fixture
def host() -> DemoHost:
    host = DemoHost(chain(12))
    for number in range(12):
        host.vend(number, "A1", tender="cash")
    return host


def somebody(host: DemoHost, *roles: str, sites: tuple[str, ...] | None = None) -> Person:
    return Person(
        id="p9",
        name="wei",
        roles=frozenset(roles),
        sites=None if sites is None else frozenset(sites),
        permissions=permissions_of(roles),
        places=Places(host.chain),
    )


def test_a_frame_holds_exactly_what_the_machines_are(host: DemoHost) -> None:
    host.report("hk-0003", DeviceWentMissing(device="machine"))
    view = host.console.machines[2]
    view.sales_minor, view.temp = 123_456_789_012, -7
    frame = decoded(Circle(host, scope_of(host.chain, None)).snapshot())
    assert frame.snapshot
    assert [row["row"] for row in frame.rows] == list(range(12))
    row = frame.rows[2]
    assert (row["sales"], row["temp"], row["state"], row["units"]) == (123_456_789_012, -7, view.state, 1)
    assert (row["stock"], row["seen"]) == (view.stock_permille, NINE_US // 1_000_000)
    assert frame.rows[5]["temp"] == NO_TEMP


@given(
    st.lists(
        st.tuples(
            st.integers(0, 2**53), st.integers(-32767, 32767), st.integers(0, 2**32 - 1), st.integers(0, 40)
        ),
        max_size=9,
    ),
    st.booleans(),
)
def test_whatever_the_figures_the_columns_hold_them(rows: list[tuple[int, ...]], snapshot: bool) -> None:
    made = DemoHost(chain(9)).console.machines[: len(rows)]
    for view, (sales, temp, units, empty) in zip(made, rows, strict=True):
        view.sales_minor, view.temp, view.units, view.empty = sales, temp, units, empty
    message = framed(b'{"now":1}', len(rows), columns(range(len(rows)), made), snapshot=snapshot)
    frame = decoded(message)
    assert [(row["sales"], row["temp"], row["units"], row["empty"]) for row in frame.rows] == rows
    assert (frame.snapshot, frame.said) == (snapshot, {"now": 1})
    assert len(message) == 16 + ROW_BYTES * len(rows) + 9


@pytest.mark.parametrize("size", [0, 125, 126, 65_535, 65_536])
def test_a_websocket_frame_says_its_length_as_the_standard_has_it(size: int) -> None:
    assert unframed(websocket_frame(bytes(size))) == (False, bytes(size))
    assert unframed(websocket_frame(b"x" * size, text=True)) == (True, b"x" * size)


def test_a_page_decodes_what_the_console_encodes(browser: Any, host: DemoHost) -> None:
    module = (ROUTER.parent / "frames.js").read_text(encoding="utf-8")
    context = browser.new_context()
    context.route("**/*", lambda route: route.fulfill(body="<title>frames</title>", content_type="text/html"))
    context.route("**/frames.js", lambda route: route.fulfill(body=module, content_type="text/javascript"))
    page = context.new_page()
    page.goto("http://frames.test/")
    circle = Circle(host, scope_of(host.chain, None))
    for message in (circle.snapshot(), circle.delta(Changes(machines={4, 7, 11})), circle.delta(Changes())):
        ours = decoded(message)
        theirs = page.evaluate(JS_ROWS, base64.b64encode(message).decode())
        assert theirs == {"snapshot": ours.snapshot, "rows": ours.rows, "said": ours.said}


def test_a_person_of_some_sites_gets_their_rows_and_figures_and_no_others(host: DemoHost) -> None:
    mine = somebody(host, "store_manager", sites=("hk-0004", "hk-0009", "st-02"))
    scope = scope_of(host.chain, mine)
    page = msgspec.json.decode(chain_page(host, scope))
    assert [row[0] for row in page["machines"]] == ["hk-0004", "hk-0009"]
    assert [row[0] for row in page["stores"]] == ["st-02"]
    host.raise_alarm("jam", 1, "hk-0009/lane/A1")
    other = host.raise_alarm("jam", 1, "hk-0005/lane/A1")
    circle = Circle(host, scope)
    frame = decoded(circle.snapshot())
    prices = [host.chain.machines[number].lanes[0].price_minor for number in (3, 8)]
    assert [row["sales"] for row in frame.rows] == prices
    assert frame.said["kpi"]["now"][1] == sum(prices)
    assert [alarm[3] for alarm in frame.said["alarms"]] == ["hk-0009/lane/A1"]
    assert frame.said["kpi"]["now"][4] == 1
    changed = decoded(circle.delta(Changes(machines={0, 8}, alarms={other})))
    assert [row["row"] for row in changed.rows] == [1]
    assert "alarms" not in changed.said


def test_who_may_not_see_cash_is_told_none(host: DemoHost) -> None:
    technician = scope_of(host.chain, somebody(host, "technician"))
    assert not technician.whole
    frame = decoded(Circle(host, technician).snapshot())
    assert frame.said["kpi"]["now"][6] == 0
    assert frame.said["kpi"]["cash"] is False
    assert msgspec.json.decode(machine_page(host, 0, 0, cash=False))["cash"] is None


def test_persons_who_see_the_same_share_a_circle(host: DemoHost) -> None:
    one, other = (somebody(host, "dispatcher") for _ in range(2))
    assert key_of(one) == key_of(other) == key_of(None)
    assert key_of(somebody(host, "dispatcher", sites=("hk-0001",))) != key_of(one)


def test_every_page_has_an_address_and_a_permission_that_exists() -> None:
    paths = page_paths()
    assert {"/", "/machines/{id:str}", "/stock"} <= set(paths)
    assert set(paths.values()) <= {*PERMISSIONS, "own"}
