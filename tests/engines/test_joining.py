"""Deltas that came together become few, and say the same.

1. Text and log-probabilities stay whole and in order; thinking and answer stay apart.
2. The last count is the last count; nothing is joined across a tool call, a prefill or an end.
"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from helicon.engines.joining import joined
from helicon.engines.protocol import AnswerText, Delta, Finish, Prefill, Running, ThinkingText, ToolCallDelta
from helicon.events import TokenLogprob
from helicon.ledger import Tokens
from helicon.messages import ToolCall

ONE = TokenLogprob(token="a", logprob=-0.1)
TWO = TokenLogprob(token="b", logprob=-0.2)


def running(thinking: int, answer: int = 0) -> Running:
    return Running(Tokens(thinking=thinking, answer=answer))


def test_tokens_that_came_together_are_one_piece_and_one_count() -> None:
    came: list[Delta] = [
        ThinkingText("a", (ONE,)), running(1),
        ThinkingText("b", (TWO,)), running(2),
        AnswerText("4"), running(2, 1),
        AnswerText("2"), running(2, 2),
    ]  # fmt: skip
    assert joined(came) == [ThinkingText("ab", (ONE, TWO)), running(2), AnswerText("42"), running(2, 2)]


def test_what_stands_between_keeps_its_place() -> None:
    call = ToolCallDelta(ToolCall(id="c", name="clock", arguments="{}"))
    came: list[Delta] = [Prefill(1, 9), Prefill(9, 9), AnswerText("a"), call, AnswerText("b"), Finish("stop", Tokens())]
    assert joined(came) == came


TEXTS = st.sampled_from([ThinkingText("x"), ThinkingText("yz", (ONE,)), AnswerText("p"), AnswerText("q", (TWO,))])
COUNTS = st.builds(running, st.integers(0, 9), st.integers(0, 9))


@given(st.lists(TEXTS | COUNTS, max_size=30))
def test_nothing_is_lost(came: list[Delta]) -> None:
    few = joined(came)
    for kind in (ThinkingText, AnswerText):
        said = "".join(d.text for d in came if isinstance(d, kind))
        assert "".join(d.text for d in few if isinstance(d, kind)) == said
    tokens = [token for d in few if isinstance(d, ThinkingText | AnswerText) for token in d.logprobs]
    assert tokens == [token for d in came if isinstance(d, ThinkingText | AnswerText) for token in d.logprobs]
    assert [d for d in few if isinstance(d, Running)][-1:] == [d for d in came if isinstance(d, Running)][-1:]
    assert joined(few) == few
