"""OpenAI's replies: a run's result as a ``chat.completion``, its pieces as server-sent chunks. Pure functions.

The chunks of one stream share their opening bytes, which are built once; a piece costs one escape of a
string and one join.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from json.encoder import encode_basestring
from typing import Any

from helicon.events import DraftsCompared, Event, Result, TokenLogprob, to_dict
from helicon.ledger import StopReason, Tokens
from helicon.messages import ToolCall
from helicon.server.errors import Reply

DONE = b"data: [DONE]\n\n"
PING = b": ping\n\n"
LEAST_LOGPROB = -9999.0
"""What OpenAI writes for minus infinity."""

_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_FINISH: dict[StopReason, str] = {
    "stop": "stop",
    "length": "length",
    "budget": "stop",
    "settled": "stop",
    "trial": "stop",
    "deadline": "length",
    "asked": "stop",
    "consensus": "stop",
    "cancelled": "stop",
    "interrupted": "stop",
    "tool_calls": "tool_calls",
    "content_filter": "content_filter",
    "error": "stop",
}


def finish_reason(result: Result) -> str:
    """OpenAI's word for why the answer ended."""
    if result.stop_reason is None:
        return "stop"
    if result.stop_reason == "budget" and not result.answer and not result.tool_calls:
        return "length"
    return _FINISH[result.stop_reason]


def dumps(value: Any) -> bytes:
    """Compact JSON in UTF-8; lone surrogates, which UTF-8 does not have, become ``?``."""
    return _JSON.encode(value).encode("utf-8", "replace")


def _counts(tokens: Tokens) -> dict[str, int]:
    """As ``to_dict`` gives them."""
    return {"prompt": tokens.prompt, "cached": tokens.cached, "thinking": tokens.thinking, "answer": tokens.answer}


def usage(result: Result) -> dict[str, Any]:
    """Tokens of the whole run: every agent and round, cancelled calls included."""
    tokens = result.ledger.tokens
    return {
        "prompt_tokens": tokens.prompt,
        "completion_tokens": tokens.generated,
        "total_tokens": tokens.prompt + tokens.generated,
        "prompt_tokens_details": {"cached_tokens": tokens.cached},
        "completion_tokens_details": {"reasoning_tokens": tokens.thinking},
    }


def helicon_block(result: Result) -> dict[str, Any]:
    """The ``helicon`` object of a reply: mode, agents with their ledger, consensus, run id."""
    consensus, ledger = result.consensus, result.ledger
    return {
        "run_id": result.run_id,
        "mode": result.mode,
        "asked_mode": result.asked_mode,
        "reason": result.reason,
        "stop_reason": result.stop_reason,
        "seconds": round(result.seconds, 4),
        "seed": result.seed,
        "agents": [
            {
                "agent": agent.agent,
                "answer": agent.answer,
                "confidence": _finite(agent.confidence),
                "rounds": agent.rounds,
                "tokens": _counts(agent.tokens),
                "seconds": round(agent.seconds, 4),
                "stop_reason": agent.stop_reason,
                "error": agent.error,
            }
            for agent in result.agents
        ],
        "consensus": None
        if consensus is None
        else {
            "leader": consensus.leader,
            "votes": [{"answer": answer, "weight": _finite(weight)} for answer, weight in consensus.votes],
            "probability": _finite(consensus.probability),
            "decided": consensus.decided,
            "rule": consensus.rule,
            "finished": consensus.finished,
            "running": consensus.running,
        },
        "plan": to_dict(result.plan.parts) if result.plan else None,
        "comparison": _comparison(result.comparison) if result.comparison else None,
        "sources": to_dict(result.sources.sources) if result.sources else [],
        "rests_on": list(result.rests_on),
        "tokens": {**_counts(ledger.tokens), "cancelled": ledger.cancelled.generated},
        "money": ledger.money,
    }


def _comparison(compared: DraftsCompared) -> dict[str, Any]:
    return {
        "ranking": [{"agent": agent, "strength": _finite(strength)} for agent, strength in compared.ranking],
        "pairs": compared.pairs,
        "flipped": compared.flipped,
        "first": compared.first,
        "unscored": compared.unscored,
        "position_bias": compared.position_bias,
        "clear": compared.clear,
    }


