"""``/api/conversations``: the list, one, changes, the bin."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from helicon.server.api import shapes
from helicon.server.api.operation import Answer, Nothing, Operation, Visit
from helicon.server.api.preferences import preferred
from helicon.server.desk import kept_in_blind
from helicon.server.errors import BadRequest
from helicon.server.runs.beginning import refuse_blind
from helicon.server.runs.branch import path_to
from helicon.server.shown import show_conversation, show_message

if TYPE_CHECKING:
    from helicon.server.shelf import Shelf
    from helicon.store import Found

_LATER = ("system", "model", "mode")


async def listed(visit: Visit, query: shapes.ConversationsQuery, _body: None) -> Answer:
    """Incognito ones come first and on the first page only; they are not searched on disk, of course."""
    shelves, running = visit.desk.shelves, visit.desk.hub.running(visit.owner)
    items: list[dict[str, Any]] = []
    after = ""
    for shelf in shelves:
        if shelf is not shelves.main and query.cursor:
            continue
        page = await shelf.ask(
            shelf.library.conversations,
            visit.owner,
            query=query.query,
            folder=query.folder,
            tag=query.tag,
            kind=query.kind,
            deleted=query.deleted,
            limit=query.limit,
            cursor=query.cursor,
        )
        shown = [_listed(found, shelf, running) for found in page.items]
        items = shown + items if shelf is not shelves.main else items + shown
        after = page.next if shelf is shelves.main else after
    main = shelves.main
    folders = await main.ask(main.library.folders, visit.owner)
    tags = await main.ask(main.library.tags, visit.owner)
    return Answer(
        {
            "items": items,
            "next": after,
            "folders": [{"name": name, "count": count} for name, count in folders],
            "tags": [{"name": name, "count": count} for name, count in tags],
        }
    )


def _listed(found: Found, shelf: Shelf, running: set[str]) -> dict[str, Any]:
    return show_conversation(found.conversation, incognito=shelf.incognito) | {
        "snippet": found.snippet,
        "hits": [list(pair) for pair in found.hits],
        "title_hits": [list(pair) for pair in found.title_hits],
        "running": found.conversation.id in running,
    }


async def create(visit: Visit, _query: Nothing, body: shapes.NewConversation) -> Answer:
    """What is left open comes from the person's preferences when a question is asked."""
    from helicon.store import Conversation

    shelves = visit.desk.shelves
    shelf, now = shelves.of(incognito=body.incognito), time.time()
    system = body.system
    if system is None:
        system = (await preferred(visit))["system"]
    conversation = Conversation(
        id=shelves.new_id("conv", incognito=shelf.incognito),
        owner=visit.owner,
        title=body.title.strip(),
        created=now,
        updated=now,
        folder=body.folder.strip(),
        system=system,
        model=body.model,
        mode=body.mode,
        options=body.options.model_dump(exclude_none=True),
    )
    kept = await shelf.ask(shelf.library.create, conversation)
    visit.desk.tell(visit.owner, "conversation", kept.id)
    return Answer(show_conversation(kept, incognito=shelf.incognito), 201)


async def show(visit: Visit, _query: Nothing, _body: None) -> Answer:
    """The whole tree, without the events of its runs."""
    shelf, conversation = await visit.desk.shelves.conversation(visit.owner, visit.part("id"))
    library, blind = shelf.library, kept_in_blind(conversation)
    messages = await visit.desk.hub.tree(shelf, visit.owner, conversation.id)
    runs = {
        row.id: {"state": row.state, "length": length}
        for row, length in await shelf.ask(library.runs, visit.owner, conversation.id)
    }
    shown = []
    for message in messages:
        if message.run is not None and (log := visit.desk.hub.log(visit.owner, message.run)) is not None:
            runs[message.run] = {"state": log.state, "length": len(log)}
        shown.append(show_message(message, blind=blind))
    votes = await shelf.ask(library.votes, visit.owner, conversation.id) if conversation.kind == "comparison" else []
    return Answer(
        {
            "conversation": show_conversation(conversation, incognito=shelf.incognito),
            "messages": shown,
            "runs": runs,
            "winner": votes[0].winner if votes else "",
        }
    )


