"""Names of registries: Ollama's library, container images, addresses."""

from __future__ import annotations

from dataclasses import replace

from helicon.audit.knowledge import Knowledge, Tag
from helicon.audit.resolving.building import Stated, derived, joined, unknown
from helicon.audit.resolving.hub import bare, hub
from helicon.audit.resolving.spelling import without_file
from helicon.audit.values import Model

PAGES = frozenset({
    "datasets", "spaces", "docs", "blog", "papers", "collections", "settings", "learn", "join", "login", "pricing",
    "organizations", "posts", "models", "tasks", "chat", "new", "inference", "kernels", "api", "buckets",
})  # fmt: skip
"""First parts of the Hub's addresses that are no organisations."""
HUBS = frozenset({
    "huggingface.co", "hf.co", "www.huggingface.co", "hf-mirror.com", "modelscope.cn", "www.modelscope.cn",
    "api-inference.huggingface.co", "router.huggingface.co",
})  # fmt: skip
NIM = "the container adds NVIDIA's own terms"


def known_tag(name: str, knowledge: Knowledge) -> bool:
    """Whether a text is, on its own, surely a name of Ollama's library."""
    head, colon, size = name.lower().partition(":")
    tag = knowledge.tags.get(head)
    if tag is None:
        return False
    if colon:
        return size == "latest" or bool(_size(tag, size)) or size.endswith("cloud")
    return not tag.plain and any(letter.isdigit() for letter in head)


def ollama(text: str, knowledge: Knowledge, stated: Stated) -> Model:
    """``name:tag``, ``user/name:tag``, ``hf.co/org/name:precision``."""
    name = text.removeprefix("registry.ollama.ai/").removeprefix("ollama.com/").removeprefix("library/")
    if name.lower().startswith(("hf.co/", "huggingface.co/")):
        return hub(name.partition("/")[2], knowledge, stated, sure=True) or unknown(text)
    head, _, tag = name.partition(":")
    cloud = tag.endswith("cloud")
    stated = replace(stated, api=True) if cloud else stated
    if "/" in head:
        found = hub(head, knowledge, stated, sure=False)
        return found or unknown(f"ollama:{name}", note=stated.note)
    row = knowledge.tags.get(head.lower())
    if row is None:
        found = bare(head, knowledge, stated, served=True)
        return found or unknown(f"ollama:{name}", note=stated.note)
    return _tagged(row, name, tag.removesuffix("-cloud").removesuffix("cloud"), knowledge, stated)


def _tagged(row: Tag, name: str, tag: str, knowledge: Knowledge, stated: Stated) -> Model:
    size = _size(row, tag.lower())
    found = hub(row.model.replace("{size}", row.sizes[size]), knowledge, stated, sure=True) if size else None
    if found is None:
        every = [hub(row.model.replace("{size}", one), knowledge, stated, sure=True) for one in row.sizes.values()]
        same = {model.expression for model in every if model}
        if len(same) != 1 or every[0] is None:
            return unknown(f"ollama:{name}", note=f"the licence depends on the size, and {name!r} does not say it")
        found = every[0]
    if row.derived:
        found = derived(knowledge, found, f"ollama:{name}", stated)
    return replace(found, aliases=(f"ollama:{name}",), note=joined(found.note, row.note))


def _size(row: Tag, tag: str) -> str:
    """The key of ``sizes`` that a tag states; the default for none and ``latest``."""
    if tag in ("", "latest"):
        return row.default if row.default in row.sizes else ""
    fits = [key for key in row.sizes if tag == key or tag.startswith(key + "-")]
    return max(fits, key=len, default="")


def image(text: str, knowledge: Knowledge, stated: Stated) -> Model | None:
    """A container image that holds or serves one model."""
    name = text.partition("@")[0].removeprefix("docker.io/")
    lowered = name.lower()
    if lowered.startswith("nvcr.io/nim/"):
        identifier = name[len("nvcr.io/nim/") :].partition(":")[0]
        note = replace(stated, note=joined(stated.note, NIM))
        return hub(identifier, knowledge, note, sure=False) or unknown(identifier, note=NIM)
    if lowered.startswith("ai/"):
        head, _, tag = name[3:].partition(":")
        return ollama(f"{head}:{tag.lower()}" if tag else head, knowledge, stated)
    if lowered.startswith(("hf.co/", "huggingface.co/")):
        return hub(name.partition("/")[2].partition(":")[0], knowledge, stated, sure=True)
    last = name.rpartition("/")[2].partition(":")[0]
    return bare(last, knowledge, stated, served=False)


def address(text: str, knowledge: Knowledge, stated: Stated) -> Model | None:
    """An address: of the Hub, of Ollama's library, of a file of weights."""
    scheme, _, rest = text.partition("://")
    rest = rest.partition("?")[0].partition("#")[0]
    if scheme.lower() in ("hf", "huggingface"):
        return hub("/".join(rest.split("/")[:2]), knowledge, stated, sure=not rest.startswith(("datasets/", "spaces/")))
    if scheme.lower() == "ollama":
        return ollama(rest, knowledge, stated)
    host, _, path = rest.partition("/")
    parts = [part for part in path.split("/") if part]
    if host.lower() in HUBS:
        return _page(host.lower(), parts, knowledge, stated)
    if host.lower() in ("ollama.com", "www.ollama.com", "registry.ollama.ai") and parts:
        called = "/".join(parts[1:2] if parts[0] == "library" else parts[:2])
        return ollama(called, knowledge, stated) if called and len(parts) > 1 else None
    last = without_file(path)
    return bare(last, knowledge, stated, served=False) if parts and last != parts[-1] else None


def _page(host: str, parts: list[str], knowledge: Knowledge, stated: Stated) -> Model | None:
    if parts[:2] == ["api", "models"]:
        parts = parts[2:]
    elif parts[:1] == ["models"] and ("modelscope" in host or host.startswith("api-inference")):
        parts = parts[1:]
    if len(parts) < 2 or parts[0].lower() in PAGES:
        return None
    return hub("/".join(parts[:2]), knowledge, stated, sure=True)
