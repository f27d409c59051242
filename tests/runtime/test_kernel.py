from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.actor import Actor, Started, handles
from runtime.address import Ref
from runtime.errors import Fault
from runtime.kernel import FAR_FUTURE_US, Kernel
from runtime.message import event, order

Arrivals = Iterator[tuple[int, Ref, object]]


@order("test_kernel.say")
class Say:
    text: str


@order("test_kernel.pass_on")
class PassOn:
    hops: int
    wait_seconds: float = 0.0


@order("test_kernel.break")
class Break:
    text: str


@event("test_kernel.knock")
class Knock:
    text: str


class Listener(Actor):
    """Writes down what it hears and when."""

    __slots__ = ("heard",)

    def __init__(self) -> None:
        self.heard: list[tuple[int, str]] = []

    @handles(Say, Knock)
    def hear_it(self, said: Say | Knock) -> None:
        self.heard.append((self.now, said.text))

    @handles(Break)
    def break_down(self, order: Break) -> None:
        raise RuntimeError(order.text)


class Runner(Actor):
    """Tells the listener of every hop, then hands the baton to the next runner, at once or later."""

    __slots__ = ("listener", "next_runner")

    def __init__(self, listener: str, next_runner: str) -> None:
        self.listener = listener
        self.next_runner = next_runner

    @handles(PassOn)
    def pass_on(self, order: PassOn) -> None:
        self.tell(self.reach(self.listener), Say(text=f"{self.address} {order.hops}"))
        if order.hops == 0:
            return
        following = PassOn(hops=order.hops - 1, wait_seconds=order.wait_seconds)
        if order.wait_seconds:
            self.after(order.wait_seconds, following)
        else:
            self.tell(self.reach(self.next_runner), following)


class Riser(Actor):
    """Wakes at start and rings a second later."""

    __slots__ = ()

    def __init__(self) -> None: ...

    def resume(self) -> None:
        self.after(1, Say(text="awake"))

    @handles(Say)
    def ring(self, said: Say) -> None:
        self.tell(self.reach("bell"), said)


