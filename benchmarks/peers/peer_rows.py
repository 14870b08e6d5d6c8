"""The peers' rows: optillm's server, and drivers that run inside a peer's environment."""

from __future__ import annotations

import asyncio
import json
import os
import socket
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from environments import ENVIRONMENTS
from rows import MAX_TOKENS

DRIVERS = Path(__file__).resolve().parent / "drivers"


def environment() -> dict[str, str]:
    """Without keys, and without any hub."""
    kept = {name: value for name, value in os.environ.items() if "KEY" not in name and "TOKEN" not in name}
    return {**kept, "OPENAI_API_KEY": "none", "HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}


class Optillm:
    """optillm's own server, shared by its rows."""

    def __init__(self) -> None:
        self.process: asyncio.subprocess.Process | None = None
        self.port = 0
        self.users = 0

    async def start(self, address: str) -> None:
        self.users += 1
        if self.process is not None:
            return
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        env = ENVIRONMENTS["optillm"]
        self.process = await asyncio.create_subprocess_exec(
            str(env.folder / "bin" / "optillm"),
            *("--base-url", f"{address}/v1", "--port", str(self.port), "--host", "127.0.0.1", "--log", "error"),
            env=environment(),
            cwd=str(env.folder),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        async with aiohttp.ClientSession() as session:
            for _ in range(600):
                if self.process.returncode is not None:
                    raise RuntimeError(f"optillm ended with status {self.process.returncode}")
                try:
                    async with session.get(f"http://127.0.0.1:{self.port}/health") as response:
                        if response.status == 200:
                            return
                except aiohttp.ClientError:
                    pass
                await asyncio.sleep(0.2)
        raise RuntimeError("optillm did not start")

    async def close(self) -> None:
        self.users -= 1
        if self.users <= 0 and self.process is not None:
            self.process.terminate()
            await self.process.wait()
            self.process = None


OPTILLM = Optillm()


@dataclass(slots=True)
class OptillmRow:
    """One of optillm's approaches, chosen by the model's prefix as its readme says."""

    name: str
    approach: str
    group: str = "C"
    model: str = ""
    session: aiohttp.ClientSession | None = None

    async def start(self, address: str, model: str) -> None:
        self.model = model
        await OPTILLM.start(address)
        self.session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None))

    async def ask(self, question: str, seed: int) -> str:
        assert self.session is not None
        body = {
            "model": f"{self.approach}-{self.model}",
            "messages": [{"role": "user", "content": question}],
            "max_tokens": MAX_TOKENS,
        }
        url = f"http://127.0.0.1:{OPTILLM.port}/v1/chat/completions"
        async with self.session.post(url, json=body) as response:
            reply = await response.json()
        if "choices" not in reply:
            raise RuntimeError(str(reply)[:200])
        return str(reply["choices"][0]["message"]["content"] or "")

    async def close(self) -> None:
        if self.session:
            await self.session.close()
        await OPTILLM.close()


@dataclass(slots=True)
class Driven:
    """A peer's library in a process of its environment: one line of JSON in, one out."""

    name: str
    environment: str
    script: str
    options: dict[str, Any] = field(default_factory=dict)
    group: str = "D"
    process: asyncio.subprocess.Process | None = None

    async def start(self, address: str, model: str) -> None:
        setting = {"address": f"{address}/v1", "model": model, "max_tokens": MAX_TOKENS, **self.options}
        self.process = await asyncio.create_subprocess_exec(
            str(ENVIRONMENTS[self.environment].python),
            *(str(DRIVERS / self.script), json.dumps(setting)),
            env=environment(),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            limit=2**24,
        )

    async def ask(self, question: str, seed: int) -> str:
        process = self.process
        assert process is not None
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write((json.dumps({"question": question, "seed": seed}) + "\n").encode())
        await process.stdin.drain()
        line = await process.stdout.readline()
        if not line:
            raise RuntimeError(f"the driver {self.script} ended")
        reply = json.loads(line)
        if "error" in reply:
            raise RuntimeError(reply["error"])
        return str(reply["text"])

    async def close(self) -> None:
        if self.process is not None and self.process.returncode is None:
            self.process.kill()
            await self.process.wait()
