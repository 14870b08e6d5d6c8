"""From a row of the knowledge base to a :class:`Model`."""

from __future__ import annotations

from dataclasses import dataclass, replace

from helicon.audit.knowledge import Family, Knowledge
from helicon.audit.resolving.spelling import normal
from helicon.audit.values import Licence, Model

FREE = ("permissive",)
"""Kinds of licences that let a derivative have another."""


@dataclass(frozen=True, slots=True)
class Stated:
    """What a mention itself says of a model."""

    declared: str = ""
    """A licence, as text."""
    api: bool = False
    """Used as a service."""
    note: str = ""


def licences(knowledge: Knowledge, ids: tuple[str, ...]) -> tuple[Licence, ...]:
    return tuple(knowledge.licences[one] for one in ids if one in knowledge.licences)


def binds(model: Model) -> bool:
    """Whether a derivative cannot be freer than this model."""
    return any(one.kind not in FREE for one in model.licences)


def own(knowledge: Knowledge, family: Family, identifier: str, name: str, stated: Stated) -> Model:
    """The thing itself: the vendor's own weights, or a service under its own name."""
    licence = knowledge.licences.get(family.licence)
    also = tuple(one for one in licences(knowledge, family.base) if licence is None or one.id != licence.id)
    declared = stated.declared or family.declared
    provenance: tuple[str, ...] = ()
    if any(one.kind not in FREE for one in licences(knowledge, family.base)):
        provenance += ("base-licence",)
    if differs(knowledge, declared, licence, also) and not (family.declared and licence and licence.kind in FREE):
        provenance += ("mislabelled",)
    return Model(
        id=identifier,
        known=True,
        family=family.family,
        version=family.version,
        licence=licence,
        also=also,
        declared=declared,
        bases=family.bases,
        api=stated.api or family.api,
        modalities=modalities(family, name),
        confidence=family.confidence,
        source=family.source,
        as_of=family.as_of,
        provenance=provenance,
        note=joined(stated.note, family.note),
    )


def copied(knowledge: Knowledge, original: Model, identifier: str, stated: Stated) -> Model:
    """A re-published, quantised or converted copy: its licence is that of the original."""
    return _from(knowledge, original, identifier, stated, ("mirror",))


def derived(knowledge: Knowledge, original: Model, identifier: str, stated: Stated) -> Model:
    """A fine-tune or merge that states its base: a licence that binds travels with it; otherwise its own is unknown."""
    model = _from(knowledge, original, identifier, stated, ())
    if binds(original):
        return model
    declared = knowledge.licences.get(knowledge.licence_of(stated.declared))
    also = tuple(one for one in original.licences if declared is None or one.id != declared.id)
    return replace(model, licence=declared, also=also, provenance=())


def _from(knowledge: Knowledge, base: Model, identifier: str, stated: Stated, provenance: tuple[str, ...]) -> Model:
    if binds(base) and (not provenance or "base-licence" in base.provenance):
        provenance += ("base-licence",)
    if differs(knowledge, stated.declared, base.licence, base.also):
        provenance += ("mislabelled",)
    return replace(
        base,
        id=identifier,
        bases=(base.id, *base.bases),
        declared=stated.declared,
        provenance=provenance,
        api=stated.api,
        note=joined(stated.note, base.note),
    )


def differs(knowledge: Knowledge, declared: str, licence: Licence | None, also: tuple[Licence, ...]) -> bool:
    """Whether a declared licence lacks a part of the concluded ones: it is another, or the base's is left out."""
    stated = knowledge.licence_of(declared) if declared else ""
    concluded = ((licence,) if licence else ()) + also
    if not stated or not concluded:
        return False
    if stated not in {one.id for one in concluded}:
        return True
    return any(one.kind not in FREE for one in concluded if one.id != stated)


def modalities(family: Family, name: str) -> tuple[str, ...]:
    found = family.modalities
    return (*found, "vision") if family.sees(normal(name)) and "vision" not in found else found


def joined(*notes: str) -> str:
    return "; ".join(note for note in notes if note)


def unknown(identifier: str, *, note: str = "", declared: str = "", api: bool = False) -> Model:
    """A model that the knowledge base does not have. Nothing is guessed about it."""
    return Model(id=identifier, known=False, declared=declared, api=api, note=note)
