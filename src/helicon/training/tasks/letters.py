"""How often a letter stands in a word or a short phrase.

Real words are few, so most training words are made of syllables: the model has
to learn spelling, not a list.
"""

from __future__ import annotations

from random import Random

from helicon.training.tasks.question import TaskQuestion, closing

WORDS = tuple(
    """strawberry banana apple orange cucumber tomato potato carrot pepper raspberry blueberry pineapple
    mississippi tennessee committee assessment bookkeeper balloon coffee letter common pattern possible
    successful address business necessary parallel different difference excellent intelligence literature
    mathematics engineering computer keyboard window curtain kitchen garden umbrella elephant giraffe
    butterfly crocodile kangaroo squirrel hamster parrot penguin dolphin mosquito scissors hammer ladder
    bottle pillow blanket mirror cabinet drawer carpet ceiling chimney basement corridor university
    hospital library restaurant supermarket pharmacy station airport harbour bridge tunnel mountain valley
    river forest desert island village country continent planet universe galaxy telescope microscope
    temperature atmosphere pressure electricity magnetism chemistry biology geography history philosophy
    psychology economics politics democracy government parliament president minister secretary professor
    teacher student doctor nurse lawyer engineer carpenter gardener musician painter sculptor architect
    photographer journalist translator programmer accountant manager director assistant apprentice
    happiness sadness anger surprise curiosity patience kindness courage wisdom knowledge memory imagination
    creativity freedom justice equality responsibility opportunity possibility probability statistics
    bicycle motorcycle helicopter submarine aeroplane locomotive caravan tractor ambulance
    chocolate cinnamon vanilla mustard vinegar spaghetti macaroni sandwich hamburger pancake omelette
    january february september october november december wednesday thursday saturday yesterday tomorrow
    alphabet sentence paragraph chapter dictionary encyclopedia grammar vocabulary language conversation
    television radio telephone newspaper magazine internet message envelope package postcard
    hello world sleep green tree street cheese bottleneck goddess addition middle puzzle dazzle buffalo
    giggle wiggle pizza jazz fluffy skill illness allow mellow yellow follow hollow
    """.split()  # noqa: SIM905
)
ONSETS = [
    "b",
    "c",
    "d",
    "f",
    "g",
    "h",
    "j",
    "k",
    "l",
    "m",
    "n",
    "p",
    "r",
    "s",
    "t",
    "v",
    "w",
    "z",
    "bl",
    "br",
    "ch",
    "cl",
    "cr",
    "dr",
    "fl",
    "fr",
    "gl",
    "gr",
    "ph",
    "pl",
    "pr",
    "sc",
    "sh",
    "sl",
    "sm",
    "sn",
    "sp",
    "st",
    "str",
    "sw",
    "th",
    "tr",
    "tw",
    "wh",
    "qu",
]
NUCLEI = ["a", "e", "i", "o", "u", "ai", "ea", "ee", "ie", "oa", "oo", "ou", "y", "au", "ei"]
CODAS = [
    " ",
    " ",
    " ",
    "b",
    "ck",
    "d",
    "ff",
    "g",
    "l",
    "ll",
    "m",
    "mm",
    "n",
    "nn",
    "ng",
    "nt",
    "p",
    "pp",
    "r",
    "rr",
    "rd",
    "rt",
    "s",
    "ss",
    "st",
    "t",
    "tt",
    "th",
    "x",
    "zz",
    "ve",
    "le",
    "er",
    "on",
    "ing",
    "tion",
]
FORMS = (
    'How many times does the letter "{l}" appear in "{w}"?',
    "How many {l}'s are in {w}?",
    'How many letters "{l}" are there in the word "{w}"?',
    'Count the letter {l} in "{w}".',
    "How often does {l} occur in the word {w}?",
    'In "{w}", how many {l} are there?',
    "Count the {l}s in {w}.",
    'What is the number of "{l}" in "{w}"?',
)


def word(random: Random, syllables: int) -> str:
    """A real word now and then, else a made-up one."""
    if random.random() < 0.3:
        return random.choice(WORDS)
    return "".join(
        (random.choice(ONSETS) + random.choice(NUCLEI) + random.choice(CODAS)).strip() for _ in range(syllables)
    )


def spelling(text: str, letter: str) -> tuple[str, int]:
    """The word spelled out with a running count behind each hit, and the count."""
    total = 0
    out = []
    for character in text:
        if character == letter:
            total += 1
            out.append(f"{character}{total}")
        else:
            out.append(character)
    return " ".join(out) + f" so {total}", total


def letters(random: Random, level: int) -> TaskQuestion:
    """One word of 2 to 4 syllables; two words and more at level 3."""
    parts = [word(random, (2, 3, 4, 3)[level])]
    if level == 3:
        parts.append(word(random, 2))
    text = " ".join(parts)
    spelled = text.replace(" ", "")
    letter = random.choice(spelled)
    if random.random() < 0.6:
        letter = max(random.sample(spelled, min(4, len(spelled))), key=spelled.count)
    if random.random() < 0.06:
        letter = random.choice("aeioulnrstdm")
    thought, total = spelling(spelled, letter)
    return TaskQuestion(
        question=random.choice(FORMS).format(l=letter, w=text.capitalize() if random.random() < 0.08 else text),
        answer=str(total),
        thought=thought,
        family="letters",
        level=level,
        words=closing(random, f"The letter {letter} appears {{}} times.", "I counted {}."),
        check=f"{len(spelled)} letters read",
        wrong=tuple(str(w) for w in (total + 1, total - 1, total + 2) if w >= 0),
    )
