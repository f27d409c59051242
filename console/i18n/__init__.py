"""The catalogue: every text of the console, by key, in every language."""

from __future__ import annotations

import functools
from pathlib import Path

import msgspec

LANGUAGES = ("en", "zh-CN")


@functools.cache
def catalogue_bytes(language: str) -> bytes:
    """The catalogue as JSON: one object of key and text."""
    return (Path(__file__).parent / f"{language}.json").read_bytes()


@functools.cache
def catalogue(language: str) -> dict[str, str]:
    """Text by key. Texts may hold ``{name}`` places that the page fills."""
    return msgspec.json.decode(catalogue_bytes(language), type=dict[str, str])
