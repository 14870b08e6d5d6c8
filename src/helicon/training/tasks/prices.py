"""Unit prices, discounts and small purchases; money is worked in cents."""

from __future__ import annotations

from math import lcm
from random import Random

from helicon.training.tasks.question import TaskQuestion, closing
from helicon.training.tasks.steps import add, compare, divide, money, multiply, subtract

SIZES = (100, 150, 200, 250, 300, 400, 500, 600, 750, 800)
GOODS = {
    "g": ("jar", "pack", "bag", "box", "tin", "tub"),
    "ml": ("bottle", "can", "carton", "flask"),
}
ITEMS = [
    "pen",
    "notebook",
    "apple",
    "ticket",
    "cup",
    "candle",
    "stamp",
    "eraser",
    "ruler",
    "lemon",
    "roll",
    "sock",
    "bulb",
    "egg",
]
CURRENCIES = ("{}",) * 7 + ("${}", "€{}", "{} €", "{} euros", "£{}")
COMPARE = (
    "A {s1} {u} {w} costs {p1} and a {s2} {u} {w} costs {p2}. Which is cheaper per 100 {u}?",
    "A {s1} {u} {w} costs {p1}, a {s2} {u} {w} costs {p2}. Which is the better buy?",
    "Which is cheaper per 100 {u}: {s1} {u} for {p1} or {s2} {u} for {p2}?",
    "In the shop a {w} of {s1} {u} is {p1} and a {w} of {s2} {u} is {p2}. Which one is better value?",
    "{s1} {u} for {p1} or {s2} {u} for {p2}: which costs less per {u}?",
    "Compare a {s1} {u} {w} at {p1} with a {s2} {u} {w} at {p2}. Which has the lower unit price?",
    "One {w} has {s1} {u} and costs {p1}; another has {s2} {u} and costs {p2}. Which is cheaper by weight?",
)
COMPARE_COUNT = (
    "{s1} {w}s cost {p1} and {s2} {w}s cost {p2}. Which offer is cheaper per {w}?",
    "You can buy {s1} {w}s for {p1} or {s2} {w}s for {p2}. Which is the better deal?",
    "Which is cheaper per {w}: {s1} for {p1} or {s2} for {p2}?",
)
UNIT = (
    "A {s} {u} {w} costs {p}. What is the price per 100 {u}?",
    "{s} {u} cost {p}. How much is that per 100 {u}?",
    "What does 100 {u} cost if a {w} of {s} {u} costs {p}?",
)


