from __future__ import annotations

import attrs
import pytest

from runtime import message
from runtime.message import REGISTRY, command, fact, order, wire_of
from tests.runtime.every_message import MESSAGES


@fact("test.message.sold")
class Sold:
    lane: str


def test_tests_run_with_frozen_messages() -> None:
    assert message.FROZEN
    sold = Sold(lane="A3")
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        sold.lane = "A4"  # type: ignore[misc]


@pytest.mark.parametrize("message_type", MESSAGES, ids=lambda cls: cls.__name__)
def test_no_message_can_be_changed_or_hashed(message_type: type) -> None:
    blank: object = object.__new__(message_type)
    names = [field.name for field in attrs.fields(message_type)]
    for name in [*names, "a_new_one"]:
        with pytest.raises(AttributeError):
            setattr(blank, name, 1)
    with pytest.raises(TypeError, match="unhashable"):
        hash(blank)


@pytest.mark.parametrize("message_type", MESSAGES, ids=lambda cls: cls.__name__)
def test_every_message_has_slots_keywords_and_a_place_in_the_registry(message_type: type) -> None:
    assert not hasattr(object.__new__(message_type), "__dict__")
    assert all(field.kw_only for field in attrs.fields(message_type))
    wire = wire_of(message_type)
    assert REGISTRY[wire.tag] is message_type
    assert wire.kind in {"fact", "command", "event", "order", "reading", "query", "answer"}
    assert wire.name == wire.name.lower()


def test_equal_messages_are_equal() -> None:
    assert Sold(lane="A3") == Sold(lane="A3") != Sold(lane="A4")


def test_a_wire_name_belongs_to_one_class() -> None:
    with pytest.raises(TypeError, match=r"wire name test\.message\.sold/1 is taken by Sold"):

        @order("test.message.sold")
        class Other:
            lane: str


def test_a_new_version_of_a_message_stands_beside_the_old() -> None:
    @command("test.message.sold", version=2)
    class SoldTwo:
        lane: str

    assert wire_of(SoldTwo).tag == "test.message.sold/2"
    assert REGISTRY.pop("test.message.sold/2") is SoldTwo


def test_an_undecorated_class_is_no_message() -> None:
    class Sub(Sold):
        pass

    for other in (int, Sub):
        with pytest.raises(TypeError, match="is not a message: decorate it"):
            wire_of(other)
