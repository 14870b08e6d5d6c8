"""Whether a request has parts that can be answered apart, seen from its words alone. Pure, in English, no model.

A request shows parts when it is a numbered or lettered list, a list of bullets, several sentences
that each ask something, or two tasks joined by "and also". The parts are *clear* when each of them asks
and none leans on another one; a numbered part may name an earlier one ("double the answer to 1"), which
becomes ``{1}``. Options, facts and steps in a list ask nothing, so such a list is one question.
"""

# ruff: noqa: SIM905 - lists of words read better as text
from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from helicon.messages import MAX_PARTS, SubQuestion

MOST_ITEMS = 99
"""Of a list that is divided; a longer one is text."""
TASKS = frozenset(
    "calculate compute evaluate sort solve find determine convert translate summarise summarize write draft divide "
    "multiply subtract rewrite compose recommend suggest outline plan analyse analyze prove".split()
)
"""First words of a sentence that sets a task."""
WORDS = frozenset("what which who whom whose when where why how".split())
"""First words that ask also without a question mark, where tasks are joined."""
IN_LISTS = (
    TASKS
    | WORDS
    | frozenset(
        "add arrange combine compare continue count create decide define describe design double estimate explain "
        "explore express factor get give halve identify increase list look make name order pick propose put reverse "
        "review round say show simplify spell square state take tell turn work check complete is are was were does "
        "do did can could should would has have".split()
    )
)
"""First words of a list's item that asks; elsewhere they mostly belong to the sentence before ("Explain.")."""
OF_EACH = frozenset(
    "answer calculate compute evaluate solve find determine convert translate simplify factor spell complete do give "
    "tell explain describe name define say work write".split()
)
"""First words of an opening that mean each item of the list after it."""
OF_ALL = frozenset("rank group match choose select summarise summarize criticise criticize rate judge".split())
"""First words of an opening that mean the list as a whole, beside those that set a task and are not ``OF_EACH``."""
STRONG = re.compile(
    r"\b(instead|previous|former|latter|above|again|(?<!final )(?<!your )answers?|"
    r"remain|remains|remaining|results?(?! of [\d(])|"
    r"(first|second|third|last) (part|question|task|step)|(parts?|questions?|tasks?|steps?) \d)\b",
    re.IGNORECASE,
)
"""Words by which a part leans on another one, wherever they stand."""
WEAK = re.compile(
    r"\b(it|its|them|they|their|he|she|his|her|one(?! \w+ (?:has|costs|takes|is)\b)|ones|both|same|another|"
    r"now|then|left(?! of \d)|"
    r"(?:(?<=\bof )|(?<=\bto )|(?<=\bby )|(?<=\bis )|(?<=\bwith )|(?<=\bfrom )|(?<=\badd )|(?<=\bdouble ))"
    r"(?:that|those)|"
    r"(?:this|these)(?!.*\d))\b|^(?:that|those)\b",
    re.IGNORECASE | re.DOTALL,
)
"""Words that lean on another part where nothing of their own part stands before them."""
OWN = re.compile(r"\d|[.?!:]\s")
"""What a weak word may mean instead: a number or a sentence before it."""
EXPLETIVE = re.compile(r"^it is\b|\b(time|weekday|day|much|long|far) (is|was|will) it\b", re.IGNORECASE)
"""Where "it" means nothing."""

