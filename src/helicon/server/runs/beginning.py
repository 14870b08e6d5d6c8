"""How a run of the page begins: what was chosen, what is asked, a place, the messages kept, and off it goes.

Whatever is wrong is told before anything is kept. From the moment the messages are in the database the run is the
hub's; whether anybody still waits for the reply makes no difference.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from helicon.errors import UnknownModel, Unsupported
from helicon.events import Event
from helicon.messages import Image, Mode, Question, as_mode
from helicon.modes.run import SEED_BITS, check
from helicon.server.admission import in_turn, refuse_giants, release, reserve
from helicon.server.core import shutting_down
from helicon.server.desk import Desk, kept_in_blind
from helicon.server.errors import HttpRefusal
from helicon.server.images import as_image, decode
from helicon.server.models import Served
from helicon.server.runs.branch import path_to, question_of, turns
from helicon.server.runs.driving import Job
from helicon.server.runs.runlog import RunLog
from helicon.server.sessions import Person

if TYPE_CHECKING:
    from helicon.server.shelf import Shelf
    from helicon.store import Conversation, ImageRef, RunRow, StoredMessage


@dataclass(frozen=True, slots=True)
class Choice:
    """Who answers, and how."""

    served: Served
    mode: Mode
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def stored(self) -> dict[str, Any]:
        """What is needed to ask again."""
        return {"model": self.served.name, "mode": self.mode, "options": self.options}


@dataclass(frozen=True, slots=True)
class Given:
    """A picture that came with a message."""

    image: Image
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """A run that is to begin."""

    conversation: Conversation
    shelf: Shelf
    choice: Choice
    question: Question
    assistant: StoredMessage
    """As it is while it is being answered."""
    run_id: str
    earlier: Sequence[Event] = ()


def choose(
    desk: Desk, model: str, mode: str, options: Mapping[str, Any] | None, *fallbacks: Mapping[str, Any]
) -> Choice:
    """The first that says something: the request itself, then ``fallbacks`` (of the message, the conversation, the
    person), then the server's first model in mode auto. The seed is drawn here, so that the run can be resumed.

    Raises:
        UnknownModel, UnknownMode: what was named is not here.
    """
    registry = desk.core.registry
    name = model or next((found for one in fallbacks if (found := one.get("model"))), "")
    try:
        served, suffix = registry.find(name) if name else (next(iter(registry)), None)
    except UnknownModel:
        if model:
            raise
        served, suffix = next(iter(registry)), None  # what was once preferred is gone
    chosen = mode or suffix or next((found for one in fallbacks if (found := one.get("mode"))), "auto")
    given = options if options is not None else next((o for one in fallbacks if (o := one.get("options"))), {})
    settled = {"seed": secrets.randbits(SEED_BITS), **given}
    return Choice(served, as_mode(chosen), settled)


async def read_pictures(desk: Desk, pictures: Iterable[tuple[str, str]]) -> list[Given]:
    """Pictures as (base64, name), decoded off the event loop.

    Raises:
        BadImage: one is none, or too large.
    """
    given = list(pictures)
    if not given:
        return []
    most = desk.core.settings.max_image

    def read() -> list[Given]:
        return [
            Given(
                as_image(decode(data, f"images[{n}].data", max_bytes=most), f"images[{n}].data", max_bytes=most), name
            )
            for n, (data, name) in enumerate(given)
        ]

    return await in_turn(desk.core.pictures, asyncio.to_thread(read))


async def keep_pictures(shelf: Shelf, owner: str, new_id: Any, pictures: Sequence[Given]) -> tuple[ImageRef, ...]:
    """Keep the bytes; what a message says of them."""
    from helicon.store import ImageRef

    refs = []
    for one in pictures:
        file = await shelf.ask(
            shelf.library.add_file, owner, new_id("file"), one.image.data, one.image.media_type, one.name
        )
        refs.append(ImageRef(file=file.id, media_type=file.media_type, name=file.name))
    return tuple(refs)


async def ask_of(
    shelf: Shelf,
    owner: str,
    conversation: Conversation,
    branch: Sequence[StoredMessage],
    choice: Choice,
    pictures: Mapping[str, Image] | None = None,
) -> Question:
    """The question at the end of a branch, checked as far as that goes without asking the engine.

    Raises:
        InputError: the mode, the model or the context cannot do it.
    """
    seen = dict(pictures or {})
    wanted = [ref.file for message in branch for ref in message.images if ref.file not in seen]
    if (wanted or seen) and not choice.served.capabilities.images:
        raise Unsupported(
            f"the model {choice.served.name!r} cannot see images.",
            hint="Choose a model that sees, or leave the pictures out of this branch.",
        )
    for id in dict.fromkeys(wanted):
        if (file := await shelf.ask(shelf.library.file, owner, id)) is not None:
            seen[id] = Image(file.data, file.media_type)
    question = question_of(turns(branch, conversation.system, seen), choice.mode, choice.options)
    check(question, choice.served.engine)
    refuse_giants(question, choice.served)
    return question


async def begin(
    desk: Desk,
    person: Person,
    asked: Sequence[Asking],
    *,
    user: StoredMessage | None = None,
    current: str | None = None,
) -> list[StoredMessage]:
    """Keep the messages and let the runs go; all of one conversation. Returns the messages as they are kept.

    Raises:
        ServerBusy: no room now.
        InputError: an id is taken.
        StoreError: the database does not take the messages; nothing runs then.
    """
    core = desk.core
    kept: list[StoredMessage] = []
    places: list[asyncio.Future[None] | None] = []
    if core.draining:
        raise shutting_down()
    try:
        for _ in asked:
            places.append(reserve(core, person.key))
        now = time.time()
        for number, one in enumerate(asked):
            run = _row(desk, person, one, now)
            messages = [user, one.assistant] if user is not None and number == 0 else [one.assistant]
            shelf = one.shelf
            kept += await shelf.ask(
                shelf.library.add_messages, person.owner, one.conversation.id, messages, current=current, run=run
            )
    except BaseException:
        for place in places:
            release(core, person.key, place)
        raise
    for one, place in zip(asked, places, strict=True):
        _start(desk, person, one, place, now)
    return kept


async def begin_again(desk: Desk, person: Person, one: Asking, old: RunRow) -> StoredMessage:
    """As ``begin``, for a message that is there already: the new run takes the place of the old one, and what that
    had cost is in the new one's ledger from now on."""
    core, now = desk.core, time.time()
    if core.draining:
        raise shutting_down()
    place = reserve(core, person.key)
    library = one.shelf.library
    try:
        await one.shelf.ask(library.begin_run, _row(desk, person, one, now))
        await one.shelf.ask(library.end_run, old.id, state=old.state, stop_reason=old.stop_reason)
        await one.shelf.ask(
            library.update_message,
            person.owner,
            one.assistant.id,
            run=one.run_id,
            state="running",
            text="",
            error="",
            summary=None,
        )
    except BaseException:
        release(core, person.key, place)
        raise
    _start(desk, person, one, place, now)
    return one.assistant


