"""Constants of client libraries: ``openai.GPT3Dot5Turbo``, ``GPT_4_O_MINI``, ``ModelClaude3_7SonnetLatest``.

A constant is compared with the names of the catalogue without separators; nothing else is guessed from it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from helicon.audit.knowledge import Knowledge
from helicon.audit.resolving.spelling import squash

IDENTIFIER = re.compile(r"(?:[A-Za-z_][A-Za-z0-9_]{0,60}\.){0,4}[A-Za-z_][A-Za-z0-9_]{2,80}")
DOT = re.compile(r"(?<=[0-9])dot(?=[0-9])")
PREFIXES = ("", "model", "chatmodel", "gpt3", "modelname", "openai", "anthropic", "google")
"""What libraries put before a name."""


def names(knowledge: Knowledge) -> Mapping[str, str]:
    """Squashed name -> name, of the catalogue's names without a provider that hold a number."""
    key = "constants"
    if key not in knowledge.memo:
        closings = knowledge.closings
        every = sorted(closings.listed | closings.removed.keys())
        knowledge.memo[key] = {
            squash(one): one for one in every if "/" not in one and any(letter.isdigit() for letter in one)
        }
    found = knowledge.memo[key]
    assert isinstance(found, dict)
    return found


def constant(text: str, knowledge: Knowledge) -> str:
    """The API name that a constant stands for; empty where it stands for none."""
    last = text.rpartition(".")[2]
    if not IDENTIFIER.fullmatch(text) or last == last.lower():
        return ""
    flat = DOT.sub("", squash(last))
    known = names(knowledge)
    return next((known[flat[len(one) :]] for one in PREFIXES if flat.startswith(one) and flat[len(one) :] in known), "")
