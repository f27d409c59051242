"""Hypothesis strategies for every command, answer and message of the bus."""

from __future__ import annotations

from hypothesis import strategies as st

from hardware.mdb.codec import changer, reader, reader_answers, validator, validator_answers
from hardware.mdb.codec.fields import Identity
from hardware.mdb.codec.money import Scaling


def uint(bits: int) -> st.SearchStrategy[int]:
    return st.integers(0, (1 << bits) - 1)


def counts(bits: int = 8, least: int = 0) -> st.SearchStrategy[tuple[int, ...]]:
    return st.lists(uint(bits), min_size=least, max_size=16).map(tuple)


def letters(size: int) -> st.SearchStrategy[str]:
    return st.text(st.characters(min_codepoint=32, max_codepoint=255), min_size=size, max_size=size)


scalings = st.builds(Scaling, uint(8), uint(8))
wide_scalings = st.builds(Scaling, uint(16), uint(8))


def identities(features: st.SearchStrategy[int | None]) -> st.SearchStrategy[Identity]:
    return st.builds(Identity, letters(3), letters(12), letters(12), uint(16), features)


changer_commands: st.SearchStrategy[changer.Command] = st.one_of(
    st.sampled_from([cls() for cls in changer.BARE]),
    st.builds(changer.SetCoinTypes, uint(16), uint(16)),
    st.builds(changer.Dispense, uint(4), uint(4)),
    st.builds(changer.EnableFeatures, uint(32)),
    st.builds(changer.PayOutValue, uint(8)),
)
changer_events = st.lists(
    st.one_of(
        st.builds(changer.CoinDeposited, uint(4), uint(2), uint(8)),
        st.builds(changer.CoinsPaidByHand, uint(4), uint(3), uint(8)),
        st.builds(changer.Slugs, uint(5)),
        st.builds(changer.Status, uint(5)),
    ),
    max_size=8,
).map(tuple)
changer_answers: st.SearchStrategy[tuple[changer.Command, changer.Answer]] = st.one_of(
    st.tuples(st.just(changer.Poll()), changer_events),
    st.tuples(
        st.just(changer.AskSetup()),
        st.builds(changer.Setup, uint(8), uint(16), scalings, uint(16), counts()),
    ),
    st.tuples(st.just(changer.AskTubes()), st.builds(changer.Tubes, uint(16), counts())),
    st.tuples(st.just(changer.AskIdentity()), identities(uint(32))),
    st.tuples(st.just(changer.AskPayoutStatus()), st.builds(changer.PaidCoins, counts(least=1))),
    st.tuples(st.just(changer.AskPayoutValue()), st.builds(changer.PaidValue, uint(8))),
    st.tuples(
        st.just(changer.AskDiagnosis()),
        st.builds(
            changer.Diagnosis, st.lists(st.tuples(uint(8), uint(8)), min_size=1, max_size=8).map(tuple)
        ),
    ),
    st.tuples(
        st.sampled_from([changer.AskFilledByHand(), changer.AskPaidByHand()]),
        st.builds(changer.CoinCounts, counts(least=1)),
    ),
    st.tuples(changer_commands.filter(lambda command: command != changer.Poll()), st.none()),
)

validator_commands: st.SearchStrategy[validator.Command] = st.one_of(
    st.sampled_from([cls() for cls in validator.BARE]),
    st.builds(validator.SetSecurity, uint(16)),
    st.builds(validator.SetBillTypes, uint(16), uint(16)),
    st.builds(validator.Escrow, st.booleans()),
    st.builds(validator.AskIdentity, st.booleans()),
    st.builds(validator.EnableFeatures, uint(32)),
    st.builds(validator.EnableRecycler, uint(16), counts(least=16)),
    st.builds(validator.DispenseBills, uint(8), uint(16)),
    st.builds(validator.DispenseValue, uint(16)),
)
validator_events = st.lists(
    st.one_of(
        st.builds(validator_answers.BillMoved, uint(4), uint(3)),
        st.builds(validator_answers.TriesWhileDisabled, uint(6)),
        st.builds(validator_answers.Status, uint(6)),
    ),
    max_size=16,
).map(tuple)
validator_replies: st.SearchStrategy[tuple[validator.Command, validator_answers.Answer]] = st.one_of(
    st.tuples(st.just(validator.Poll()), validator_events),
    st.tuples(
        st.just(validator.AskSetup()),
        st.builds(
            validator_answers.Setup,
            uint(8),
            uint(16),
            wide_scalings,
            uint(16),
            uint(16),
            st.booleans(),
            counts(),
        ),
    ),
    st.tuples(st.just(validator.AskStacker()), st.builds(validator_answers.Stacker, st.booleans(), uint(15))),
    st.tuples(st.just(validator.AskIdentity(True)), identities(uint(32))),
    st.tuples(st.just(validator.AskIdentity()), identities(st.none())),
    st.tuples(st.just(validator.AskRecyclerSetup()), st.builds(validator_answers.RecyclerSetup, uint(16))),
    st.tuples(st.just(validator.AskRecycled()), st.builds(validator_answers.Recycled, uint(16), counts(16))),
    st.tuples(
        st.just(validator.AskPayoutStatus()), st.builds(validator_answers.PaidBills, counts(16, least=1))
    ),
    st.tuples(st.just(validator.AskPayoutValue()), st.builds(validator_answers.PaidValue, uint(16))),
)