def _row(desk: Desk, person: Person, one: Asking, now: float) -> RunRow:
    from helicon.store import RunRow

    return RunRow(
        id=one.run_id,
        owner=person.owner,
        conversation=one.conversation.id,
        message=one.assistant.id,
        created=now,
        model=one.choice.served.name,
        mode=one.choice.mode,
        question=one.choice.stored,
        worker=desk.hub.worker,
        beat=now,
    )


def _start(desk: Desk, person: Person, one: Asking, place: asyncio.Future[None] | None, now: float) -> None:
    blind = kept_in_blind(one.conversation)
    run = RunLog(
        one.run_id,
        person.owner,
        conversation=one.conversation.id,
        shelf=one.shelf,
        model=one.choice.served.name,
        mode=one.choice.mode,
        created=now,
        message=one.assistant,
        blind=blind,
    )
    job = Job(run, one.assistant, one.question, one.choice.served, person.key, place, one.earlier)
    desk.hub.start(job)
    desk.tell_message(person.owner, one.assistant, blind=blind)


def derived(kind: str, owner: str, id: str, *, incognito: bool) -> str:
    """The id of what belongs to a message whose id the client chose: the same when it is sent again."""
    from helicon.server.shelf import INCOGNITO

    digest = hashlib.sha256(f"{kind}\0{owner}\0{id}".encode()).hexdigest()[:24]
    return f"{INCOGNITO if incognito else ''}{kind}_{digest}"


def refuse_blind(conversation: Conversation) -> None:
    """Nothing is added to a comparison before its vote.

    Raises:
        HttpRefusal: 409.
    """
    if kept_in_blind(conversation):
        raise HttpRefusal(
            "this comparison is blind until its vote.", hint="Vote first, then go on.", status=409, code="not_voted"
        )


def refuse_deleted(conversation: Conversation) -> None:
    """Nothing is added to a conversation in the bin.

    Raises:
        HttpRefusal: 409.
    """
    if conversation.deleted is not None:
        raise HttpRefusal(
            "this conversation was thrown away.", hint="Restore it, then go on.", status=409, code="deleted"
        )


def branch_at(messages: Sequence[StoredMessage], leaf: str | None) -> list[StoredMessage]:
    """The branch that is to be answered or continued.

    Raises:
        BadMessages: there is no such message.
        HttpRefusal: 409, its end is still being written.
    """
    branch = path_to(messages, leaf)
    if branch and branch[-1].state == "running":
        raise HttpRefusal(
            "the answer before this is still being written.",
            hint="Wait for its end, or stop it.",
            status=409,
            code="still_running",
        )
    return branch
