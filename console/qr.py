"""QR codes as pictures; the only door to segno."""

from __future__ import annotations

import io

import segno

BORDER_MODULES = 4
"""ISO/IEC 18004: a quiet zone of four modules."""


def picture(text: str) -> str:
    """An SVG document (dark on white, so that it is read in dark themes too) that says ``text``."""
    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        out, kind="svg", scale=4, border=BORDER_MODULES, light="#fff", dark="#000", xmldecl=False
    )
    return out.getvalue().decode()
