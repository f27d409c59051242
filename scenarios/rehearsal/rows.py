"""Tables of a file into rows: known keys only, right types, and errors that say where."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import attrs
import msgspec

from runtime.errors import ConfigError

R = TypeVar("R")
WORDS = {"from": "begins", "to": "ends"}
"""Keys of a file that are no names in Python."""
_BACK = {name: word for word, name in WORDS.items()}


def row_of(where: str, table: Mapping[str, Any], kind: type[R]) -> R:
    """A table as a row; a row with a method ``checked`` is asked for the rule it breaks, "" none.

    A text where several may stand is taken for a list of one.

    Raises:
        ConfigError: ``where``, the key, the rule and the value.
    """
    fields = {field.name: field for field in attrs.fields(kind)}  # type: ignore[arg-type]
    known = ", ".join(_BACK.get(name, name) for name in fields)
    given: dict[str, Any] = {}
    for key, value in table.items():
        name = WORDS.get(key, key)
        if name not in fields or key in _BACK:
            raise ConfigError(f"{where}: keys must be among {known}, not {key!r}")
        several = str(fields[name].type).startswith("tuple[str")
        given[name] = [value] if several and isinstance(value, str) else value
    try:
        row = msgspec.convert(given, kind)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{where}: {_named(str(error))}") from error
    if why := getattr(row, "checked", str)():
        raise ConfigError(f"{where}: {why}")
    return row


def _named(text: str) -> str:
    """A message of msgspec with the file's words for keys."""
    for name, word in _BACK.items():
        text = text.replace(f"`$.{name}`", f"`{word}`").replace(f"`{name}`", f"`{word}`")
    return text.replace("`$.", "`").replace("Object", "Table")
