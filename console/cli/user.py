"""``hawker user``: accounts of a data directory, whether ``hawker up`` runs in it or not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from console.cli import options
from console.cli.output import document, table
from runtime.errors import ConfigError

if TYPE_CHECKING:
    import sqlite3

    from console.people.accounts import Account
    from console.people.store import PeopleStore

app = typer.Typer(help="Who may come into the console.", rich_markup_mode=None)

Name = Annotated[str, typer.Argument(metavar="NAME", help="As they log in.")]
Roles = Annotated[
    list[str], typer.Option("--role", metavar="ROLE", help="What they are; may be given several times.")
]
Sites = Annotated[
    list[str] | None,
    typer.Option("--site", metavar="NAME", help="A site, district, node or van in scope; the whole chain."),
]


@app.command("add")
def add(
    name: Name, data: options.NeededData, roles: Roles, sites: Sites = None, as_json: options.AsJson = False
) -> None:
    """Make an account; prints the password of its first log-in, which has to change it."""
    import time

    from console.people import accounts, passwords
    from console.people.passwords import Passwords

    checked = accounts.checked_roles(roles)
    scope = accounts.checked_sites(sites or None, _places(data))
    accounts.checked_name(name)
    password = passwords.made_up()
    hashed = Passwords().hash(password)

    def make(db: sqlite3.Connection) -> Account:
        account = accounts.add(db, time.time(), name=name, roles=checked, sites=scope, password=hashed)
        _note(db, "people.add", name, {"roles": list(checked), "sites": scope})
        return account

    with _store(data) as store:
        account = store.write(make)
    if as_json:
        document({**_as_json(account), "password": password})
        return
    print(f"{account.name}: first password {password}")


@app.command("list")
def listed(data: options.NeededData, as_json: options.AsJson = False) -> None:
    """Name the accounts."""
    from console.people import accounts

    with _store(data) as store:
        found = store.read(accounts.listed)
    if as_json:
        document([_as_json(account) for account in found])
        return
    rows = [
        (
            account.name,
            ", ".join(account.roles),
            "whole chain" if account.sites is None else ", ".join(account.sites),
            "yes" if account.second_factor else "no",
            "disabled" if account.disabled else "first log-in" if account.must_change else "",
        )
        for account in found
    ]
    table("People", ("name", "roles", "sites", "second factor", "state"), rows)


@app.command("reset")
def reset(
    name: Name,
    data: options.NeededData,
    second_factor: Annotated[
        bool, typer.Option("--second-factor", help="Take the second factor away too.")
    ] = False,
    as_json: options.AsJson = False,
) -> None:
    """Print a link, good once within a day, to set a new password; their sessions end."""
    import time

    from console.people import accounts

    def offer(db: sqlite3.Connection) -> str:
        account = accounts.by_name(db, name)
        _note(db, "people.reset", account.name, {"second_factor": second_factor})
        return accounts.offer_reset(db, account.id, time.time(), without_second_factor=second_factor)

    with _store(data) as store:
        path = f"/login#reset={store.write(offer)}"
    if as_json:
        document({"name": name, "path": path, "seconds": int(accounts.RESET_SECONDS)})
        return
    print(f"{name}: open the console's address with {path}")


@app.command("disable")
def disable(
    name: Name,
    data: options.NeededData,
    enable: Annotated[bool, typer.Option("--enable", help="Let them in again.")] = False,
    as_json: options.AsJson = False,
) -> None:
    """Let somebody in no more; their sessions end at once."""
    from console.people import accounts

    def change(db: sqlite3.Connection) -> Account:
        was = accounts.by_name(db, name)
        _note(db, "people.change", was.name, {"disabled": not enable})
        return accounts.change(db, was.id, roles=was.roles, sites=was.sites, disabled=not enable)

    with _store(data) as store:
        account = store.write(change)
    if as_json:
        document(_as_json(account))
        return
    print(f"{account.name}: {'disabled' if account.disabled else 'enabled'}")


@contextmanager
def _store(data: Path) -> Iterator[PeopleStore]:
    """The accounts of a data directory that ``hawker up`` made."""
    import time

    from console.people import accounts
    from console.people.store import NAME, PeopleStore
    from scenarios import data_directory

    data_directory.marker(data)
    store = PeopleStore(data / NAME)
    try:
        store.write(lambda db: accounts.ensure_owner(db, time.time()))
        yield store
    finally:
        store.close()


def _places(data: Path) -> Any:
    """Names of the chain that a scope is made of; None where its scenario is not shipped and so not known."""
    from console.people.permissions import Places
    from scenarios import data_directory, scenario

    made_for = data_directory.marker(data)
    if made_for.name not in (*scenario.names(), *scenario.library()):
        return None
    changes = [f"{name}={str(value).lower()}" for name, value in made_for.settings.items()]
    return Places(scenario.prepare(scenario.load(made_for.name), changes=changes, seed=made_for.seed).chain)


def _note(db: sqlite3.Connection, action: str, subject: str, detail: dict[str, Any]) -> None:
    """Write to the audit log that it was done here, and by which account of this computer."""
    import getpass
    import time

    from console.people import audit

    try:
        who = getpass.getuser()
    except (KeyError, OSError):
        who = "unknown"
    actor = audit.Actor(who="", name=f"cli:{who}", via="cli")
    audit.write(db, time.time(), actor, action, subject=subject, detail=detail)


def _as_json(account: Account) -> dict[str, Any]:
    return {
        "name": account.name,
        "roles": list(account.roles),
        "sites": None if account.sites is None else list(account.sites),
        "disabled": account.disabled,
        "must_change": account.must_change,
        "second_factor": account.second_factor,
    }


def existing(data: Path) -> Path:
    """The accounts' file of a data directory; raises ConfigError if there is none."""
    from console.people.store import NAME
    from scenarios import data_directory

    data_directory.marker(data)
    path = data / NAME
    if not path.is_file():
        raise ConfigError(f"{path}: must exist: hawker up makes it at its first start")
    return path
