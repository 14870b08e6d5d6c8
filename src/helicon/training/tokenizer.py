"""Nano's tokenizer: byte-level BPE with Qwen2's pre-tokenizer, trained on generated text.

Digits stay single, every byte has a token, and the chat and think marks are
single tokens at the end of the vocabulary.
"""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

from helicon.training.extra import need
from helicon.training.forms import Conversation, conversation

START, END, PAD = "<|im_start|>", "<|im_end|>", "<|endoftext|>"
THINK, THINK_END = "<think>", "</think>"
CONTROL = (PAD, START, END)
USER_DEFINED = (THINK, THINK_END)

QWEN2_PATTERN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)
"""The engine knows it as the pre-tokenizer ``qwen2``."""


def prompt_text(conversation: Conversation) -> str:
    """All that is read before the model writes, exactly as the chat template renders it."""
    out = [f"{START}{turn.role}\n{turn.content}{END}\n" for turn in conversation.turns]
    out.append(f"{START}assistant\n")
    if conversation.thought is None:
        out.append(f"{THINK}\n\n{THINK_END}\n\n")
    return "".join(out)


def target_text(conversation: Conversation) -> str:
    """All that the model writes."""
    thought = "" if conversation.thought is None else f"{THINK}\n{conversation.thought}\n{THINK_END}\n\n"
    return f"{thought}{conversation.reply}{END}"


def train_tokenizer(size: int = 1280, samples: int = 30000, seed: int = 0) -> Any:
    """A tokenizer of ``size`` tokens, specials included, learnt from generated conversations."""
    tokenizers = need("tokenizers")
    tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE())
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Sequence(
        [
            tokenizers.pre_tokenizers.Split(tokenizers.Regex(QWEN2_PATTERN), "isolated"),
            tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = tokenizers.decoders.ByteLevel()
    specials = [*CONTROL, *USER_DEFINED]
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=size - len(specials),
        initial_alphabet=tokenizers.pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    random = Random(f"tokenizer/{seed}")

    def texts() -> Any:
        for _ in range(samples):
            made = conversation(random)
            for turn in made.turns:
                yield turn.content
            yield f"{made.thought or ''}\n"
            yield made.reply

    tokenizer.train_from_iterator(texts(), trainer)
    tokenizer.add_special_tokens([tokenizers.AddedToken(name, special=True) for name in CONTROL])
    tokenizer.add_tokens([tokenizers.AddedToken(name, special=False) for name in USER_DEFINED])
    return tokenizer


def load_tokenizer(path: Path) -> Any:
    return need("tokenizers").Tokenizer.from_file(str(path))


def encode(tokenizer: Any, conversation: Conversation) -> tuple[list[int], int]:
    """Token ids, and how many of them are prompt (read, not learnt)."""
    prompt = tokenizer.encode(prompt_text(conversation)).ids
    target = tokenizer.encode(target_text(conversation)).ids
    return prompt + target, len(prompt)
