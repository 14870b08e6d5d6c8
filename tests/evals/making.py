"""Pools made by hand: chains of which only what a policy looks at matters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from helicon.evals.pool import Asked, Chain, ChainKind, Entry, Header, Pool, Trial, Trials
from helicon.ledger import Tokens

HEADER = Header(
    version="0",
    date="2026-01-01T00:00:00+00:00",
    engine="scripted",
    model="scripted",
    family="scripted",
    sampling={},
    instant_sampling={},
    budget={},
    seed=1,
    slots=8,
    machine={},
)
"""Of every pool here."""


def chain(
    answer: str,
    tokens: int,
    *,
    agent: int = 0,
    id: str = "q",
    right: str = "1",
    kind: ChainKind = "thinking",
    finished: bool = True,
    forced: bool = False,
    confidences: tuple[int, ...] = (),
) -> Chain:
    """A chain of so many tokens that says ``answer``."""
    return Chain(
        id=id,
        kind=kind,
        agent=agent,
        seed=agent,
        text=f"Answer: {answer}" if finished else "",
        answer=answer if finished else "",
        tokens=Tokens(prompt=5, thinking=tokens - min(2, tokens), answer=min(2, tokens)),
        seconds=0.1,
        confidences=confidences,
        certainty=None,
        reason="stop" if finished else "length",
        forced=forced,
        finished=finished,
        right=finished and answer == right,
    )


def entry(
    answers: Sequence[tuple[str, int]],
    *,
    id: str = "q",
    right: str = "1",
    instant: Sequence[tuple[str, int]] = (),
    refine: Sequence[tuple[str, int]] = (),
) -> Entry:
    """A question with a chain for each (answer, tokens); an empty answer never finished."""

    def chains(pairs: Sequence[tuple[str, int]], kind: ChainKind) -> tuple[Chain, ...]:
        return tuple(
            chain(said, tokens, agent=agent, id=id, right=right, kind=kind, finished=bool(said))
            for agent, (said, tokens) in enumerate(pairs)
        )

    asked = Asked(id=id, question="?", answer=right, scorer="same", set="own", family="own", level=0, seed=1)
    return Entry(asked, chains(answers, "thinking"), chains(instant, "instant"), chains(refine, "refine"))


def with_trials(made: Entry, every: int, answers: Sequence[Sequence[str]], *, cost: int = 3) -> Entry:
    """The entry with trial answers for each chain, ``every`` tokens apart."""
    trials = {
        agent: Trials(
            id=made.asked.id,
            agent=agent,
            every=every,
            trials=tuple(
                Trial(
                    at=every * (number + 1),
                    answer=said,
                    tokens=cost,
                    certainty=0.99,
                    finished=bool(said),
                    right=said == made.asked.answer,
                )
                for number, said in enumerate(row)
            ),
        )
        for agent, row in enumerate(answers)
    }
    return replace(made, trials=trials)


def pool(*entries: Entry) -> Pool:
    """A pool of these questions."""
    return Pool(HEADER, entries)
