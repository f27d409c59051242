"""DEX/UCS sessions byte for byte, from both sides, on good lines and bad ones."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardware.dex.codec import blocks
from hardware.dex.codec.blocks import ACK, Ack, Block, Control, Receiver, block, cut
from hardware.dex.codec.crc import crc16
from hardware.dex.codec.session import (
    ASKING_TRIES,
    NO_DATA,
    OK,
    READ,
    SEND,
    UNKNOWN_ID,
    Header,
    Reply,
    Session,
    read_header,
    read_reply,
)
from hardware.dex.codec.timers import STANDARD
from runtime.errors import ProtocolError
from tests.hardware.dex.line import Line, Spoil, untouched
from tests.hardware.dex.samples import audit

US, VMC = "HWK0000001", "VMC1234567"
LONG = audit() * 3
ENQ, EOT, NAK = b"\x05", b"\x04", b"\x15"


def carrier(operation: str = READ, data: bytes = b"", **more: int) -> Session:
    """A data carrier that begins now."""
    return Session(
        US,
        0,
        want=Header(US, operation),
        agree=lambda header: (OK, b""),
        data=data,
        tries=more.get("tries", 5),
    )


def machine(data: bytes = LONG, response: str = OK, *, begins: bool = False) -> Session:
    """A machine that waits, or begins by itself."""
    want = Header(VMC, SEND) if begins else None
    return Session(
        VMC, 0, want=want, agree=lambda header: (response, data), data=data, yields=False, tries=ASKING_TRIES
    )


def between(left: Session, right: Session, spoil: Spoil = untouched) -> Line:
    line = Line(left, right, spoil)
    line.run()
    return line


def test_the_check_value_of_the_standard_goes_over_the_wire_low_byte_first() -> None:
    data = b"1234567890RR00L06"
    assert crc16(data + b"\x03") == 0xBDE1
    assert block(data, header=True) == b"\x10\x01" + data + b"\x10\x03\xe1\xbd"


def test_a_read_goes_over_the_wire_in_three_parts() -> None:
    line = between(carrier(), machine(b"VA1*1*1\r\n"))
    request = block(f"{US}RR00L06".encode(), header=True)
    reply = block(f"00{VMC}R00L06".encode(), header=True)
    assert line.said == [
        ("left", ENQ),
        ("right", ACK[0]),
        ("left", request),
        ("right", ACK[1]),
        ("left", EOT),
        ("right", ENQ),
        ("left", ACK[0]),
        ("right", reply),
        ("left", ACK[1]),
        ("right", EOT),
        ("right", ENQ),
        ("left", ACK[0]),
        ("right", block(b"VA1*1*1\r\n")),
        ("left", ACK[1]),
        ("right", EOT),
    ]


def test_a_long_audit_goes_in_blocks_acknowledged_in_turn() -> None:
    reader, vmc = carrier(), machine()
    line = between(reader, vmc)
    assert (reader.ended, reader.received, vmc.ended, vmc.delivered) == ("", LONG, "", True)
    sent = [wire for _, wire in line.said if wire.startswith(b"\x10\x02")]
    assert [wire[-3] for wire in sent] == [blocks.ETB] * (len(sent) - 1) + [blocks.ETX]
    assert all(len(wire) <= blocks.DATA_BYTES_MAX + 6 for wire in sent)
    answers = [wire for who, wire in line.said if who == "left" and wire in ACK][-len(sent) :]
    assert answers == [ACK[(number + 1) % 2] for number in range(len(sent))]


def test_a_push_goes_the_other_way() -> None:
    writer, vmc = carrier(SEND, b"PC1*A1*250\r\n"), machine()
    between(writer, vmc)
    assert (writer.ended, writer.delivered, vmc.received) == ("", True, b"PC1*A1*250\r\n")


def test_answers_wait_ten_milliseconds_and_parts_are_a_tenth_of_a_second_apart() -> None:
    reader = carrier()
    assert reader.wake(0) == ENQ
    reader.feed(ACK[0], 50_000)
    assert reader.wake(50_000) == b""
    assert reader.due_us == 60_000
    assert reader.wake(60_000).startswith(b"\x10\x01")


def test_a_machine_that_begins_by_itself_is_let() -> None:
    reader, vmc = carrier(), machine(begins=True)
    between(reader, vmc)
    assert (reader.ended, reader.master, reader.received) == ("", False, LONG)


def test_wack_makes_the_sender_wait_and_ask_again() -> None:
    waits = iter([True, True, False])

    def busy(wire: bytes, number: int) -> bytes:
        return blocks.WACK if wire == ACK[1] and number > 10 and next(waits, False) else wire

    reader, vmc = carrier(), machine()
    between(reader, vmc, busy)
    assert (reader.ended, reader.received) == ("", LONG)


@pytest.mark.parametrize("every", [3, 5, 7, 11])
@pytest.mark.parametrize("fault", ["lost", "spoilt", "cut", "check", "doubled"])
def test_a_bad_line_delays_an_audit_and_never_changes_it(every: int, fault: str) -> None:
    def spoil(wire: bytes, number: int) -> bytes:
        if number % every != every - 1 or (fault == "check" and len(wire) < 4):
            return wire
        middle = len(wire) // 2
        return {
            "lost": b"",
            "spoilt": wire[:middle] + bytes((wire[middle] ^ 0x20,)) + wire[middle + 1 :],
            "cut": wire[:middle],
            "check": wire[:-1] + bytes((wire[-1] ^ 1,)),
            "doubled": wire + wire,
        }[fault]

    reader, vmc = carrier(tries=20), machine()
    between(reader, vmc, spoil)
    if reader.ended == "":
        assert reader.received == LONG
    else:
        assert every == 3, "only a line that spoils every third sending may be given up"


def test_fill_between_the_bytes_of_a_block_is_left_out() -> None:
    wire = block(b"VA1*1*1")
    slow = wire[:4] + blocks.FILL + wire[4:8] + blocks.FILL + wire[8:]
    (found,) = Receiver().feed(slow)
    assert found == Block(header=False, data=b"VA1*1*1", last=True, whole=True)


def test_a_block_that_stops_in_the_middle_is_asked_for_again_after_a_tenth_of_a_second() -> None:
    vmc = machine()
    vmc.feed(ENQ, 0)
    assert vmc.wake(10_000) == ACK[0]
    vmc.feed(block(b"x", header=True)[:-2], 20_000)
    assert vmc.due_us == 120_000
    vmc.wake(120_000)
    assert vmc.wake(130_000) == NAK


def test_nobody_there_is_said_after_all_tries() -> None:
    reader = carrier(tries=3)
    asked = 0
    while reader.ended is None:
        assert reader.due_us is not None
        asked += reader.wake(reader.due_us) == ENQ
    assert (asked, reader.ended) == (3, "part 1: ENQ: no answer, 3 tries")


@pytest.mark.parametrize(
    ("response", "why"),
    [(UNKNOWN_ID, "the machine refused: unknown communication id (01)"), (NO_DATA, "no data (04)")],
)
def test_a_machine_that_refuses_is_quoted(response: str, why: str) -> None:
    reader = carrier()
    between(reader, machine(response=response))
    assert reader.ended is not None
    assert why in reader.ended


def test_a_machine_that_falls_silent_in_the_middle_is_given_up() -> None:
    reader, vmc = carrier(), machine()
    between(reader, vmc, lambda wire, number: wire if number < 20 else b"")
    assert reader.ended == "part 3: went silent"


def test_a_session_that_never_ends_is_ended_after_a_minute() -> None:
    reader = carrier(tries=ASKING_TRIES)
    reader.wake(0)
    now_us = 0
    while reader.ended is None:
        now_us += 400_000
        reader.feed(blocks.WACK, now_us)
        reader.wake(now_us)
    assert reader.ended == "the session took longer than 60 s"
    assert now_us == STANDARD.session_us


def test_a_look_asks_for_the_line_and_lets_it_go() -> None:
    looker = Session(US, 0, want=Header(US, READ), agree=lambda header: (OK, b""), look=True)
    line = between(looker, machine())
    assert looker.ended == ""
    assert line.said[:3] == [("left", ENQ), ("right", ACK[0]), ("left", EOT)]


def test_the_response_is_understood_before_the_id_and_after_it() -> None:
    assert read_reply(b"00VMC1234567R00L06") == Reply("00", "VMC1234567", "R00L06")
    assert read_reply(b"VMC123456700R00L06") == Reply("00", "VMC1234567", "R00L06")


@pytest.mark.parametrize("data", [b"", b"HWK0000001", b"HWK0000001XR00L06"])
def test_a_header_without_an_operation_is_refused(data: bytes) -> None:
    with pytest.raises(ProtocolError, match="must be id, R, S or M"):
        read_header(data)


def test_data_that_would_end_a_block_cannot_be_sent() -> None:
    with pytest.raises(ProtocolError, match="must hold no DLE"):
        block(b"a\x10b")


PLAIN = st.binary(max_size=600).map(lambda data: data.replace(b"\x10", b""))


@settings(max_examples=60, deadline=None)
@given(PLAIN, st.lists(st.integers(1, 40), max_size=30))
def test_any_split_of_the_bytes_gives_the_same_blocks(data: bytes, sizes: list[int]) -> None:
    wire = ENQ + b"".join(cut(data)) + ACK[0] + blocks.WACK + EOT
    whole = Receiver().feed(wire)
    parts, receiver = [], Receiver()
    for size in [*sizes, len(wire)]:
        parts += receiver.feed(wire[:size])
        wire = wire[size:]
    assert parts == whole
    taken = [token for token in whole if isinstance(token, Block)]
    assert b"".join(token.data for token in taken) == data
    assert all(token.whole for token in taken)
    assert [token for token in whole if not isinstance(token, Block)] == [
        Control(blocks.ENQ),
        Ack(0),
        Ack(-1),
        Control(blocks.EOT),
    ]


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.one_of(st.binary(max_size=30), st.sampled_from([ENQ, EOT, NAK, *ACK, b"\x10\x02", b"\x10\x03"]))
    )
)
def test_whatever_comes_over_the_wire_a_session_only_ever_ends(chunks: list[bytes]) -> None:
    for session in (carrier(), machine()):
        now_us = 0
        for chunk in chunks:
            now_us += 5_000
            session.feed(chunk, now_us)
            session.wake(now_us)
        assert session.ended is None or isinstance(session.ended, str)
