"""Asking: a new message, an answer once more, an interrupted answer that goes on."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from helicon.errors import InputError
from helicon.messages import Image
from helicon.server.api import shapes
from helicon.server.api.operation import Answer, Nothing, Operation, Visit
from helicon.server.api.preferences import preferred
from helicon.server.desk import kept_in_blind
from helicon.server.errors import BadRequest, HttpRefusal
from helicon.server.runs.beginning import (
    Asking,
    ask_of,
    begin,
    begin_again,
    branch_at,
    choose,
    derived,
    keep_pictures,
    read_pictures,
    refuse_blind,
    refuse_deleted,
)
from helicon.server.runs.endings import events_in
from helicon.server.shown import show_message, title_of

if TYPE_CHECKING:
    from helicon.server.shelf import Shelf
    from helicon.store import Conversation, StoredMessage


async def post(visit: Visit, _query: Nothing, body: shapes.NewMessage) -> Answer:
    """Sending the same id again gives the same reply and runs nothing twice."""
    desk, owner = visit.desk, visit.owner
    shelf, conversation = await desk.shelves.conversation(owner, visit.part("id"))
    if body.id is not None and (before := await _before(visit, shelf, conversation, body.id)) is not None:
        return before
    refuse_deleted(conversation)
    refuse_blind(conversation)
    if not body.text.strip() and not body.images:
        raise BadRequest("text is empty and there is no picture; expected a question.", param="text")
    options = None if body.options is None else body.options.model_dump(exclude_none=True)
    choice = choose(desk, body.model, body.mode, options, _of(conversation), await preferred(visit))
    tree = await desk.hub.tree(shelf, owner, conversation.id)
    branch = branch_at(tree, body.parent)
    pictures = await read_pictures(desk, [(one.data, one.name) for one in body.images])

    def new_id(kind: str) -> str:
        return desk.shelves.new_id(kind, incognito=shelf.incognito)

    from helicon.store import ImageRef, StoredMessage

    user = StoredMessage(
        id=body.id or new_id("msg"),
        conversation=conversation.id,
        parent=body.parent,
        text=body.text,
        created=time.time(),
        images=tuple(ImageRef(file=str(n), media_type=one.image.media_type) for n, one in enumerate(pictures)),
    )
    seen: dict[str, Image] = {str(n): one.image for n, one in enumerate(pictures)}
    question = await ask_of(shelf, owner, conversation, [*branch, user], choice, seen)
    user = replace(user, images=await keep_pictures(shelf, owner, new_id, pictures))
    assistant = StoredMessage(
        id=derived("msg", owner, user.id, incognito=shelf.incognito),
        conversation=conversation.id,
        parent=user.id,
        role="assistant",
        created=user.created,
        state="running",
        model=choice.served.name,
        mode=choice.mode,
        run=derived("run", owner, user.id, incognito=shelf.incognito),
    )
    asking = Asking(
        conversation=conversation,
        shelf=shelf,
        choice=choice,
        question=question,
        assistant=assistant,
        run_id=str(assistant.run),
    )
    try:
        await begin(desk, visit.person, [asking], user=user, current=assistant.id)
    except InputError:
        if body.id is not None and (before := await _before(visit, shelf, conversation, body.id)) is not None:
            return before  # the same request came twice at the same moment
        raise
    await _remember(visit, shelf, conversation, user, choice.served.name, choice.mode, options)
    return Answer({"user": show_message(user), "assistant": show_message(assistant), "run": assistant.run}, 201)


async def _before(visit: Visit, shelf: Shelf, conversation: Conversation, id: str) -> Answer | None:
    """The reply that was given, or lost, when this message was sent before."""
    library = shelf.library
    user = await shelf.ask(library.message, visit.owner, id)
    answer = await shelf.ask(library.message, visit.owner, derived("msg", visit.owner, id, incognito=shelf.incognito))
    if user is None or answer is None or user.conversation != conversation.id:
        return None
    return Answer({"user": show_message(user), "assistant": show_message(answer), "run": answer.run or ""}, 201)


def _of(conversation: Conversation) -> dict[str, Any]:
    return {"model": conversation.model, "mode": conversation.mode, "options": conversation.options}


async def _remember(
    visit: Visit, shelf: Shelf, conversation: Conversation, user: StoredMessage, model: str, mode: str, options: Any
) -> None:
    """The conversation's name and what was chosen last; a run that goes already does not fail with it."""
    changes: dict[str, Any] = {}
    if not conversation.title:
        changes["title"] = title_of(user.text) or (user.images[0].name if user.images else "")
    chosen = {"model": model, "mode": mode} | ({} if options is None else {"options": options})
    changes |= {name: value for name, value in chosen.items() if getattr(conversation, name) != value}
    if changes:
        await shelf.ask(shelf.library.update, visit.owner, conversation.id, **changes)
    visit.desk.tell(visit.owner, "conversation", conversation.id)
    visit.desk.tell_message(visit.owner, user, blind=False)


