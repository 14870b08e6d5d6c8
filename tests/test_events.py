"""Events.

1. Any event survives ``to_dict``, JSON and ``from_dict`` unchanged.
2. A stored list of events replays to the same result as the live fold, at every moment of the run.
3. What cannot be read back says so as an ``InputError``.
4. Every type of event has a name of its own and is in the union.
"""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from functools import cache
from types import UnionType
from typing import Any, Literal, cast, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helicon.errors import InputError
from helicon.events import EVENT_TYPES, CallEnded, Event, Fold, RunEnded, from_dict, replay, to_dict
from helicon.ledger import Entry, Ledger, Tokens

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@cache
def made(hint: Any) -> st.SearchStrategy[Any]:
    """Values of a type as the events' fields use it; numbers as JSON can carry them."""
    simple: dict[Any, st.SearchStrategy[Any]] = {
        str: texts,
        int: st.integers(-1, 2**53),
        float: st.floats(0, 1e6),
        bool: st.booleans(),
        type(None): st.none(),
    }
    if hint in simple:
        return simple[hint]
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Literal:
        return st.sampled_from(arguments)
    if origin is UnionType:
        return st.one_of([made(argument) for argument in arguments])
    if origin is tuple and arguments[-1] is Ellipsis:
        return st.lists(made(arguments[0]), max_size=3).map(tuple)
    if origin is tuple:
        return st.tuples(*[made(argument) for argument in arguments])
    hints = get_type_hints(hint)
    return st.builds(hint, **{field.name: made(hints[field.name]) for field in fields(hint)})


events = st.one_of([made(cast(Any, kind)) for kind in EVENT_TYPES.values()])


@settings(max_examples=200, deadline=None)
@given(events)
def test_events_survive_storage(event: Event) -> None:
    stored = json.loads(json.dumps(to_dict(event)))
    assert stored["type"] == type(event).type
    assert from_dict(stored) == event


@settings(max_examples=40, deadline=None)
@given(st.lists(events, max_size=12))
def test_replay_equals_the_live_fold(run: list[Event]) -> None:
    live = Fold()
    stored = []
    for event in run:
        live.feed(event)
        stored.append(json.dumps(to_dict(event)))
        assert replay(from_dict(json.loads(line)) for line in stored) == live.result


@settings(deadline=None)
@given(st.sampled_from(list(EVENT_TYPES)), st.dictionaries(texts, st.none() | st.integers() | texts, max_size=4))
def test_what_cannot_be_read_says_so(kind: str, body: dict[str, Any]) -> None:
    try:
        event = from_dict({**body, "type": kind})
    except InputError:
        return
    assert event.type == kind


@pytest.mark.parametrize("stored", [{}, {"type": "dance"}, {"type": None}])
def test_unknown_types_are_named(stored: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="unknown event type"):
        from_dict(stored)


def test_every_event_has_its_own_name_and_clock() -> None:
    assert len(EVENT_TYPES) == len(get_args(Event))
    for name, kind in EVENT_TYPES.items():
        assert is_dataclass(kind)
        assert kind.type == name
        assert "at" in {field.name for field in fields(kind)}


def test_calls_before_the_last_one_count_for_their_agent() -> None:
    cut = Entry(kind="agent", agent=2, round=1, tokens=Tokens(thinking=7), seconds=1.0, stop_reason="budget")
    shared = Entry(kind="prime", agent=-1, round=1, tokens=Tokens(prompt=9), seconds=1.0, stop_reason="stop")
    result = replay([CallEnded(entry=shared), CallEnded(entry=cut)])
    assert [(agent.agent, agent.tokens.thinking) for agent in result.agents] == [(2, 7)]
    assert result.ledger == Ledger((shared, cut))


def test_the_last_event_carries_the_whole() -> None:
    end = RunEnded(answer="42", stop_reason="stop", ledger=Ledger(), mode="instant", rests_on=(0,))
    result = replay([end])
    assert (result.answer, result.stop_reason, result.mode, result.rests_on) == ("42", "stop", "instant", (0,))