async def change(visit: Visit, _query: Nothing, body: shapes.ChangedConversation) -> Answer:
    """Only the fields that are given change."""
    shelf, conversation = await visit.desk.shelves.conversation(visit.owner, visit.part("id"))
    changes = {name: value for name, value in body if name in body.model_fields_set}
    if wrong := sorted(name for name, value in changes.items() if value is None and name != "current"):
        raise BadRequest(f"{wrong[0]} is null; expected a value, or leave it out.", param=wrong[0])
    if set(changes) & set(_LATER):
        refuse_blind(conversation)
    if "options" in changes:
        changes["options"] = body.options.model_dump(exclude_none=True) if body.options else {}
    if "tags" in changes:
        changes["tags"] = tuple(tag.strip() for tag in body.tags or () if tag.strip())
    for name in ("title", "folder"):
        if name in changes:
            changes[name] = changes[name].strip()
    if changes.get("current") is not None:
        path_to(await shelf.ask(shelf.library.messages, visit.owner, conversation.id), changes["current"])
    kept = await shelf.ask(shelf.library.update, visit.owner, conversation.id, **changes)
    visit.desk.tell(visit.owner, "conversation", conversation.id)
    return Answer(show_conversation(kept or conversation, incognito=shelf.incognito))


async def delete(visit: Visit, query: shapes.DeleteQuery, _body: None) -> Answer:
    """Into the bin for seven days; an incognito one is gone at once."""
    desk = visit.desk
    shelf, conversation = await desk.shelves.conversation(visit.owner, visit.part("id"))
    if query.forever or shelf.incognito:
        desk.hub.drop(visit.owner, conversation.id)
        await shelf.ask(shelf.library.purge, visit.owner, conversation.id)
    else:
        desk.hub.stop_all(visit.owner, conversation.id)
        await shelf.ask(shelf.library.delete, visit.owner, conversation.id)
    desk.tell(visit.owner, "deleted", conversation.id)
    return Answer({"done": True})


async def restore(visit: Visit, _query: Nothing, _body: shapes.Empty) -> Answer:
    """Out of the bin."""
    shelf, conversation = await visit.desk.shelves.conversation(visit.owner, visit.part("id"))
    await shelf.ask(shelf.library.restore, visit.owner, conversation.id)
    kept = await shelf.ask(shelf.library.conversation, visit.owner, conversation.id)
    visit.desk.tell(visit.owner, "conversation", conversation.id)
    return Answer(show_conversation(kept or conversation, incognito=shelf.incognito))


OPERATIONS = (
    Operation(
        method="GET",
        path="/api/conversations",
        does="A list, pinned ones first, then the newest; with a search over titles and messages.",
        handler=listed,
        query=shapes.ConversationsQuery,
        reply=shapes.Conversations,
    ),
    Operation(
        method="POST",
        path="/api/conversations",
        does="Begin a conversation.",
        handler=create,
        body=shapes.NewConversation,
        reply=shapes.Conversation,
        status=201,
    ),
    Operation(
        method="GET",
        path="/api/conversations/{id}",
        does="A conversation with the whole tree of its messages.",
        handler=show,
        reply=shapes.WholeConversation,
        refusals=(404,),
    ),
    Operation(
        method="PATCH",
        path="/api/conversations/{id}",
        does="Change what is given.",
        handler=change,
        body=shapes.ChangedConversation,
        reply=shapes.Conversation,
        refusals=(404, 409),
    ),
    Operation(
        method="DELETE",
        path="/api/conversations/{id}",
        does="Throw away, to be restored within seven days; or remove for good.",
        handler=delete,
        query=shapes.DeleteQuery,
        reply=shapes.Done,
        refusals=(404,),
    ),
    Operation(
        method="POST",
        path="/api/conversations/{id}/restore",
        does="Take back from the bin.",
        handler=restore,
        body=shapes.Empty,
        reply=shapes.Conversation,
        refusals=(404,),
    ),
)
