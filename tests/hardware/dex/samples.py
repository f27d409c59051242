"""Audits made up for tests, in the shapes that real files have."""

from __future__ import annotations

from hardware.dex.codec.crc import crc16

LINES = (
    "ST*001*0001",
    "ID1*HK0712*SNACK 40",
    "ID4*2*1978*EUR",
    "ID5*20260301*101500",
    "VA1*4250*17*1250*5",
    "CA2*3000*12*750*3",
    "DA2*1250*5*500*2",
    "CA3*800*300*500*0*5000*1200*1800*0*0*2000",
    "CA4*50*0*400*100",
    "CA15*1400",
    "PA1*10*250*COLA",
    "PA2*9*2250*3*750",
    "PA1*11*250*TEA",
    "PA2*8*2000*2*500",
    "EA1*EJH*260228*2310",
    "EA2*EJH*1*4**1",
    "EA3*7*20260301*1015**20260222*0900",
)


def audit(lines: tuple[str, ...] = LINES, *, g85: str | None = None, end: str = "\r\n") -> bytes:
    """Lines with their envelope; ``g85`` None is the right check value."""
    covered = "".join(f"{line}\r\n" for line in lines).encode()
    value = f"{crc16(covered):04X}" if g85 is None else g85
    whole = ["DXS*HWK0000001*VA*V0/6*1", *lines, f"G85*{value}", f"SE*{len(lines) + 2}*0001", "DXE*1*1"]
    return "".join(f"{line}{end}" for line in whole).encode()


def changed(**lines: str) -> tuple[str, ...]:
    """``LINES`` with some blocks written differently: ``changed(VA1="VA1*1*1")``."""
    return tuple(lines.get(line.split("*")[0], line) for line in LINES)
