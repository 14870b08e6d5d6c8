"""The embedded engine: a real model in a real child process.

1. It streams, counts what it generated, and ends with ``Finish``; the same seed gives the same text.
2. Any number of requests may come; no more than its slots run at once, and none is lost.
3. Closing a stream early frees its slot at once, in prefill too.
4. A prompt that is too long, empty, or full of odd characters ends in a result or a typed error, and
   the engine lives on.
5. A damaged model, a missing one, one that does not fit: refused with the reason before anything runs.
6. It works over loopback with its key as over its socket.
"""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import pytest

from helicon.engines import (
    AnswerText,
    EmbeddedEngine,
    Engine,
    Finish,
    ModelSpec,
    Request,
    Running,
    ThinkingText,
    open_engine,
    parse_spec,
)
from helicon.errors import BadModelFile, HeliconError, OutOfMemory, PromptTooLong, Unsupported
from helicon.messages import Image, Sampling, user
from tests.engines.streams import ask, finish, read, text_of


async def idle(engine: EmbeddedEngine) -> bool:
    """Whether no slot works, as the child itself says; waits up to ten seconds for it."""
    for _ in range(100):
        reply = await engine._client.call("GET", "/slots")
        if not any(slot["is_processing"] for slot in reply.json):
            return True
        await asyncio.sleep(0.1)
    return False


async def test_it_streams_and_counts(toy_engine: EmbeddedEngine) -> None:
    assert isinstance(toy_engine, Engine)
    deltas = await read(toy_engine, ask("Hello.", max_tokens=24))
    end = deltas[-1]
    assert isinstance(end, Finish)
    assert end.tokens.generated <= 24
    assert end.tokens.prompt > len("Hello.")
    more = [delta for seed in range(5) for delta in await read(toy_engine, ask("Hello.", seed=seed))]
    assert any(isinstance(delta, ThinkingText) for delta in more)
    assert (await toy_engine.health()).ready


async def test_the_same_seed_gives_the_same_text(toy_engine: EmbeddedEngine) -> None:
    one, again, other = [await read(toy_engine, ask("Hello.", seed=seed)) for seed in (3, 3, 4)]
    assert text_of(one) == text_of(again) != text_of(other)


async def test_what_is_known_of_the_model(toy_engine: EmbeddedEngine, toy_gguf: Path) -> None:
    info = toy_engine.info
    assert (info.name, info.engine, info.place) == ("toy", "embedded", str(toy_gguf))
    assert info.licence == "apache-2.0"
    found = await toy_engine.probe()
    assert (found.slots, found.context, found.share_prefix) == (8, 8192, True)
    assert found.thinking == "kwarg"
    assert found.prefill_thinking
    assert found.budget_field == "reasoning_budget_tokens"
    assert await toy_engine.count(ask("Hello.")) == (await finish(toy_engine, ask("Hello."))).tokens.prompt


async def test_more_requests_than_slots_are_all_served(toy_gguf: Path) -> None:
    engine = await EmbeddedEngine.start(parse_spec(f"{toy_gguf},slots=2,ctx=512"))
    try:
        ends = await asyncio.gather(*(finish(engine, ask(f"Question {n}", seed=n)) for n in range(12)))
        assert len(ends) == 12
        assert engine._queue.running == 0
    finally:
        await engine.close()


@pytest.fixture
async def endless_engine(endless_gguf: Path) -> AsyncIterator[EmbeddedEngine]:
    """An engine that speaks until it is stopped."""
    engine = await EmbeddedEngine.start(parse_spec(str(endless_gguf)))
    yield engine
    await engine.close()


async def test_leaving_early_stops_it_at_once(endless_engine: EmbeddedEngine) -> None:
    async with aclosing(endless_engine.stream(ask("Tell me everything.", max_tokens=7000))) as deltas:
        async for delta in deltas:
            if isinstance(delta, Running) and delta.tokens.generated > 3:
                break
    assert (await endless_engine.health()).running == 0
    assert await idle(endless_engine)


