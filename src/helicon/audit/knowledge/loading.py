"""From the data files to :class:`Knowledge`."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Literal, get_args

from helicon.audit.knowledge.predicates import ANY, PREDICATES, TRIGGERS
from helicon.audit.knowledge.reading import Table, fault, table
from helicon.audit.knowledge.tables import (
    Brought,
    Candidate,
    Closings,
    Family,
    Knowledge,
    Mislabelled,
    Tag,
    Territories,
)
from helicon.audit.values import Level, Licence, LicenceKind, Obligation

LICENCE_KEYS = (
    "name", "spdx", "licenseref", "tag", "kind", "osi", "confidence", "source", "as_of", "released", "note",
    "obligations",
)  # fmt: skip
OBLIGATION_KEYS = ("id", "predicate", "clause", "source", "confidence", "severity")
FAMILY_KEYS = (
    "version", "names", "orgs", "licence", "base", "bases", "declared", "ids", "not", "modalities", "vision_names",
    "provider", "bare", "hub_only", "exact_org", "canonical", "rename", "exclude", "released", "confidence", "source",
    "as_of", "note", "short",
)  # fmt: skip
BARE = {True: "always", False: "never", "api": "api"}
LEVELS: tuple[Level, ...] = get_args(Level)
KINDS: tuple[LicenceKind, ...] = get_args(LicenceKind)


def _arguments(row: Table) -> dict[str, object]:
    """What an obligation has beside its common keys, checked against its predicate."""
    predicate = PREDICATES.get(row.text("predicate"))
    if predicate is None:
        raise fault(row.place, f"predicate is {row.text('predicate')!r}, expected one of {', '.join(PREDICATES)}")
    arguments = {key: value for key, value in row.values.items() if key not in OBLIGATION_KEYS}
    unknown = set(arguments) - predicate.required - predicate.optional - ANY
    absent = predicate.required - set(arguments)
    if unknown or absent:
        raise fault(row.place, f"has {sorted(unknown)} too much and lacks {sorted(absent)}")
    if not set(row.texts("when")) <= TRIGGERS:
        raise fault(row.place, f"when is {row.texts('when')}, expected some of {', '.join(sorted(TRIGGERS))}")
    return {
        key: value.isoformat() if hasattr(value, "isoformat") else tuple(value) if isinstance(value, list) else value
        for key, value in arguments.items()
    }


def _licence(name: str, row: Table, as_of: str) -> Licence:
    row.only(*LICENCE_KEYS)
    confidence, source = row.confidence(), row.text("source")
    if bool(row.text("spdx", "")) == bool(row.text("licenseref", "")):
        raise fault(row.place, "has to have either spdx or licenseref")
    obligations = tuple(
        Obligation(
            id=one.text("id"),
            predicate=one.text("predicate"),
            arguments=_arguments(one),
            clause=one.text("clause"),
            source=one.text("source", source),
            confidence=one.confidence(confidence),
            severity=one.choice("severity", LEVELS, _severity(one.text("predicate"))),
        )
        for one in row.tables("obligations")
    )
    if len({one.id for one in obligations}) != len(obligations):
        raise fault(row.place, "has two obligations of the same id")
    return Licence(
        id=name,
        name=row.text("name"),
        kind=row.choice("kind", KINDS),
        confidence=confidence,
        source=source,
        as_of=row.text("as_of", as_of),
        spdx=row.text("spdx", ""),
        licenseref=row.text("licenseref", ""),
        osi=row.flag("osi"),
        tag=row.text("tag", ""),
        obligations=obligations,
        note=row.text("note", ""),
    )


def _severity(predicate: str) -> Level:
    return "note" if predicate in ("aup", "licensor_may_restrict") else "warning"


def _families(file: Table, licences: dict[str, Licence]) -> Iterator[Family]:
    as_of = file.text("as_of")
    for line in file.tables("families", "family"):
        line.only("family", "vendor", "orgs", "provider", "note", "versions")
        for row in line.tables("versions", "version"):
            row.only(*FAMILY_KEYS)
            provider = row.text("provider", line.text("provider", ""))
            for licence in (row.text("licence"), *row.texts("base")):
                if licence != "unknown" and licence not in licences:
                    raise fault(row.place, f"names the licence {licence!r}, which licences.yaml does not have")
            bare = row.values.get("bare", True)
            if bare not in BARE:
                raise fault(row.place, f"bare is {bare!r}, expected true, false or api")
            always: Literal["always", "never", "api"] = BARE[bare]  # type: ignore[assignment]
            yield Family(
                family=line.text("family"),
                vendor=line.text("vendor"),
                version=row.text("version"),
                names=row.texts("names"),
                orgs=row.texts("orgs") or line.texts("orgs"),
                licence=row.text("licence"),
                base=row.texts("base"),
                bases=row.texts("bases"),
                declared=row.text("declared", ""),
                ids=row.texts("ids"),
                not_names=row.texts("not"),
                modalities=row.texts("modalities"),
                vision_names=row.texts("vision_names"),
                provider=provider,
                bare=always,
                hub_only=row.flag("hub_only"),
                exact_org=row.flag("exact_org"),
                canonical=row.text("canonical", ""),
                rename=row.mapping("rename"),
                exclude=row.texts("exclude"),
                released=row.text("released", ""),
                confidence=row.confidence(),
                source=row.text("source", ""),
                as_of=row.text("as_of", as_of),
                note=row.text("note", ""),
            )


def _tags(file: Table) -> Iterator[Tag]:
    for row in file.tables("ollama", "name"):
        row.only("name", "default", "sizes", "model", "plain", "derived", "note")
        yield Tag(
            name=row.text("name"),
            default=row.text("default"),
            sizes=row.mapping("sizes"),
            model=row.text("model"),
            plain=row.flag("plain"),
            derived=row.flag("derived"),
            note=row.text("note", ""),
        )


def _mislabelled(file: Table) -> Iterator[Mislabelled]:
    for row in file.tables("mislabelled"):
        row.only("id", "declared", "concluded", "base", "confidence", "as_of", "evidence", "source")
        yield Mislabelled(
            id=row.text("id"),
            declared=row.text("declared"),
            concluded=row.texts("concluded"),
            base=row.text("base", ""),
            evidence=row.text("evidence"),
            source=row.text("source"),
            confidence=row.confidence(),
            as_of=row.text("as_of"),
        )


def _packages() -> Iterator[Brought]:
    file = table("packages.yaml")
    for row in file.tables("packages", "name"):
        row.only("name", "ecosystem", "models", "when", "version", "confidence", "source")
        yield Brought(
            package=row.text("name").lower(),
            ecosystem=row.text("ecosystem"),
            models=row.texts("models"),
            when=row.text("when"),
            version=row.text("version", ""),
            confidence=row.confidence(file.confidence()),
            source=row.text("source", ""),
            as_of=file.text("as_of"),
        )


def _candidates(file: Table) -> Iterator[Candidate]:
    defaults = file.mapping("defaults")
    for row in file.tables("models"):
        row.only(
            "id", "tasks", "parameters", "active", "context", "kv_bytes", "languages", "modalities", "confidence",
            "sources", "note",
        )  # fmt: skip
        yield Candidate(
            id=row.text("id"),
            tasks=row.texts("tasks"),
            parameters=row.number("parameters"),
            active=row.number("active", row.number("parameters")),
            context=int(row.number("context")),
            kv_bytes=row.number("kv_bytes", 0),
            languages=row.text("languages"),
            modalities=row.texts("modalities"),
            confidence=row.confidence(),
            sources={**defaults, **row.mapping("sources")},
            as_of=file.text("as_of"),
            note=row.text("note", ""),
        )


def _closings() -> Closings:
    file = table("lifecycle.json")
    removed = {name: tuple(one) for name, one in file.values["removed"].items()}
    return Closings(
        as_of=file.text("as_of"),
        source=file.text("source"),
        dates=file.mapping("dates"),
        removed={name: (one[0], one[1]) for name, one in removed.items()},
        listed=frozenset(file.values["listed"]),
    )


def _lower(texts: tuple[str, ...]) -> frozenset[str]:
    return frozenset(text.lower() for text in texts)


@cache
def knowledge() -> Knowledge:
    """The knowledge base of this installation; read once."""
    licence_file, family_file, names = table("licences.yaml"), table("families.yaml"), table("names.yaml")
    lands, replacements = table("territories.yaml"), table("replacements.yaml")
    closings = _closings()
    licences = {name: _licence(name, row, licence_file.text("as_of")) for name, row in licence_file.named("licences")}
    nothing = Table("names.yaml: not_models", names.values.get("not_models"))
    packages: dict[str, tuple[Brought, ...]] = {}
    for one in _packages():
        packages[one.package] = (*packages.get(one.package, ()), one)
    dates = [licence_file.text("as_of"), family_file.text("as_of"), names.text("as_of"), closings.as_of]
    return Knowledge(
        as_of=min(dates),
        licences=licences,
        released={name: row.text("released", "") for name, row in licence_file.named("licences")},
        families=tuple(_families(family_file, licences)),
        tags={tag.name: tag for tag in _tags(names)},
        mislabelled={one.id.lower(): one for one in _mislabelled(names)},
        providers=names.mapping("providers"),
        bedrock_vendors=frozenset(names.texts("bedrock_vendors")),
        bedrock_regions=frozenset(names.texts("bedrock_regions")),
        mirrors=_lower(names.texts("mirrors")),
        suffixes=_lower(names.texts("suffixes")),
        host_suffixes=_lower(names.texts("host_suffixes")),
        not_models=_lower(nothing.texts("ids")),
        not_organisations=_lower(nothing.texts("organisations")),
        not_endings=nothing.texts("endings"),
        not_words=nothing.texts("words"),
        aliases=names.mapping("aliases"),
        packages=packages,
        candidates=tuple(_candidates(replacements)),
        candidates_as_of=replacements.text("as_of"),
        closings=closings,
        territories=Territories(
            groups={name: frozenset(codes) for name, codes in lands.values["groups"].items()},
            names=lands.mapping("names"),
            codes=frozenset(lands.texts("codes")),
        ),
    )
