"""When to come again: an engine's own ``Retry-After`` reaches the client, in whole seconds.

Without one the server's own estimate stands, and never less than a second.
"""

from __future__ import annotations

import pickle

import pytest

from helicon.errors import EngineBusy, EngineUnavailable, ServerBusy
from helicon.server.errors import reply_for


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        (EngineBusy("full.", retry_after_seconds=7.2), b"8"),
        (EngineUnavailable("loading.", retry_after_seconds=90.0), b"90"),
        (EngineBusy("full.", retry_after_seconds=0.0), b"1"),
        (EngineBusy("full."), b"3"),
        (ServerBusy("full."), b"3"),
    ],
)
def test_the_header(error: Exception, seconds: bytes) -> None:
    assert dict(reply_for(error, retry_after_seconds=3).headers)[b"retry-after"] == seconds


def test_it_survives_pickling() -> None:
    again = pickle.loads(pickle.dumps(EngineBusy("full.", hint="Wait.", retry_after_seconds=7.0)))
    assert (type(again), again.hint, again.retry_after_seconds) == (EngineBusy, "Wait.", 7.0)
