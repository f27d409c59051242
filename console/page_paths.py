"""The addresses of the console's pages, read from the page's own table, so that there is one of it."""

from __future__ import annotations

import re
from pathlib import Path

ROUTER = Path(__file__).parent / "static" / "router.js"
_LINE = re.compile(r'^  \{ name: "(\w+)", path: "([^"]+)", permission: "([\w.]+)"', re.MULTILINE)


def page_paths() -> dict[str, str]:
    """Path as Litestar writes it, e.g. ``/machines/{id:str}``, and the permission to see the page."""
    return {
        re.sub(r":(\w+)", r"{\1:str}", path): permission
        for _, path, permission in _LINE.findall(ROUTER.read_text(encoding="utf-8"))
    }
