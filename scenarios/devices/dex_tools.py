"""Audit files as documents: checked, compared with each other, and compared with the books."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import attrs
import trio

from hardware.contract.audit import AuditFailed, AuditRead, ReadAudit
from hardware.dex.codec import audit as codec
from hardware.dex.codec.identities import identities, rise, same_machine
from hardware.dex.codec.lines import FILE_BYTES_MAX, split
from hardware.dex.codec.values import Audit, Count, Lane
from runtime.errors import ConfigError, DeviceUnavailable, ProtocolError
from scenarios.devices.ways import parse

Document = dict[str, Any]

READ_SECONDS_MAX = 600.0
"""A read with all its tries; a session has 60 s, over DDCMP 180 s."""


def audits(path: Path) -> list[Audit]:
    """The audits in a file; [] if it holds none.

    Raises:
        ConfigError: the file is too big, or a line or count in it is.
        OSError: it cannot be read.
    """
    try:
        return codec.read(_bytes(path))
    except ProtocolError as error:
        raise ConfigError(f"{path}: {error}") from None


def audits_in(text: str, source: str) -> list[Document]:
    """A document for each audit in text read from a device."""
    return [document(audit, source, index) for index, audit in enumerate(codec.read(text.encode("latin-1")))]


def _bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        data = file.read(FILE_BYTES_MAX + 1)
    if len(data) > FILE_BYTES_MAX:
        raise ConfigError(f"{path}: an audit file must be <= {FILE_BYTES_MAX} bytes, not more")
    return data


def check(paths: Iterable[Path]) -> tuple[list[Document], list[Path]]:
    """A document for each audit in the files, and the files that hold none (``hawker dex check``)."""
    found: list[Document] = []
    empty: list[Path] = []
    for path in paths:
        inside = audits(path)
        found += [document(audit, str(path), index) for index, audit in enumerate(inside)]
        if not inside:
            empty.append(path)
    return found, empty


def document(audit: Audit, file: str, index: int) -> Document:
    """An audit in the words of CLI.md; counters since initialisation, None for what it does not carry."""
    flow = audit.flow
    return {
        "file": file,
        "index": index,
        "g85": audit.g85.result,
        "machine": {"serial": audit.serial, "model": audit.model},
        "currency": audit.currency,
        "decimals": audit.decimals,
        "paid": _count(audit.paid),
        "cash": {
            **_count(audit.cash),
            "in_minor": flow.in_minor,
            "to_cashbox_minor": flow.to_cashbox_minor,
            "to_tubes_minor": flow.to_tubes_minor,
            "bills_minor": flow.bills_minor,
            "dispensed_minor": flow.dispensed_minor,
            "in_tubes_minor": audit.in_tubes_minor,
        },
        "cashless": _count(audit.cashless),
        "lanes": [
            {
                "lane": lane.lane,
                "price_minor": lane.price_minor,
                "sold": lane.sold,
                "amount_minor": lane.amount_minor,
            }
            for lane in audit.lanes
        ],
        "events": [
            {"code": event.code, "count": event.count, "active": event.active, "at": event.at}
            for event in audit.events
        ],
        "warnings": list(audit.warnings),
    }


def _count(count: Count) -> Document:
    return {"units": count.units, "amount_minor": count.amount_minor}


def normal(path: Path) -> str:
    """A file's audits as EVA-DTS lines with CR LF, without headers, text lines and blanks round them."""
    found = split(_bytes(path))
    if not found:
        raise ConfigError(f"{path}: must hold an EVA-DTS audit")
    return "".join(raw.decode("latin-1").strip() + "\r\n" for section in found for raw in section.raw)


async def read_device(way: str, *, reset: bool = False) -> str:
    """Read the audit of a machine over its way in, e.g. ``serial:/dev/ttyUSB0?driver=dex``.

    Args:
        way: see ``scenarios.devices.ways``; its driver must serve an audit port.
        reset: begin the interval counters anew.

    Raises:
        ConfigError: the way is wrong.
        DeviceUnavailable: nobody answers, or not in time.
    """
    found = parse(way)
    driver = found.make_driver()
    if "audit" not in driver.serves:
        raise ConfigError(f"way {way}: driver must serve an audit port, as dex does, not {driver.kind}")
    told: list[AuditRead | AuditFailed] = []
    answered = trio.Event()

    def tell(device: str, event: object) -> None:
        if isinstance(event, AuditRead | AuditFailed):
            told.append(event)
            answered.set()

    async with await found.open() as stream, trio.open_nursery() as nursery:
        nursery.start_soon(driver.run, stream, tell)
        driver.order("audit", ReadAudit(reset=reset))
        with trio.move_on_after(READ_SECONDS_MAX):
            await answered.wait()
        nursery.cancel_scope.cancel()
    match told:
        case [AuditRead(text=text), *_]:
            return text
        case [AuditFailed(why=why), *_]:
            raise DeviceUnavailable(f"way {way}: must answer with an audit: {why}")
        case _:
            raise DeviceUnavailable(f"way {way}: must answer within {READ_SECONDS_MAX:g} s")


