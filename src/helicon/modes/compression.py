"""Compression: when one thought may end early, because its answer has settled. Pure.

At natural boundaries of a thought a trial answer is asked for: the thought so far, closed, and the
beginning of an answer. The thought ends early when

* as many trial answers in a row as the level asks for mean the same, and the engine is sure of each
  (the geometric mean probability of a trial's tokens; DEER, Yang et al. 2025, arXiv 2504.15895), or
* a longer row means the same, whatever the probabilities (Dynasor, Fu et al. 2024, arXiv 2412.20993).

A trial that hedges, or does not come to an end in a few tokens, ends the row. Departures from both
papers: trials stand where a line ended and the next one began, not every so many tokens (inside a step the
model names the step's result, and is sure of it); the distance between trials grows with the thought,
and together they may cost only a share of it. Nothing here waits or knows an engine.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil
from types import MappingProxyType
from typing import Literal, TypeAlias

from helicon.budgets import Split
from helicon.engines.protocol import Capabilities, Health
from helicon.messages import Compression, Question

TRIAL_TOKENS = 32
"""A trial answer's bound; one that needs more is no short answer."""
MOST_RESERVED = 256
"""Tokens kept for trials, at most, where thinking and answer share a bound with them."""
GIVE_UP = 4
"""Trials in a row without a short answer after which no more are made."""
OVERDUE = 96
"""Thinking tokens without the end of a line after which the end of a sentence will do."""
TAIL = 8
"""Characters before a piece of text that are looked at with it."""
BESIDE_TOKENS = 1024
"""Tokens of a prompt up to which a second slot may read it again."""
SLOW_SECONDS = 0.5
SLOW_TOKENS = 96
"""A trial may take as long as thinking that many tokens, or ``SLOW_SECONDS``."""

Action: TypeAlias = Literal["go_on", "exit", "give_up", "unable"]
Way: TypeAlias = Literal["beside", "between"]
"""How trials are made: beside the running thought on another slot, or by cutting the thought, trying on
its own slot, and going on there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """What one level of compression asks for."""

    first: int
    """Thinking tokens before the first trial."""
    gap: int
    """Thinking tokens between two trials, at least."""
    growth: float
    """A trial's place is at least this many times that of the one before."""
    share: float
    """Generated tokens that all trials may cost, as a share of the thinking tokens so far."""
    sure: float
    """Geometric mean probability from which a trial is sure."""
    sure_in_a_row: int
    """Sure trials with the same answer that end the thought."""
    same_in_a_row: int
    """Trials with the same answer that end it whatever their probabilities, or without any."""


LEVELS: Mapping[Compression, Level] = MappingProxyType(
    {
        "safe": Level(first=24, gap=12, growth=1.15, share=0.25, sure=0.99, sure_in_a_row=1, same_in_a_row=3),
        "strong": Level(first=16, gap=8, growth=1.1, share=0.35, sure=0.95, sure_in_a_row=1, same_in_a_row=2),
    }
)
"""``off`` is missing: it makes no trials."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One trial answer."""

    at: int
    """Thinking tokens before it."""
    answer: str
    """The short answer; empty when none could be read."""
    probability: float | None = None
    """Geometric mean over its tokens; ``None`` where the engine gives none."""
    ended: bool = True
    """It came to an end by itself."""
    hedged: bool = False
    """Its words doubt it."""
    agrees: bool = False
    """It means the same as the trial before it."""
    cost: int = 0
    """Tokens generated."""

    @property
    def usable(self) -> bool:
        """Whether it says something that can be compared."""
        return bool(self.answer) and self.ended and not self.hedged


@dataclass(frozen=True, slots=True)
class Decision:
    """What a thought does after a trial."""

    action: Action
    reason: str


def obstacle(question: Question, able: Capabilities) -> str:
    """Why trial answers cannot be made, in words; empty when they can."""
    if not able.prefill_thinking:
        return "the engine cannot go on from a thought that is given to it"
    if question.tools:
        return "the answer may be a call of a tool"
    if question.response_format is not None:
        return "the answer has a given format"
    if any(message.images for message in question.messages):
        return "every trial would read the pictures again"
    if question.budget.money is not None:
        return "every trial would pay for the whole prompt again"
    return ""


def way_of(able: Capabilities, *, embedded: bool, prompt_tokens: int) -> Way:
    """Between two parts of the thought, or beside it.

    Cutting reads only the trial's few words, but costs a continuation and gives the slot away for a
    moment. Beside the thought a second slot reads the prompt and the thought again: too much for a processor
    that also generates (the embedded engine), or for a long prompt; with one slot it would wait for the end.
    """
    cuts = embedded or able.slots == 1 or prompt_tokens > BESIDE_TOKENS
    return "between" if cuts else "beside"


