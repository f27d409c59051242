"""Settings: TOML files into attrs classes, and single ones by path; errors name place, rule and value."""

from __future__ import annotations

import re
import tomllib
import types
import typing
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import attrs
import msgspec

from runtime.errors import ConfigError

T = TypeVar("T")

_VALUE_CHARACTERS_MAX = 80
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]")


def load(path: Path, into: type[T]) -> T:
    """Read a TOML file as an attrs class.

    Raises ConfigError for a missing file, broken TOML, a key the class does not know, a wrong type, or a
    value that the class refuses.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: file must be readable: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: file must be UTF-8, not byte {error.object[error.start]:#x}") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: {_toml_error(error)}") from error
    return convert(data, into, str(path))


def convert(data: Any, into: type[T], where: str) -> T:
    """Turn parsed data into an attrs class; ``where`` is the file or thing that errors name."""
    for at, key, known in _unknown_keys(data, into, "$"):
        raise ConfigError(f"{where}: {at}: key must be one of {', '.join(known)}, not {key!r}")
    try:
        return msgspec.convert(data, into)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{where}: {_rule(str(error), data)}") from error


def set_path(settings: T, assignment: str) -> T:
    """Return settings with one value changed, as ``--set PATH=VALUE`` asks.

    PATH is keys and indices joined by dots (``machines.0.float_minor``); VALUE is TOML, or else plain text.
    Settings are attrs objects, dicts, tuples and lists, and stay unchanged. Raises ConfigError naming the
    known keys for an unknown one, and path, rule and value for a value that does not fit.
    """
    path, equals, text = assignment.partition("=")
    if not equals or not path.strip():
        raise ConfigError(f"setting must be PATH=VALUE, not {assignment!r}")
    changed: T = _changed(settings, Any, path.strip().split("."), 0, text.strip())
    return changed


def _changed(node: Any, declared: Any, keys: list[str], depth: int, text: str) -> Any:
    """The node with the value at ``keys[depth:]`` replaced."""
    at = ".".join(keys[:depth])
    if depth == len(keys):
        return _value(text, type(node) if declared is Any and node is not None else declared, at)
    key = keys[depth]
    if attrs.has(type(node)):
        hints = typing.get_type_hints(type(node))
        known = [field.name for field in attrs.fields(type(node)) if field.init]
        _check_key(at, key, known)
        value = _changed(getattr(node, key), hints.get(key, Any), keys, depth + 1, text)
        try:
            return attrs.evolve(node, **{key: value})
        except (ValueError, TypeError) as error:
            raise ConfigError(f"setting {'.'.join(keys)}: {error}") from error
    if isinstance(node, Mapping):
        _check_key(at, key, list(node))
        return {**node, key: _changed(node[key], _item_type(declared), keys, depth + 1, text)}
    if isinstance(node, tuple | list):
        _check_key(at, key, [str(i) for i in range(len(node))])
        item = _changed(node[int(key)], _item_type(declared), keys, depth + 1, text)
        return type(node)((*node[: int(key)], item, *node[int(key) + 1 :]))
    raise ConfigError(f"setting {at}: must be set as a whole, it has no {key!r}")


def _check_key(at: str, key: str, known: list[str]) -> None:
    if key not in known:
        names = ", ".join(known) if len(known) <= 40 else f"{known[0]} to {known[-1]}"
        raise ConfigError(f"setting {at or 'path'}: key must be one of {names or '(none)'}, not {key!r}")


def _value(text: str, declared: Any, at: str) -> Any:
    """The text as TOML where that fits the declared type, else as plain text."""
    try:
        parsed: Any = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        parsed = text
    for where, key, known in _unknown_keys(parsed, declared, at):
        raise ConfigError(f"setting {where}: key must be one of {', '.join(known)}, not {key!r}")
    rule = ""
    for candidate in (parsed, text):
        try:
            return msgspec.convert(candidate, declared)
        except msgspec.ValidationError as error:
            rule = rule or _rule(str(error), candidate, f"setting {at}")
    raise ConfigError(rule)


def _item_type(declared: Any) -> Any:
    """The type of a container's items: X of ``tuple[X, ...]``, ``list[X]`` or ``dict[str, X]``; else Any."""
    arguments = [a for a in typing.get_args(declared) if a is not Ellipsis]
    return arguments[-1] if typing.get_origin(declared) in (tuple, list, dict, Mapping) and arguments else Any


def _unknown_keys(data: Any, declared: Any, at: str) -> Iterator[tuple[str, str, list[str]]]:
    """Yield (path, key, known keys) for each key an attrs class does not have; msgspec ignores them."""
    if typing.get_origin(declared) in (types.UnionType, typing.Union):
        for choice in typing.get_args(declared):
            if attrs.has(choice) and isinstance(data, dict):
                yield from _unknown_keys(data, choice, at)
    elif attrs.has(declared) and isinstance(data, dict):
        hints = typing.get_type_hints(declared)
        known = [field.name for field in attrs.fields(declared)]
        for key, value in data.items():
            if key not in known:
                yield at, key, known
            else:
                yield from _unknown_keys(value, hints[key], f"{at}.{key}")
    elif isinstance(data, list):
        for number, item in enumerate(data):
            yield from _unknown_keys(item, _item_type(declared), f"{at}[{number}]")
    elif isinstance(data, dict):
        for key, value in data.items():
            yield from _unknown_keys(value, _item_type(declared), f"{at}.{key}")


def _toml_error(error: tomllib.TOMLDecodeError) -> str:
    text = str(error)
    place = re.search(r"\(at (?:line (\d+), column (\d+)|end of document)\)$", text)
    rule = text[: place.start()].strip() if place else text
    if place and place[1]:
        return f"line {place[1]}, column {place[2]}: must be TOML: {rule}"
    return f"end of file: must be TOML: {rule}" if place else f"must be TOML: {rule}"


def _rule(text: str, data: Any, thing: str = "") -> str:
    """A msgspec error as ``path: must be RULE, not VALUE``."""
    rule, _, path = text.partition(" - at `")
    path = path.removesuffix("`") or "$"
    where = thing + path.removeprefix("$") if thing else path
    if expected := re.match(r"Expected (.*?)(?:, got .*)?$", rule):
        return f"{where}: must be {expected[1].replace('`', '')}, not {_shown(data, path)}"
    if missing := re.match(r"Object missing required field `(.*)`$", rule):
        return f"{where}: must have a {missing[1]}"
    return f"{where}: {rule}"


def _shown(data: Any, path: str) -> str:
    """The value at a path, shortened; dict keys that msgspec leaves out as ``[...]`` end the walk."""
    for step in _STEP.finditer(path):
        try:
            data = data[step[1]] if step[1] else data[int(step[2])]
        except (KeyError, IndexError, TypeError):
            return "what it is"
    text = repr(data)
    return text if len(text) <= _VALUE_CHARACTERS_MAX else text[: _VALUE_CHARACTERS_MAX - 1] + "…"
