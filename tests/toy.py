"""A toy model file: a random-weight llama of 262 tokens, real enough for the real engine.

It speaks noise, so tests use it for what an engine does (stream, stop, count, cancel, share a
prefix), never for what a model knows. Written in well under a second with the ``gguf`` package:
256 byte tokens, one merge, ChatML and think tags; width 64, two layers, context 8192.
"""

from __future__ import annotations

from pathlib import Path

import gguf
import numpy as np

CONTEXT = 8192
WIDTH = 64
LAYERS = 2
HEADS = 4
FEED_FORWARD = 128
SPECIALS = ("<|im_start|>", "<|im_end|>", "<think>", "</think>", "<|endoftext|>")
TEMPLATE = (
    "{%- for message in messages -%}"
    "{{- '<|im_start|>' + message.role + '\\n' -}}"
    "{%- if message.role == 'assistant' and message.reasoning_content -%}"
    "{{- '<think>\\n' + message.reasoning_content + '\\n</think>\\n\\n' -}}"
    "{%- endif -%}"
    "{{- message.content + '<|im_end|>\\n' -}}"
    "{%- endfor -%}"
    "{%- if add_generation_prompt -%}"
    "{{- '<|im_start|>assistant\\n' -}}"
    "{%- if enable_thinking is defined and enable_thinking is false -%}"
    "{{- '<think>\\n\\n</think>\\n\\n' -}}"
    "{%- else -%}"
    "{{- '<think>\\n' -}}"
    "{%- endif -%}"
    "{%- endif -%}"
)


def byte_letters() -> list[str]:
    """GPT-2's printable stand-in for each of the 256 bytes, in token order."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    hidden = [byte for byte in range(256) if byte not in printable]
    letters = {byte: chr(byte) for byte in printable}
    letters.update({byte: chr(256 + place) for place, byte in enumerate(hidden)})
    return [letters[byte] for byte in range(256)]


def write_toy(
    path: Path, *, seed: int = 7, name: str = "toy", chat_template: str = TEMPLATE, endless: bool = False
) -> Path:
    """Write the toy to ``path`` and return it; the same seed gives the same weights.

    An ``endless`` toy never says a special token by itself, so it neither ends nor closes its thought:
    one number of its state is nearly constant, and the special tokens' rows are set against it.
    """
    draw = np.random.default_rng(seed)
    letters = byte_letters()
    tokens = [*letters, "he", *SPECIALS]
    kinds = [gguf.TokenType.NORMAL] * 257 + [gguf.TokenType.CONTROL] * len(SPECIALS)
    kinds[tokens.index("<think>")] = kinds[tokens.index("</think>")] = gguf.TokenType.USER_DEFINED

    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name(name)
    writer.add_license("apache-2.0")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(FEED_FORWARD)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_freq_base(10000.0)
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens)
    writer.add_token_types([int(kind) for kind in kinds])
    writer.add_token_merges(["h e"])
    writer.add_bos_token_id(tokens.index("<|endoftext|>"))
    writer.add_eos_token_id(tokens.index("<|im_end|>"))
    writer.add_add_bos_token(False)
    writer.add_chat_template(chat_template)

    def matrix(label: str, *shape: int) -> None:
        values = draw.normal(0.0, 0.08, shape).astype(np.float32)
        if endless and label == "token_embd.weight":
            values[:, 0] = 1.0
        if endless and label == "output.weight":
            values[:, 0] = 0.0
            values[-len(SPECIALS) :, 0] = -4.0
        writer.add_tensor(label, values)

    def ones(label: str) -> None:
        writer.add_tensor(label, np.ones(WIDTH, dtype=np.float32))

    matrix("token_embd.weight", len(tokens), WIDTH)
    matrix("output.weight", len(tokens), WIDTH)
    ones("output_norm.weight")
    for layer in range(LAYERS):
        ones(f"blk.{layer}.attn_norm.weight")
        ones(f"blk.{layer}.ffn_norm.weight")
        for part in ("attn_q", "attn_k", "attn_v", "attn_output"):
            matrix(f"blk.{layer}.{part}.weight", WIDTH, WIDTH)
        matrix(f"blk.{layer}.ffn_gate.weight", FEED_FORWARD, WIDTH)
        matrix(f"blk.{layer}.ffn_up.weight", FEED_FORWARD, WIDTH)
        matrix(f"blk.{layer}.ffn_down.weight", WIDTH, FEED_FORWARD)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path
