"""Orderings of three to five people, and who tells the truth."""

from __future__ import annotations

import itertools
from random import Random

from helicon.training.tasks.question import TaskQuestion, closing

NAMES = [
    "Anna",
    "Ben",
    "Cleo",
    "David",
    "Emma",
    "Finn",
    "Grace",
    "Hugo",
    "Ida",
    "Jack",
    "Kira",
    "Leo",
    "Mia",
    "Noah",
    "Olga",
    "Paul",
    "Rosa",
    "Sam",
    "Tina",
    "Uma",
    "Vera",
    "Will",
    "Yara",
    "Zoe",
]
SCALES = (
    ("taller", "shorter", "tallest", "shortest"),
    ("older", "younger", "oldest", "youngest"),
    ("faster", "slower", "fastest", "slowest"),
    ("richer", "poorer", "richest", "poorest"),
    ("stronger", "weaker", "strongest", "weakest"),
    ("heavier", "lighter", "heaviest", "lightest"),
)


def ordering(random: Random, level: int) -> TaskQuestion:
    """A chain of comparisons in mixed order and direction."""
    count = (3, 4, 5, 5)[level]
    names = random.sample(NAMES, count)
    more, less, most, least = random.choice(SCALES)
    facts = []
    for a, b in itertools.pairwise(names):
        facts.append(f"{a} is {more} than {b}." if random.random() < 0.5 else f"{b} is {less} than {a}.")
    random.shuffle(facts)
    thought = chained(facts, names, more)
    kind = random.random()
    wrong: tuple[str, ...]
    if level == 3 or kind < 0.3:
        up = random.random() < 0.5
        order = names[::-1] if up else names
        ask = random.choice(
            ("List them from {a} to {b}.", "Put them in order from {a} to {b}.", "What is the order from {a} to {b}?")
        ).format(a=least if up else most, b=most if up else least)
        answer = ", ".join(order)
        swapped = list(order)
        i = random.randrange(count - 1)
        swapped[i], swapped[i + 1] = swapped[i + 1], swapped[i]
        wrong = (", ".join(swapped), ", ".join(order[::-1]))
        words = closing(random, "The order follows from the comparisons.")
        if up:
            thought += " turned " + " < ".join(order)
    else:
        place = random.choice((0, count - 1, 1, count - 2))
        label = most if place < count / 2 else least
        rank = place if place < count / 2 else count - 1 - place
        target = f"{'second ' if rank else ''}{label}"
        ask = random.choice(("Who is the {}?", "Who is {} of all?", "Which of them is the {}?")).format(target)
        answer = names[place]
        ranks = names[: rank + 1] if place < count / 2 else names[::-1][: rank + 1]
        thought += f" {target}: {' '.join(ranks)}"
        wrong = tuple(n for n in names if n != answer)
        words = closing(random, f"The {target} is {{}}.", f"{{}} is the {target}.")
    return TaskQuestion(
        question=" ".join(facts) + " " + ask,
        answer=answer,
        thought=thought,
        family="ordering",
        level=level,
        words=words,
        check=" ".join(f"{a}>{b}" for a, b in itertools.pairwise(names)) + ", fits",
        wrong=wrong,
    )


def chained(facts: list[str], names: list[str], more: str) -> str:
    """The facts turned one way, who stands below somebody, who does not, and the chain from there."""
    pairs = []
    for fact in facts:
        first, *_, last = fact.rstrip(".").split()
        pairs.append((first, last) if f" {more} " in fact else (last, first))
    turned = ", ".join(f"{a} > {b}" for a, b in pairs)
    below = " ".join(b for _, b in pairs)
    return f"So {turned}; after {below}; first {names[0]}: {' > '.join(names)}"


INTRO = (
    "Each person either always lies or always tells the truth.",
    "On an island everyone either always tells the truth or always lies.",
    "Knights always tell the truth, knaves always lie.",
)


def truth(random: Random, level: int) -> TaskQuestion:
    """A chain of accusations hanging on one known person; who lies is then derived."""
    count = (3, 4, 4, 5)[level]
    names = random.sample(NAMES, count)
    honest = [random.random() < 0.5 for _ in names]
    knights = random.random() < 0.25
    good, bad = ("is a knight", "is a knave") if knights else ("tells the truth", "lies")
    facts = []
    out = [f"So {names[0]} {'true' if honest[0] else 'lies'}"]
    for i in range(count - 1):
        claim = honest[i + 1] == honest[i]
        verb = good if claim else bad
        facts.append(f"{names[i]} says: {names[i + 1]} {verb}.")
        said = "true" if claim else "lies"
        flip = "so" if honest[i] else "not so"
        derived = "true" if honest[i + 1] else "lies"
        out.append(f"{names[i]} says: {names[i + 1]} {said} {flip} {names[i + 1]} {derived}")
    random.shuffle(facts)
    anchor = f"{names[0]} {good if honest[0] else bad}."
    facts.insert(random.choice((0, len(facts))), anchor)
    intro = INTRO[2] if knights else random.choice(INTRO[:2])
    wanted = random.random() < 0.5
    found = [n for n, h in zip(names, honest, strict=True) if h == wanted]
    kind = random.random()
    if kind < 0.35:
        question = f"How many of them {'tell the truth' if wanted else 'lie'}?"
        if knights:
            question = f"How many {'knights' if wanted else 'knaves'} are there?"
        answer = str(len(found))
        out.append(f"{'true' if wanted else 'lies'}: {' '.join(found) or 'nobody'} {answer}")
        wrong = tuple(str(n) for n in range(count + 1) if n != len(found))
        words = closing(random, "It is {} of them.")
    else:
        question = f"Who {'tells the truth' if wanted else 'lies'}?"
        if knights:
            question = f"Who is a {'knight' if wanted else 'knave'}?"
        question += random.choice((" Name all.", " List everyone."))
        ordered = sorted(found)
        answer = ", ".join(ordered) if ordered else "nobody"
        out.append(f"{'true' if wanted else 'lies'}: {' '.join(found) or 'nobody'}")
        if len(found) > 1:
            out.append(f"sorted {' '.join(ordered)}")
        wrong = (", ".join(sorted(set(names) - set(found))) or "nobody", *names[:2])
        words = closing(random, "This follows from the statements.")
    return TaskQuestion(
        question=f"{intro} {' '.join(facts)} {question}",
        answer=answer,
        thought=". ".join(out),
        family="truth",
        level=level,
        words=words,
        check="each statement fits",
        wrong=tuple(w for w in wrong if w != answer),
    )
