"""Deltas joined before they are numbered. Pure.

Sixteen agents say thousands of tokens a second; nobody reads that fast. Within one window all deltas of the same
agent and type become one event, so live, replayed and stored events are the same short list. Deltas of different
agents may change places within their window, which no fold can notice: each belongs to its own agent. Whatever is
not a delta keeps its place among them.
"""

from __future__ import annotations

from dataclasses import replace

from helicon.events import AnswerDelta, DraftDelta, Event, ThinkingDelta

WINDOW_SECONDS = 0.04
ANSWER = -1
"""The place of the run's own answer among the agents."""


class Merger:
    """``feed`` every event of one run, and ``flush`` at the end of each window; both give the events to number."""

    def __init__(self) -> None:
        self._open: dict[int, list[ThinkingDelta] | list[DraftDelta] | list[AnswerDelta]] = {}
        """Deltas of one type by agent."""

    @property
    def waiting(self) -> bool:
        """Whether a delta waits for the end of its window."""
        return bool(self._open)

    def feed(self, event: Event) -> list[Event]:
        """Take one event."""
        match event:
            case ThinkingDelta() | DraftDelta():
                place = event.agent
            case AnswerDelta():
                place = ANSWER
            case _:
                return [*self.flush(), event]
        held = self._open.get(place)
        if held is not None and type(held[0]) is type(event):
            held.append(event)  # type: ignore[arg-type]
            return []
        early = [_join(held)] if held else []
        self._open[place] = [event]  # type: ignore[assignment]
        return early

    def flush(self) -> list[Event]:
        """The end of a window; what was said last comes last."""
        joined = sorted((_join(held) for held in self._open.values()), key=lambda event: event.at)
        self._open.clear()
        return joined


def _join(held: list[ThinkingDelta] | list[DraftDelta] | list[AnswerDelta]) -> Event:
    last = held[-1]
    if len(held) == 1:
        return last
    text = "".join([delta.text for delta in held])
    if isinstance(last, AnswerDelta):
        chosen = tuple(token for delta in held if isinstance(delta, AnswerDelta) for token in delta.logprobs)
        return replace(last, text=text, logprobs=chosen)
    return replace(last, text=text)
