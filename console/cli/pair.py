"""``hawker pair``: a node gets on the office's roster, changes its key, or is taken off.

At the office, ``--data`` is the office's folder; the commands change its files, and the office that runs sees
that within half a second. At the node, ``--data`` is the node's folder.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Annotated

import attrs
import typer

from console.cli import options
from console.cli.output import complain, document, table
from runtime.errors import ConfigError
from runtime.pairing import CODE_SECONDS

INTERRUPTED = 130

Text = str | None


def pair(
    data: options.NeededData,
    issue: Annotated[Text, typer.Option("--issue", metavar="NODE", help="Office: a code for a node.")] = None,
    waiting: Annotated[bool, typer.Option("--list", help="Office: who waits, and who is in.")] = False,
    confirm: Annotated[Text, typer.Option("--confirm", metavar="NODE", help="Office: let it in.")] = None,
    reject: Annotated[Text, typer.Option("--reject", metavar="NODE", help="Office: send it away.")] = None,
    revoke: Annotated[Text, typer.Option("--revoke", metavar="NODE", help="Office: take its key.")] = None,
    rotate: Annotated[
        bool, typer.Option("--rotate", help="Change a node's key (--name), or the office's own.")
    ] = False,
    name: Annotated[Text, typer.Option("--name", metavar="NODE", help="Node: its name.")] = None,
    serial: Annotated[Text, typer.Option("--serial", metavar="TEXT", help="The computer's serial.")] = None,
    code: Annotated[Text, typer.Option("--code", metavar="CODE", help="Node: as the office told.")] = None,
    fingerprint: Annotated[
        Text, typer.Option("--fingerprint", metavar="TEXT", help="Node: likewise.")
    ] = None,
    office: Annotated[Text, typer.Option("--office", metavar="HOST:PORT", help="Node: likewise.")] = None,
    as_json: options.AsJson = False,
) -> None:
    """Pair a node with its office: --issue, --list, --confirm there; --code here; --revoke and --rotate."""
    actions = {
        "--issue": issue,
        "--list": waiting,
        "--confirm": confirm,
        "--reject": reject,
        "--revoke": revoke,
        "--rotate": rotate,
        "--code": code,
    }
    asked = [option for option, given in actions.items() if given]
    if len(asked) != 1:
        raise ConfigError(
            f"pair: must be given one of {', '.join(actions)}, not {', '.join(asked) or 'none'}"
        )
    match asked[0]:
        case "--issue":
            _issue(data, str(issue), as_json)
        case "--list":
            _list(data, as_json)
        case "--confirm":
            _at_office(data, "confirm", str(confirm), _needed("--serial", serial))
        case "--reject":
            _at_office(data, "reject", str(reject))
        case "--revoke":
            _at_office(data, "revoke", str(revoke))
        case "--rotate":
            _rotate(data, name, as_json)
        case _:
            told = [
                _needed(option, given)
                for option, given in (
                    ("--name", name),
                    ("--code", code),
                    ("--fingerprint", fingerprint),
                    ("--office", office),
                )
            ]
            _join(data, told, _needed("--serial", serial))


def _needed(option: str, given: str | None) -> str:
    if not given:
        raise ConfigError(f"pair: must be given {option} as well")
    return given


def _issue(data: Path, node: str, as_json: bool) -> None:
    from scenarios.live import keys as live_keys

    told = live_keys.invite(data, node)
    if as_json:
        document(attrs.asdict(told))
        return
    print(f"Code: {told.code}, for {node}, once, within {CODE_SECONDS // 60} minutes")
    print(f"Fingerprint: {told.fingerprint}")
    print(f"Office: {told.office}")


def _list(data: Path, as_json: bool) -> None:
    from scenarios.live import keys as live_keys

    desk, roster = live_keys.at_office(data)
    rows = [(knock.node, "waits", knock.serial) for knock in desk.waiting()]
    rows += [(node, "is in", "") for node in roster.nodes]
    rows += [(node, "revoked", "") for node in roster.revoked]
    missing = live_keys.without_next_key(data)
    rows += [(node, "lacks the office's next key", "") for node in missing]
    if as_json:
        document([{"node": node, "state": state, "serial": serial} for node, state, serial in rows])
    else:
        table("Nodes", ("node", "state", "serial"), rows)


def _at_office(data: Path, what: str, node: str, serial: str = "") -> None:
    from scenarios.live import keys as live_keys

    desk, roster = live_keys.at_office(data)
    match what:
        case "confirm":
            desk.confirm(node, serial)
        case "reject":
            desk.reject(node)
        case _:
            roster.revoke(node)
    print(f"{node}: {what}{'d' if what[-1] == 'e' else 'ed'}")


def _join(data: Path, told: list[str], serial: str) -> None:
    from scenarios.live import keys as live_keys

    node, code, fingerprint, office = told
    complain(f"{node} waits for: hawker pair --confirm {node} --serial {serial} at the office")
    invitation = live_keys.Invitation(node, code, fingerprint, office)
    _done(partial(live_keys.join, data, invitation, serial), f"{node}: paired with {office}")


def _rotate(data: Path, node: str | None, as_json: bool) -> None:
    from scenarios.live import keys as live_keys

    if node is None:
        fingerprint, missing = live_keys.rotate_office(data)
        if as_json:
            document({"fingerprint": fingerprint, "missing": list(missing)})
            return
        print(f"Next fingerprint: {fingerprint}")
        print(f"The office takes it once these have heard of it: {', '.join(missing) or 'none is left'}")
        return
    _done(partial(live_keys.rotate, data, node), f"{node}: has a new key")


def _done(work: Callable[[], Awaitable[None]], text: str) -> None:
    """Do the work and say so; 130 when a signal ended it."""
    import trio

    from console.cli.until_signal import until_signal

    async def whole() -> bool:
        await work()
        return True

    if trio.run(until_signal, whole) is None:
        raise typer.Exit(INTERRUPTED)
    print(text)
