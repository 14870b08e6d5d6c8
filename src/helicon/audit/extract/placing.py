"""What a place says of a literal: its role by the path, its kind by the key it stands under.

Every pattern here is linear: no two repetitions that can match the same characters follow each other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from helicon.audit.knowledge import knowledge
from helicon.audit.values import Kind, Role

TEST = frozenset({"test", "tests", "testing", "__tests__", "spec", "specs", "fixtures", "e2e", "testdata", "conftest"})
EXAMPLE = frozenset({
    "example", "examples", "sample", "samples", "demo", "demos", "recipe", "recipes", "cookbook", "cookbooks",
    "tutorial", "tutorials", "notebooks", "quickstart", "playground",
})  # fmt: skip
DOCS = frozenset({"doc", "docs", "documentation", "website"})
PROSE = (".md", ".mdx", ".rst", ".txt", ".adoc", ".markdown")
TEST_NAME = re.compile(r"(?:^test_|^conftest\.py$|_test\.[a-z]+$|\.(?:test|spec)\.[a-z]+$|Tests?\.(?:java|cs|kt)$)")

ID = re.compile(r"[A-Za-z0-9@][A-Za-z0-9_.@:/+-]{1,299}")
WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@:/+-]{2,299}")
HUB = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,95}/[A-Za-z0-9][A-Za-z0-9_.-]{0,95}(?:[:@][A-Za-z0-9_.-]{1,64})?")
TAG = re.compile(r"[a-z][a-z0-9._-]{1,60}(?::[A-Za-z0-9._-]{1,60})?")
PORT = re.compile(r":[0-9]{4,5}$")
"""``ollama:11434`` is a host."""
INDEX = re.compile(r"\[[0-9]{0,9}\]$")
SEPARATORS = re.compile(r"[^a-z0-9]+")
CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
NO_MODEL_FILE = (
    ".py", ".json", ".yaml", ".yml", ".md", ".txt", ".ts", ".js", ".sh", ".html", ".csv", ".jsonl", ".proto", ".java",
    ".toml", ".png", ".jpg", ".pdf", ".go", ".sql", ".xml",
)  # fmt: skip
MODEL_KEYS = frozenset({
    "model", "models", "model_name", "model_names", "model_id", "model_ids", "model_path", "model_key", "model_slug",
    "model_repo", "model_uri", "model_url", "model_tag", "model_version", "model_type_name", "llm", "llms", "embedder",
    "reranker", "embeddings_model", "pretrained", "pretrained_model", "pretrained_model_name", "repo_id", "hf_repo",
    "hf_repo_id", "hf_model", "hf_file", "checkpoint", "model_name_or_path", "pretrained_model_name_or_path",
    "deployment_name", "inference_model", "engine_model",
})  # fmt: skip
MODEL_ENDINGS = (
    "_model",
    "_models",
    "_model_name",
    "_model_id",
    "_model_path",
    "_llm",
    "_model_name_or_path",
    "_repo_id",
)
NOT_KEYS = frozenset({"data_model", "view_model", "user_model", "django_model", "content_model", "threading_model"})
HUB_KEYS = frozenset({
    "repo_id", "hf_repo", "hf_repo_id", "hf_model", "pretrained_model_name_or_path", "model_name_or_path",
})  # fmt: skip
TOKENIZERS = ("tokenizer", "dataset", "template", "processor")
SERVICES = (
    "openai", "anthropic", "cohere", "litellm", "langchain", "mistralai", "genai", "generativeai", "groq",
    "llama_index", "dashscope", "bedrock", "vertexai", "@ai-sdk", "openrouter", "together",
)  # fmt: skip


def role_of(path: str) -> Role:
    """The role that a path gives to what stands in the file."""
    parts = path.lower().split("/")
    folders = parts[:-1]
    if any(part in TEST for part in folders) or TEST_NAME.search(path.rpartition("/")[2]):
        return "test"
    if any(part in EXAMPLE or part.startswith(("example", "sample-")) for part in folders):
        return "example"
    if parts[-1].startswith(("example", "demo")) or parts[-1].endswith((".example", ".sample", ".ipynb")):
        return "example"
    if any(part in DOCS for part in folders):
        return "doc" if parts[-1].endswith(PROSE) else "example"
    return "active"


def lasting(place: Role, path: Role) -> Role:
    """The role of a place in a file of a role: what is only said stays said; a test stays a test."""
    if place in ("commented", "doc", "alias", "file", "unresolved"):
        return place
    return place if path == "active" else path


@lru_cache(maxsize=4096)
def key_of(symbol: str) -> str:
    """The last name of a symbol, in lower case with underscores, without an index."""
    last = INDEX.sub("", symbol[-120:]).rpartition(".")[2]
    return SEPARATORS.sub("_", CAMEL.sub("_", last).lower()).strip("_")


def modelish(symbol: str) -> bool:
    """Whether a key, variable or option says that its value is a model."""
    key = key_of(symbol)
    return (key in MODEL_KEYS or key.endswith(MODEL_ENDINGS) or key.startswith("model_name")) and key not in NOT_KEYS


def apart(symbol: str) -> bool:
    """Whether a key says that its value is something beside a model: a tokenizer, data."""
    key = key_of(symbol)
    return any(word in key for word in TOKENIZERS)


def uses(text: str) -> frozenset[str]:
    """What a text is about."""
    lowered = text.lower()
    found = {"ollama"} if "ollama" in lowered else set()
    if any(word in lowered for word in SERVICES):
        found.add("api")
    return frozenset(found)


def kind_of(symbol: str, literal: str, about: frozenset[str], *, sure: bool = False) -> Kind:
    """The kind of a literal under a symbol; ``text`` where it has to be recognised by itself.

    ``sure``: the place takes a model and nothing else, as the argument of an API client does.
    """
    if "://" in literal:
        return "url"
    if apart(symbol) or not (sure or modelish(symbol)) or literal.lower().endswith(NO_MODEL_FILE):
        return "text"
    if HUB.fullmatch(literal):
        explicit = sure or key_of(symbol) in HUB_KEYS or plausible(literal) or any(map(str.isdigit, literal))
        return "hub" if explicit else "text"
    if not ID.fullmatch(literal):
        return "text"
    if TAG.fullmatch(literal) and ("ollama" in symbol.lower() or about == {"ollama"}):
        return "ollama" if ":" in literal or plausible(literal) else "text"
    if (sure or "api" in about) and plausible(literal) and "/" not in literal:
        return "api"
    return "text"


@lru_cache(maxsize=65536)
def plausible(literal: str) -> bool:
    """Whether a literal can name a model that is known: one word that holds a word of a known name."""
    if "://" in literal:
        lowered = literal.lower()
        return any(mark in lowered for mark in ADDRESSES)
    if not ID.fullmatch(literal) or PORT.search(literal):
        return False
    lowered = literal.lower()
    return any(word in lowered for word in knowledge().words)


ADDRESSES = (
    "huggingface.co/",
    "hf.co/",
    "hf-mirror.com/",
    "ollama",
    "modelscope",
    "hf://",
    ".gguf",
    ".safetensors",
    ".onnx",
)


def words(text: str) -> Iterator[tuple[int, str]]:
    """The words of a text for people that may name a model, with their offsets: a digit or a slash is in them."""
    for found in WORD.finditer(text):
        word = found.group().rstrip(".:/@-+")
        if (any(map(str.isdigit, word)) or "/" in word) and plausible(word):
            yield found.start(), word
