"""After a load: whether every sale that a till acknowledged is in the ledger once, and the cash is exact."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import attrs

import scenarios.assembly  # noqa: F401  # with it come the types of every fact there is
from actors.ledger import queries
from actors.store.messages import SaleCompleted
from runtime.errors import LedgerError
from runtime.journal_sqlite import open_reader
from runtime.message import wire_of
from runtime.wire import CHAIN_START
from scenarios.assembly import OFFICE
from scenarios.chain import Chain
from scenarios.data_directory import LEDGER
from scenarios.load import witness
from scenarios.load.processes import Folders

SHOWN_MAX = 5


@attrs.frozen(kw_only=True)
class Books:
    """What was found.

    Attributes:
        acknowledged: sales that tills said are done.
        in_ledger: sales that the ledger has.
        lost: acknowledged, and not in the ledger, or for another amount.
        doubled: in the ledger more than once.
        cash_minor: what all tills should hold in cash, and ``cash_off`` tills whose account says otherwise.
        wrong: in words, the first of each; empty where all holds.
    """

    facts: int
    acknowledged: int
    in_ledger: int
    lost: int
    doubled: int
    cash_minor: int
    cash_off: int
    wrong: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether all holds."""
        return not self.wrong


def checked(folders: Folders, chain: Chain) -> Books:
    """Compare what tills acknowledged with the ledger, and read the whole ledger again."""
    ledger = folders.of(OFFICE) / LEDGER
    sites = [plan.id for plan in chain.stores]
    said: dict[tuple[str, int], int] = {}
    wrong: list[str] = []
    cash: Counter[str] = Counter()
    count = 0
    for plan in chain.stores:
        rows = witness.read(folders.logs / f"{plan.id}.sold", witness.SALE)
        count += len(rows)
        for till, sale, total, tender in rows[["till", "sale", "total_minor", "tender"]].tolist():
            address = f"{plan.id}/till/{till + 1}"
            said[address, sale] = total
            if tender == 0:
                cash[address] += total
    if count != len(said):
        wrong.append(f"{count - len(said)} sales were acknowledged twice")
    stored, amounts = _stored(ledger)
    lost = [key for key, total in said.items() if amounts.get(key) != total]
    doubled = [key for key, times in stored.items() if times > 1]
    unsaid = [key for key in stored if key not in said]
    wrong += _named("acknowledged sales are not in the ledger as they were", lost)
    wrong += _named("sales are in the ledger more than once", doubled)
    wrong += _named("sales are in the ledger that no till acknowledged", unsaid)
    floats = {f"{p.id}/till/{n + 1}": p.float_minor for p in chain.stores for n in range(p.tills)}
    held = {
        name.removeprefix("cash:"): amount for (name, _), amount in queries.balances(ledger, "cash:").items()
    }
    off = [(till, 0) for till, opening in floats.items() if held.get(till, 0) != opening + cash[till]]
    wrong += _named("tills have other cash on their account than they took", off)
    found = queries.check(ledger)
    if not found.ok:
        wrong.append(
            f"ledger check: balanced {found.balanced}, chain {found.chain_ok}, {found.violations[:3]}"
        )
    wrong += [text for name in (*sites, OFFICE) if (text := _apart(folders.of(name), name, ledger))]
    return Books(
        facts=found.facts,
        acknowledged=count,
        in_ledger=sum(stored.values()),
        lost=len(lost),
        doubled=len(doubled),
        cash_minor=sum(floats.values()) + sum(cash.values()),
        cash_off=len(off),
        wrong=tuple(wrong),
    )


def _stored(ledger: Path) -> tuple[Counter[tuple[str, int]], dict[tuple[str, int], int]]:
    """How often each sale is in the ledger, and for how much."""
    tag = wire_of(SaleCompleted).tag
    stored: Counter[tuple[str, int]] = Counter()
    amounts: dict[tuple[str, int], int] = {}
    for _, _, record in queries.facts_as_stored(ledger):
        if record.tag == tag:
            sale = record.fact()
            assert isinstance(sale, SaleCompleted)
            stored[sale.till, sale.sale] += 1
            amounts[sale.till, sale.sale] = sale.total_minor
    return stored, amounts


def _named(what: str, which: list[tuple[str, int]]) -> list[str]:
    some = ", ".join(f"{till} {sale}" if sale else till for till, sale in which[:SHOWN_MAX])
    return [f"{len(which)} {what}: {some}"] if which else []


def _apart(data: Path, name: str, ledger: Path) -> str:
    """How a node's journal and the ledger differ at their ends; "" if they do not."""
    try:
        reader = open_reader(data / "nodes" / f"{name}.sqlite3")
    except LedgerError as error:
        return str(error)
    try:
        head = reader.head()
    finally:
        reader.close()
    with queries.asked(ledger) as db:
        sql = "SELECT seq, chain FROM fact WHERE node = ? ORDER BY epoch DESC, seq DESC LIMIT 1"
        row = db.get_connection().execute(sql, (name,)).fetchone()
    stored = (0, CHAIN_START) if row is None else (row[0], row[1])
    return "" if stored == head else f"{name}: journal ends with fact {head[0]}, the ledger with {stored[0]}"
