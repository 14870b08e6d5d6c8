"""The policies that a replay knows, by name: ``majority@16``, ``beta@16:flight=8``, ``contemplating:effort=low``.

``NAME[@N][:key=value]...`` is a policy with its number of chains and its dials. Each is a pure function
from a ``Case`` to ``Played``. Votes are live ``Policy`` values with other dials, so that the published rules
and the package's own run through the same code.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from helicon.errors import BadOption
from helicon.evals.contemplation import contemplated, routed, second_round
from helicon.evals.pool import Entry, Pool
from helicon.evals.probing import level_of, play_compressed, play_probing
from helicon.evals.simulation import Played, outcome, play_round
from helicon.evals.spec import Spec, read_spec
from helicon.evals.votes import Case, Score
from helicon.messages import as_effort
from helicon.modes.policy import Policy, Probing, policy_of
from helicon.modes.routing import ROUTINGS

NEVER = 2.0
"""A probability that no vote reaches."""
Player: TypeAlias = Callable[[Case], Played]


@dataclass(frozen=True, slots=True)
class Entrant:
    """One policy, ready to be played."""

    name: str
    """As it was written."""
    play: Player
    needs: int = 1
    """Thinking chains of each question."""
    needs_instant: int = 0
    needs_trials: bool = False
    needs_refined: bool = False
    needs_scores: bool = False

    def lacks(self, pool: Pool) -> str:
        """Why the pool cannot play it; empty when it can."""
        if self.needs > pool.depth:
            return f"it needs {self.needs} chains a question, and the pool has {pool.depth}"
        if self.needs_instant > min((len(entry.instant) for entry in pool.entries), default=0):
            return f"it needs {self.needs_instant} instant answers a question; record with --instant"
        untried = sum(_untried(entry, self.needs) for entry in pool.entries) if self.needs_trials else 0
        if untried == len(pool.entries) and untried:
            return "the pool has no trial answers; record with --probes"
        if untried:
            return f"{untried} of {len(pool.entries)} questions have chains without trial answers; record with --probes"
        if self.needs_scores and not any(chain.confidences for entry in pool.entries for chain in entry.thinking):
            return "the pool has no confidences; its engine gave no log-probabilities"
        if self.needs_refined and not any(entry.refine for entry in pool.entries):
            return "the pool has no second round; record with --refine"
        return ""


def _untried(entry: Entry, agents: int) -> bool:
    """Whether a chain of the first ``agents`` has no record of trials; a short one has an empty record."""
    return any(not chain.error and chain.agent not in entry.trials for chain in entry.thinking[:agents])


def expand(text: str) -> list[str]:
    """Every policy that a name with commas means: ``beta@8,16:tau=.9,.95`` is four of them."""
    names = [""]
    for part in text.strip().split(":"):
        head, mark, values = part.rpartition("=") if "=" in part else part.rpartition("@")
        options = [f"{head}{mark}{value}" for value in values.split(",")] if mark else [part]
        names = [f"{name}:{option}" if name else option for name in names for option in options]
    return names


def vote(policy: Policy, *, score: Score | None = None, plain: bool = False) -> Player:
    """A vote of one round."""

    def play(case: Case) -> Played:
        return outcome(play_round(case.voters, policy, score=score, plain=plain))

    return play


def _voting(agents: int, flight: int | None = None, **dials: float | int | bool) -> Policy:
    """Agents, all at once or ``flight`` at a time, and no rule but those given."""
    wide = min(agents, flight or agents)
    base = Policy(agents=agents, in_flight=wide, spare=agents, tau=NEVER, lossless=False, rounds=1, probing=None)
    return replace(base, **dials)  # type: ignore[arg-type]


def _single(spec: Spec, _: Pool) -> Entrant:
    return Entrant(spec.text, vote(_voting(1), plain=True))


def _instant(spec: Spec, _: Pool) -> Entrant:
    count = spec.count or 1
    policy = _voting(count)

    def play(case: Case) -> Played:
        return outcome(play_round(case.instant, policy, plain=True))

    return Entrant(spec.text, play, needs=0, needs_instant=count)


def _majority(spec: Spec, pool: Pool) -> Entrant:
    agents = spec.count or pool.depth
    return Entrant(spec.text, vote(_voting(agents, spec.whole("flight", agents)), plain=True), agents)


def _weighted(spec: Spec, pool: Pool) -> Entrant:
    agents = spec.count or pool.depth
    return Entrant(spec.text, vote(_voting(agents), score=spec.score("mean")), agents, needs_scores=True)


def _beta(spec: Spec, pool: Pool) -> Entrant:
    """Adaptive-Consistency as published samples one by one (``flight=1``)."""
    agents = spec.count or pool.depth
    policy = _voting(agents, spec.whole("flight", 1), tau=spec.share("tau", 0.95), least_finished=1)
    return Entrant(spec.text, vote(policy, plain=True), agents)


def _lossless(spec: Spec, pool: Pool) -> Entrant:
    agents = spec.count or pool.depth
    return Entrant(spec.text, vote(_voting(agents, spec.whole("flight", agents), lossless=True), plain=True), agents)


def _short(spec: Spec, pool: Pool) -> Entrant:
    agents = spec.count or pool.depth
    first = spec.whole("m", min(3, agents))
    if first > agents:
        raise BadOption(f"the policy {spec.text!r}: m is {first} of {agents} chains; expected at most {agents}.")
    policy = _voting(agents, short=first)
    return Entrant(spec.text, vote(replace(policy, ties="shorter"), plain=True), agents)


def _share(spec: Spec, pool: Pool) -> Entrant:
    agents = spec.count or pool.depth
    share = spec.share("share", 0.95)
    policy = _voting(agents, spec.whole("flight", agents), share=share, least_finished=spec.whole("least", 3))
    return Entrant(spec.text, vote(policy, score=spec.score(None)), agents)


def _contemplating(spec: Spec, pool: Pool) -> Entrant:
    """The package's own decision, with the dials of one effort; see ``helicon.modes.policy``."""
    scored = any(chain.confidences for entry in pool.entries[:20] for chain in entry.thinking)
    slots = spec.whole("slots", pool.header.slots or 0, 0) or None
    policy = policy_of(as_effort(spec.dials.get("effort", "medium")), slots, weighted=scored)
    agents = spec.count or policy.agents
    policy = replace(
        policy,
        tau=spec.share("tau", min(1.0, policy.tau)),
        spare=spec.whole("spare", policy.spare, 0),
        dissent=spec.whole("dissent", policy.dissent, 0),
        least_finished=spec.whole("least", policy.least_finished),
        short=spec.whole("short", policy.short, 0),
        share=spec.share("share", policy.share),
        in_flight=min(agents, spec.whole("flight", policy.in_flight)),
        agents=agents,
    )
    score: Score | None = "mean" if scored else None

    return Entrant(spec.text, lambda case: contemplated(case, policy, score=score), agents)


