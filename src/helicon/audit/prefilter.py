"""Whether a file can name a model at all, from its bytes alone, so that most files cost only their reading.

Each marker is one search of the whole text by the interpreter's own substring search, which is linear and many times
faster than an alternation. The markers are parts of names that nearly every use of a model carries: the name's own
family, the word "model" beside it, or the tool that takes it.
"""

from __future__ import annotations

MARKERS = tuple(
    b"""
    model llama gpt hugg hf qwen stral claude gemini gemma deepseek whisper embed bert llm minilm bge- diffus
    sentence phi transcri flux falcon t5- nvcr.io o1 o3 o4 rerank kimi glm grok sdxl command silero kokoro tts
    nova- titan docling easyocr spacy nvidia instruct vicuna muse- gte- allenai facebook/ microsoft/ openai cohere
    sonar jamba voyage- moonshot minimax abab granite coder dbrx dolly exaone hyperclova hunyuan hy3 stability e5-
    vit- pyannote bark starling pythia bloom mpt- 01-ai internlm internvl llava minicpm mimo ernie opus-mt blip
    donut splade step- eleven_ florence cogvideo hermes openchat ggml j2-
    """.split()
)


def may_hold(data: bytes) -> bool:
    """Whether the bytes may name a model; ``False`` is sure for names that carry a marker."""
    lowered = data.replace(b"\x00", b"").lower() if data[:2] in (b"\xff\xfe", b"\xfe\xff") else data.lower()
    return any(marker in lowered for marker in MARKERS)