def reconcile_files(old: Path, new: Path) -> Document:
    """Compare two files of one audit each (``hawker dex reconcile``); raises ConfigError if unfit."""
    return reconcile(_only(old), _only(new))


def _only(path: Path) -> Audit:
    inside = audits(path)
    if len(inside) != 1:
        raise ConfigError(f"{path}: must hold one audit, not {len(inside) or 'none'}")
    return inside[0]


def reconcile(old: Audit, new: Audit) -> Document:
    """Identities between two reads of one machine, and what has happened between them.

    Raises:
        ConfigError: the audits are of different machines.
    """
    same_machine(old, new)
    return {
        "identities": [
            {"name": one.name, "left": one.left, "right": one.right, "holds": one.holds}
            for one in identities(old, new)
        ],
        "delta": delta(old, new),
    }


def delta(old: Audit, new: Audit) -> Document:
    """What rose between two reads, in the shape of ``document``; None where either does not carry it."""
    was, now = document(old, "", 0), document(new, "", 0)
    before = {lane.lane: lane for lane in old.lanes}
    return {
        **{
            part: {name: rise(was[part][name], now[part][name]) for name in now[part]}
            for part in ("paid", "cash", "cashless")
        },
        "lanes": [_lane_delta(before.get(lane.lane), lane) for lane in new.lanes],
    }


def _lane_delta(was: Lane | None, now: Lane) -> Document:
    return {
        "lane": now.lane,
        "price_was_minor": None if was is None else was.price_minor,
        "price_minor": now.price_minor,
        "sold": None if was is None else rise(was.sold, now.sold),
        "amount_minor": None if was is None else rise(was.amount_minor, now.amount_minor),
    }


@attrs.frozen(kw_only=True)
class Books:
    """What the ledger says of one machine over the time that an audit (or the rise between two) covers.

    Attributes:
        paid_units, paid_minor: every vend that was paid.
        by_tender: (units, amount) by "cash", "cashless", "code", ...; an audit knows cash and the rest.
        cash_in_minor: by place: "tube", "cash_box", "stacker", "recycler".
        paid_out_minor: change and refunds in coin.
        lanes: units vended by lane; {} leaves lanes uncompared.
        lanes_minor: what they were vended for, by lane; {} leaves that uncompared.
        prices_minor: price by lane now; {} leaves prices uncompared.
    """

    paid_units: int
    paid_minor: int
    by_tender: dict[str, tuple[int, int]] = attrs.field(factory=dict)
    cash_in_minor: dict[str, int] = attrs.field(factory=dict)
    paid_out_minor: int = 0
    lanes: dict[str, int] = attrs.field(factory=dict)
    lanes_minor: dict[str, int] = attrs.field(factory=dict)
    prices_minor: dict[str, int] = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class Difference:
    """Something that the machine and the books count differently. ``what`` is e.g. "cash.in_minor"."""

    what: str
    audit: int
    books: int


def differences(counted: Document, books: Books) -> list[Difference]:
    """Where a machine's own counters and the ledger part.

    Args:
        counted: ``document(...)`` or ``delta(...)`` of the machine; what it does not carry is not compared.
        books: the ledger's figures for the same time.
    """
    cash, cashless = counted["cash"], counted["cashless"]
    tender_cash = books.by_tender.get("cash", (0, 0))
    others = [value for tender, value in books.by_tender.items() if tender != "cash"]
    inside = books.cash_in_minor
    bills = inside.get("stacker", 0) + inside.get("recycler", 0)
    pairs: list[tuple[str, int | None, int]] = [
        ("paid.units", counted["paid"]["units"], books.paid_units),
        ("paid.amount_minor", counted["paid"]["amount_minor"], books.paid_minor),
        ("cash.units", cash["units"], tender_cash[0]),
        ("cash.amount_minor", cash["amount_minor"], tender_cash[1]),
        ("cashless.units", cashless["units"], sum(units for units, _ in others)),
        ("cashless.amount_minor", cashless["amount_minor"], sum(amount for _, amount in others)),
        ("cash.in_minor", cash["in_minor"], sum(inside.values())),
        ("cash.to_tubes_minor", cash["to_tubes_minor"], inside.get("tube", 0)),
        ("cash.to_cashbox_minor", cash["to_cashbox_minor"], inside.get("cash_box", 0)),
        ("cash.bills_minor", cash["bills_minor"], bills),
        ("cash.dispensed_minor", cash["dispensed_minor"], books.paid_out_minor),
    ]
    columns = {lane["lane"]: lane for lane in counted["lanes"]}
    for column, what, kept in (
        ("sold", "", books.lanes),
        ("amount_minor", " amount_minor", books.lanes_minor),
        ("price_minor", " price_minor", books.prices_minor),
    ):
        pairs += [
            (f"lane {lane}{what}", columns.get(lane, {}).get(column), value)
            for lane, value in sorted(kept.items())
        ]
    return [
        Difference(what=what, audit=said, books=kept)
        for what, said, kept in pairs
        if said is not None and said != kept
    ]
