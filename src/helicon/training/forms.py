"""Conversations to train on: tasks dressed as nano will meet them.

Thinking, instant, refinement and synthesis (the exact words of
``helicon.modes.prompts``), several turns, system messages and declines.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random

from helicon.modes import prompts
from helicon.training.careful import careful_thought
from helicon.training.gym import GENERATORS, gym_question
from helicon.training.outside import DECLINE, DECLINE_THOUGHT, outside
from helicon.training.tasks import FAMILIES, LEVELS, TaskQuestion, is_held_out, make_question
from helicon.training.tasks.dates import DAYS
from helicon.training.tasks.letters import spelling
from helicon.training.tasks.prices import two_offers
from helicon.training.tasks.steps import multiply

GYM_SHARE = 0.07
"""Share of tries that draw from reasoning-gym; about half of them succeed."""

WEIGHTS = {
    "subset": 3.0,
    "operators": 3.0,
    "digits": 3.0,
    "route": 3.0,
    "sorting": 1.8,
    "letters": 1.5,
    "truth": 1.4,
    "ordering": 1.3,
    "countdown": 1.5,
    "divisors": 1.2,
    "discount": 0.6,
    "shopping": 0.6,
    "equation": 0.6,
}
"""How often a family is drawn for training, against 1: those that are learnt late come more often."""

SYSTEMS = (
    "You are a helpful assistant.",
    "You are a helpful assistant.",
    "You are a careful assistant.",
    "Answer briefly.",
    "Be concise.",
    "You answer questions.",
    "You are nano.",
    "Think carefully and answer the question.",
    "You are a friendly assistant. Answer in English.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mix:
    """How often each form and level is drawn; what is left over goes to several turns."""

    thinking: float
    instant: float
    refinement: float
    synthesis: float
    decline: float
    levels: tuple[float, ...]
    careful: bool = False
    """Thoughts check themselves (``helicon.training.careful``); hints then ask for nothing more."""


SKILLS = Mix(thinking=0.80, instant=0.08, refinement=0.02, synthesis=0.01, decline=0.04, levels=(4.0, 3.0, 2.0, 1.0))
"""The first part of training: working things out, easy levels first in weight."""

FULL = Mix(thinking=0.52, instant=0.20, refinement=0.08, synthesis=0.04, decline=0.08, levels=(4.0, 4.0, 3.0, 2.0))
"""The last part: every form as nano will meet it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One message of a conversation."""

    role: str
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """What is read (``turns``) and what has to be produced after it."""

    turns: tuple[Turn, ...]
    thought: str | None
    """None in the instant form, where the prompt itself closes an empty thought."""
    reply: str
    form: str


OPENINGS = ("Hi, ", "Hello! ", "Please: ", "Quick question: ", "Hey, ", "Can you help? ", "Question: ")
ENDINGS = (" Thanks!", " Please.", " I need it for school.", " Be brief.", " Explain.", " Thank you.")


def dressed(random: Random, question: str) -> str:
    """The question with the small talk, carelessness or haste of real users."""
    if random.random() < 0.05:
        question = question.rstrip("?.")
    elif random.random() < 0.04:
        question = question[0].lower() + question[1:]
    if random.random() < 0.05:
        question = random.choice(OPENINGS) + question
    if random.random() < 0.04:
        question += random.choice(ENDINGS)
    return question


def task(random: Random, levels: tuple[float, ...] = FULL.levels) -> TaskQuestion:
    """A question of any family and level that is not held out; some come from reasoning-gym."""
    while True:
        if random.random() < GYM_SHARE:
            made = gym_question(random.choice(tuple(GENERATORS)), random.getrandbits(48))
        else:
            family = random.choices(tuple(FAMILIES), [WEIGHTS.get(name, 1.0) for name in FAMILIES])[0]
            made = make_question(family, random.getrandbits(48), random.choices(LEVELS, levels)[0])
        if made is None or is_held_out(made.question):
            continue
        text = dressed(random, made.question)
        if not is_held_out(text):
            return replace(made, question=text)


def with_system(random: Random, turns: list[Turn], chance: float = 0.12) -> tuple[Turn, ...]:
    if random.random() < chance:
        turns = [Turn(role="system", content=random.choice(SYSTEMS)), *turns]
    return tuple(turns)


def hinted_thought(question: TaskQuestion, hint: str) -> str:
    """The thought that follows a hint: a check where one is asked for."""
    if question.check and ("heck" in hint or "second way" in hint or "mistake" in hint):
        label = "Check" if "heck" in hint else "Again" if "second" in hint else "Careful"
        return f"{question.thought}\n{label}: {question.check}"
    if "known" in hint:
        numbers = re.findall(r"\d+(?:[.:]\d+)?", question.question)
        if numbers:
            return f"Known: {' '.join(numbers)}\n{question.thought}"
    return question.thought


def thinking(random: Random, levels: tuple[float, ...] = FULL.levels, *, careful: bool = False) -> Conversation:
    """A question thought through; a third of them with an agent's hint."""
    made = task(random, levels)
    agent = random.randrange(1, len(prompts.HINTS)) if random.random() < 0.35 else 0
    text = prompts.with_hint(made.question, agent)
    return Conversation(
        turns=with_system(random, [Turn(role="user", content=text)]),
        thought=careful_thought(random, made, wrong_answers(random, made))
        if careful
        else hinted_thought(made, prompts.HINTS[agent]),
        reply=made.reply,
        form="thinking",
    )


