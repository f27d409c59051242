from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hardware.splitter import JUNK_BYTES_MAX, MORE, NO_FRAME, Refused, Splitter
from runtime.errors import ProtocolError


def measure(raw: bytearray) -> int:
    """Frames are "<", one digit, so many bytes."""
    if raw[0] != ord("<"):
        return NO_FRAME
    if len(raw) < 2:
        return MORE
    return 2 + raw[1] - ord("0") if ord("0") <= raw[1] <= ord("9") else NO_FRAME


def decode(raw: bytes) -> str:
    if b"!" in raw:
        raise ProtocolError("a frame must not shout")
    return raw[2:].decode("latin-1")


def of(chunks: list[bytes]) -> list[str | Refused]:
    splitter = Splitter(measure, decode)
    events = [event for chunk in chunks for event in splitter.feed(chunk)]
    return events + splitter.silence()


def split(raw: bytes, cuts: list[int]) -> list[bytes]:
    ends = sorted({cut % (len(raw) + 1) for cut in cuts} | {len(raw)})
    return [raw[start:end] for start, end in zip([0, *ends], ends, strict=False)]


def test_frames_come_whole_and_in_order() -> None:
    assert of([b"<3a", b"bc<0<1", b"d"]) == ["abc", "", "d"]


def test_bytes_that_are_no_frame_are_given_back_with_the_rule_they_broke() -> None:
    assert of([b"xx<1a"]) == [Refused(b"xx", "no frame begins so"), "a"]
    assert of([b"<2a!<1b"]) == [Refused(b"<2a!", "a frame must not shout"), "b"]


def test_a_frame_inside_a_refused_one_is_found() -> None:
    assert of([b"<9<1a!<1b...", b""])[-2:] == ["b", Refused(b"...", "no frame begins so")]


def test_silence_frees_a_frame_stuck_behind_one_that_never_ends() -> None:
    splitter = Splitter(measure, decode)
    assert splitter.feed(b"<9<1a") == []
    assert splitter.waiting
    assert splitter.silence() == [Refused(b"<9", "the frame ends too early"), "a"]
    assert not splitter.waiting


def test_endless_junk_is_given_back_in_pieces() -> None:
    events = of([b"x" * 1000])
    assert all(isinstance(event, Refused) and len(event.raw) <= JUNK_BYTES_MAX for event in events)
    assert sum(len(event.raw) for event in events if isinstance(event, Refused)) == 1000


@given(st.lists(st.sampled_from([b"<", b"0", b"1", b"3", b"!", b"a", b"<1z"])), st.lists(st.integers(0, 200)))
def test_any_split_of_the_bytes_gives_the_same_events_and_loses_nothing(
    pieces: list[bytes], cuts: list[int]
) -> None:
    raw = b"".join(pieces)
    whole = of([raw])
    assert of(split(raw, cuts)) == whole
    back = b"".join(
        event.raw if isinstance(event, Refused) else f"<{len(event)}{event}".encode("latin-1")
        for event in whole
    )
    assert back == raw