def too_slow(seconds: float, tokens: int, thinking_seconds: float) -> bool:
    """Whether a trial took so long, against ``tokens`` thought in ``thinking_seconds``, that trials do not pay.

    On an engine where others wait, every trial waits in line: the first that does is the last.
    """
    return seconds > max(SLOW_SECONDS, SLOW_TOKENS * thinking_seconds / max(1, tokens))


def is_crowded(able: Capabilities, health: Health) -> bool:
    """Whether every slot of the engine is taken, so that one more call would wait."""
    return able.slots is not None and health.running is not None and health.running >= able.slots


def reserve(split: Split, level: Level) -> tuple[Split, int]:
    """Tokens kept for trials where a bound holds for them too: the agent's own tokens, and theirs.

    Too few for one trial are not kept at all: there are none then.
    """
    kept = min(MOST_RESERVED, int(split.thinking * level.share / (1 + level.share)))
    if kept < TRIAL_TOKENS:
        return split, 0
    return replace(split, thinking=split.thinking - kept, total=split.total - kept), kept


def next_trial(level: Level, trials: Sequence[Trial]) -> int:
    """Thinking tokens from which the next trial is due."""
    if not trials:
        return level.first
    last, spent = trials[-1].at, sum(trial.cost for trial in trials)
    return max(last + level.gap, ceil(last * level.growth), ceil(spent / level.share))


def overdue(at: int, due: int) -> bool:
    """Whether a trial waits so long for the end of a line that the end of a sentence will do."""
    return at - due >= OVERDUE


_LINE = r"\n+(?=[^\n])"
_SENTENCE = r"(?:[.!?…][\"'”’)\]*_]*[ \t]+|[。！？][\"'”’」』）]*)(?=\S)"
_LINES = re.compile(_LINE)
_SENTENCES = re.compile(f"{_LINE}|{_SENTENCE}")


def boundary(tail: str, piece: str, *, sentences: bool = False) -> int | None:
    """How many characters of ``piece`` lie before a boundary that it has just passed; ``None`` when it passed none.

    ``tail`` is the end of the text before it, ``TAIL`` characters or less. A line (``sentences``: or a
    sentence) must have ended and something must follow it: a thought that ends there is not tried.
    """
    found = None
    for match in (_SENTENCES if sentences else _LINES).finditer(tail + piece):
        if match.end() >= len(tail):
            found = match.end() - len(tail)
    return found


_HEDGES = re.compile(
    r"\b(?:wait|hold on|hmm+|but|maybe|perhaps|possibly|probably|not sure|unsure|let me|let's|actually|alternatively"
    r"|i think|i need|i am not|i'm not|moment|vielleicht|peut-être|attends|quizás?|tal vez|espera|forse|aspetta)\b"
    r"|等等|也许|可能|[?？]\s*$|(?:\.\.\.|…)\s*$",
    re.I,
)


def hedges(text: str) -> bool:
    """Whether a trial's words doubt themselves. ``No`` alone is an answer, not a doubt."""
    return _HEDGES.search(text) is not None


def decide(level: Level, trials: Sequence[Trial]) -> Decision:
    """What the thought does after its last trial; ``trials`` are in order, at least one."""
    last = trials[-1]
    if not last.usable:
        if len(trials) >= GIVE_UP and not any(trial.usable for trial in trials[-GIVE_UP:]):
            return Decision("give_up", f"{GIVE_UP} trials in a row gave no short answer")
        return Decision("go_on", _unusable(last))
    same, sure, open_ended = 0, 0, True
    for trial in reversed(trials):
        if not trial.usable:
            break
        same += 1
        open_ended = open_ended and trial.probability is not None and trial.probability >= level.sure
        sure += open_ended
        if not trial.agrees:
            break
    if sure >= level.sure_in_a_row:
        return Decision("exit", _row(sure, "sure trial answer"))
    if same >= level.same_in_a_row:
        return Decision("exit", _row(same, "trial answer"))
    return Decision("go_on", "the trial answer is not settled")


def _row(count: int, what: str) -> str:
    return f"a {what}" if count == 1 else f"{count} {what}s in a row mean the same"


def _unusable(trial: Trial) -> str:
    if trial.hedged:
        return "the trial answer hedges"
    return "the trial answer did not end" if trial.answer and not trial.ended else "the trial gave no short answer"
