"""The shortest way between two towns on a small map."""

from __future__ import annotations

from itertools import pairwise, permutations
from random import Random

from helicon.training.tasks.question import TaskQuestion, closing
from helicon.training.tasks.tries import patience

TOWNS = ("A", "B", "C", "D", "E")
ASKS = (
    "How long is the shortest way from {a} to {b}?",
    "What is the length of the shortest route from {a} to {b}?",
    "How far is it from {a} to {b} at least?",
    "What is the shortest distance from {a} to {b}?",
)
ROADS = ("Roads: {r}.", "A map has these roads: {r}.", "Distances: {r}.")

Way = tuple[str, ...]


def ways(lengths: dict[frozenset[str], int], towns: tuple[str, ...]) -> dict[Way, int]:
    """All ways from the first town to the last that visit no town twice, with their lengths."""
    first, last, between = towns[0], towns[-1], towns[1:-1]
    out: dict[Way, int] = {}
    for count in range(len(between) + 1):
        for middle in permutations(between, count):
            way = (first, *middle, last)
            legs = [frozenset(pair) for pair in pairwise(way)]
            if all(leg in lengths for leg in legs):
                out[way] = sum(lengths[leg] for leg in legs)
    return out


def walked(way: Way, lengths: dict[frozenset[str], int]) -> str:
    """The way and its sum: ABD 4+7=11."""
    legs = [lengths[frozenset(pair)] for pair in pairwise(way)]
    out, total = ["".join(way)], legs[0]
    if len(legs) == 1:
        out.append(str(total))
    for leg in legs[1:]:
        out.append(f"{total}+{leg}={total + leg}")
        total += leg
    return " ".join(out)


def route(random: Random, level: int) -> TaskQuestion:
    """Four towns with four roads up to five towns with eight; the shortest of the ways that were tried counts."""
    count, roads = ((4, 4), (4, 5), (5, 6), (5, 7))[level]
    while True:
        towns = tuple(random.sample(TOWNS[:count], count))
        pairs = [frozenset((a, b)) for i, a in enumerate(towns) for b in towns[i + 1 :]]
        lengths = {pair: random.randint(2, 30) for pair in random.sample(pairs, roads)}
        every = ways(lengths, towns)
        if len(every) < (2, 3, 3, 4)[level] or len(set(every.values())) < len(every):
            continue
        break
    best = min(every.values())
    order = random.sample(list(every), len(every))[: patience(len(every), level)]
    shortest = min(every[way] for way in order)
    shown = [
        (sorted(pair) if random.random() < 0.5 else sorted(pair)[::-1], length) for pair, length in lengths.items()
    ]
    listed = ", ".join(f"{a} to {b} {length} km" for (a, b), length in shown)
    return TaskQuestion(
        question=random.choice(ROADS).format(r=listed) + " " + random.choice(ASKS).format(a=towns[0], b=towns[-1]),
        answer=f"{best} km",
        thought=" ".join(walked(way, lengths) for way in order) + f" shortest {shortest}",
        family="route",
        level=level,
        words=closing(random, "The shortest way has {}.", "It takes {}."),
        check="" if shortest != best else f"no other way is shorter than {best}",
        wrong=tuple(f"{value} km" for value in sorted(every.values()) if value != best)[:3],
        settled=None if shortest == best else f"{shortest} km",
        gave_up=False,
    )
