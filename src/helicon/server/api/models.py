"""``/api/models``: what can be asked, adding and removing."""

from __future__ import annotations

from helicon.server.api import shapes
from helicon.server.api.operation import Answer, Nothing, Operation, Visit


async def listed(visit: Visit, _query: Nothing, _body: None) -> Answer:
    """With a look at each engine's health."""
    return Answer(await visit.desk.fleet.listing())


async def add(visit: Visit, _query: Nothing, body: shapes.NewModel) -> Answer:
    """Opens it first, so that the reply shows what it can do."""
    return Answer(await visit.desk.fleet.add(body.spec), 201)


async def remove(visit: Visit, _query: Nothing, _body: None) -> Answer:
    """Runs that are on it go on."""
    await visit.desk.fleet.remove(visit.part("name"))
    return Answer({"done": True})


async def probe(visit: Visit, _query: Nothing, _body: shapes.Empty) -> Answer:
    """Where an engine was away or loading, it is asked anew."""
    return Answer(await visit.desk.fleet.probe(visit.part("name")))


OPERATIONS = (
    Operation(
        method="GET",
        path="/api/models",
        does="The models with their abilities and health.",
        handler=listed,
        reply=shapes.Models,
    ),
    Operation(
        method="POST",
        path="/api/models",
        does="Open a model and keep it for the next start.",
        handler=add,
        body=shapes.NewModel,
        reply=shapes.Model,
        status=201,
        area="engines",
        refusals=(409, 502, 504),
    ),
    Operation(
        method="POST",
        path="/api/models/{name:path}/probe",
        does="Ask a model anew what it can do.",
        handler=probe,
        body=shapes.Empty,
        reply=shapes.Model,
        area="engines",
        refusals=(404,),
    ),
    Operation(
        method="DELETE",
        path="/api/models/{name:path}",
        does="Serve an added model no more.",
        handler=remove,
        reply=shapes.Done,
        area="engines",
        refusals=(404, 409),
    ),
)
