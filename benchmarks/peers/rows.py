"""What a row of the table is, and the rows that need nobody's code: single chains and plain majorities."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any, Protocol

import aiohttp

from helicon.modes import read_answer, same

MAX_TOKENS = 512


class Row(Protocol):
    """One way to answer."""

    name: str
    group: str

    async def start(self, address: str, model: str) -> None:
        """Get ready; ``address`` is the proxy's."""

    async def ask(self, question: str, seed: int) -> str:
        """The whole reply."""

    async def close(self) -> None: ...


@dataclass(slots=True)
class Chain:
    """One call, as any client would make it."""

    name: str
    options: dict[str, Any] = field(default_factory=dict)
    group: str = "A"
    url: str = ""
    model: str = ""
    session: aiohttp.ClientSession | None = None

    async def start(self, address: str, model: str) -> None:
        self.url, self.model = f"{address}/v1/chat/completions", model
        self.session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None))

    async def one(self, question: str, seed: int, **extra: Any) -> str:
        assert self.session is not None
        body = {
            "model": self.model,
            "messages": [{"role": "user", "content": question}],
            "max_tokens": MAX_TOKENS,
            "seed": seed,
            **self.options,
            **extra,
        }
        async with self.session.post(self.url, json=body) as response:
            response.raise_for_status()
            return str((await response.json())["choices"][0]["message"]["content"] or "")

    async def ask(self, question: str, seed: int) -> str:
        return await self.one(question, seed)

    async def close(self) -> None:
        if self.session:
            await self.session.close()


@dataclass(slots=True)
class Majority(Chain):
    """N calls at once, one vote each; the first of the largest group answers."""

    count: int = 8
    group: str = "B"

    async def ask(self, question: str, seed: int) -> str:
        texts = await asyncio.gather(*(self.one(question, seed * 1000 + index) for index in range(self.count)))
        return vote(texts)


def vote(texts: list[str]) -> str:
    """The reply whose answer most replies share; the earliest wins a tie."""
    groups: list[list[str]] = []
    for text in texts:
        answer = read_answer(text)
        for group in groups:
            if same(read_answer(group[0]), answer):
                group.append(text)
                break
        else:
            groups.append([text])
    return max(groups, key=len)[0]


@dataclass(slots=True)
class LongChain(Chain):
    """One chain that is told to look again until it has spent ``tokens`` (budget forcing, s1, arXiv 2501.19393).

    The run sets ``tokens`` to what the baseline spent on the same question.

    The thought is given back to the engine with ``word`` behind it, as llama.cpp continues thoughts
    (nano was trained on "Check:"; the paper's word is "Wait").
    """

    tokens: int = 1300
    word: str = "Check:"
    group: str = "A"

    async def ask(self, question: str, seed: int) -> str:
        assert self.session is not None
        thought = ""
        spent = 0
        while True:
            messages: list[dict[str, str]] = [{"role": "user", "content": question}]
            body = {
                "model": self.model,
                "messages": messages,
                "max_tokens": MAX_TOKENS,
                "seed": seed + spent,
                **self.options,
            }
            if thought:
                messages.append({"role": "assistant", "content": "", "reasoning_content": thought})
                body |= {"continue_final_message": "reasoning_content", "add_generation_prompt": False}
            async with self.session.post(self.url, json=body) as response:
                response.raise_for_status()
                reply = await response.json()
            message = reply["choices"][0]["message"]
            spent += reply["usage"]["completion_tokens"]
            thought = (thought + (message.get("reasoning_content") or "")).rstrip()
            if spent >= self.tokens or len(thought) > 6000:
                return str(message["content"] or "")
            thought += f"\n{self.word} "
