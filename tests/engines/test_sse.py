"""Server-sent events.

1. Data lines of one event are joined by newlines; comments, other fields and a byte order mark vanish.
2. LF, CRLF and CR end lines, in any mixture.
3. However the bytes are cut, the same events come out.
4. Broken UTF-8 is replaced, never raised, also when a cut runs through a character.
5. The end of the bytes gives up what was still waiting; an event too long to keep is refused.
"""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helicon.engines import sse
from helicon.engines.sse import EventDecoder, EventTooLong

LINE_ENDS = st.sampled_from(["\n", "\r\n", "\r"])
TEXTS = st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), max_size=20)


def read(data: bytes, *cuts: int) -> list[str]:
    decoder = EventDecoder()
    events = []
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    for start, stop in itertools.pairwise(edges):
        events += decoder.decode(data[start:stop])
    return events + decoder.flush()


def test_events_of_the_protocol() -> None:
    data = b'\xef\xbb\xbf: ping\n\nevent: x\ndata: {"a": 1}\n\nid: 7\ndata:one\ndata: two\n\ndata\n\ndata: [DONE]\n\n'
    assert read(data) == ['{"a": 1}', "one\ntwo", "", "[DONE]"]


def test_pings_alone_are_no_events() -> None:
    assert read(b":\n\n: keep-alive\r\n\r\n:\r\r") == []


def test_the_last_event_may_lack_its_blank_line() -> None:
    assert read(b"data: [DONE]") == ["[DONE]"]
    assert read(b"data: one\n\ndata: two\r") == ["one", "two"]


def test_every_split_point_gives_the_same() -> None:
    data = '\ufeffdata: é "ü"\r\ndata: 漢\r\n\r\n: ping\n\ndata: x\r\rdata: 🙂\n\n'.encode()
    whole = ['é "ü"\n漢', "x", "🙂"]
    assert read(data) == whole
    for first in range(len(data)):
        assert read(data, first) == whole
        assert read(data, first, first + 1, first + 2) == whole


@given(
    st.lists(st.tuples(st.lists(TEXTS, min_size=1, max_size=3), LINE_ENDS), max_size=6),
    st.lists(st.integers(0, 10_000), max_size=12),
)
def test_any_events_survive_any_cuts(events: list[tuple[list[str], str]], cuts: list[int]) -> None:
    wire = "".join("".join(f"data: {line}{end}" for line in lines) + end for lines, end in events).encode()
    assert read(wire, *cuts) == ["\n".join(lines) for lines, _ in events]


@given(st.binary(max_size=200), st.lists(st.integers(0, 10_000), max_size=12))
def test_any_bytes_are_read_alike_however_cut(data: bytes, cuts: list[int]) -> None:
    assert read(data, *cuts) == read(data)


def test_broken_utf8_is_replaced() -> None:
    assert read(b"data: a\xff\xc3b\n\n") == ["a\ufffd\ufffdb"]


def test_an_event_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sse, "MAX_EVENT_BYTES", 1000)
    decoder = EventDecoder()
    with pytest.raises(EventTooLong):
        decoder.decode(b"data: " + b"x" * 2000)
    decoder = EventDecoder()
    with pytest.raises(EventTooLong):
        decoder.decode(b"data: 0123456789\n" * 200)
