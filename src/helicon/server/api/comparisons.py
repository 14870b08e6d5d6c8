"""``/api/comparisons``: one question to several models or modes, perhaps blind, and the vote."""

from __future__ import annotations

import secrets
import time
from dataclasses import replace

from helicon.messages import Image
from helicon.server.api import shapes
from helicon.server.api.operation import Answer, Nothing, Operation, Visit
from helicon.server.errors import BadRequest, HttpRefusal
from helicon.server.runs.beginning import Asking, ask_of, begin, choose, keep_pictures, read_pictures
from helicon.server.shown import plain, show_conversation, show_message, title_of
from helicon.server.standings import NONE_GOOD, TIE, standings


async def create(visit: Visit, _query: Nothing, body: shapes.NewComparison) -> Answer:
    """One user message and as many answers beside each other; a blind one's are in an order nobody knows."""
    from helicon.store import Conversation, ImageRef, StoredMessage

    desk, owner = visit.desk, visit.owner
    if not body.text.strip() and not body.images:
        raise BadRequest("text is empty and there is no picture; expected a question.", param="text")
    shelf, now = desk.shelves.of(incognito=body.incognito), time.time()

    def new_id(kind: str) -> str:
        return desk.shelves.new_id(kind, incognito=shelf.incognito)

    conversation = Conversation(
        id=new_id("conv"),
        owner=owner,
        title=title_of(body.text),
        created=now,
        updated=now,
        kind="comparison",
        blind=body.blind,
    )
    entries = list(body.entries)
    if body.blind:
        secrets.SystemRandom().shuffle(entries)
    choices = [choose(desk, one.model, one.mode, one.options.model_dump(exclude_none=True)) for one in entries]
    pictures = await read_pictures(desk, [(one.data, one.name) for one in body.images])
    user = StoredMessage(
        id=new_id("msg"),
        conversation=conversation.id,
        text=body.text,
        created=now,
        images=tuple(ImageRef(file=str(n), media_type=one.image.media_type) for n, one in enumerate(pictures)),
    )
    seen: dict[str, Image] = {str(n): one.image for n, one in enumerate(pictures)}
    questions = [await ask_of(shelf, owner, conversation, [user], choice, seen) for choice in choices]
    user = replace(user, images=await keep_pictures(shelf, owner, new_id, pictures))
    asked = []
    for choice, question in zip(choices, questions, strict=True):
        assistant = StoredMessage(
            id=new_id("msg"),
            conversation=conversation.id,
            parent=user.id,
            role="assistant",
            created=now,
            state="running",
            model=choice.served.name,
            mode=choice.mode,
            run=new_id("run"),
        )
        asked.append(
            Asking(
                conversation=conversation,
                shelf=shelf,
                choice=choice,
                question=question,
                assistant=assistant,
                run_id=str(assistant.run),
            )
        )
    await shelf.ask(shelf.library.create, conversation)
    try:
        await begin(desk, visit.person, asked, user=user, current=asked[0].assistant.id)
    except BaseException:
        await shelf.ask(shelf.library.purge, owner, conversation.id)
        raise
    desk.tell(owner, "conversation", conversation.id)
    kept = replace(conversation, current=asked[0].assistant.id)
    answers = [show_message(one.assistant, blind=body.blind) for one in asked]
    return Answer(
        {
            "conversation": show_conversation(kept, incognito=shelf.incognito),
            "messages": [show_message(user), *answers],
            "runs": [one.run_id for one in asked],
        },
        201,
    )


async def vote(visit: Visit, _query: Nothing, body: shapes.NewVote) -> Answer:
    """From here on everybody sees who answered."""
    from helicon.store import Vote, VoteEntry

    desk, owner = visit.desk, visit.owner
    shelf, conversation = await desk.shelves.conversation(owner, visit.part("id"))
    if conversation.kind != "comparison":
        raise HttpRefusal("this is no comparison; expected one.", status=409, code="no_comparison")
    library = shelf.library
    messages = await desk.hub.tree(shelf, owner, conversation.id)
    question = messages[0].id if messages else ""
    answers = [message for message in messages if message.role == "assistant" and message.parent == question]
    if body.winner not in (TIE, NONE_GOOD, *(message.id for message in answers)):
        raise BadRequest(
            f"winner is {body.winner!r}; expected the id of one of the answers, {TIE!r} or {NONE_GOOD!r}.",
            param="winner",
        )
    cast = Vote(
        id=desk.shelves.new_id("vote", incognito=shelf.incognito),
        owner=owner,
        conversation=conversation.id,
        winner=body.winner,
        entries=tuple(VoteEntry(message=one.id, model=one.model, mode=one.mode) for one in answers),
        blind=conversation.blind,
        created=time.time(),
    )
    if not await shelf.ask(library.add_vote, cast):
        raise HttpRefusal("you have voted here already; that vote stands.", status=409, code="voted")
    current = body.winner if body.winner not in (TIE, NONE_GOOD) else conversation.current
    kept = await shelf.ask(library.update, owner, conversation.id, blind=False, current=current)
    desk.hub.unveil(owner, conversation.id)
    desk.tell(owner, "conversation", conversation.id)
    return Answer(
        {
            "vote": plain(cast),
            "conversation": show_conversation(kept or conversation, incognito=shelf.incognito),
            "messages": [show_message(message) for message in messages],
        }
    )


async def summary(visit: Visit, _query: Nothing, _body: None) -> Answer:
    """Of all votes that are kept."""
    main = visit.desk.shelves.main
    return Answer(standings(await main.ask(main.library.votes, visit.owner)))


OPERATIONS = (
    Operation(
        method="POST",
        path="/api/comparisons",
        does="Ask two to four models or modes the same.",
        handler=create,
        body=shapes.NewComparison,
        reply=shapes.Compared,
        status=201,
        refusals=(404, 429),
    ),
    Operation(
        method="GET",
        path="/api/comparisons/summary",
        does="What the votes add up to, with intervals.",
        handler=summary,
        reply=shapes.Summary,
    ),
    Operation(
        method="POST",
        path="/api/comparisons/{id}/vote",
        does="Say which answer is best; each comparison once.",
        handler=vote,
        body=shapes.NewVote,
        reply=shapes.Voted,
        refusals=(404, 409),
    ),
)