async def regenerate(visit: Visit, _query: Nothing, body: shapes.Again) -> Answer:
    """A new sibling of an answer; the old one stays."""
    desk, owner = visit.desk, visit.owner
    shelf, message = await desk.shelves.message(owner, visit.part("id"))
    conversation = await _conversation(visit, shelf, message)
    refuse_deleted(conversation)
    refuse_blind(conversation)
    leaf = message.parent if message.role == "assistant" else message.id
    options = None if body.options is None else body.options.model_dump(exclude_none=True)
    old = {"model": message.model, "mode": message.mode} if message.role == "assistant" else {}
    choice = choose(
        desk,
        body.model,
        body.mode,
        options,
        old,
        _of(conversation),
        await preferred(visit),
    )
    tree = await desk.hub.tree(shelf, owner, conversation.id)
    question = await ask_of(shelf, owner, conversation, branch_at(tree, leaf), choice)

    from helicon.store import StoredMessage

    assistant = StoredMessage(
        id=desk.shelves.new_id("msg", incognito=shelf.incognito),
        conversation=conversation.id,
        parent=leaf,
        role="assistant",
        created=time.time(),
        state="running",
        model=choice.served.name,
        mode=choice.mode,
        run=desk.shelves.new_id("run", incognito=shelf.incognito),
    )
    asking = Asking(
        conversation=conversation,
        shelf=shelf,
        choice=choice,
        question=question,
        assistant=assistant,
        run_id=str(assistant.run),
    )
    await begin(desk, visit.person, [asking], current=assistant.id)
    desk.tell(owner, "conversation", conversation.id)
    return Answer({"assistant": show_message(assistant), "run": assistant.run}, 201)


async def resume(visit: Visit, _query: Nothing, _body: shapes.Empty) -> Answer:
    """The same question with the same seed; agents that had finished are not run again."""
    desk, owner = visit.desk, visit.owner
    shelf, row = await desk.shelves.run(owner, visit.part("id"))
    message = await shelf.ask(shelf.library.message, owner, row.message)
    if message is None or message.run != row.id:
        raise HttpRefusal(
            "this run's answer was replaced by another run.", hint="Resume that one.", status=409, code="replaced"
        )
    log = await desk.hub.read(owner, row.id)
    if log.state not in ("interrupted", "stopped"):
        raise HttpRefusal(
            f"this run is {log.state}; expected one that was interrupted or stopped.",
            status=409,
            code="not_interrupted",
        )
    conversation = await _conversation(visit, shelf, message)
    refuse_deleted(conversation)
    await desk.hub.caught_up(owner, conversation.id)
    asked = row.question or {}
    choice = choose(
        desk, str(asked.get("model") or row.model), str(asked.get("mode") or row.mode), asked.get("options")
    )
    tree = await desk.hub.tree(shelf, owner, conversation.id)
    question = await ask_of(shelf, owner, conversation, branch_at(tree, message.parent), choice)
    run_id = desk.shelves.new_id("run", incognito=shelf.incognito)
    again = replace(message, run=run_id, state="running", text="", error="", summary=None)
    asking = Asking(
        conversation=conversation,
        shelf=shelf,
        choice=choice,
        question=question,
        assistant=again,
        run_id=run_id,
        earlier=tuple(events_in(log.lines)),
    )
    await begin_again(desk, visit.person, asking, row)
    return Answer({"assistant": show_message(again, blind=kept_in_blind(conversation)), "run": run_id}, 201)


async def _conversation(visit: Visit, shelf: Shelf, message: StoredMessage) -> Conversation:
    conversation = await shelf.ask(shelf.library.conversation, visit.owner, message.conversation)
    assert conversation is not None
    return conversation


OPERATIONS = (
    Operation(
        method="POST",
        path="/api/conversations/{id}/messages",
        does="Ask something; the answer is a run of the server.",
        handler=post,
        body=shapes.NewMessage,
        reply=shapes.Asked,
        status=201,
        refusals=(404, 409, 429),
    ),
    Operation(
        method="POST",
        path="/api/messages/{id}/regenerate",
        does="Answer once more, beside the answer that is there.",
        handler=regenerate,
        body=shapes.Again,
        reply=shapes.Answering,
        status=201,
        refusals=(404, 409, 429),
    ),
    Operation(
        method="POST",
        path="/api/runs/{id}/resume",
        does="Let an interrupted run go on.",
        handler=resume,
        body=shapes.Empty,
        reply=shapes.Answering,
        status=201,
        refusals=(404, 409, 429),
    ),
)