async def test_leaving_during_prefill_stops_it_too(toy_engine: EmbeddedEngine) -> None:
    task = asyncio.create_task(read(toy_engine, ask("word " * 1200, max_tokens=500)))
    await asyncio.sleep(0.1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await toy_engine.health()).running == 0
    assert await idle(toy_engine)


async def test_a_thought_can_be_ended(endless_engine: EmbeddedEngine) -> None:
    request = ask("Think.", max_tokens=2000)
    assert await endless_engine.end_thinking(request) is False  # it does not run
    ended, answer = False, ""
    async with aclosing(endless_engine.stream(request)) as deltas:
        async for delta in deltas:
            if isinstance(delta, ThinkingText) and not ended:
                ended = await endless_engine.end_thinking(request)
            elif isinstance(delta, AnswerText):
                answer += delta.text
                break
    assert ended
    assert answer


ODD_PROMPTS = {
    "empty": "",
    "NULs": "a\0b\0" * 50,
    "lone surrogates": "a\ud800b\udfff",
    "special tokens": "<|im_start|><|im_end|><think></think><|endoftext|><|im_start|>assistant\n" * 20,
    "the media marker": "<__media__>",
    "braces and templates": "{{ messages }}{% for x in y %}\\u0000",
    "right to left and joined": "\u202e\u200d👩‍👩‍👧\ufeff" * 50,
}


@pytest.mark.parametrize("name", ODD_PROMPTS)
async def test_odd_prompts_end_in_a_result_or_a_typed_error(toy_engine: EmbeddedEngine, name: str) -> None:
    try:
        assert (await finish(toy_engine, ask(ODD_PROMPTS[name]))).tokens.prompt > 0
    except HeliconError as error:
        assert not error.retryable, "asking again would change nothing"  # noqa: PT017
    assert (await finish(toy_engine, ask("Still there?"))).tokens.prompt > 0
    assert toy_engine.supervisor.generation == 1


@pytest.mark.parametrize("letters", [50_000, 1_000_000, 5_000_000])
async def test_prompts_past_the_context_are_refused_with_both_numbers(toy_engine: EmbeddedEngine, letters: int) -> None:
    with pytest.raises(PromptTooLong) as caught:
        await read(toy_engine, ask("x" * letters))
    assert "8192" in str(caught.value).replace(",", "")
    assert (await finish(toy_engine, ask("Still there?"))).tokens.prompt > 0
    assert toy_engine.supervisor.generation == 1


async def test_prompts_around_the_context(toy_gguf: Path) -> None:
    engine = await EmbeddedEngine.start(parse_spec(f"{toy_gguf},ctx=256,slots=2"))
    try:
        around = await engine.count(ask("")) or 0
        for missing in (2, 1, 0, -1):
            request = ask("x" * (256 - missing - around), max_tokens=5)
            assert await engine.count(request) in (256 - missing, None if missing <= 0 else 256 - missing)
            try:
                end = await finish(engine, request)
                assert missing > 0
                assert end.tokens.generated <= missing + 1
            except PromptTooLong:
                assert missing <= 0
        assert engine.supervisor.generation == 1
    finally:
        await engine.close()


async def test_pictures_need_eyes(toy_engine: EmbeddedEngine) -> None:
    request = Request(messages=(user("What is it?", Image(b"\x89PNG\r\n\x1a\n", "image/png")),), max_tokens=5)
    with pytest.raises(Unsupported):
        await read(toy_engine, request)
    assert toy_engine.supervisor.generation == 1


async def test_over_loopback_with_its_key(toy_gguf: Path) -> None:
    engine = await EmbeddedEngine.start(parse_spec(str(toy_gguf)), loopback=True)
    try:
        assert (await finish(engine, ask("Hello."))).tokens.prompt > 0
        address = await engine.supervisor.ready()
        assert address.base_url.startswith("http://127.0.0.1:")
        import aiohttp

        async with aiohttp.ClientSession() as session:
            for headers in ({}, {"Authorization": "Bearer wrong"}):
                async with session.post(address.base_url + "/v1/completions", headers=headers, json={}) as reply:
                    assert reply.status == 401
    finally:
        await engine.close()


