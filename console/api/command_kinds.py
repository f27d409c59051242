"""What may be ordered of machines: each kind's right, what it needs, its command, what it would change."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import attrs

from actors.cabinet.messages import PlannedLane
from actors.control.messages import (
    ApplyPlanogram,
    LockMachine,
    ReadAuditNow,
    RebootMachine,
    RemoteRefund,
    RemoteVend,
    SetLaneService,
    SetPrices,
    SetServiceMode,
    SetTargetTemperature,
    ShowMessage,
    TestVend,
    UnlockMachine,
)
from console.api.command_orders import LanePlan, Order
from console.people.wrong import Wrong
from console.state.views import NO_TEMP, LaneView, MachineView

PRICE_MAX = 10_000_000
TARGET = (-300, 700)
"""Tenths of a degree Celsius, as machines take it."""


Changes = Iterator[tuple[str, int | str | None, int | str | None, str]]


@attrs.frozen(kw_only=True)
class Kind:
    """A kind of command.

    Attributes:
        permission: the right that it needs.
        check: raises Wrong for input that is not right for it.
        make: the command for one machine; None where there is nothing to do.
        changes: what it would change there: of what, from, to, unit.
        costly: asks for confirmation even for one machine.
        one: must be for one machine only.
    """

    permission: str
    check: Callable[[Order], None]
    make: Callable[[Order, MachineView], object | None]
    changes: Callable[[Order, MachineView], Changes]
    costly: bool = False
    one: bool = False


def needs_reason(order: Order) -> None:
    """A reason that somebody can read later."""
    if not 3 <= len(order.reason.strip()) <= 200:
        raise Wrong("reason", f"must have 3 to 200 characters, not {len(order.reason.strip())}")


def nothing(_: Order) -> None:
    """Needs nothing."""


# Prices


def _prices(order: Order) -> None:
    if bool(order.prices) == bool(order.product):
        raise Wrong("prices", "must be by lane, or one product's, and not both")
    for lane, price in order.prices.items():
        if not 0 <= price <= PRICE_MAX:
            raise Wrong(f"prices.{lane}", f"must be from 0 to {PRICE_MAX}, not {price}")
    if order.product and (order.price_minor is None or not 0 <= order.price_minor <= PRICE_MAX):
        raise Wrong("price_minor", f"must be from 0 to {PRICE_MAX}, not {order.price_minor}")


def prices_of(order: Order, machine: MachineView) -> dict[str, int]:
    """The lanes of a machine whose price would be another."""
    wanted = order.prices or {
        code: order.price_minor or 0 for code, lane in machine.lanes.items() if lane.product == order.product
    }
    return {
        code: price
        for code, price in wanted.items()
        if code in machine.lanes and machine.lanes[code].price_minor != price
    }


def _set_prices(order: Order, machine: MachineView) -> object | None:
    prices = prices_of(order, machine)
    return SetPrices(prices=tuple(prices.items())) if prices else None


def _price_changes(order: Order, machine: MachineView) -> Changes:
    for code, price in prices_of(order, machine).items():
        yield code, machine.lanes[code].price_minor, price, "money"


# Cabinet


def _target(order: Order) -> None:
    low, high = TARGET
    if order.decicelsius is None or not low <= order.decicelsius <= high:
        raise Wrong("decicelsius", f"must be from {low} to {high}, not {order.decicelsius}")


def _temp_changes(order: Order, machine: MachineView) -> Changes:
    yield "target", None if machine.temp == NO_TEMP else machine.temp, order.decicelsius, "temp"


def _locked(machine: MachineView) -> str:
    return "locked" if machine.locks else "selling"


def _becomes(of: str, after: str) -> Callable[[Order, MachineView], Changes]:
    def changes(_: Order, machine: MachineView) -> Changes:
        yield of, _locked(machine), after, "word"

    return changes


def _lock(order: Order, _: MachineView) -> object:
    return LockMachine(why=order.reason.strip())


def _text_changes(order: Order, _: MachineView) -> Changes:
    yield "display", None, order.text, "text"


# Lanes


def _lane(order: Order) -> None:
    if not order.lane:
        raise Wrong("lane", "must name a lane")


def _lane_on(order: Order) -> None:
    _lane(order)
    _on(order)


def _on(order: Order) -> None:
    if order.on is None:
        raise Wrong("on", "must be true or false")


def _lane_changes(order: Order, machine: MachineView) -> Changes:
    if (lane := machine.lanes.get(order.lane)) is not None:
        before = "off" if lane.why or "operator" in lane.blocks else "on"
        yield order.lane, before, "on" if order.on else "off", "word"


def _vend(order: Order) -> None:
    _lane(order)
    needs_reason(order)


def _vend_changes(order: Order, machine: MachineView) -> Changes:
    if (lane := machine.lanes.get(order.lane)) is not None:
        yield order.lane, lane.level, max(0, lane.level - 1), "units"


def _with_lane(make: Callable[[Order], object]) -> Callable[[Order, MachineView], object | None]:
    return lambda order, machine: make(order) if order.lane in machine.lanes else None


def _refund(order: Order) -> None:
    if order.sale < 1:
        raise Wrong("sale", "must be the number of one of the machine's last sales")
    if not 0 < order.amount_minor <= PRICE_MAX:
        raise Wrong("amount_minor", f"must be from 1 to {PRICE_MAX}, not {order.amount_minor}")
    needs_reason(order)


def _refund_changes(order: Order, _: MachineView) -> Changes:
    yield f"#{order.sale}", 0, order.amount_minor, "money"


# Planograms


def _planogram(order: Order) -> None:
    if order.when not in ("now", "next_service"):
        raise Wrong("when", f"must be now or next_service, not {order.when!r}")
    if not order.lanes:
        raise Wrong("lanes", "must be at least one, or those of another machine (like)")
    for number, lane in enumerate(order.lanes):
        if not (0 <= lane.price_minor <= PRICE_MAX and 1 <= lane.capacity <= 1000):
            raise Wrong(f"lanes.{number}", "must have a price from 0 and a capacity from 1 to 1000")
        if not 0 <= lane.safety <= lane.par <= lane.capacity:
            raise Wrong(
                f"lanes.{number}.par", f"must be from {lane.safety} to {lane.capacity}, not {lane.par}"
            )


def _lanes_of(order: Order, machine: MachineView) -> list[LanePlan]:
    """The lanes that would be otherwise."""
    found = []
    for plan in order.lanes:
        lane = machine.lanes.get(plan.lane)
        same = lane is not None and _same(lane, plan)
        if lane is not None and not same:
            found.append(plan)
    return found


def _same(lane: LaneView, plan: LanePlan) -> bool:
    return (lane.product, lane.price_minor, lane.capacity, lane.par) == (
        plan.product, plan.price_minor, plan.capacity, plan.par,
    )  # fmt: skip


def _apply(order: Order, machine: MachineView) -> object | None:
    lanes = tuple(
        PlannedLane(
            lane=plan.lane,
            product=plan.product,
            price_minor=plan.price_minor,
            capacity=plan.capacity,
            par=plan.par,
            safety=plan.safety,
            perishable=plan.perishable,
        )
        for plan in _lanes_of(order, machine)
    )
    return ApplyPlanogram(name=order.like or "console", lanes=lanes, when=order.when) if lanes else None


def _planogram_changes(order: Order, machine: MachineView) -> Changes:
    for plan in _lanes_of(order, machine):
        lane = machine.lanes[plan.lane]
        if lane.product != plan.product:
            yield plan.lane, lane.product, plan.product, "product"
        if lane.price_minor != plan.price_minor:
            yield plan.lane, lane.price_minor, plan.price_minor, "money"
        if (lane.par, lane.capacity) != (plan.par, plan.capacity):
            yield plan.lane, f"{lane.par}/{lane.capacity}", f"{plan.par}/{plan.capacity}", "text"


COMMAND, DIAGNOSE = "machines.command", "machines.diagnose"
KINDS: dict[str, Kind] = {
    "prices": Kind(permission="prices.write", check=_prices, make=_set_prices, changes=_price_changes),
    "planogram": Kind(
        permission="planograms.write", check=_planogram, make=_apply, changes=_planogram_changes
    ),
    "target": Kind(
        permission=COMMAND,
        check=_target,
        make=lambda order, _: SetTargetTemperature(temp_decicelsius=order.decicelsius or 0),
        changes=_temp_changes,
    ),
    "reboot": Kind(
        permission=COMMAND,
        check=nothing,
        make=lambda _, __: RebootMachine(),
        changes=_becomes("devices", "restarts"),
        costly=True,
    ),
    "lock": Kind(permission=COMMAND, check=needs_reason, make=_lock, changes=_becomes("machine", "locked")),
    "unlock": Kind(
        permission=COMMAND,
        check=nothing,
        make=lambda _, __: UnlockMachine(),
        changes=_becomes("machine", "selling"),
    ),
    "lane": Kind(
        permission=COMMAND,
        check=_lane_on,
        make=_with_lane(lambda order: SetLaneService(lane=order.lane, on=bool(order.on))),
        changes=_lane_changes,
    ),
    "text": Kind(
        permission=COMMAND,
        check=nothing,
        make=lambda order, _: ShowMessage(text=order.text),
        changes=_text_changes,
    ),
    "vend": Kind(
        permission=COMMAND,
        check=_vend,
        make=_with_lane(lambda order: RemoteVend(lane=order.lane, reason=order.reason.strip())),
        changes=_vend_changes,
        costly=True,
        one=True,
    ),
    "refund": Kind(
        permission="refunds.write",
        check=_refund,
        make=lambda order, _: RemoteRefund(
            sale=order.sale, amount_minor=order.amount_minor, reason=order.reason.strip()
        ),
        changes=_refund_changes,
        costly=True,
        one=True,
    ),
    "service_mode": Kind(
        permission=DIAGNOSE,
        check=_on,
        make=lambda order, _: SetServiceMode(on=bool(order.on)),
        changes=lambda order, machine: _becomes("machine", "service" if order.on else "selling")(
            order, machine
        ),
    ),
    "test_vend": Kind(
        permission=DIAGNOSE,
        check=_lane,
        make=_with_lane(lambda order: TestVend(lane=order.lane)),
        changes=_vend_changes,
        costly=True,
        one=True,
    ),
    "read_audit": Kind(
        permission=DIAGNOSE,
        check=nothing,
        make=lambda _, __: ReadAuditNow(),
        changes=_becomes("audit", "read"),
    ),
}
"""By name, in the order in which pages list them."""
