"""Which row of the knowledge base a name meets, and which of its known ids the name is a spelling of."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from helicon.audit.knowledge import Family, Knowledge
from helicon.audit.resolving.spelling import normal, size, squash


@cache
def spellings(family: Family) -> Mapping[str, str]:
    """Squashed name -> id as it is written, of the row's known ids; ``-hf`` may be left out."""
    names = {squash(one.rpartition("/")[2]): one for one in family.ids}
    return {**{name.removesuffix("hf"): one for name, one in names.items()}, **names}


TUNED = ("instruct", "chat", "-it", "v0")
"""Words of names of tuned models: what services serve under a shorter name."""


def written(family: Family, name: str) -> list[str]:
    """A name squashed, as it is and as the vendor renamed it."""
    renames = {"": "", **family.rename}
    return [squash(new + name[len(old) :]) for old, new in renames.items() if normal(name).startswith(old)]


def spelt(family: Family, name: str) -> str:
    """The known id that a name is a spelling of; empty where there is none."""
    known = spellings(family)
    return next((known[flat] for flat in written(family, name) if flat in known), "")


def filled(family: Family, name: str) -> str:
    """The family's usual model of the size that a name states; empty where it states none."""
    if "{size" not in family.canonical:
        return family.canonical
    wanted = size(name)
    text = family.canonical.replace("{size:lower}", wanted).replace("{size}", wanted.upper())
    return spellings(family).get(squash(text.rpartition("/")[2]), "") if wanted else ""


def original(family: Family, name: str) -> str:
    """The id of the model that a name stands for or begins with."""
    known = spellings(family)
    longest = max((key for flat in written(family, name) for key in known if flat.startswith(key)), key=len, default="")
    return (
        spelt(family, name)
        or known.get(longest, "")
        or filled(family, name)
        or (f"{family.orgs[0]}/{name}" if family.orgs else name)
    )


def rows(name: str, knowledge: Knowledge) -> list[tuple[Family, str]]:
    """The rows of weights (not of services) that a normal name begins with, and what of it they match."""
    return [
        (row, hit)
        for row, hit in knowledge.index.find(name)
        if not row.api and not any(name.startswith(one) for one in row.exclude)
    ]


def service(name: str, knowledge: Knowledge) -> Family | None:
    """The row of a service whose name this is: all of it, but for a date or revision after ``@`` or ``:``."""
    plain = normal(name)
    for row, hit in knowledge.index.find(plain):
        if row.api and (len(hit) == len(plain) or plain[len(hit)] in "@:"):
            return row
    return None