dialects = st.one_of(
    st.builds(reader.Dialect, st.integers(1, 3), st.just(False), st.sampled_from([0, 16, 32]), uint(2)),
    st.builds(reader.Dialect, st.just(3), st.just(True), st.sampled_from([0, 16, 32]), st.just(3)),
)


@st.composite
def reader_commands(draw: st.DrawFn) -> tuple[reader.Command, reader.Dialect]:
    """A command and the dialect it is said in."""
    dialect = draw(dialects)
    money = uint(8 * dialect.money_bytes)
    currency = uint(16) if dialect.expanded else st.none()
    commands: st.SearchStrategy[reader.Command] = st.one_of(
        st.sampled_from([cls() for cls in reader.BARE]),
        st.builds(reader.Configure, uint(8), uint(8), uint(8), uint(8)),
        st.builds(reader.SetPrices, money, money, currency),
        st.builds(reader.RequestVend, money, uint(16)),
        st.builds(reader.VendSucceeded, uint(16)),
        st.builds(reader.ReportCashSale, money, uint(16), currency),
        st.builds(reader.RequestNegativeVend, money, uint(16)),
        st.builds(reader.AnswerDataEntry, letters(8)),
        st.builds(reader.RequestRevalue, money),
        st.builds(reader.AskIdentity, identities(st.none())),
        st.builds(reader.SetClock, st.binary(min_size=10, max_size=10)),
        st.builds(reader.EnableOptions, uint(32)),
    )
    return draw(commands), dialect


def _session(dialect: reader.Dialect) -> st.SearchStrategy[reader_answers.SessionBegun]:
    money = uint(8 * dialect.money_bytes)
    if dialect.expanded:
        return st.builds(
            reader_answers.SessionBegun, money, uint(32), uint(8), uint(16), letters(2), uint(16), uint(8)
        )
    if dialect.level >= 2:
        return st.builds(reader_answers.SessionBegun, money, uint(32), uint(8), uint(16))
    return st.builds(reader_answers.SessionBegun, money)


@st.composite
def reader_messages(draw: st.DrawFn) -> tuple[tuple[reader_answers.Message, ...], reader.Dialect]:
    """Some short messages of one block, and the dialect."""
    dialect = draw(dialects)
    money = uint(8 * dialect.money_bytes)
    state = uint(8) if dialect.level >= 2 else st.none()
    bare = [cls() for cls in reader_answers.BARE.values() if cls is not reader_answers.JustReset]
    short = st.one_of(
        st.sampled_from(bare),
        st.builds(reader_answers.VendApproved, money),
        st.builds(reader_answers.Malfunction, uint(4), uint(4)),
        st.builds(reader_answers.OutOfSequence, state),
        st.builds(reader_answers.RevalueLimit, money),
        st.builds(reader_answers.DataEntryAsked, uint(8)),
    )
    features = uint(32) if dialect.master_level >= 3 else st.none()
    long = st.one_of(
        _session(dialect),
        st.builds(reader_answers.Configuration, uint(8), uint(16), scalings, uint(8), uint(8)),
        st.builds(reader_answers.ReaderIdentity, identities(features)),
        st.builds(reader_answers.ShowText, uint(8), letters(dialect.display_bytes or 12)),
        st.builds(reader_answers.FileTransport, st.just(0x1D), st.binary(max_size=31)),
        st.builds(
            reader_answers.FileTransport, st.sampled_from([0x1B, 0x1F]), st.binary(min_size=5, max_size=5)
        ),
    )
    first = draw(st.lists(short, max_size=3 if draw(st.booleans()) else 0))
    messages: list[reader_answers.Message] = list(first)
    if not first or draw(st.booleans()):
        messages = [draw(long)]
    return tuple(messages), dialect
