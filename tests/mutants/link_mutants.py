"""Bugs in the link between a node and its office."""

from __future__ import annotations

import pytest

from runtime import downlink, link_frames, uplink
from runtime.downlink import Downlink
from runtime.link_frames import Ack, Facts, Hello, Welcome, decode_frame, encode_frame
from runtime.link_ports import Arrived
from runtime.uplink import IDLE_US, Uplink
from runtime.wire import chained, fact_bytes
from runtime.world_members import Office, Site
from tests.mutants.planted import planted


@planted(seed=1, shows="I6")
def facts_are_acknowledged_before_they_are_stored(patch: pytest.MonkeyPatch) -> None:
    on_facts = Downlink._on_facts

    def eager(link: Downlink, told: Facts, arrived: Arrived) -> None:
        on_facts(link, told, arrived)
        if arrived.facts:
            arrived.frames += link.stored()

    received = Office.received

    def answered_first(office: Office, now_us: int, sent: tuple[Site, bytes]) -> None:
        site = sent[0]
        link = office.downlinks.get(site.name)
        store = office.store.store

        def slow(node: str, epoch: int, records: object) -> None:
            office.answer(now_us, site, [link._ack()] if link else [])
            store(node, epoch, records)  # type: ignore[arg-type]

        with pytest.MonkeyPatch.context() as inner:
            inner.setattr(office.store, "store", slow)
            received(office, now_us, sent)

    patch.setattr(Downlink, "_on_facts", eager)
    patch.setattr(Office, "received", answered_first)


@planted(seed=1, shows="I2")
def no_chain_hash_is_compared(patch: pytest.MonkeyPatch) -> None:
    on_ack, on_welcome = Uplink._on_ack, Uplink._on_welcome

    def believed(link: Uplink, ack: Ack, now_us: int) -> list[bytes]:
        link._ends.clear()
        return on_ack(link, Ack(ack.incarnation, ack.epoch, ack.seq, link._chain_at(ack.seq)), now_us)

    def welcomed(link: Uplink, told: Welcome, now_us: int) -> list[bytes]:
        mine = link._chain_at(told.seq)
        return on_welcome(link, Welcome(told.nonce, told.incarnation, told.epoch, told.seq, mine), now_us)

    def joined(link: Downlink, told: Facts, arrived: Arrived) -> None:
        told.chain = _chain_of(link, told)
        join(link, told, arrived)

    join = Downlink._join
    patch.setattr(Uplink, "_on_ack", believed)
    patch.setattr(Uplink, "_on_welcome", welcomed)
    patch.setattr(Downlink, "_join", joined)
    patch.setattr(Downlink, "_fork", lambda link, seq: None)


def _chain_of(link: Downlink, told: Facts) -> bytes:
    """The hash that comes out, whatever the sender said."""
    chain, seq = link._chain, link._seq
    for source, at_us, body in told.facts[seq + 1 - told.first :]:
        seq += 1
        chain = chained(chain, fact_bytes(seq, source, at_us, body))
    return chain


@planted(seed=1, shows="I6")
def a_site_does_not_go_back_to_what_a_restored_office_has(patch: pytest.MonkeyPatch) -> None:
    on_welcome = Uplink._on_welcome

    def never_back(link: Uplink, told: Welcome, now_us: int) -> list[bytes]:
        before = link.acknowledged
        frames = on_welcome(link, told, now_us)
        if before > link.acknowledged:
            link.acknowledged = before
            link._sent = max(link._sent, before)
        return frames

    patch.setattr(Uplink, "_on_welcome", never_back)


@planted(seed=1, shows="I6")
def no_hello_is_said_again_after_silence(patch: pytest.MonkeyPatch) -> None:
    due = Uplink.due

    def patient(link: Uplink, now_us: int) -> list[bytes]:
        if link._state == "streaming" and now_us >= link._due_us:
            link._due_us = now_us + IDLE_US
            return []
        return due(link, now_us)

    patch.setattr(Uplink, "due", patient)


@planted(seed=1, shows="I6")
def a_hello_that_got_lost_is_not_said_again(patch: pytest.MonkeyPatch) -> None:
    due = Uplink.due

    def once(link: Uplink, now_us: int) -> list[bytes]:
        if link._state == "greeting":
            link._due_us = now_us + IDLE_US
            return []
        return due(link, now_us)

    patch.setattr(Uplink, "due", once)


@planted(seed=1, shows="I6")
def a_restart_forgets_what_was_not_sent(patch: pytest.MonkeyPatch) -> None:
    on_welcome = Uplink._on_welcome

    def only_new(link: Uplink, told: Welcome, now_us: int) -> list[bytes]:
        first = not link._incarnation
        frames = on_welcome(link, told, now_us)
        if first and link._state == "streaming":
            link._sent = link.acknowledged = link._source.head()[0]
            return []
        return frames

    patch.setattr(Uplink, "_on_welcome", only_new)


@planted(seed=1, shows="stopped")
def facts_that_come_twice_are_taken_twice(patch: pytest.MonkeyPatch) -> None:
    on_facts = Downlink._on_facts

    def again(link: Downlink, told: Facts, arrived: Arrived) -> None:
        if told.epoch == link.epoch and told.first + len(told.facts) - 1 <= link._seq:
            told = Facts(told.incarnation, told.epoch, link._seq + 1, _chain_again(link, told), told.facts)
        on_facts(link, told, arrived)

    patch.setattr(Downlink, "_on_facts", again)


def _chain_again(link: Downlink, told: Facts) -> bytes:
    chain, seq = link._chain, link._seq
    for source, at_us, body in told.facts:
        seq += 1
        chain = chained(chain, fact_bytes(seq, source, at_us, body))
    return chain


@planted(seed=3, shows="stopped")
def a_gap_between_facts_is_not_noticed(patch: pytest.MonkeyPatch) -> None:
    on_facts = Downlink._on_facts

    def joined(link: Downlink, told: Facts, arrived: Arrived) -> None:
        if told.epoch == link.epoch and told.first > link._seq + 1:
            told = Facts(told.incarnation, told.epoch, link._seq + 1, _chain_again(link, told), told.facts)
        on_facts(link, told, arrived)

    patch.setattr(Downlink, "_on_facts", joined)


@planted(seed=1, shows="stopped")
def a_damaged_frame_is_read(patch: pytest.MonkeyPatch) -> None:
    for module in (uplink, downlink):
        patch.setattr(module, "decode_frame", lambda data: decode_frame(encode_frame(_body(data))))


def _body(data: bytes) -> link_frames.Frame:
    frame: link_frames.Frame = link_frames._decode(memoryview(data)[4:])
    return frame


@planted(seed=1, shows="I6")
def a_hello_is_welcomed_with_what_is_not_stored_yet(patch: pytest.MonkeyPatch) -> None:
    on_hello = Downlink._on_hello

    def boastful(link: Downlink, hello: Hello) -> list[bytes]:
        frames = on_hello(link, hello)
        told = decode_frame(frames[0]) if frames else None
        if isinstance(told, Welcome):
            told.seq, told.chain = hello.seq, hello.chain
            return [encode_frame(told)]
        return frames

    patch.setattr(Downlink, "_on_hello", boastful)