def _auto(spec: Spec, pool: Pool) -> Entrant:
    """The package's own routing (``helicon.modes.routing``), over recorded answers and thoughts."""
    effort = as_effort(spec.dials.get("effort", "medium"))
    usual = ROUTINGS[effort]
    routing = replace(
        usual,
        sure_instant=spec.share("sure_instant", usual.sure_instant),
        sure_thinking=spec.share("sure_thinking", usual.sure_thinking),
    )
    scored = any(chain.confidences for entry in pool.entries[:20] for chain in entry.thinking)
    policy = policy_of(effort, pool.header.slots, weighted=scored)
    score: Score | None = "mean" if scored else None

    def play(case: Case) -> Played:
        return routed(case, routing, policy, score=score)

    return Entrant(spec.text, play, policy.agents, needs_instant=1 if scored else 2)


def _refine(spec: Spec, pool: Pool) -> Entrant:
    """A majority, and a second round wherever it is not one (``when=open``) or not unanimous (``when=dissent``)."""
    agents = spec.count or min(8, pool.depth)
    policy = _voting(agents, refiners=agents)
    when = spec.dials.get("when", "open")
    if when not in ("open", "dissent"):
        raise BadOption(f"the policy {spec.text!r}: when is {when!r}; expected open or dissent.")

    def play(case: Case) -> Played:
        first = play_round(case.voters, policy)
        settled = first.standing.decided if when == "open" else first.standing.unanimous
        if settled or not case.refined:
            return outcome(first)
        return second_round(case, first, policy, score=None)

    return Entrant(spec.text, play, agents, needs_refined=True)