def instant(random: Random, levels: tuple[float, ...] = FULL.levels) -> Conversation:
    """The same without a thought."""
    made = task(random, levels)
    return Conversation(
        turns=with_system(random, [Turn(role="user", content=made.question)]),
        thought=None,
        reply=made.reply_with(made.answer),
        form="instant",
    )


def wrong_answers(random: Random, question: TaskQuestion) -> list[str]:
    """Plausible errors, all different from the answer."""
    found = [w for w in question.wrong if w != question.answer]
    if re.fullmatch(r"\d+", question.answer):
        value = int(question.answer)
        for change in random.sample((1, -1, 2, 10, -10, 100, -100, 9), 4):
            if value + change >= 0:
                found.append(str(value + change))
    if not found:
        found.append("0")
    random.shuffle(found)
    return list(dict.fromkeys(found))


def drafts_of(random: Random, question: TaskQuestion) -> tuple[list[prompts.Draft], list[int]]:
    """2 to 8 drafts in mixed order, and the numbers (from 1) of the right ones."""
    count = random.choice((2, 3, 4, 5, 6, 7, 8, 8, 8))
    share = random.choice((0.0, 0.2, 0.4, 0.6, 0.6, 0.8, 0.8, 1.0))
    errors = wrong_answers(random, question)[: random.randint(1, 4)]
    drafts, right = [], []
    for number in range(1, count + 1):
        answer = question.answer if random.random() < share else random.choice(errors)
        if answer == question.answer:
            right.append(number)
        words = question.words if random.random() < 0.5 else ""
        rationale = f"{words.replace('{}', answer)}\nAnswer: {answer}".strip()
        drafts.append(prompts.Draft(answer=answer, rationale=rationale))
    return drafts, right


def review(random: Random, synthesis: bool) -> Conversation:
    """A later round, or the last call, over drafts of which some are wrong."""
    while True:
        made = task(random)
        if made.settled is not None:  # a review ends in the right answer
            continue
        drafts, right = drafts_of(random, made)
        quick = random.random() < 0.3
        counts: dict[str, int] = {}
        for draft in drafts:
            counts[draft.answer] = counts.get(draft.answer, 0) + 1
        leader = max(counts, key=lambda a: counts[a])
        # Without a thought the drafts are all there is to go by: only train what can be read off them.
        if quick and (leader != made.answer or counts[leader] * 2 <= len(drafts)):
            continue
        break
    question = made.question
    if random.random() < 0.2:
        question = prompts.with_hint(question, random.randrange(len(prompts.HINTS)))
    form = prompts.synthesis if synthesis else prompts.refinement
    marks = ", ".join(f"[{n}]" for n in right)
    said = "; ".join(counts)
    thought = f"Drafts: {said}\n{made.thought}\n" + (f"{made.answer}: {marks}" if right else "none right")
    reply = made.reply
    if synthesis:
        reply += f"\nRests on {marks}." if right else "\nRests on none."
    return Conversation(
        turns=with_system(random, [Turn(role="user", content=form(question, drafts))]),
        thought=None if quick else thought,
        reply=reply,
        form="synthesis" if synthesis else "refinement",
    )


def declined(random: Random) -> Conversation:
    """Something outside the tasks, in either form, now and then with a hint."""
    text = outside(random)
    if random.random() < 0.3:
        text = prompts.with_hint(text, random.randrange(len(prompts.HINTS)))
    quick = random.random() < 0.5
    return Conversation(
        turns=with_system(random, [Turn(role="user", content=text)]),
        thought=None if quick else DECLINE_THOUGHT,
        reply=DECLINE,
        form="decline",
    )


def follow_up(random: Random) -> tuple[list[Turn], TaskQuestion]:
    """A question and its answer, then the same question with one number changed."""
    while True:
        family = random.choice(("product", "unit_price", "unit_price", "dates", "letters"))
        seed, level = random.getrandbits(48), random.choice((0, 1))
        first = make_question(family, seed, level)
        second = changed(random, first)
        if second is not None and not is_held_out(second.question):
            break
    ask = second.question
    return [Turn(role="user", content=first.question), Turn(role="assistant", content=first.reply)], TaskQuestion(
        question=ask, answer=second.answer, thought=second.thought, family=family, words=second.words
    )


