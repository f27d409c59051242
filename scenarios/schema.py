"""Every message of the program, for the document that other programs are written from."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import Any

import scenarios.assembly  # noqa: F401  # with it come the types of every message there is
from runtime.message import REGISTRY
from runtime.schema import asyncapi

ROOMS = ("runtime", "hardware", "actors")
"""Whose messages others may meet; those within the simulator are its own business."""


def every_message() -> list[type]:
    """Every message class of these rooms, by tag."""
    return [REGISTRY[tag] for tag in sorted(REGISTRY) if REGISTRY[tag].__module__.split(".")[0] in ROOMS]


def document() -> dict[str, Any]:
    """AsyncAPI 3.0 of everything on the bus."""
    try:
        program = version("hawker")
    except PackageNotFoundError:
        program = "0"
    return asyncapi.document(every_message(), version=program)
