"""Ids of the Hub: ``org/name``, its mirrors and fine-tunes; bare names of weights; files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

from helicon.audit.knowledge import Family, Knowledge
from helicon.audit.resolving.building import Stated, copied, derived, licences, own, unknown
from helicon.audit.resolving.spelling import normal, revision, size, squash, starts, stripped, without_file
from helicon.audit.values import Model

INNER = 6
"""A base is recognised inside a name from so many letters on, with a number among them."""


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


def no_model(name: str, knowledge: Knowledge) -> bool:
    """Whether an id is known to be data, a tool, a tokenizer, a space."""
    lowered = name.lower()
    org, slash, last = lowered.partition("/")
    return (
        lowered in knowledge.not_models
        or (bool(slash) and org in knowledge.not_organisations)
        or lowered.endswith(knowledge.not_endings)
        or any(word in last for word in knowledge.not_words)
    )


def rows(name: str, knowledge: Knowledge) -> list[tuple[Family, str]]:
    """The rows of weights (not of services) that a normal name begins with, and what of it they match."""
    return [
        (row, hit)
        for row, hit in knowledge.index.find(name)
        if not row.api and not any(name.startswith(one) for one in row.exclude)
    ]


def hub(identifier: str, knowledge: Knowledge, stated: Stated, *, sure: bool) -> Model | None:
    """The model of an ``org/name``; where it is not known, ``None`` unless the place is ``sure`` that it is one."""
    org, slash, name = revision(identifier)[0].strip("/").partition("/")
    name = name.partition(":")[0]  # a file or a precision, as in llama.cpp's -hf org/name:Q4_K_M
    identifier = f"{org}/{name}"
    if not slash or not org or not name or "/" in name or no_model(identifier, knowledge):
        return None
    found = (
        mislabelled(identifier, name, knowledge, stated)
        or ours(org, name, knowledge, stated)
        or elsewhere(identifier, name, knowledge, stated)
    )
    if found or not sure:
        return found
    return unknown(identifier, declared=stated.declared, api=stated.api, note=stated.note)


def ours(org: str, name: str, knowledge: Knowledge, stated: Stated) -> Model | None:
    """Under the vendor's own organisation."""
    served = stripped(name, knowledge, hosts=True)
    for row, _ in rows(normal(name), knowledge):
        if org.lower() in (one.lower() for one in row.orgs):
            known = spelt(row, name) or spelt(row, served)
            return own(knowledge, row, known or f"{knowledge.orgs[org.lower()]}/{name}", name, stated)
    return None


def elsewhere(identifier: str, name: str, knowledge: Knowledge, stated: Stated) -> Model | None:
    """Under another organisation: a copy where only the format differs, else a derivative of what the name states."""
    short = stripped(name, knowledge)
    plain = normal(short)
    mirror = identifier.partition("/")[0].lower() in knowledge.mirrors or short != name
    for start in starts(plain):
        for row, hit in rows(plain[start:], knowledge):
            first = start == 0 or squash(plain[:start]) in {squash(one) for one in row.orgs}  # bartowski's Qwen_Qwen3
            if row.exact_org or not (first or says(hit)) or (row.bare == "never" and not (first and mirror)):
                continue
            part = short[start:]
            known = spelt(row, part)
            base = own(knowledge, row, known or original(row, part), part, Stated())
            make = copied if first and known and mirror else derived
            return make(knowledge, base, identifier, stated)
    return None


def says(hit: str) -> bool:
    """Whether a match inside a name says enough: it is long and holds a number."""
    return len(hit) >= INNER and any(character.isdigit() for character in hit)


def mislabelled(identifier: str, name: str, knowledge: Knowledge, stated: Stated) -> Model | None:
    """A repository that is known to carry a wrong licence tag."""
    row = knowledge.mislabelled.get(identifier.lower())
    if row is None:
        return None
    found = licences(knowledge, row.concluded)
    like = elsewhere(identifier, name, knowledge, Stated()) or unknown(row.id)
    return replace(
        like,
        id=row.id,
        known=True,
        licence=found[0],
        also=found[1:],
        declared=stated.declared or row.declared,
        bases=(row.base,) if row.base else like.bases,
        api=stated.api,
        confidence=row.confidence,
        source=row.source,
        as_of=row.as_of,
        provenance=("mislabelled",),
        note=row.evidence,
    )


def bare(name: str, knowledge: Knowledge, stated: Stated, *, service: bool) -> Model | None:
    """Weights named without an organisation."""
    alias = knowledge.aliases.get(name.lower())
    if alias:
        return hub(alias, knowledge, stated, sure=False)
    short = stripped(name, knowledge, hosts=True)
    served = service or short != stripped(name, knowledge)
    for row, hit in rows(normal(name), knowledge):
        if row.bare == "never" or row.exact_org or row.hub_only or (row.bare == "api" and not service):
            continue
        if not any(character.isdigit() for character in hit) and not service:
            continue
        known = spelt(row, short)
        if served and not any(word in normal(short) for word in TUNED):
            known = filled(row, short) or known
        base = own(knowledge, row, known or original(row, short), name, stated)
        longer = len(squash(short)) > len(squash(base.id.rpartition("/")[2]))
        return base if known or served or not longer else derived(knowledge, base, short, stated)
    return None


def file(literal: str, path: str, base: str, knowledge: Knowledge, stated: Stated) -> Model:
    """Weights in the tree: by the base in their header, else by their own name, else by the file's."""
    called = literal if literal and literal != "FILE" else without_file(path)
    identifier = called if "/" in called else f"file:{called}"
    for one in base.split():
        found = hub(one.removeprefix("https://huggingface.co/"), knowledge, Stated(), sure=False)
        if found:
            return derived(knowledge, found, identifier, stated)
    for name in dict.fromkeys((called, without_file(path))):
        found = (
            hub(name, knowledge, stated, sure=False) if "/" in name else bare(name, knowledge, stated, service=False)
        )
        if found:
            return found
    return unknown(identifier, declared=stated.declared, note=stated.note)