_NUMBERED = re.compile(
    r"(?:^|(?<=[.?!:;=])\s+|\n\s*|\s+and\s+|\s+(?=\(\w\)))\(?(?:(\d{1,2})[.)]|([a-p])\))(?=[ \t]+\S)"
)
_CODE = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
_SUM = re.compile(r"\d\)*\s*[-+*/×x÷=]\s*\(*[\d?]")
_WISH = re.compile(
    r"(for which|using|use \d+|with \d+|countdown\b|i need|i want|i'd like|i would like)\b", re.IGNORECASE
)
_BULLET = re.compile(r"^[ \t]*[-*•][ \t]+(?=\S)", re.MULTILINE)
_SENTENCE = re.compile(r"(?<=[.?!])\s+(?=[\"'(A-Z\d])")
_ALSO = re.compile(r"(?:[,;.]?\s+and\s+also,?\s+|[.;]\s+also,?\s+)", re.IGNORECASE)
_POLITE = re.compile(r"^(?:(?:please|kindly|and|also|then|now|finally|next)\b,?\s*)+", re.IGNORECASE)
_NAMED = re.compile(
    r"\b(?:the\s+)?(?:result|answer)s?\s+(?:of|from|to|in)\s+"
    r"(?:(?:(?:part|question|step|item|task|point|number|no\.)\s*|#)(\d{1,2})\b|\((\d{1,2})\)"
    r"|(\d{1,2})(?=\s*[.?!,;]*\s*$|\s*[.?!,;]\s|\s+(?:by|with)\b))",
    re.IGNORECASE,
)
_BEFORE = re.compile(r"\bthe\s+(?:previous|preceding)\s+(?:result|answer|number)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Separated:
    """What the words of a request show."""

    parts: tuple[SubQuestion, ...] = ()
    """At least two, or none."""
    clear: bool = False
    """Each can be answered without reading the others."""
    listed: bool = False
    """They stand in a list, which is the strongest sign."""
    shared: bool = False
    """There are more than ``MAX_PARTS``, so that a part is several items: for models that answer several at once."""
    reason: str = ""


def separate(text: str) -> Separated:
    """The parts that the words of ``text`` show."""
    words = text.strip()
    listed = _numbered(words) or _bulleted(words)
    if listed or "```" in words:
        return listed or Separated()
    return _also(words) or _sentences(words) or Separated()


def _numbered(text: str) -> Separated | None:
    marks: list[re.Match[str]] = []
    for found in _NUMBERED.finditer(_without_code(text)):
        number = int(found[1]) if found[1] else ord(found[2]) - ord("a") + 1
        if number == len(marks) + 1:
            marks.append(found)
    return _listed(text, marks, "numbered")


def _bulleted(text: str) -> Separated | None:
    return _listed(text, list(_BULLET.finditer(_without_code(text))), "bulleted")


def _without_code(text: str) -> str:
    """The text with fenced code blotted out, every character still in its place."""
    return _CODE.sub(lambda found: "\0" * len(found[0]), text)


def _listed(text: str, marks: list[re.Match[str]], kind: str) -> Separated | None:
    if not 2 <= len(marks) <= MOST_ITEMS:
        return None
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    items = [text[mark.end() : end].strip() for mark, end in zip(marks, ends, strict=True)]
    if not all(map(_item_asks, items)):
        return None
    last, _, after = items[-1].partition("\n\n")
    opening = text[: marks[0].start()].strip()
    open_end = bool(after) or _asks_of_all(opening)
    found = _judged(_opening(opening), [*items[:-1], last], kind, listed=True, open_end=open_end)
    return found if len(found.parts) <= MAX_PARTS else _joined(found)


def _joined(found: Separated) -> Separated | None:
    """A list with more items than agents: neighbours share a part; ``None`` where one needs another's answer."""
    if not found.clear or any(part.needs for part in found.parts):
        return None
    count = len(found.parts)
    cuts = [count * place // MAX_PARTS for place in range(MAX_PARTS + 1)]
    shares = [[part.text for part in found.parts[a:b]] for a, b in pairwise(cuts)]
    parts = tuple(
        SubQuestion(share[0] if len(share) == 1 else "\n".join(f"{n}. {text}" for n, text in enumerate(share, start=1)))
        for share in shares
    )
    reason = f"{found.reason}, which {MAX_PARTS} agents share"
    return Separated(parts=parts, clear=True, listed=True, shared=True, reason=reason)


def _asks_of_all(opening: str) -> bool:
    """Whether the words before a list ask something of the list as a whole, such as "Which is hardest:"."""
    sentence = _POLITE.sub("", _SENTENCE.split(opening)[-1])
    first = re.match(r"[A-Za-z]+", sentence)
    word = first[0].lower() if first else ""
    return "?" in opening or word in OF_ALL or (word in IN_LISTS and word not in OF_EACH)


def _also(text: str) -> Separated | None:
    pieces = [piece.strip() for piece in _ALSO.split(text)]
    if not 2 <= len(pieces) <= MAX_PARTS or not all(_asks(piece, TASKS | WORDS) for piece in pieces):
        return None
    return _judged("", pieces, "joined", listed=False)


def _sentences(text: str) -> Separated | None:
    sentences = [sentence.strip() for sentence in _SENTENCE.split(text)]
    asking = [index for index, sentence in enumerate(sentences) if _asks(sentence, TASKS)]
    if not 2 <= len(asking) <= MAX_PARTS:
        return None
    first = asking[0]
    mixed = len(asking) < len(sentences) - first  # statements between the questions may change what they mean
    parts = [sentences[index] for index in asking]
    elliptic = any(len(part.split()) < 3 for part in parts)
    return _judged(_opening(" ".join(sentences[:first])), parts, "asking", listed=False, open_end=mixed or elliptic)


def _judged(opening: str, items: list[str], kind: str, *, listed: bool, open_end: bool = False) -> Separated:
    parts: list[SubQuestion] = []
    clear = not open_end
    for number, item in enumerate(items, start=1):
        text, needs = _with_needs(_POLITE.sub("", item) or item, number) if listed else (item, ())
        if any(not 1 <= need < number for need in needs):
            text, needs, clear = item, (), False
        if number > 1 and _leans(text, shared=bool(opening)):
            clear = False
        text = _ended(text[:1].upper() + text[1:].rstrip(" ;,"))
        parts.append(SubQuestion(f"{opening} {text}" if opening else text, needs))
    reason = f"its words show {len(parts)} {kind} parts"
    return Separated(parts=tuple(parts), clear=clear, listed=listed, reason=reason)


def _leans(text: str, *, shared: bool) -> bool:
    """Whether a part cannot be understood alone; an opening that all parts share explains weak words."""
    if STRONG.search(text):
        return True
    weak = WEAK.search(text)
    return not (shared or weak is None or OWN.search(text[: weak.end()]) or EXPLETIVE.search(text))


def _ended(text: str) -> str:
    """A question cut out of a longer sentence with the mark that it lost."""
    first = re.match(r"[A-Za-z]+", text)
    return text + "?" if first and first[0].lower() in WORDS and text[-1].isalnum() else text


def _with_needs(text: str, number: int) -> tuple[str, tuple[int, ...]]:
    """The text with ``{n}`` where it names the answer of part ``n``."""
    needs: set[int] = set()

    def named(found: re.Match[str]) -> str:
        need = int(found[1] or found[2] or found[3])
        needs.add(need)
        return f"{{{need}}}"

    def before(_: re.Match[str]) -> str:
        needs.add(number - 1)
        return f"{{{number - 1}}}"

    return _BEFORE.sub(before, _NAMED.sub(named, text)), tuple(sorted(needs))


def _opening(text: str) -> str:
    """What all parts share; empty for a mere announcement such as "Answer both:"."""
    words = text.strip()
    if words.endswith(":") and len(words) <= 80 and not re.search(r"\d|[\"“']", words):
        return ""
    return words.removesuffix(":") + ":" if words.endswith(":") else words


def _asks(text: str, verbs: frozenset[str]) -> bool:
    """Whether a sentence or an item asks for something."""
    words = _POLITE.sub("", text.strip().lstrip("*_ "))
    first = re.match(r"[A-Za-z]+", words)
    if first is not None and first[0].lower() in verbs:
        return True
    return bool(re.search(r"\w[)\"'”*]*\?", words))


def _item_asks(text: str) -> bool:
    """The same of a list's item, which may be a mere sum, or ask in a later sentence."""
    sentences = _SENTENCE.split(text)
    return any(_asks(sentence, IN_LISTS) for sentence in sentences) or bool(_SUM.search(text) or _WISH.match(text))
