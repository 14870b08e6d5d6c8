"""Restarts: when a dead engine is started again, and how its end is told.

1. The waits are 1, 2, 4 ... seconds, at most 60; five failures within five minutes are the end.
2. Old failures are forgotten.
3. Exit codes are told apart in words; only a start that failed is not tried again.
"""

from __future__ import annotations

import signal

import pytest

from helicon.engines.restarts import Backoff, lack_of_memory, read_end


def test_waits_double_and_then_it_is_down() -> None:
    backoff, ends, waits = Backoff(), list[float](), list[float | None]()
    for failure in range(5):
        ends.append(failure * 10.0)
        waits.append(backoff.wait(ends, ends[-1]))
    assert waits == [1.0, 2.0, 4.0, 8.0, None]


def test_waits_are_bounded() -> None:
    backoff = Backoff(failures=100)
    assert backoff.wait([0.0] * 50, 0.0) == 60.0


def test_old_failures_are_forgotten() -> None:
    assert Backoff().wait([0.0, 1.0, 2.0, 3.0, 400.0], 400.0) == 1.0


@pytest.mark.parametrize(
    ("code", "kind", "words", "restart"),
    [
        (0, "closed", "closed", True),
        (3, "start", "could not start", False),
        (-signal.SIGKILL, "memory", "killed (signal 9)", True),
        (137, "memory", "memory", True),
        (-signal.SIGABRT, "abort", "inner check", True),
        (-signal.SIGSEGV, "signal", "SIGSEGV", True),
        (139, "signal", "SIGSEGV", True),
        (-190, "signal", "signal 190", True),
        (1, "exit", "exit code 1", True),
    ],
)
def test_exit_codes_in_words(code: int, kind: str, words: str, restart: bool) -> None:
    end = read_end(code, ("loading", "GGML_ASSERT failed"))
    assert (end.kind, end.restart) == (kind, restart)
    assert words in end.words


def test_the_log_explains_an_abort() -> None:
    assert "GGML_ASSERT failed" in read_end(-signal.SIGABRT, ("GGML_ASSERT failed",)).words


def test_want_of_memory_is_read_from_the_log() -> None:
    assert lack_of_memory(["ggml_backend_cpu_buffer_type_alloc_buffer: failed to allocate buffer of size 99"])
    assert not lack_of_memory(["failed to load model"])