class Recorder(Kernel):
    """A kernel that records inputs as nodes do."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.inputs: list[tuple[int, int, str, object]] = []

    def fired(self, ref: Ref, message: object) -> None:
        self.inputs.append((self.handled, self.now, self.addresses[ref], message))
        super().fired(ref, message)


def listening(kernel: Kernel, address: str = "ear") -> Listener:
    listener = Listener()
    kernel.spawn(address, listener)
    return listener


def texts(listener: Listener) -> list[str]:
    return [text for _, text in listener.heard]


def test_messages_are_handled_in_the_order_they_were_told() -> None:
    kernel = Kernel("k")
    ear = listening(kernel)
    for text in "abc":
        kernel.receive(ear.ref, Say(text=text))
    assert kernel.drain() == 3
    assert texts(ear) == ["a", "b", "c"]


def test_a_turn_ends_at_its_budget_and_leaves_the_rest_ready() -> None:
    kernel = Kernel("k")
    ear = listening(kernel)
    for text in "abc":
        kernel.receive(ear.ref, Say(text=text))
    assert kernel.drain(2) == 2
    assert texts(ear) == ["a", "b"]
    assert kernel.drain(2) == 1
    assert kernel.handled == 3


def test_timers_fire_by_time_and_then_in_the_order_they_were_set() -> None:
    kernel = Kernel("k")
    ear = listening(kernel)
    kernel.later(20, ear.ref, Say(text="late"))
    kernel.later(10, ear.ref, Say(text="first"))
    kernel.later(10, ear.ref, Say(text="second"))
    kernel.run(30)
    assert ear.heard == [(10, "first"), (10, "second"), (20, "late")]
    assert kernel.now == 30


def test_nothing_after_the_end_of_a_run_is_handled() -> None:
    kernel = Kernel("k")
    ear = listening(kernel)
    kernel.later(31, ear.ref, Say(text="tomorrow"))
    kernel.merge([(10, ear.ref, Knock(text="today")), (32, ear.ref, Knock(text="tomorrow too"))])
    assert kernel.run(30) == 1
    assert texts(ear) == ["today"]
    assert kernel.next_at() == 31
    assert kernel.run(40) == 2
    assert kernel.next_at() == FAR_FUTURE_US


def test_a_timer_goes_before_an_arrival_of_the_same_moment() -> None:
    kernel = Kernel("k")
    ear = listening(kernel)
    kernel.merge([(10, ear.ref, Knock(text="arrival")), (10, ear.ref, Knock(text="another"))])
    kernel.later(10, ear.ref, Say(text="timer"))
    kernel.run(10)
    assert texts(ear) == ["timer", "arrival", "another"]


def test_streams_are_merged_by_time_and_then_in_the_order_they_joined() -> None:
    kernel = Kernel("k")
    ear = listening(kernel)
    kernel.merge((at, ear.ref, Knock(text=f"x{at}")) for at in (1, 3, 5))
    kernel.merge((at, ear.ref, Knock(text=f"y{at}")) for at in (2, 3, 6))
    kernel.run(5)
    assert texts(ear) == ["x1", "y2", "x3", "y3", "x5"]


def test_arrivals_are_drawn_only_as_time_passes() -> None:
    kernel = Kernel("k")
    ear = listening(kernel)
    drawn = []

    def street() -> Arrivals:
        for at in range(10, 100, 10):
            drawn.append(at)
            yield at, ear.ref, Knock(text=str(at))

    kernel.merge(street())
    assert drawn == [10]
    kernel.run(30)
    assert drawn == [10, 20, 30, 40]


def test_arrivals_that_are_late_come_at_once_and_time_never_goes_back() -> None:
    kernel = Kernel("k", now_us=50)
    ear = listening(kernel)
    kernel.merge([(10, ear.ref, Knock(text="old")), (60, ear.ref, Knock(text="due"))])
    kernel.advance(20)
    kernel.run(60)
    assert ear.heard == [(50, "old"), (60, "due")]


def test_what_arrivals_cause_at_their_moment_comes_after_all_of_them() -> None:
    kernel = Kernel("k")
    ear = listening(kernel)
    runner = kernel.spawn("runner", Runner("ear", "runner"))
    kernel.merge([(10, runner, PassOn(hops=0)), (10, ear.ref, Knock(text="knock"))])
    kernel.run(10)
    assert texts(ear) == ["knock", "runner 0"]


def test_a_stream_whose_source_breaks_has_not_doubled_what_came_before() -> None:
    kernel = Kernel("k")
    ear = listening(kernel)

    def street() -> Arrivals:
        yield 10, ear.ref, Knock(text="one")
        raise OSError("file ends early")

    kernel.merge(street())
    with pytest.raises(OSError, match="file ends early"):
        kernel.run(20)
    kernel.run(20)
    assert texts(ear) == ["one"]


def test_an_address_beyond_the_edge_goes_to_the_outbox_until_it_is_spawned() -> None:
    kernel = Kernel("k")
    board = kernel.reach("hk-0712/board")
    kernel.receive(board, Say(text="out"))
    kernel.drain()
    assert kernel.outbox == [(board, Say(text="out"))]
    inside = listening(kernel, "hk-0712/board")
    assert inside.ref == board == kernel.reach("hk-0712/board")
    kernel.receive(board, Say(text="in"))
    kernel.drain()
    assert texts(inside) == ["in"]
    assert len(kernel.outbox) == 1


def test_an_address_can_be_taken_once() -> None:
    kernel = Kernel("k")
    listening(kernel)
    with pytest.raises(ValueError, match="k: address ear is taken"):
        listening(kernel)


def test_an_actor_with_resume_is_started_and_others_are_not() -> None:
    kernel = Kernel("k")
    bell = listening(kernel, "bell")
    riser = kernel.spawn("riser", Riser())
    assert list(kernel.ready) == [(riser, Started())]
    kernel.run(2_000_000)
    assert bell.heard == [(1_000_000, "awake")]


def test_a_handler_that_raises_is_reported_and_the_others_go_on() -> None:
    kernel = Kernel("k")
    ear = listening(kernel)
    faults: list[Fault] = []
    kernel.on_fault = faults.append
    kernel.merge([(1, ear.ref, Break(text="spilt")), (2, ear.ref, Say(text="still here"))])
    kernel.later(3, ear.ref, Break(text="again"))
    kernel.run(3)
    assert [(fault.address, str(fault.error)) for fault in faults] == [("ear", "spilt"), ("ear", "again")]
    assert texts(ear) == ["still here"]
    assert kernel.handled == 3


def test_a_message_nobody_handles_is_a_fault_that_names_it() -> None:
    kernel = Kernel("k")
    ear = listening(kernel)
    faults: list[Fault] = []
    kernel.on_fault = faults.append
    kernel.receive(ear.ref, PassOn(hops=1))
    kernel.drain()
    assert [(fault.address, fault.message) for fault in faults] == [("ear", PassOn(hops=1))]
    assert isinstance(faults[0].error, KeyError)


def test_a_bare_kernel_stops_at_a_fault_and_loses_nothing_that_came_after_it() -> None:
    kernel = Kernel("k")
    ear = listening(kernel)
    told = [(1, Break(text="spilt")), (1, Say(text="a")), (2, Say(text="b"))]
    kernel.merge((at, ear.ref, message) for at, message in told)
    with pytest.raises(RuntimeError, match="spilt"):
        kernel.run(5)
    kernel.run(5)
    assert texts(ear) == ["a", "b"]
    assert kernel.handled == 3


def relay(kernel: Kernel, seconds: list[int]) -> Listener:
    """Three runners, a listener, two streams and a timer, all at moments that often coincide."""
    ear = listening(kernel)
    runners = [kernel.spawn(f"r{n}", Runner("ear", f"r{(n + 1) % 3}")) for n in range(3)]
    arrivals = [
        (at * 1_000_000, runners[at % 3], PassOn(hops=at % 4, wait_seconds=float(at % 2)))
        for at in sorted(seconds)
    ]
    kernel.merge(arrivals[::2])
    kernel.merge(arrivals[1::2])
    kernel.later(3_000_000, runners[0], PassOn(hops=5, wait_seconds=1.0))
    return ear


MOMENTS = st.lists(st.integers(0, 8), max_size=20)
END_US = 20_000_000


@given(MOMENTS, st.lists(st.integers(1, 5), min_size=1, max_size=8))
def test_slices_of_any_size_give_the_same_messages_and_the_same_inputs(
    seconds: list[int], slices: list[int]
) -> None:
    whole, sliced = Recorder("k"), Recorder("k")
    heard, heard_in_slices = relay(whole, seconds), relay(sliced, seconds)
    whole.run(END_US)
    turn = 0
    while sliced.ready or sliced.next_at() <= END_US:
        if not sliced.ready:
            sliced.fire()
        sliced.drain(slices[turn % len(slices)])
        turn += 1
    assert heard.heard == heard_in_slices.heard
    assert whole.inputs == sliced.inputs
    assert whole.handled == sliced.handled


@given(MOMENTS, st.lists(st.integers(0, END_US), max_size=5))
def test_the_fast_way_along_one_stream_gives_what_the_plain_way_gives(
    seconds: list[int], stops: list[int]
) -> None:
    fast, plain = Kernel("k"), Recorder("k")
    heard, heard_plainly = relay(fast, seconds[:1]), relay(plain, seconds[:1])
    for kernel, ear in ((fast, heard), (plain, heard_plainly)):
        kernel.merge((at * 500_000, ear.ref, Knock(text=f"{at}")) for at in sorted(seconds))
        for stop in sorted(stops):
            kernel.run(stop)
        kernel.run(END_US)
    assert heard.heard == heard_plainly.heard
    assert fast.handled == plain.handled


@given(MOMENTS)
def test_recorded_inputs_give_the_same_run_again(seconds: list[int]) -> None:
    day, again = Recorder("k"), Kernel("k")
    heard = relay(day, seconds)
    day.run(END_US)
    heard_again = listening(again)
    for n in range(3):
        again.spawn(f"r{n}", Runner("ear", f"r{(n + 1) % 3}"))
    for handled, now, to, message in day.inputs:
        again.drain(handled - again.handled)
        again.advance(now)
        again.receive(again.reach(to), message)
    while again.ready:
        again.drain()
    assert heard_again.heard == heard.heard
