"""Counters for Prometheus. Labels come from small fixed sets, never from what a client writes."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from helicon.events import Result
from helicon.messages import Mode

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600)
TOKEN_KINDS = ("prompt", "cached", "thinking", "answer", "cancelled")
CONTENT_TYPE = b"text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """The metrics of one server, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "helicon_requests", "Chat requests by mode and HTTP status.", ["mode", "status"], registry=self.registry
        )
        self.tokens = Counter(
            "helicon_tokens",
            "Tokens by kind: prompt, cached, thinking, answer, cancelled (a part of the generated ones).",
            ["kind"],
            registry=self.registry,
        )
        self._tokens = {kind: self.tokens.labels(kind) for kind in TOKEN_KINDS}
        # ``labels`` checks and builds its key at every call, so the children are kept.
        self._answered: dict[tuple[Mode, int], Counter] = {}
        self._ended: dict[Mode, Histogram] = {}
        self.running = Gauge("helicon_running", "Runs now.", registry=self.registry)
        self.waiting = Gauge("helicon_waiting", "Requests in the queue now.", registry=self.registry)
        self.first_byte = Histogram(
            "helicon_first_byte_seconds",
            "From a request's arrival to the first byte of thinking or answer.",
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.run_seconds = Histogram(
            "helicon_run_seconds", "Wall time of runs by mode.", ["mode"], buckets=_SECONDS, registry=self.registry
        )
        self.cancelled = Counter("helicon_cancelled", "Runs whose client left.", registry=self.registry)
        self.refused = Counter("helicon_refused", "Requests refused for a full queue.", registry=self.registry)
        self.unstored = Counter("helicon_unstored", "Runs for which the store had no room.", registry=self.registry)
        self.lost = Gauge("helicon_lost", "Runs that the database did not take.", registry=self.registry)

    def count_request(self, mode: Mode, status: int) -> None:
        """One more chat request was answered, or its client left (499)."""
        child = self._answered.get((mode, status))
        if child is None:
            child = self._answered[mode, status] = self.requests.labels(mode, str(status))
        child.inc()

    def count_run(self, result: Result) -> None:
        """Add one run's ledger."""
        tokens = result.ledger.tokens
        cancelled = result.ledger.cancelled.generated
        counts = (tokens.prompt, tokens.cached, tokens.thinking, tokens.answer, cancelled)
        for kind, number in zip(TOKEN_KINDS, counts, strict=True):
            if number:
                self._tokens[kind].inc(number)
        child = self._ended.get(result.mode)
        if child is None:
            child = self._ended[result.mode] = self.run_seconds.labels(result.mode)
        child.observe(result.seconds)

    def text(self) -> bytes:
        """All of them, in Prometheus' text form."""
        return generate_latest(self.registry)