def completion(
    result: Result, *, model: str, created: int, reasoning: str, events: Sequence[Event] | None = None
) -> bytes:
    """The ``chat.completion`` object, as JSON; ``events`` are added to its ``helicon`` block where given."""
    block = helicon_block(result)
    if events is not None:
        block["events"] = to_dict(tuple(events))
    message: dict[str, Any] = {"role": "assistant", "content": result.answer, "refusal": None}
    if result.tool_calls:
        message["content"] = result.answer or None
        message["tool_calls"] = [tool_call(call) for call in result.tool_calls]
    if reasoning:
        message["reasoning_content"] = reasoning
    return dumps(
        {
            "id": f"chatcmpl-{result.run_id}",
            "object": "chat.completion",
            "created": created,
            "model": model,
            "choices": [
                {
                    "index": 0,
                    "message": message,
                    "logprobs": logprobs(result.logprobs) if result.logprobs else None,
                    "finish_reason": finish_reason(result),
                }
            ],
            "usage": usage(result),
            "helicon": block,
        }
    )


class Chunks:
    """The chunks of one stream."""

    def __init__(self, *, run_id: str, model: str, created: int, include_usage: bool) -> None:
        head = {"id": f"chatcmpl-{run_id}", "object": "chat.completion.chunk", "created": created, "model": model}
        self._head = "data: " + json.dumps(head, ensure_ascii=False, separators=(",", ":"))[:-1]
        self._open = self._head + ',"choices":[{"index":0,"delta":'
        tail = ',"usage":null' if include_usage else ""
        self._tail = tail + "}\n\n"
        self._close = ',"logprobs":null,"finish_reason":null}]' + self._tail
        self._reasoning = self._open + '{"reasoning_content":'
        self._content = self._open + '{"content":'
        self._tools = 0
        self.include_usage = include_usage

    def role(self) -> bytes:
        """The first chunk."""
        return (self._open + '{"role":"assistant","content":""}' + self._close).encode()

    def reasoning(self, text: str) -> bytes:
        """More thinking."""
        return f"{self._reasoning}{encode_basestring(text)}}}{self._close}".encode("utf-8", "replace")

    def content(self, text: str, chosen: tuple[TokenLogprob, ...] = ()) -> bytes:
        """More of the answer."""
        if not chosen:
            return f"{self._content}{encode_basestring(text)}}}{self._close}".encode("utf-8", "replace")
        body = f'{self._content}{encode_basestring(text)}}},"logprobs":'.encode("utf-8", "replace")
        return body + dumps(logprobs(chosen)) + (',"finish_reason":null}]' + self._tail).encode()

    def call(self, call: ToolCall) -> bytes:
        """A whole tool call."""
        delta = {"tool_calls": [{"index": self._tools, **tool_call(call)}]}
        self._tools += 1
        return self._open.encode() + dumps(delta) + self._close.encode()

    def withdrawn(self, reason: str) -> bytes:
        """Words for clients that cannot take text back, and a mark for those that can."""
        delta = {"content": f"\n\n[The text above is withdrawn: {reason}]\n\n", "helicon": {"answer_reset": reason}}
        return self._open.encode() + dumps(delta) + self._close.encode()

    def with_event(self, event: Event, reasoning: str, content: str) -> bytes:
        """One chunk with an event as it is, and what it adds for plain clients."""
        delta = {"reasoning_content": reasoning} if reasoning else {}
        if content:
            delta["content"] = content
        end = ',"logprobs":null,"finish_reason":null}],"helicon":'
        block = dumps({"events": [to_dict(event)]})
        return self._open.encode() + dumps(delta) + end.encode() + block + self._tail.encode()

    def finish(self, result: Result) -> bytes:
        """The last chunk with a choice; it carries the ``helicon`` block."""
        middle = '{},"logprobs":null,"finish_reason":"' + finish_reason(result) + '"}],"helicon":'
        return (self._open + middle).encode() + dumps(helicon_block(result)) + self._tail.encode()

    def usage(self, result: Result) -> bytes:
        """The usage chunk, which has no choice."""
        return (self._head + ',"choices":[],"usage":').encode() + dumps(usage(result)) + b"}\n\n"


def error_event(reply: Reply, result: Result | None) -> bytes:
    """What ends a stream that failed: OpenAI's error object, with the ledger so far."""
    body: dict[str, Any] = {"error": reply.error}
    if result is not None:
        body["helicon"] = helicon_block(result)
    return b"data: " + dumps(body) + b"\n\n"


def tool_call(call: ToolCall) -> dict[str, Any]:
    """A tool call in OpenAI's form."""
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}


def logprobs(chosen: tuple[TokenLogprob, ...]) -> dict[str, Any]:
    """A choice's ``logprobs``."""
    return {
        "content": [
            {
                **_token(token.token, token.logprob),
                "top_logprobs": [_token(name, value) for name, value in token.top],
            }
            for token in chosen
        ],
        "refusal": None,
    }


def _token(token: str, logprob: float) -> dict[str, Any]:
    value = logprob if logprob > LEAST_LOGPROB else LEAST_LOGPROB
    return {"token": token, "logprob": value, "bytes": list(token.encode("utf-8", "replace"))}


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
