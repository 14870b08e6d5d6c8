"""From a branch of a conversation's tree to what a model is asked. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from helicon.budgets import Budget
from helicon.errors import BadMessages
from helicon.messages import Image, Message, Mode, Part, Question, Sampling, Text, system

if TYPE_CHECKING:
    from helicon.store import StoredMessage


def path_to(messages: Sequence[StoredMessage], leaf: str | None) -> list[StoredMessage]:
    """The messages from the root to ``leaf``; none where that is ``None``.

    Raises:
        BadMessages: there is no such message.
    """
    known = {message.id: message for message in messages}
    path: list[StoredMessage] = []
    at = leaf
    while at is not None:
        if at not in known or len(path) > len(known):
            raise BadMessages(f"the conversation has no message {at[:80]!r}; expected the id of one of its messages.")
        path.append(known[at])
        at = known[at].parent
    return path[::-1]


def turns(path: Sequence[StoredMessage], prompt: str, images: Mapping[str, Image]) -> tuple[Message, ...]:
    """The branch as turns that any chat template takes: the system prompt first, then users and assistants in turn.

    Answers that have no text (stopped before their first word) are left out, and turns of one role that come to
    stand together are one turn.
    """
    system_words = [prompt.strip(), *(message.text.strip() for message in path if message.role == "system")]
    told = [system("\n\n".join(words))] if (words := [one for one in system_words if one]) else []
    parts: list[tuple[Any, list[Part]]] = []
    for message in path:
        if message.role == "system" or (message.role == "assistant" and not message.text.strip()):
            continue
        given: list[Part] = [Text(message.text)] if message.text else []
        given += [images[one.file] for one in message.images if one.file in images]
        if parts and parts[-1][0] == message.role:
            parts[-1][1].extend([Text("\n\n"), *given])
        else:
            parts.append((message.role, given))
    return (*told, *(Message(role=role, parts=tuple(given)) for role, given in parts))


def question_of(messages: tuple[Message, ...], mode: Mode, options: Mapping[str, Any]) -> Question:
    """The turns with the page's options, as ``Options`` of the API names them.

    Raises:
        BadOption: values that do not go together.
    """
    return Question(
        messages=messages,
        mode=mode,
        budget=Budget(
            thinking_tokens=options.get("budget_tokens"),
            total_tokens=options.get("total_tokens"),
            max_tokens=options.get("max_tokens"),
            deadline_seconds=options.get("deadline_seconds"),
            agents=options.get("agents"),
            rounds=options.get("rounds"),
        ),
        compression=options.get("compression", "safe"),
        effort=options.get("effort", "medium"),
        delegate=options.get("delegate", "auto"),
        sampling=Sampling(temperature=options.get("temperature")),
        seed=options.get("seed"),
    )
