"""Ids of the Hub: ``org/name``, its mirrors and fine-tunes; bare names of weights; files."""

from __future__ import annotations

from dataclasses import replace

from helicon.audit.knowledge import Knowledge
from helicon.audit.resolving.building import Stated, copied, derived, licences, own, unknown
from helicon.audit.resolving.matching import TUNED, filled, original, rows, service, spelt
from helicon.audit.resolving.spelling import (
    MAX_NAME,
    normal,
    revision,
    squash,
    starts,
    stripped,
    unversioned,
    without_file,
)
from helicon.audit.values import Model

MOST_BASES = 8
"""Bases of a header that are looked at."""
INNER = 6
"""A base is recognised inside a name from so many letters on, with a number among them."""


def no_model(name: str, knowledge: Knowledge) -> bool:
    """Whether an id is known to be data, a tool, a tokenizer, a space."""
    lowered = name.lower()
    org, slash, last = lowered.partition("/")
    return (
        lowered in knowledge.not_models
        or (bool(slash) and "/" not in last and org in knowledge.not_organisations)
        or lowered.endswith(knowledge.not_endings)
        or any(word in last for word in knowledge.not_words)
    )


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
    """Under the vendor's own organisation; a name that only its services have is left to them."""
    short = stripped(name, knowledge, hosts=True)
    for row, _ in rows(normal(name), knowledge):
        if org.lower() in (one.lower() for one in row.orgs):
            known = spelt(row, name) or spelt(row, short)
            if not known and service(name, knowledge):
                return None
            if not known and name == name.lower():  # as hosts write them
                known = filled(row, short)
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


def bare(name: str, knowledge: Knowledge, stated: Stated, *, served: bool) -> Model | None:
    """Weights named without an organisation."""
    alias = knowledge.aliases.get(name.lower())
    if alias:
        return hub(alias, knowledge, stated, sure=False)
    short = stripped(name, knowledge, hosts=True)
    hosted = served or short != stripped(name, knowledge)
    for row, hit in rows(normal(name), knowledge):
        if row.bare == "never" or row.exact_org or row.hub_only or (row.bare == "api" and not served):
            continue
        if not any(character.isdigit() for character in hit) and not served:
            continue
        known = spelt(row, short) or spelt(row, unversioned(short))
        if hosted and not any(word in normal(short) for word in TUNED):
            known = filled(row, short) or known
        base = own(knowledge, row, known or original(row, short), name, stated)
        longer = len(squash(short)) > len(squash(base.id.rpartition("/")[2]))
        return base if known or hosted or not longer else derived(knowledge, base, short, stated)
    return None


def file(literal: str, path: str, base: str, knowledge: Knowledge, stated: Stated) -> Model:
    """Weights in the tree: by the base in their header, else by their own name, else by the file's."""
    of_file = without_file(path)[:MAX_NAME]
    called = literal if literal and literal != "FILE" else of_file
    identifier = called if "/" in called else f"file:{called}"
    for one in base[: MOST_BASES * MAX_NAME].split()[:MOST_BASES]:
        found = hub(one.removeprefix("https://huggingface.co/"), knowledge, Stated(), sure=False)
        if found:
            return derived(knowledge, found, identifier, stated)
    for name in dict.fromkeys((called, of_file)):
        found = hub(name, knowledge, stated, sure=False) if "/" in name else bare(name, knowledge, stated, served=False)
        if found:
            return found
    return unknown(identifier, declared=stated.declared, note=stated.note)
