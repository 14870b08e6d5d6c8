"""Whether an answer says of itself that it is not one: "I could not find it; the nearest is 41".

An agent that admits so has ended in good order and has a short answer, yet its vote is worth less than one
that found what it looked for, and ``auto`` looks on. Only what is said in the first person counts: "it cannot
be determined" and "there is no solution" are answers. Words are matched, in eight languages; nothing is understood.
"""

from __future__ import annotations

import re

LOOKED_AT = 2_000
"""Characters of an answer's end that are read: a long answer may doubt a detail far above."""

_SAYS_SO = re.compile(
    r"\bnone of my (?:tries|attempts|candidates|guesses)\b"
    r"|\bi (?:could ?n[o'’]t|can(?:not| not|['’]t)|could not|did ?n[o'’]t|did not|was(?: not|n['’]t) able to)"
    r"(?: yet| quite| fully)? (?:find|determine|verify|confirm|solve|work (?:it |this |that )?out|figure)\b"
    r"(?! (?:an?|any) (?:error|mistake|problem|flaw|counter-?example))"
    r"|\bi(?:['’]m| am|['’]ve been| was) (?:unable to (?:find|determine|verify|solve)"
    r"|not (?:(?:entirely|completely|fully|really|quite|100 ?%|very|so) )?(?:sure|certain|confident)|unsure|guessing)\b"
    r"|\b(?:my|a|as a) (?:best|educated|rough|wild) guess\b|\b(?:only|just) (?:a guess|guessing)\b"
    r"|\bi (?:do ?n[o'’]t|do not) (?:really )?know\b"
    r"|\b(?:nearest|closest) (?:that )?i (?:found|got|could get|came)\b"
    r"|\bich (?:bin (?:mir )?(?:da |dabei )?nicht (?:ganz )?sicher|wei(?:ß|ss) (?:es )?nicht|rate nur"
    r"|konnte (?:\w+ ){0,4}nicht (?:finden|bestimmen|lösen|prüfen))\b"
    r"|\bje ne (?:suis pas (?:tout à fait )?(?:sûre?|certaine?)|sais pas)\b|\bje n['’]ai pas (?:pu|réussi|trouvé)\b"
    r"|\bno (?:estoy (?:del todo )?segur[oa]|pude (?:encontrar|determinar|resolver|verificar)|encontré|lo sé)\b"
    r"|\bnão (?:tenho certeza|consegui|encontrei|sei)\b"
    r"|\bnon (?:sono (?:del tutto )?(?:sicur[oa]|cert[oa])|sono riuscit[oa]|ho trovato|lo so)\b"
    r"|我(?:不|没|无法)(?:太|能|有)?(?:确定|肯定|找到|知道|解出)|只是(?:我的)?猜测",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`|^>.*$", re.DOTALL | re.MULTILINE)


def admits(text: str) -> bool:
    """Whether the writer of ``text`` says that it did not find the answer, or is not sure of it."""
    return _SAYS_SO.search(_QUOTED.sub(" ", text[-LOOKED_AT:])) is not None
