"""Nano's weights, tokenizer and chat template as one GGUF file for llama.cpp."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from helicon.training.extra import need
from helicon.training.sizes import NanoConfig
from helicon.training.template import CHAT_TEMPLATE
from helicon.training.tokenizer import CONTROL, END, PAD, USER_DEFINED

LARGEST_F16 = 8 * 10**6
"""Bytes up to which weights stay in 16 bits; a larger network is stored as Q8_0."""

LAYER_NAMES = {
    "input_layernorm.weight": "attn_norm.weight",
    "self_attn.q_proj.weight": "attn_q.weight",
    "self_attn.k_proj.weight": "attn_k.weight",
    "self_attn.v_proj.weight": "attn_v.weight",
    "self_attn.o_proj.weight": "attn_output.weight",
    "self_attn.q_norm.weight": "attn_q_norm.weight",
    "self_attn.k_norm.weight": "attn_k_norm.weight",
    "post_attention_layernorm.weight": "ffn_norm.weight",
    "mlp.gate_proj.weight": "ffn_gate.weight",
    "mlp.up_proj.weight": "ffn_up.weight",
    "mlp.down_proj.weight": "ffn_down.weight",
}


def gguf_name(name: str) -> str:
    """The engine's name of a parameter."""
    if name == "embed_tokens.weight":
        return "token_embd.weight"
    if name == "norm.weight":
        return "output_norm.weight"
    _, number, rest = name.split(".", 2)
    return f"blk.{number}.{LAYER_NAMES[rest]}"


def write_gguf(
    path: Path,
    weights: dict[str, Any],
    config: NanoConfig,
    tokenizer: Any,
    *,
    description: str = "",
    sampling: dict[str, float] | None = None,
) -> Path:
    """Write the file, whole or not at all."""
    gguf = need("gguf")
    numpy = need("numpy")
    part = path.with_suffix(".part")
    writer = gguf.GGUFWriter(part, "qwen3")
    writer.add_name("nano")
    writer.add_type("model")
    writer.add_license("apache-2.0")
    writer.add_languages(["en"])
    if description:
        writer.add_description(description)
    writer.add_context_length(config.context)
    writer.add_embedding_length(config.width)
    writer.add_block_count(config.layers)
    writer.add_feed_forward_length(config.feed_forward)
    writer.add_head_count(config.heads)
    writer.add_head_count_kv(config.kv_heads)
    writer.add_key_length(config.head_width)
    writer.add_value_length(config.head_width)
    writer.add_rope_freq_base(config.rope_theta)
    writer.add_layer_norm_rms_eps(config.norm_epsilon)
    writer.add_vocab_size(config.vocabulary)
    for key, value in (sampling or {}).items():
        if key == "top_k":
            writer.add_int32(f"general.sampling.{key}", int(value))
        else:
            writer.add_float32(f"general.sampling.{key}", float(value))

    stored = json.loads(tokenizer.to_str())
    kinds = gguf.TokenType
    names, types = [], []
    for number in range(config.vocabulary):
        name = tokenizer.id_to_token(number)
        names.append(name)
        if name in CONTROL:
            types.append(kinds.CONTROL)
        elif name in USER_DEFINED:
            types.append(kinds.USER_DEFINED)
        else:
            types.append(kinds.NORMAL)
    merges = [m if isinstance(m, str) else " ".join(m) for m in stored["model"]["merges"]]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(names)
    writer.add_token_types(types)
    writer.add_token_merges(merges)
    end = tokenizer.token_to_id(END)
    writer.add_eos_token_id(end)
    writer.add_eot_token_id(end)
    writer.add_pad_token_id(tokenizer.token_to_id(PAD))
    writer.add_add_bos_token(False)
    writer.add_chat_template(CHAT_TEMPLATE)

    matrices = sum(w.numel() for w in weights.values() if w.dim() == 2)
    half = matrices * 2 <= LARGEST_F16
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_F16 if half else gguf.LlamaFileType.MOSTLY_Q8_0)
    for name, weight in weights.items():
        array = weight.detach().float().cpu().numpy()
        if array.ndim == 1:
            writer.add_tensor(gguf_name(name), array.astype(numpy.float32))
        elif half:
            writer.add_tensor(gguf_name(name), array.astype(numpy.float16))
        else:
            kind = gguf.GGMLQuantizationType.Q8_0
            quantized = gguf.quants.quantize(array, kind)
            writer.add_tensor(gguf_name(name), quantized, raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    part.replace(path)
    return path


def export_checkpoint(
    checkpoint: Path,
    tokenizer_path: Path,
    path: Path,
    *,
    description: str = "",
    sampling: dict[str, float] | None = None,
) -> Path:
    """The GGUF of a stored training state."""
    torch = need("torch")
    tokenizer = need("tokenizers").Tokenizer.from_file(str(tokenizer_path))
    state = torch.load(checkpoint, weights_only=True)
    return write_gguf(
        path,
        state["model"],
        NanoConfig.from_dict(state["network"]),
        tokenizer,
        description=description,
        sampling=sampling,
    )
