"""What could run instead: candidates from a table, filtered by a situation and by memory, and what is lost.

::

    memory in GB = parameters x bits / 8 x 1.05            weights, with scales and unquantised parts
                 + cache per token x context tokens        keys and values at 16 bits; unknown: left out, and said so
                 + 0.5                                     buffers of the engine

Nothing here claims quality: that is for ``helicon eval`` on your own questions.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from helicon.audit.knowledge import Candidate, Knowledge
from helicon.audit.resolve import resolve
from helicon.audit.rules import judge
from helicon.audit.situation import Situation
from helicon.audit.values import Confidence, Finding, Mention, Model, Use
from helicon.errors import BadOption

BITS = (4, 8, 16)
OVERHEAD, BUFFERS_GB, GB = 1.05, 0.5, 1e9
DEFAULT_CONTEXT = 8192
SURE: tuple[Confidence, ...] = ("text", "secondary")


@dataclass(frozen=True, slots=True)
class Memory:
    """What a model needs at one precision and context, in GB of 10^9 bytes."""

    bits: int
    context: int
    weights: float
    cache: float | None
    """``None`` where the shape of the cache is not known."""

    @property
    def total(self) -> float:
        return self.weights + (self.cache or 0.0) + BUFFERS_GB


@dataclass(frozen=True, slots=True)
class Replacement:
    """One candidate that passed, with its figures and what it lacks."""

    candidate: Candidate
    model: Model
    memory: tuple[Memory, ...]
    """At 4, 8 and 16 bits."""
    fits: int | None
    """The most bits that fit into the given memory; ``None`` where no memory was given."""
    lost: tuple[str, ...]
    gained: tuple[str, ...]
    open_questions: tuple[str, ...]
    """Obligations that the situation leaves open."""


@dataclass(frozen=True, slots=True)
class Answer:
    replacements: tuple[Replacement, ...]
    """Fewest open questions first, then the largest that fits."""
    replaced: Model | None
    task: str
    context: int
    as_of: str
    rejected: tuple[tuple[str, str], ...]
    """Candidate and why it is not proposed."""


def memory(candidate: Candidate, bits: int, context: int) -> Memory:
    """By the formula at the top of this module."""
    weights = candidate.parameters * 1e9 * bits / 8 * OVERHEAD / GB
    tokens = min(context, candidate.context)
    cache = candidate.kv_bytes * tokens / GB if candidate.kv_bytes else None
    return Memory(bits, tokens, weights, cache)


def tasks(knowledge: Knowledge) -> tuple[str, ...]:
    return tuple(sorted({task for one in knowledge.candidates for task in one.tasks}))


def replace(
    name: str = "",
    *,
    knowledge: Knowledge,
    today: date,
    task: str = "",
    situation: Situation | None = None,
    memory_gb: float | None = None,
    context: int = DEFAULT_CONTEXT,
) -> Answer:
    """Candidates for a model, a task, or both.

    A candidate is left out when its licence was not read or found stated by others, when an obligation of the
    severest kind is triggered by the situation, when it cannot do what the task asks, or when it does not fit.
    """
    old = _model(name, knowledge) if name else None
    known = {one.id.lower(): one for one in knowledge.candidates}
    mine = known.get(old.id.lower()) if old else None
    wanted = task or (mine.tasks[0] if mine else "") or _task(old)
    if wanted not in tasks(knowledge):
        raise BadOption(f"The task is {wanted or name!r}, expected one of {', '.join(tasks(knowledge))}.")
    passed: list[Replacement] = []
    rejected: list[tuple[str, str]] = []
    for candidate in knowledge.candidates:
        if wanted not in candidate.tasks or (old and candidate.id.lower() == old.id.lower()):
            continue
        model = _model(candidate.id, knowledge)
        if model is None:
            continue
        findings = judge([Use(model, ())], situation, knowledge, today)
        why = _refused(candidate, model, findings, memory_gb, context)
        if why:
            rejected.append((candidate.id, why))
            continue
        sizes = tuple(memory(candidate, bits, context) for bits in BITS)
        fits = max((one.bits for one in sizes if one.total <= memory_gb), default=None) if memory_gb else None
        lost, gained = _compare(mine, old, candidate, model)
        questions = tuple(
            dict.fromkeys(one.question for one in findings if one.state == "depends" and one.level != "note")
        )
        passed.append(Replacement(candidate, model, sizes, fits, lost, gained, questions))
    passed.sort(key=lambda one: (len(one.open_questions), -one.candidate.parameters, one.candidate.id))
    return Answer(tuple(passed), old, wanted, context, knowledge.candidates_as_of, tuple(rejected))


def _model(name: str, knowledge: Knowledge) -> Model | None:
    text = Mention("", 0, 0, name, "active", "text")
    found = resolve(text, knowledge)
    if found:
        return found
    sure = Mention("", 0, 0, name, "active", "hub") if "/" in name else Mention("", 0, 0, name, "active", "api")
    return resolve(sure, knowledge)


def _task(old: Model | None) -> str:
    if old is None:
        return ""
    by_modality = {"embedding": "embedding", "speech": "transcription", "vision": "vision", "text": "chat"}
    return next((task for modality, task in by_modality.items() if modality in old.modalities), "chat")


def _refused(
    candidate: Candidate, model: Model, findings: Iterable[Finding], memory_gb: float | None, context: int
) -> str:
    """Why a candidate is not proposed; empty where it is."""
    if (
        model.licence is None
        or model.confidence not in SURE
        or any(one.confidence not in SURE for one in model.licences)
    ):
        return "its licence was not checked"
    blocked = next((one for one in findings if one.state == "triggered" and one.level == "error"), None)
    if blocked:
        return blocked.text
    least = memory(candidate, BITS[0], context)
    if memory_gb is not None and least.total > memory_gb:
        return f"needs {least.total:.1f} GB at {BITS[0]} bits, more than {memory_gb:g} GB"
    return ""


def _compare(
    mine: Candidate | None, old: Model | None, new: Candidate, model: Model
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What the new one lacks, and what it has more, of what the tables know."""
    lost: list[str] = []
    gained: list[str] = []
    if old is not None:
        before, after = set(old.modalities) - {"text"}, set(model.modalities) | set(new.modalities)
        lost += [f"no {one}" for one in sorted(before - after)]
        gained += [f"takes {one}" for one in sorted(after - set(old.modalities) - {"text"})] if old.modalities else []
        if old.api:
            lost.append("you run it yourself, or find a host")
        kinds = {one.kind for one in old.licences}
        if kinds - {"permissive"} and model.licence and model.licence.kind == "permissive" and not model.also:
            gained.append(f"a permissive licence ({model.licence.name})")
    if mine is None:
        return (*lost, *(["size and context of the old one are not known here"] if old else [])), tuple(gained)
    if new.context < mine.context:
        lost.append(f"context of {new.context:,} instead of {mine.context:,} tokens")
    if new.parameters < mine.parameters / 2:
        lost.append(f"{new.parameters:g} instead of {mine.parameters:g} billion parameters")
    if new.context > mine.context:
        gained.append(f"context of {new.context:,} instead of {mine.context:,} tokens")
    lost += [f"not listed for {one}" for one in mine.tasks if one not in new.tasks]
    if new.languages not in (mine.languages, "multilingual"):
        lost.append(f"languages: {new.languages} instead of {mine.languages}")
    return tuple(lost), tuple(gained)