def unit_price(random: Random, level: int) -> TaskQuestion:
    """Two sizes at two prices, brought to a common amount; three offers at level 3."""
    if level == 1 and random.random() < 0.5:
        return per_hundred(random, level)
    pieces = random.random() < 0.25
    unit = random.choice(("g", "g", "ml"))
    ware = random.choice(ITEMS if pieces else GOODS[unit])
    pool = range(2, 11) if pieces else SIZES
    count = 3 if level == 3 else 2
    while True:
        sizes = random.sample(pool, count)
        common = lcm(*sizes)
        factors = [common // s for s in sizes]
        if max(factors) <= 9:
            break
    rate = random.uniform(0.5, 1.8) * (60 if pieces else 1)
    while True:
        cents = []
        for size in sizes:
            price = int(size * rate * random.uniform(0.8, 1.25))
            cents.append(max(20, price - price % (10 if level == 0 else 5)))
        totals = [c * f for c, f in zip(cents, factors, strict=True)]
        if len(set(totals)) == count:
            break
    currency = random.choice(CURRENCIES)
    shown = [currency.format(money(c)) for c in cents]
    if count == 3:
        listed = ", ".join(f"{s}{'' if pieces else ' ' + unit} for {p}" for s, p in zip(sizes, shown, strict=True))
        question = random.choice(
            ("Which offer is the cheapest per {u}: {x}?", "Three offers: {x}. Which has the lowest price per {u}?")
        ).format(u=ware if pieces else unit, x=listed)
    else:
        question = random.choice(COMPARE_COUNT if pieces else COMPARE).format(
            s1=sizes[0], s2=sizes[1], p1=shown[0], p2=shown[1], u=unit, w=ware
        )
    names = [f"{s} {ware}s" if pieces else f"{s} {unit}" for s in sizes]
    best = min(range(count), key=lambda i: totals[i])
    noun = "offer" if pieces or count == 3 else ware
    return TaskQuestion(
        question=question,
        answer=names[best],
        thought=common_amount(sizes, cents, names),
        family="unit_price",
        level=level,
        words=closing(random, f"The {noun} with {{}} is cheaper.", "{} is the better buy."),
        check=" ".join(f"{common}: {money(t)}" for t in totals) + ", fits",
        wrong=tuple(n for i, n in enumerate(names) if i != best),
    )


def common_amount(sizes: list[int], cents: list[int], names: list[str]) -> str:
    """Each price for the least common amount, then the lowest of them, compared digit by digit."""
    common = lcm(*sizes)
    totals = [cent * (common // size) for size, cent in zip(sizes, cents, strict=True)]
    out = [f"{common}:"]
    for size, cent in zip(sizes, cents, strict=True):
        out.append(f"{common}/{size}={common // size} {multiply(cent, common // size)}")
    out.append(", ".join(f"{total} is {size}" for total, size in zip(totals, sizes, strict=True)) + ":")
    least = totals[0]
    for total in totals[1:]:
        out.append(compare(least, total))
        least = min(least, total)
    out.append(f"least {least} is {names[totals.index(least)]}")
    return " ".join(out)


def two_offers(sizes: list[int], cents: list[int], unit: str) -> tuple[str, str] | None:
    """Thought and answer for two given offers; None when the amounts do not meet soon or tie."""
    common = lcm(*sizes)
    if common // min(sizes) > 9 or sizes[0] == sizes[1]:
        return None
    totals = [cent * (common // size) for size, cent in zip(sizes, cents, strict=True)]
    if totals[0] == totals[1]:
        return None
    names = [f"{size} {unit}" for size in sizes]
    return common_amount(sizes, cents, names), names[totals.index(min(totals))]


def per_hundred(random: Random, level: int) -> TaskQuestion:
    """The price of 100 units, always whole cents."""
    unit = random.choice(("g", "g", "ml"))
    size = random.choice((200, 300, 400, 500, 600, 800, 250, 750))
    if size % 100:
        parts = size // 50
        half = random.randint(10, 90)
        cents, each = half * parts, half * 2
        out = f"{size}=50*{parts} {divide(cents, parts)} {half}*2={each}"
    else:
        parts = size // 100
        each = random.randint(20, 180)
        cents = each * parts
        out = f"{size}=100*{parts} {divide(cents, parts)}"
    return TaskQuestion(
        question=random.choice(UNIT).format(s=size, u=unit, w=random.choice(GOODS[unit]), p=money(cents)),
        answer=money(each),
        thought=f"{out} so {money(each)}",
        family="unit_price",
        level=level,
        words=closing(random, f"100 {unit} cost {{}}.", "The price is {}."),
        check=f"{size} {unit} cost {money(cents)}, fits",
        wrong=tuple(money(c) for c in (each + 10, each - 5, each + 20) if c > 0),
    )


OFF = (
    "A {w} costs {p} and is reduced by {r}%. What is the new price?",
    "What is the price of a {w} at {p} after a {r}% discount?",
    "The price is {p}. There is {r}% off. How much do I pay?",
    "A shop takes {r}% off a {w} of {p}. What does it cost now?",
    "{p} minus {r}%: how much is that?",
    "How much is a {p} {w} with {r}% off?",
)
SHARE = ("What is {r}% of {p}?", "How much is {r} percent of {p}?", "Work out {r}% of {p}.", "Find {r}% of {p}.")
RAISED = (
    "A {w} costs {p} and gets {r}% more expensive. What is the new price?",
    "The rent of {p} rises by {r}%. What is it then?",
    "Add {r}% to {p}.",
)
THINGS = [
    "coat",
    "lamp",
    "chair",
    "jacket",
    "bicycle",
    "phone",
    "bag",
    "table",
    "book",
    "watch",
    "tent",
    "shirt",
    "sofa",
    "camera",
]


def percent_of(amount: int, rate: int) -> tuple[str, int]:
    """Tenths first: ``amount`` is a multiple of 20, so every step is whole."""
    tenth = amount // 10
    tens, five = divmod(rate, 10)
    out = [f"10%={tenth}"]
    value = 0
    if tens > 1:
        out.append(f"{tens}0%={tenth * tens}")
    value = tenth * tens
    if five:
        out.append(f"5%={tenth // 2}")
        if tens:
            out.append(f"{value}+{tenth // 2}={value + tenth // 2}")
        value += tenth // 2
    return " ".join(out), value


def discount(random: Random, level: int) -> TaskQuestion:
    """A share, a reduction, a rise; two shops or two steps at levels 2 and 3."""
    amount = random.randint(2, (20, 40, 30, 30)[level]) * 20
    rate = random.choice((10, 20, 30, 50, 40) if level == 0 else (5, 15, 25, 35, 45, 30, 20, 60, 70))
    steps, part = percent_of(amount, rate)
    thing = random.choice(THINGS)
    wrong: tuple[str, ...]
    if level >= 2:
        left = amount - part
        first = f"{steps} {subtract(amount, part)}"
        if random.random() < 0.5:
            minus = random.randint(3, max(4, left // 3))
            question = random.choice(
                (
                    "A {w} costs {p}. First {r}% is taken off, then a voucher of {m}. What is paid?",
                    "With {r}% off and a further {m} off, what does a {w} of {p} cost?",
                )
            ).format(w=thing, p=amount, r=rate, m=minus)
            answer = left - minus
            thought = f"{first} {subtract(left, minus)}"
            wrong = (str(left), str(amount - minus), str(left + minus))
            words = closing(random, "The price is {}.", "It costs {}.")
        else:
            other = left + random.choice((-1, 1)) * random.randint(1, max(2, left // 6))
            question = random.choice(
                (
                    "Shop A sells a {w} for {p} with {r}% off, shop B for {o}. How much does the cheaper one cost?",
                    "A {w} is {p} minus {r}% in one shop and {o} in another. What is the lower price?",
                )
            ).format(w=thing, p=amount, r=rate, o=other)
            answer = min(left, other)
            thought = f"{first} {compare(left, other)} less {answer}"
            wrong = (str(max(left, other)), str(part))
            words = closing(random, "The lower price is {}.")
    else:
        kind = random.random()
        if kind < 0.3:
            question = random.choice(SHARE).format(p=amount, r=rate)
            answer, thought = part, steps
            words = closing(random, "It is {}.", "That is {}.")
        elif kind < 0.8:
            question = random.choice(OFF).format(w=thing, p=amount, r=rate)
            answer, thought = amount - part, f"{steps} {subtract(amount, part)}"
            words = closing(random, "The new price is {}.", "You pay {}.")
        else:
            question = random.choice(RAISED).format(w=thing, p=amount, r=rate)
            answer, thought = amount + part, f"{steps} {add(amount, part)}"
            words = closing(random, "The new price is {}.", "It is then {}.")
        wrong = (str(part), str(amount - part // 2), str(answer + 10), str(answer - 2))
    return TaskQuestion(
        question=question,
        answer=str(answer),
        thought=thought,
        family="discount",
        level=level,
        words=words,
        check=f"{rate}% is {part}, fits",
        wrong=tuple(w for w in wrong if w != str(answer)),
    )


TOTAL = (
    "{x}. What is the total?",
    "I buy {x}. How much do I pay?",
    "What do {x} cost together?",
    "How much is it for {x}?",
)
CHANGE = (
    "I buy {x} and pay with {c}. How much change do I get?",
    "{x}, paid with {c}. What is the change?",
    "How much is left of {c} after buying {x}?",
)


def shopping(random: Random, level: int) -> TaskQuestion:
    """Several of one or two articles, with change at the odd levels."""
    kinds = 1 if level == 0 else 2
    names = random.sample(ITEMS, kinds)
    counts = [random.randint(2, 9) for _ in range(kinds)]
    grain = 10 if level <= 1 else 5
    each = [random.randint(20 // grain, (300, 400, 500, 900)[level] // grain) * grain for _ in names]
    sums = [c * e for c, e in zip(counts, each, strict=True)]
    total = sum(sums)
    currency = random.choice(CURRENCIES)
    listed = " and ".join(
        f"{c} {n}s at {currency.format(money(e))}{random.choice(('', ' each'))}"
        for c, n, e in zip(counts, names, each, strict=True)
    )
    out = [multiply(e, c) for e, c in zip(each, counts, strict=True)]
    if kinds == 2:
        out.append(add(sums[0], sums[1]))
    result = total
    if random.random() < 0.5:
        notes = [n for n in (500, 1000, 2000, 5000, 10000) if n > total]
        paid = notes[0] if notes else 20000
        result = paid - total
        out.append(subtract(paid, total))
        question = random.choice(CHANGE).format(x=listed, c=paid // 100)
        words = closing(random, "The change is {}.", "You get {} back.")
        wrong = (money(total), money(result + 10), money(result + 100))
    else:
        question = random.choice(TOTAL).format(x=listed)
        words = closing(random, "The total is {}.", "It costs {}.")
        wrong = (money(result + 10), money(result + 100), money(max(5, result - 20)))
    out.append(f"so {money(result)}")
    return TaskQuestion(
        question=question,
        answer=money(result),
        thought=" ".join(out),
        family="shopping",
        level=level,
        words=words,
        check=f"in cents {result}, fits",
        wrong=wrong,
    )
