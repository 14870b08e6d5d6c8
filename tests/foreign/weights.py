"""Nano's weights as a folder that other programs load: safetensors, tokenizer, chat template.

transformers reads GGUF itself, but takes a Qwen 3 head's width for 128 whatever the file says, and
refuses to write what it read; so the width is given, and the weights move to a plain model.
"""

from __future__ import annotations

from pathlib import Path


def write_folder(gguf: Path, folder: Path) -> Path:
    """Write the model of a GGUF file to ``folder`` in transformers' layout, and return the folder."""
    from gguf import GGUFReader
    from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

    width = int(GGUFReader(gguf).fields["qwen3.attention.key_length"].contents())
    place = {"pretrained_model_name_or_path": str(gguf.parent), "gguf_file": gguf.name}
    config = AutoConfig.from_pretrained(**place, head_dim=width)
    read = AutoModelForCausalLM.from_pretrained(**place, config=config)
    config = AutoConfig.from_pretrained(**place, head_dim=width)
    if hasattr(config, "quantization_config"):
        del config.quantization_config
    plain = AutoModelForCausalLM.from_config(config)
    plain.load_state_dict(read.state_dict())
    plain.generation_config = read.generation_config
    plain.save_pretrained(folder)
    AutoTokenizer.from_pretrained(**place).save_pretrained(folder)
    return folder
