"""Files made to keep a reader busy: to read or to refuse them costs no more than their size.

Each took time by the square of its size once, or would if somebody looked a list through for each line of it.
"""

from __future__ import annotations

import time

import pytest

from hardware.dex.codec.audit import read
from hardware.dex.codec.lanes import LANES_MAX
from hardware.dex.codec.lines import FILE_BYTES_MAX, LINES_MAX, SECTIONS_MAX
from runtime.errors import ProtocolError

BEGIN, END = b"DXS*1\nST*1\n", b"SE*1\nDXE*1*1\n"
MANY = LINES_MAX - 10
CPU_SECONDS_MAX = 5.0
"""Ten times what the slowest takes (measured); by the square of their sizes they take minutes."""


def full(unit: bytes) -> bytes:
    """As many of these lines as a file may have bytes."""
    return unit * (FILE_BYTES_MAX // len(unit))


def cpu_seconds(data: bytes, rule: str) -> float:
    """Read a file, which must be refused by this rule unless it is ""; return seconds of processor time."""
    began = time.process_time()
    if rule:
        with pytest.raises(ProtocolError, match=rule):
            read(data)
    else:
        read(data)
    return time.process_time() - began


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        pytest.param(full(b"DXS*1\nST*1\nVA1*1\n"), f"must hold <= {SECTIONS_MAX} audits", id="audits"),
        pytest.param(full(b"DXS*\n"), f"must hold <= {SECTIONS_MAX} audits", id="beginnings without an end"),
        pytest.param(full(b"ST*1\nSE*1\n"), f"must hold <= {SECTIONS_MAX} audits", id="empty audits"),
        pytest.param(b"DXS*1\n" + full(b"ST*1\n")[:-6], f"<= {LINES_MAX} lines", id="ST lines in one audit"),
        pytest.param(b"<" + full(b"DXS*A")[:-5], "must be <= 4096 bytes", id="one line of beginnings"),
        pytest.param(full(b"x DXS*"), "", id="readers' headers"),
        pytest.param(b"\r" * 1_000_000, "", id="empty lines"),
        pytest.param(BEGIN + b"G85*12\n" * MANY + END, "", id="check values"),
        pytest.param(
            BEGIN + b"PA1*1*5\n" * LANES_MAX + b"PA7*1*1*1*1*1*1*1*1\n" * (MANY - LANES_MAX) + END,
            "",
            id="lanes of one name with sales by tender",
        ),
        pytest.param(BEGIN + b"PA1*1*5\nPA2*1*1\n" * (MANY // 2) + END, "", id="lanes of one name"),
        pytest.param(BEGIN + b"PA1*1*5\n" + b"PA2*1*1\n" * MANY + END, "", id="sales of one lane"),
        pytest.param(
            BEGIN + b"".join(b"EA1*%d*260228\nEA2*%d*1*4**1\n" % (n, n) for n in range(MANY // 2)) + END,
            "",
            id="events of as many names",
        ),
        pytest.param(BEGIN + b"CA17*1*5*2\n" * MANY + END, "", id="coin tubes"),
        pytest.param(BEGIN + (b"ID1*" + b"^2A^" * 1000 + b"\n") * 1000 + END, "", id="escapes"),
    ],
)
def test_a_file_made_to_keep_the_reader_busy_does_not(data: bytes, rule: str) -> None:
    assert len(data) <= FILE_BYTES_MAX
    assert cpu_seconds(data, rule) < CPU_SECONDS_MAX


def test_sales_by_tender_count_for_the_first_lane_of_their_name_only() -> None:
    (found,) = read(BEGIN + b"PA1*1*5\n" * 3 + b"PA7*1*0*0*0*7*35\n" * 2 + END)
    assert [(lane.lane, lane.sold, lane.amount_minor) for lane in found.lanes] == [
        ("1", 14, 70),
        ("1", None, None),
        ("1", None, None),
    ]