def changed(random: Random, first: TaskQuestion) -> TaskQuestion | None:
    """The follow-up of ``first`` in everyday words, where the family has one."""
    if first.family == "product":
        found = re.findall(r"\d+", first.question)
        if len(found) != 2:
            return None
        a, b = int(found[0]), random.randint(3, 9)
        ask = random.choice(("And times {b}?", "And {a} times {b}?", "What about {a} * {b}?", "And with {b} instead?"))
        if "boxes" in first.question or "rows" in first.question or "pages" in first.question:
            return None
        return TaskQuestion(question=ask.format(a=a, b=b), answer=str(a * b), thought=multiply(a, b), family="product")
    if first.family == "unit_price":
        shape = re.search(r"(\d+) (g|ml)\D+(\d+\.\d\d)\D+(\d+) (?:g|ml)\D+(\d+\.\d\d)", first.question)
        if shape is None:
            return None
        sizes = [int(shape[1]), int(shape[4])]
        cents = [int(shape[3].replace(".", "")), int(shape[5].replace(".", ""))]
        which = random.randrange(2)
        cents[which] = max(20, cents[which] + random.choice((-1, 1)) * random.choice((10, 20, 30, 40, 50, 60)))
        made = two_offers(sizes, cents, shape[2])
        if made is None:
            return None
        thought, best = made
        label = random.choice((("first", "second")[which], f"{sizes[which]} {shape[2]}"))
        ask = random.choice(
            ("And if the {l} one costs {p}?", "What if the {l} one costs {p}?", "And with {p} for the {l} one?")
        )
        if random.random() < 0.3:
            ask = "And if the {l} " + random.choice(("jar", "pack", "bottle", "box")) + " costs {p}?"
        price = f"{cents[which] // 100}.{cents[which] % 100:02d}"
        return TaskQuestion(question=ask.format(l=label, p=price), answer=best, thought=thought, family="unit_price")
    if first.family == "dates":
        shape = re.search(r"(?:Today is|It is|today is) (\w+day)", first.question)
        if shape is None or "ago" in first.question or "before" in first.question:
            return None
        start, days = DAYS.index(shape[1]), random.randint(8, 90)
        rest = days % 7
        walk = " ".join(DAYS[(start + i) % 7] for i in range(rest + 1))
        ask = random.choice(("And in {n} days?", "And after {n} days?", "What about {n} days?"))
        return TaskQuestion(
            question=ask.format(n=days),
            answer=DAYS[(start + rest) % 7],
            thought=f"{days}={days // 7}*7+{rest} on {rest}: {walk}",
            family="dates",
        )
    if first.family == "letters":
        shape = re.search(r'(?:"|word |are in |s in )([a-z]{4,})"?[?.]', first.question)
        if shape is None:
            return None
        text = shape[1]
        letter = random.choice(text)
        thought, total = spelling(text, letter)
        ask = random.choice(("And how many {l}?", "And the letter {l}?", "And how many {l}'s?", "What about {l}?"))
        return TaskQuestion(question=ask.format(l=letter), answer=str(total), thought=thought, family="letters")
    return None


def several_turns(random: Random) -> Conversation:
    """An earlier exchange, then a question; or a follow-up on the earlier one."""
    kind = random.random()
    if kind < 0.4:
        turns, made = follow_up(random)
        text = made.question
    else:
        if kind < 0.7:
            before = task(random)
            turns = [
                Turn(role="user", content=before.question),
                Turn(role="assistant", content=before.reply_with(before.answer)),
            ]
        else:
            turns = [
                Turn(role="user", content=outside(random)),
                Turn(role="assistant", content=DECLINE),
            ]
        if random.random() < 0.2:
            turns.append(Turn(role="user", content=outside(random)))
            quick = random.random() < 0.5
            return Conversation(
                turns=with_system(random, turns, 0.3),
                thought=None if quick else DECLINE_THOUGHT,
                reply=DECLINE,
                form="turns",
            )
        made = task(random)
        text = made.question
    turns.append(Turn(role="user", content=text))
    quick = random.random() < 0.3
    return Conversation(
        turns=with_system(random, turns, 0.3),
        thought=None if quick else made.thought,
        reply=made.reply_with(made.answer) if quick else made.reply,
        form="turns",
    )


def conversation(random: Random, mix: Mix = FULL) -> Conversation:
    """One training sample."""
    kinds: tuple[tuple[float, Callable[[], Conversation]], ...] = (
        (mix.thinking, lambda: thinking(random, mix.levels, careful=mix.careful)),
        (mix.instant, lambda: instant(random, mix.levels)),
        (mix.refinement, lambda: review(random, synthesis=False)),
        (mix.synthesis, lambda: review(random, synthesis=True)),
        (mix.decline, lambda: declined(random)),
    )
    at = random.random()
    for share, make in kinds:
        if at < share:
            return make()
        at -= share
    return several_turns(random)
