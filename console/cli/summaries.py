"""Summaries for people of what the commands found; the documents themselves come with ``--json``."""

from __future__ import annotations

from typing import Any

from console.cli.output import money, table

SHOWN_MAX = 10


def show_run(found: dict[str, Any]) -> None:
    """A run's summary: sales, restock, books, and what did not hold."""
    sales, currency = found["sales"], found["currency"]
    lost = sales["lost"]
    ledger, invariants = found["ledger"], found["invariants"]
    balance = "balanced" if ledger["balanced"] else "NOT BALANCED"
    rows = [
        ("sold", f"{sales['units']:,} units, {money(sales['amount_minor'], currency)}"),
        *((f"by {name}", money(amount, currency)) for name, amount in sales["by_tender"].items() if amount),
        ("lost", f"{lost['units']:,} units"),
        *((f"lost by {reason}", f"{units:,}") for reason, units in lost["by_reason"].items() if units),
        (
            "restock",
            f"{found['restock']['visits']:,} visits, {found['restock']['units']:,} units, "
            f"{found['restock']['km']:,.1f} km",
        ),
        ("facts", f"{found['facts']:,}"),
        ("messages", f"{found['messages']:,}"),
        ("time", f"{found['sim_seconds'] / 86_400:g} days in {found['wall_seconds']:.1f} s"),
        ("ledger", f"{ledger['postings']:,} postings, {balance}"),
        ("invariants", f"{invariants['checks']:,} checks, {len(invariants['violations'])} violations"),
        *(("violated", text) for text in _some(invariants["violations"])),
        *(
            ("expected" if e["ok"] else "NOT MET", f"{e['name']}: {e['expected']}, found {e['actual']}")
            for e in found["expectations"]
        ),
        ("digest", found["digest"]),
        *(("note", warning) for warning in found.get("warnings", ())),
    ]
    verdict = "ok" if found["ok"] else "SOMETHING DID NOT HOLD"
    days = f"{found['from']} to {found['to']}"
    table(f"{found['scenario']} {days}, seed {found['seed']}: {verdict}", ("", ""), rows)


def show_replay(found: dict[str, Any]) -> None:
    """Whether a recording came out the same, else the first difference."""
    rows = [("facts", f"{found['facts']:,}"), ("digest", found["digest"])]
    rows += [(name, str(value)) for name, value in (found["first_difference"] or {}).items()]
    table("Replay: identical" if found["identical"] else "Replay: NOT IDENTICAL", ("", ""), rows)


def show_check(found: dict[str, Any]) -> None:
    """Whether a ledger's books hold, and what was found."""
    rows = [
        ("balanced", "yes" if found["balanced"] else "NO"),
        ("hash chains", "hold" if found["chain_ok"] else "BROKEN"),
        ("facts", f"{found['facts']:,}"),
        ("postings", f"{found['postings']:,}"),
        ("sum", f"{found['sum_minor']:,}"),
        *(("violated", text) for text in _some(found["violations"])),
        *(
            (
                f"journal {each['node']}",
                f"{each['facts']:,} facts" if each["ok"] else f"BROKEN: {each['wrong']}",
            )
            for each in found.get("journals", ())
        ),
    ]
    table("Ledger", ("", ""), rows)


def _some(violations: list[Any]) -> list[str]:
    """The first violations as text, and how many more there are."""
    texts = [
        "; ".join(f"{key} {value}" for key, value in v.items()) if isinstance(v, dict) else str(v)
        for v in violations[:SHOWN_MAX]
    ]
    more = len(violations) - len(texts)
    return [*texts, f"and {more:,} more"] if more > 0 else texts