async def test_over_loopback_it_comes_back_at_the_same_place(toy_gguf: Path) -> None:
    engine = await EmbeddedEngine.start(parse_spec(str(toy_gguf)), loopback=True)
    try:
        assert (await finish(engine, ask("Hello."))).tokens.prompt > 0
        pid = engine.supervisor.process_id
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        assert (await finish(engine, ask("Hello again."))).tokens.prompt > 0
        assert engine.supervisor.process_id != pid
    finally:
        await engine.close()


async def test_a_chosen_tokens_probability_comes_without_alternatives(toy_engine: EmbeddedEngine) -> None:
    request = Request(messages=(user("Hello."),), max_tokens=8, top_logprobs=0, sampling=Sampling(temperature=1.0))
    seen = [
        token
        async for delta in toy_engine.stream(request)
        if isinstance(delta, AnswerText | ThinkingText)
        for token in delta.logprobs
    ]
    assert seen
    assert all(token.logprob <= 0 for token in seen)


async def test_closing_twice_and_asking_afterwards(toy_gguf: Path) -> None:
    engine = await EmbeddedEngine.start(parse_spec(str(toy_gguf)))
    await engine.close()
    await engine.close()
    with pytest.raises(HeliconError, match="is closed"):
        await read(engine, ask("Hello."))
    assert (await engine.health()).ready is False


async def test_bad_files_are_refused(toy_gguf: Path, tmp_path: Path) -> None:
    with pytest.raises(BadModelFile, match="there is no file"):
        await open_engine(str(tmp_path / "gone.gguf"))
    cut = tmp_path / "cut.gguf"
    cut.write_bytes(toy_gguf.read_bytes()[:-4000])
    with pytest.raises(BadModelFile, match="is cut short"):
        await open_engine(str(cut))
    with pytest.raises(BadModelFile, match="is a whole model; expected the mmproj file"):
        await open_engine(f"{toy_gguf},mmproj={toy_gguf}")


async def test_a_file_that_only_the_loader_finds_bad_is_refused_once(toy_gguf: Path, tmp_path: Path) -> None:
    odd = tmp_path / "odd.gguf"
    odd.write_bytes(toy_gguf.read_bytes().replace(b"blk.0.attn_q.weight", b"blk.0.attn_Q.weight"))
    start = time.monotonic()
    with pytest.raises(BadModelFile, match=r"cannot load '.*odd\.gguf'\. It said: .*attn_q"):
        await open_engine(str(odd))
    assert time.monotonic() - start < 30


async def test_a_model_that_does_not_fit_is_not_started(toy_gguf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("helicon.engines.embedded.available_memory", lambda: 40_000_000)
    with pytest.raises(OutOfMemory, match=r"'toy' needs about .* and 40\.0 MB are free"):
        await EmbeddedEngine.start(ModelSpec(kind="file", place=str(toy_gguf)))


async def test_where_memory_is_short_requests_wait_instead_of_failing(
    endless_gguf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("helicon.engines.embedded.available_memory", lambda: 50_500_000)
    engine = await EmbeddedEngine.start(parse_spec(f"{endless_gguf},ctx=1024"))
    try:
        assert engine.sizes.cells < 4 * 1024
        ends = await asyncio.gather(*(finish(engine, ask(f"{n}", max_tokens=220, seed=n)) for n in range(8)))
        assert [end.tokens.generated for end in ends] == [220] * 8
        requests = [ask("word " * 120, max_tokens=100, seed=seed) for seed in range(8)]
        async with engine.share_prefix(requests) as shared:
            ends = await asyncio.gather(*(finish(engine, request) for request in shared.requests))
        assert [end.tokens.generated for end in ends] == [100] * 8
        assert engine._queue.running == 0
    finally:
        await engine.close()


async def test_nano_answers(nano_engine: EmbeddedEngine) -> None:
    assert (await finish(nano_engine, ask("What is 2 + 3?", max_tokens=32))).tokens.generated > 0
