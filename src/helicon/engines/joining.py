"""Deltas that arrived together, as few as say the same: pure.

An engine that is faster than its reader sends several tokens before they are read. They become one piece of text
and one count, so that whoever is late has less to do and catches up. Nothing waits for more to come.
"""

from __future__ import annotations

from collections.abc import Iterable

from helicon.engines.protocol import AnswerText, Delta, Running, ThinkingText


def joined(deltas: Iterable[Delta]) -> list[Delta]:
    """Neighbouring texts of one kind as one, their log-probabilities in order, and the last of their counts."""
    few: list[Delta] = []
    for delta in deltas:
        # A count stands after the text that it counts; text of the same kind goes on before it.
        at = len(few) - 2 if few and isinstance(few[-1], Running) else len(few) - 1
        before = few[at] if at >= 0 else None
        if isinstance(delta, ThinkingText) and isinstance(before, ThinkingText):
            few[at] = ThinkingText(before.text + delta.text, before.logprobs + delta.logprobs)
        elif isinstance(delta, AnswerText) and isinstance(before, AnswerText):
            few[at] = AnswerText(before.text + delta.text, before.logprobs + delta.logprobs)
        elif isinstance(delta, Running) and few and isinstance(few[-1], Running):
            few[-1] = delta
        else:
            few.append(delta)
    return few
