"""``/api/preferences``: what a person likes."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from helicon.errors import StoreError
from helicon.server.api import shapes
from helicon.server.api.operation import Answer, Nothing, Operation, Visit


async def show(visit: Visit, _query: Nothing, _body: None) -> Answer:
    """Every field, those nobody set with their defaults."""
    shelf = visit.desk.shelves.main
    return Answer(readable(await shelf.ask(shelf.library.preferences, visit.owner)).model_dump(exclude_none=True))


async def put(visit: Visit, _query: Nothing, body: shapes.Preferences) -> Answer:
    """Replaces all of it."""
    shelf = visit.desk.shelves.main
    kept = body.model_dump(exclude_none=True)
    await shelf.ask(shelf.library.set_preferences, visit.owner, kept)
    visit.desk.tell(visit.owner, "preferences")
    return Answer(kept)


async def preferred(visit: Visit) -> dict[str, Any]:
    """What is preferred where somebody left it open; the defaults while the database does not answer."""
    shelf = visit.desk.shelves.main
    try:
        kept = readable(await shelf.ask(shelf.library.preferences, visit.owner))
    except StoreError:
        kept = shapes.Preferences()
    return kept.model_dump(exclude_none=True)


def readable(kept: dict[str, Any]) -> shapes.Preferences:
    """What is kept, as far as this version knows it."""
    known = {name: value for name, value in kept.items() if name in shapes.Preferences.model_fields}
    try:
        return shapes.Preferences.model_validate(known)
    except ValidationError as error:
        wrong = {str(one["loc"][0]) for one in error.errors()}
        return shapes.Preferences.model_validate({name: v for name, v in known.items() if name not in wrong})


OPERATIONS = (
    Operation(
        method="GET",
        path="/api/preferences",
        does="What this person prefers.",
        handler=show,
        reply=shapes.Preferences,
    ),
    Operation(
        method="PUT",
        path="/api/preferences",
        does="Replace what this person prefers.",
        handler=put,
        body=shapes.Preferences,
        reply=shapes.Preferences,
    ),
)
