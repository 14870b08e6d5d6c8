"""The values of an audit: what was found, what it is, what it asks of you. No I/O.

The way of a mention::

    bytes ──extract──▶ Mention ──resolve──▶ Model ──(grouped)──▶ Use ──judge──▶ Finding ──▶ Report

A :class:`Mention` is text at a place, a :class:`Model` is what that text means, a :class:`Use` is one model with all
its mentions, a :class:`Finding` is one obligation, lifecycle event or doubt about one use.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from helicon.audit.situation import Situation

Role = Literal["active", "option", "example", "test", "doc", "commented", "alias", "file", "indirect", "unresolved"]
"""How a mention stands in the tree: ``active`` runs by default, ``option`` can be chosen, ``file`` is weights in the
tree, ``indirect`` is brought by a package, ``unresolved`` comes from outside (environment, variable)."""
Kind = Literal[
    "hub", "ollama", "api", "bedrock", "vertex", "azure", "image", "package",
    "gguf", "safetensors", "onnx", "pickle", "url", "env", "text",
]  # fmt: skip
"""What sort of name the literal is, as far as the place tells; ``text`` where it does not."""
Confidence = Literal["text", "secondary", "recalled"]
"""``text``: read in the licence or vendor page itself; ``secondary``: read elsewhere; ``recalled``: not checked."""
LicenceKind = Literal["permissive", "copyleft", "restricted", "non-commercial", "research", "api", "unknown"]
Level = Literal["error", "warning", "note"]
State = Literal["triggered", "not_triggered", "depends"]

ROLES: tuple[Role, ...] = get_args(Role)
KINDS: tuple[Kind, ...] = get_args(Kind)
LEVELS: tuple[Level, ...] = get_args(Level)
"""Worst first."""
GATE: tuple[Role, ...] = ("active", "option")
"""The roles that count for exit codes unless told otherwise."""
EMPTY: Mapping[str, object] = MappingProxyType({})


@dataclass(frozen=True, slots=True, order=True)
class Mention:
    """One place where a model is named."""

    path: str
    """Relative to the root, with forward slashes."""
    line: int
    """From 1; 0 is the file itself."""
    column: int
    """From 1; 0 where it is not known."""
    literal: str
    """The id as written."""
    role: Role
    kind: Kind
    symbol: str = ""
    """The key path, variable or command it stands in."""
    note: str = ""
    declared: str = ""
    """A licence stated in the same header or card."""
    base: str = ""
    """A base model stated in the same header or card; several are separated by one space."""


@dataclass(frozen=True, slots=True, order=True)
class Unread:
    """A file, or a part of one, that was not read."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Scan:
    """What a walk through a tree found."""

    root: str
    mentions: tuple[Mention, ...]
    unread: tuple[Unread, ...]
    files: int
    """Files looked at."""
    bytes: int
    """Their bytes."""
    seconds: float


@dataclass(frozen=True, slots=True)
class Obligation:
    """One thing that a licence asks, as a predicate over a situation."""

    id: str
    """Short, unique in its licence: ``mau``, ``eu``, ``built``."""
    predicate: str
    """One of ``helicon.audit.knowledge.PREDICATES``."""
    arguments: Mapping[str, object] = field(hash=False)
    clause: str
    """A short quotation, or a paraphrase that begins with "(paraphrase)"."""
    source: str
    """Where the clause stands: an address, or the file of a named package."""
    confidence: Confidence
    severity: Level = "warning"
    """The level of the finding when it is triggered."""