def _probe(spec: Spec, pool: Pool) -> Entrant:
    """All at once, probed together; the usual dials are those of a contemplation (``modes.policy.Probing``)."""
    agents, every, usual = spec.count or pool.depth, spec.whole("every", 0, 0), Probing()
    rule = replace(
        usual,
        stable=spec.whole("stable", usual.stable),
        share=spec.share("share", usual.share),
        warm_up=spec.whole("warm", usual.warm_up, 0),
        outsider=spec.whole("outsider", usual.outsider, 0),
    )
    return Entrant(spec.text, lambda case: play_probing(case.voters[:agents], rule, every), agents, needs_trials=True)


def _compressed(spec: Spec, _: Pool) -> Entrant:
    level, anywhere = level_of(spec), spec.dials.get("anywhere", "no")
    if anywhere not in ("yes", "no"):
        raise BadOption(f"the policy {spec.text!r}: anywhere is {anywhere!r}; expected yes or no.")

    def play(case: Case) -> Played:
        return play_compressed(case.voters[0], level, anywhere=anywhere == "yes")

    return Entrant(spec.text, play, needs_trials=True)


MAKERS: Mapping[str, tuple[Callable[[Spec, Pool], Entrant], tuple[str, ...]]] = {
    "instant": (_instant, ()),
    "single": (_single, ()),
    "majority": (_majority, ("flight",)),
    "weighted": (_weighted, ("score",)),
    "beta": (_beta, ("flight", "tau")),
    "lossless": (_lossless, ("flight",)),
    "short": (_short, ("m",)),
    "share": (_share, ("share", "least", "flight", "score")),
    "probe": (_probe, ("every", "stable", "share", "warm", "outsider")),
    "compressed": (
        _compressed,
        ("level", "sure", "sure_in_a_row", "same_in_a_row", "first", "gap", "cost", "anywhere"),
    ),
    "refine": (_refine, ("when",)),
    "contemplating": (
        _contemplating,
        ("effort", "slots", "tau", "spare", "dissent", "least", "short", "share", "flight"),
    ),
    "auto": (_auto, ("effort", "sure_instant", "sure_thinking")),
}
"""Each policy's maker and its dials."""
UNCOUNTED = ("single", "compressed", "auto")
"""Those that take no number of chains."""


def entrant(text: str, pool: Pool) -> Entrant:
    """The policy of that name, for this pool.

    Raises:
        BadOption: no such policy or dial, or a wrong value.
    """
    spec = read_spec(text)
    if spec.name not in MAKERS:
        raise BadOption(f"unknown policy {text!r}; expected one of {', '.join(MAKERS)}.")
    maker, dials = MAKERS[spec.name]
    if spec.count is not None and spec.name in UNCOUNTED:
        raise BadOption(f"the policy {text!r} takes no number of chains; expected {spec.name!r} without it.")
    for key in spec.dials:
        if key not in dials:
            known = ", ".join(dials) or "none"
            raise BadOption(f"the policy {text!r} has no dial {key!r}; its dials are: {known}.")
    return maker(spec, pool)


def usual(pool: Pool) -> list[str]:
    """The policies of a table that nobody chose, as far as the pool can play them."""
    depths = [n for n in (4, 8, 16, 32, 64) if n <= pool.depth] or [pool.depth]
    most = depths[-1]
    slots = pool.header.slots or 8
    names = ["instant", "single", "compressed:level=safe", "compressed:level=strong"]
    names += [f"majority@{n}" for n in depths]
    names += [
        f"weighted@{most}",
        f"beta@{most}",
        f"beta@{most}:flight={min(most, slots)}",
        f"lossless@{most}",
        f"short@{min(8, most)}:m=3",
        f"share@{most}:share=0.8",
        f"probe@{most}",
        "refine",
    ]
    names += [f"contemplating:effort={effort}" for effort in ("low", "medium", "high")]
    names += ["auto"]
    return [name for name in names if not entrant(name, pool).lacks(pool)]
