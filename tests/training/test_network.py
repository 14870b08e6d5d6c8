# ruff: noqa: E402 - packages of the train extra are asked for before what needs them is imported
"""The network is Qwen3: the same weights give the same numbers everywhere.

1. transformers' Qwen3ForCausalLM gives the same logits.  2. The exported file
gives the same greedy text in the real engine.  3. Packed rows do not leak into
each other.  4. Training that stops and resumes ends in the same state.
"""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path
from random import Random
from typing import Any

import pytest

torch = pytest.importorskip("torch")
numpy = pytest.importorskip("numpy")
pytest.importorskip("tokenizers")
pytest.importorskip("reasoning_gym")

from helicon.training import Nano, NanoConfig, TrainConfig, Trainer, write_gguf
from helicon.training.data import LEARN, SHORT, make_shard, pack
from helicon.training.forms import conversation
from helicon.training.tokenizer import END, PAD, encode, prompt_text, target_text, train_tokenizer
from helicon.training.trainer import loss_of, schedule


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    return train_tokenizer(size=420, samples=300)


@pytest.fixture(scope="module")
def small(tokenizer: Any) -> NanoConfig:
    return NanoConfig(
        vocabulary=tokenizer.get_vocab_size(), width=64, layers=2, heads=4, kv_heads=2, head_width=32, feed_forward=96
    )


def random_network(config: NanoConfig) -> Nano:
    torch.manual_seed(4)
    model = Nano(config)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(1.0 + 0.2 * torch.rand_like(parameter)).add_(0.02 * torch.randn_like(parameter))
    return model


def test_transformers_gives_the_same_logits(small: NanoConfig) -> None:
    transformers = pytest.importorskip("transformers")
    model = random_network(small)
    theirs = transformers.Qwen3ForCausalLM(
        transformers.Qwen3Config(
            vocab_size=small.vocabulary,
            hidden_size=small.width,
            intermediate_size=small.feed_forward,
            num_hidden_layers=small.layers,
            num_attention_heads=small.heads,
            num_key_value_heads=small.kv_heads,
            head_dim=small.head_width,
            rms_norm_eps=small.norm_epsilon,
            rope_theta=small.rope_theta,
            rope_parameters={"rope_type": "default", "rope_theta": small.rope_theta},
            tie_word_embeddings=True,
            attn_implementation="eager",
        )
    ).eval()
    weights = {f"model.{name}": weight for name, weight in model.state_dict().items()}
    weights["lm_head.weight"] = model.embed_tokens.weight
    theirs.load_state_dict(weights)
    tokens = torch.randint(0, small.vocabulary, (2, 40))
    with torch.no_grad():
        torch.testing.assert_close(model(tokens), theirs(tokens).logits, rtol=1e-4, atol=1e-4)


def test_the_engine_gives_the_same_greedy_text(tokenizer: Any, small: NanoConfig, tmp_path: Path) -> None:
    xllamacpp = pytest.importorskip("xllamacpp")
    pytest.importorskip("gguf")
    model = random_network(small)
    path = write_gguf(tmp_path / "tiny.gguf", model.state_dict(), small, tokenizer, sampling={"temp": 0.8, "top_k": 0})
    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.n_ctx = 512
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.warmup = False
    params.ui = False
    params.verbosity = 0
    server = xllamacpp.Server(params)

    def post(route: str, body: dict[str, Any]) -> Any:
        request = urllib.request.Request(
            server.listening_address + route, json.dumps(body).encode(), {"content-type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=60) as reply:
            return json.load(reply)

    made = conversation(Random(1))
    text = prompt_text(made) + target_text(made)
    ids = tokenizer.encode(text).ids
    assert post("/tokenize", {"content": text, "parse_special": True})["tokens"] == ids
    messages = [{"role": turn.role, "content": turn.content} for turn in made.turns]
    kwargs = {"enable_thinking": made.thought is not None}
    rendered = post("/apply-template", {"messages": messages, "chat_template_kwargs": kwargs})
    assert rendered["prompt"] == prompt_text(made)

    ids = ids[:30]
    reply = post(
        "/completion", {"prompt": ids, "n_predict": 12, "temperature": 0, "return_tokens": True, "ignore_eos": True}
    )
    end = tokenizer.token_to_id(END)
    with torch.no_grad():
        for token in reply["tokens"]:
            logits = model(torch.tensor([ids]))[0, -1]
            logits[[end, tokenizer.token_to_id(PAD)]] = -torch.inf
            # 16-bit weights may swap two nearly equal tokens, nothing more.
            assert logits.max() - logits[token] < 0.02
            ids = [*ids, token]


def test_digits_are_single_and_every_byte_has_a_token(tokenizer: Any) -> None:
    assert tokenizer.encode("3.40+520").tokens == list("3.40+520")
    for text in ("naïve 你好 🙂", "tab\tand\r\nlines", "\x00\x7f"):
        assert tokenizer.decode(tokenizer.encode(text).ids, skip_special_tokens=False) == text
    assert len(tokenizer.encode("<|im_start|><think></think><|im_end|>").ids) == 4


def test_only_the_assistants_tokens_are_learnt(tokenizer: Any) -> None:
    made = conversation(Random(2))
    ids, read = encode(tokenizer, made)
    assert tokenizer.decode(ids[read:], skip_special_tokens=False) == target_text(made)
    short, _ = make_shard(tokenizer, 0, 50)
    assert short.shape[1] == SHORT
    assert 0.2 < float(((short & LEARN) != 0).mean()) < 0.9


def test_packing_keeps_documents_whole() -> None:
    rows = pack([[1, 1, 0], [2, 0], [3, 3, 3, 0], [4, 0]], 6, 0)
    assert all(len(row) == 6 for row in rows)
    assert sorted(n for row in rows for n in row if n) == [1, 1, 2, 3, 3, 3, 4]
    assert [3, 3, 3] in [row[i : i + 3] for row in rows for i in range(4)]


def test_documents_of_one_row_do_not_see_each_other(small: NanoConfig) -> None:
    model = random_network(small)
    pad = small.vocabulary - 1
    first = torch.tensor([9, 8, 7, pad])
    second = torch.tensor([5, 6, 7 | LEARN, 4 | LEARN, pad])
    alone = loss_of(model, second[None], pad, False)
    together = loss_of(model, torch.cat((first, second))[None], pad, False)
    torch.testing.assert_close(alone, together, rtol=1e-4, atol=1e-5)


def test_the_rate_warms_up_and_ends_at_zero() -> None:
    assert schedule(0.0, 0.01, 0.35) < 0.05
    assert schedule(0.3, 0.01, 0.35) == 1.0
    assert schedule(0.825, 0.01, 0.35) == pytest.approx(0.5)
    assert schedule(1.0, 0.01, 0.35) == 0.0


def test_training_resumes_where_it_stopped(tokenizer: Any, small: NanoConfig, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    short, long = make_shard(tokenizer, 0, 60)
    numpy.savez(data / "shard-0000.npz", short=short, long=long)
    pad = tokenizer.token_to_id(PAD)
    config = TrainConfig(minutes=1e9, batch_tokens=512, compile=False, bfloat16=False, warm_up=0.0)

    def trainer(folder: str) -> Trainer:
        return Trainer(config, small, data, tmp_path / folder, pad)

    whole = trainer("whole")
    whole.run(steps=6)
    before = trainer("parts")
    before.run(steps=3)
    after = trainer("parts")
    assert after.resume()
    after.run(steps=3)
    assert after.step == 6
    for name, weight in whole.model.state_dict().items():
        torch.testing.assert_close(after.model.state_dict()[name], weight, rtol=1e-3, atol=1e-4)