@dataclass(frozen=True, slots=True)
class Licence:
    """A licence or terms of service, and what it asks."""

    id: str
    name: str
    kind: LicenceKind
    confidence: Confidence
    source: str
    as_of: str
    """ISO date of the last check of this row."""
    spdx: str = ""
    """Its id, only where the licence really is on the SPDX list."""
    licenseref: str = ""
    osi: bool = False
    tag: str = ""
    """The Hub's ``license:`` tag for it."""
    obligations: tuple[Obligation, ...] = ()
    note: str = ""

    @property
    def expression(self) -> str:
        """Its SPDX licence expression: an SPDX id or a ``LicenseRef-``."""
        return self.spdx or self.licenseref


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """When an API model closes, closed, or left the catalogue."""

    state: Literal["listed", "deprecated", "removed"]
    date: str = ""
    """ISO date of the closing; of a removed entry, the version that no longer lists it stands in the source."""
    source: str = ""
    as_of: str = ""
    replacement: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Model:
    """What a mention means. Equal for equal models, however they were written."""

    id: str
    """``org/name`` as on the Hub, ``provider:name`` of an API, ``ollama:name:tag`` where no Hub id is known;
    the id as written where the model is unknown."""
    known: bool
    """Whether the knowledge base has it; an unknown model has no licence."""
    family: str = ""
    version: str = ""
    licence: Licence | None = None
    """The concluded licence of these very weights or of this service; ``None`` where it is not known."""
    also: tuple[Licence, ...] = ()
    """Licences that travel with it from its bases and differ from ``licence``."""
    declared: str = ""
    """What its own card, tag or header says, where that is known: a licence id, or free text."""
    bases: tuple[str, ...] = ()
    """Ids of the models it was made from, nearest first."""
    api: bool = False
    """Used as a service, without its weights."""
    modalities: tuple[str, ...] = ()
    """Of ``text vision audio speech image video embedding``, where known."""
    aliases: tuple[str, ...] = ()
    lifecycle: Lifecycle | None = None
    confidence: Confidence = "recalled"
    source: str = ""
    as_of: str = ""
    provenance: tuple[str, ...] = ()
    """Reasons for findings of provenance, as codes: ``mislabelled mirror base-licence``."""
    note: str = ""

    @property
    def licences(self) -> tuple[Licence, ...]:
        """All that bind: its own first, then those of its bases."""
        return ((self.licence,) if self.licence else ()) + self.also

    @property
    def expression(self) -> str:
        """The concluded licences as one SPDX expression; empty where its own is not known."""
        return " AND ".join(one.expression for one in self.licences) if self.licence else ""


@dataclass(frozen=True, slots=True)
class Use:
    """One model and everywhere it is named."""

    model: Model
    mentions: tuple[Mention, ...]

    @property
    def roles(self) -> frozenset[Role]:
        return frozenset(mention.role for mention in self.mentions)

    @property
    def revisions(self) -> tuple[str, ...]:
        """The revisions pinned by ``name@revision``, sorted."""
        found = {
            mention.literal.rpartition("@")[2] for mention in self.mentions if "/" in mention.literal.partition("@")[0]
        }
        return tuple(sorted(one for one in found if one and "/" not in one))


@dataclass(frozen=True, slots=True)
class Finding:
    """One obligation, lifecycle event or doubt about one use."""

    id: str
    """``F`` and ten hex digits: stable over lines, dates and situations."""
    rule: str
    """``licence/max-mau``, ``lifecycle/retired``, ``provenance/mislabelled``, ``unresolved/env``, ``unknown/model``."""
    level: Level
    state: State
    use: Use
    text: str
    """One sentence."""
    clause: str = ""
    source: str = ""
    as_of: str = ""
    confidence: Confidence = "text"
    question: str = ""
    """What decides it, where the state is ``depends``."""
    next: str = ""
    """The next step, as a sentence."""
    licence: str = ""
    """Id of the licence that asks it."""


@dataclass(frozen=True, slots=True)
class Report:
    """Everything a report shows."""

    scan: Scan
    situation: Situation | None
    uses: tuple[Use, ...]
    findings: tuple[Finding, ...]
    """Worst first; those that are ``not_triggered`` last."""
    knowledge_as_of: str
    stale: bool
    """Whether the knowledge is older than 60 days on the day of the report."""
    today: str
    suppressed: tuple[Finding, ...] = ()
    baseline_hidden: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = field(default=())
    """Remarks on the audit itself: stale knowledge, an expired suppression."""


def fingerprint(rule: str, model: str, detail: str = "") -> str:
    """The stable id of a finding: of its rule, its model and its obligation; not of lines, dates or situations."""
    digest = hashlib.sha256("\x00".join((rule, model.lower(), detail)).encode()).hexdigest()
    return "F" + digest[:10]
