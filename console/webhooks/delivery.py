"""Webhooks: what is told, to whom, again and again until it is taken or given up.

An event is written down before it is sent, in the same file as everything of the doors, so that a restart
forgets none that was noted. Each carries ``x-hawker-signature: t=SECONDS,v1=HEX``: HMAC-SHA256, with the
subscription's secret, over ``SECONDS.`` and the body; a receiver refuses an old ``t``. ``x-hawker-delivery``
stays the same when it is sent again. Alarms are compared with those of the second before, and sales summed up
once a minute: what came and went between two looks is not told.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import sqlite3
import ssl
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import structlog
import trio

from console.host import Host
from console.people.people import People
from console.people.wrong import Missing, Wrong
from console.webhooks.post import Allowed, NotDelivered, post

KINDS = ("alarm.raised", "alarm.acknowledged", "alarm.cleared", "sales.minute")
ATTEMPTS_MAX = 10
WAIT_SECONDS = 5.0
WAIT_SECONDS_MAX = 3_600.0
LOOK_SECONDS = 1.0
SUMMARY_SECONDS = 60.0
WEBHOOKS_MAX = 50
WAITING_MAX = 10_000
KEPT_SECONDS = 7 * 86_400.0
AT_ONCE_MAX = 20
WAITING, DONE, DEAD = "waiting", "done", "dead"
STATES = (WAITING, DONE, DEAD)
log = structlog.get_logger("console.webhooks")


def subscribe(
    db: sqlite3.Connection, now: float, *, url: str, kinds: tuple[str, ...], made_by: str
) -> tuple[int, str]:
    """A new subscription; returns its number and the secret that signs what it is told."""
    count: int = db.execute("SELECT count(*) FROM webhooks WHERE active").fetchone()[0]
    if count >= WEBHOOKS_MAX:
        raise Wrong("url", f"must be one of at most {WEBHOOKS_MAX}", clash=True)
    secret = secrets.token_urlsafe(32)
    made = db.execute(
        "INSERT INTO webhooks (url, kinds, secret, made_by, made_at) VALUES (?, ?, ?, ?, ?)",
        (url, msgspec.json.encode(kinds).decode(), secret, made_by, now),
    )
    return made.lastrowid or 0, secret


def checked_kinds(kinds: list[str]) -> tuple[str, ...]:
    """Kinds of events in their order; at least one."""
    if unknown := sorted(set(kinds) - set(KINDS)):
        raise Wrong("kinds", f"must be of {', '.join(KINDS)}, not {unknown[0][:60]!r}")
    if not kinds:
        raise Wrong("kinds", "must be at least one")
    return tuple(kind for kind in KINDS if kind in kinds)


def unsubscribe(db: sqlite3.Connection, number: int) -> None:
    """End a subscription; what waits for it is given up."""
    if db.execute("UPDATE webhooks SET active = 0 WHERE id = ? AND active", (number,)).rowcount == 0:
        raise Missing(f"webhook {number}: must be one there is")
    db.execute(
        "UPDATE deliveries SET state = ?, error = 'ended' WHERE webhook = ? AND state = ?",
        (DEAD, number, WAITING),
    )


def try_again(db: sqlite3.Connection, number: int, now: float) -> None:
    """Send a dead letter again."""
    done = db.execute(
        "UPDATE deliveries SET state = ?, attempts = 0, next_at = ? WHERE id = ? AND state = ?"
        " AND webhook IN (SELECT id FROM webhooks WHERE active)",
        (WAITING, now, number, DEAD),
    )
    if done.rowcount == 0:
        raise Missing(f"delivery {number}: must be a dead letter of a subscription there is")


def signature(secret: str, at: int, body: bytes) -> str:
    """What a receiver computes too, to know who wrote it and when."""
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


def wait_seconds(attempts: int) -> float:
    """How long after so many attempts the next is made: 5 s, 10 s, ... an hour."""
    return min(WAIT_SECONDS_MAX, WAIT_SECONDS * 2.0 ** max(0, attempts - 1))


class Webhooks:
    """Looks for events, writes them down, and delivers what is due."""

    def __init__(
        self, host: Host, people: People, allowed: Allowed, context: ssl.SSLContext | None = None
    ) -> None:
        self.allowed = allowed
        self._host, self._people, self._context = host, people, context
        self._alarms: dict[int, dict[str, Any]] = self._look()
        self._sold = self._sales()
        self._summary_at = 0.0

    async def run(self) -> None:
        """Until cancelled; a slow receiver keeps nothing from being noted."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._again_and_again, self.note)
            nursery.start_soon(self._again_and_again, self.deliver)

    async def _again_and_again(self, turn: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await turn()
            except Exception as error:
                log.error("webhooks failed", why=repr(error)[:300])
            await trio.sleep(LOOK_SECONDS)

    # Events

    def _look(self) -> dict[int, dict[str, Any]]:
        return {
            alarm.alarm: {
                "alarm": alarm.alarm,
                "kind": alarm.kind,
                "priority": alarm.priority,
                "place": alarm.place,
                "by": alarm.by,
                "cleared": alarm.cleared_at_us > 0,
            }
            for alarm in self._host.console.alarms.values()
        }

    def _sales(self) -> dict[str, int]:
        kpis = self._host.console.kpis()
        return {"sales_minor": kpis.sales_minor, "units": self._host.console.units_today}

    def _events(self, now: float) -> list[tuple[str, dict[str, Any]]]:
        """What happened since the last look."""
        before, after = self._alarms, self._look()
        found: list[tuple[str, dict[str, Any]]] = []
        for number, alarm in after.items():
            was = before.get(number, alarm | {"by": "", "cleared": False})
            if number not in before:
                found.append(("alarm.raised", alarm))
            if alarm["by"] and not was["by"]:
                found.append(("alarm.acknowledged", alarm))
            if alarm["cleared"] and not was["cleared"]:
                found.append(("alarm.cleared", alarm))
        for number, alarm in before.items():
            if number not in after:
                found += [("alarm.acknowledged", alarm)] * (not alarm["by"])
                found += [("alarm.cleared", alarm)] * (not alarm["cleared"])
        self._alarms = after
        if now - self._summary_at >= SUMMARY_SECONDS:
            sold = self._sales()
            if sold != self._sold:
                found.append(("sales.minute", sold))
            self._sold, self._summary_at = sold, now
        return found

    async def note(self) -> None:
        """Write down what happened for whom it concerns."""
        now, chain = self._people.now(), self._host.chain
        if not (events := self._events(now)):
            return
        at_ms = self._host.now_us() // 1000

        def keep(db: sqlite3.Connection) -> None:
            waiting: int = db.execute(
                "SELECT count(*) FROM deliveries WHERE state = ?", (WAITING,)
            ).fetchone()[0]
            hooks = [
                (row["id"], set(msgspec.json.decode(row["kinds"])))
                for row in db.execute("SELECT * FROM webhooks WHERE active")
            ]
            rows = [
                (number, kind, _body(kind, chain.name, at_ms, said), now, now)
                for kind, said in events
                for number, kinds in hooks
                if kind in kinds
            ]
            if rows:
                db.executemany(
                    "INSERT INTO deliveries (webhook, kind, body, at, next_at) VALUES (?, ?, ?, ?, ?)",
                    rows[: max(0, WAITING_MAX - waiting)],
                )
                db.execute(
                    "DELETE FROM deliveries WHERE state != ? AND at < ?", (WAITING, now - KEPT_SECONDS)
                )

        await self._people.work(keep)

    # Delivery

    async def deliver(self) -> None:
        """Send what is due: to each receiver in order, up to the first that is not taken."""
        now = self._people.now()
        due = await self._people.look(
            lambda db: db.execute(
                "SELECT d.*, w.url, w.secret FROM deliveries d JOIN webhooks w ON w.id = d.webhook"
                " WHERE d.state = ? AND d.next_at <= ? ORDER BY d.id LIMIT ?",
                (WAITING, now, AT_ONCE_MAX),
            ).fetchall()
        )
        async with trio.open_nursery() as nursery:
            for number in sorted({row["webhook"] for row in due}):
                nursery.start_soon(self._send_all, [row for row in due if row["webhook"] == number])

    async def _send_all(self, rows: list[sqlite3.Row]) -> None:
        for row in rows:
            if not await self._send(row):
                return

    async def _send(self, row: sqlite3.Row) -> bool:
        at = int(self._people.now())
        headers = {
            "x-hawker-event": row["kind"],
            "x-hawker-delivery": str(row["id"]),
            "x-hawker-signature": signature(row["secret"], at, row["body"]),
        }
        try:
            status = await post(row["url"], row["body"], headers, self.allowed, self._context)
            error = "" if 200 <= status < 300 else f"answered {status}"
        except (NotDelivered, Wrong) as failure:
            error = str(failure)[:300]
        attempts = row["attempts"] + 1
        state = WAITING if error and attempts < ATTEMPTS_MAX else DEAD if error else DONE
        next_at = self._people.now() + wait_seconds(attempts)
        await self._people.work(
            lambda db: db.execute(
                "UPDATE deliveries SET state = ?, attempts = ?, next_at = ?, error = ?"
                " WHERE id = ? AND state = ?",
                (state, attempts, next_at, error, row["id"], WAITING),
            )
        )
        return not error


def _body(kind: str, chain: str, at_ms: int, said: dict[str, Any]) -> bytes:
    return msgspec.json.encode({"event": kind, "chain": chain, "at_ms": at_ms, "said": said})
