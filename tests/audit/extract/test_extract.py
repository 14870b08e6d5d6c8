"""Bytes to mentions, by kind of file: literal, line, column, role, kind and symbol.

1. Columns count from 1 at the first letter of the literal, in the file as it is.
2. What runs is active; what can be chosen is an option; what is only said is doc, commented or alias.
3. A place in tests or examples has their role.
"""

from __future__ import annotations

import json

import pytest

from helicon.audit.extract import extract


def said(path: str, text: str) -> list[tuple[int, int, str, str, str, str]]:
    found = extract(path, text.encode())
    assert found.reasons == ()
    return [(one.line, one.column, one.literal, one.role, one.kind, one.symbol) for one in found.mentions]


def row(path: str, text: str, literal: str) -> tuple[int, int, str, str, str]:
    """The one mention of a literal, without it."""
    rows = [one for one in said(path, text) if one[2] == literal]
    assert len(rows) == 1, said(path, text)
    line, column, _, role, kind, symbol = rows[0]
    assert literal not in text or text.split("\n")[line - 1][column - 1 :].startswith(literal)
    return line, column, role, kind, symbol


PYTHON = '''"""Was gpt-4-turbo."""
import os, openai
MODEL = "meta-llama/Llama-3.1-8B-Instruct"
# once "gpt-3.5-turbo"
class Kind(Enum):
    SMALL = "o3-mini"
def ask(model: str = "command", other=os.getenv("LLM_MODEL", "gpt-4o-mini")):
    """Asks gpt-4o."""
    client.chat.completions.create(model="gpt-4.1", messages=[])
    encoder = SentenceTransformer("all-MiniLM-L6-v2")
    unset = os.environ["CHAT_MODEL"]
    prices = {"gpt-4": 8192}
    sizes = {"large-v3": "Systran/faster-whisper-large-v3", "b": "openai/whisper-base"}
    words = AutoTokenizer.from_pretrained("Qwen/Qwen3-8B")
    return f"openai/{SUFFIX}", f"{MODEL}-GGUF"
parser.add_argument("--model", default="mistral-large-latest", choices=["grok-4"], help="as gpt-5 does")
'''


@pytest.mark.parametrize(
    ("literal", "expected"),
    [
        ("gpt-4-turbo", (1, 8, "doc", "text", "")),
        ("meta-llama/Llama-3.1-8B-Instruct", (3, 10, "active", "hub", "MODEL")),
        ("gpt-3.5-turbo", (4, 9, "commented", "text", "")),
        ("o3-mini", (6, 14, "option", "text", "Kind.SMALL")),
        ("command", (7, 23, "active", "api", "ask.model")),
        ("gpt-4o-mini", (7, 63, "active", "api", "LLM_MODEL")),
        ("gpt-4o", (8, 13, "doc", "text", "ask")),
        ("gpt-4.1", (9, 43, "active", "api", "completions.create.model")),
        ("all-MiniLM-L6-v2", (10, 36, "active", "api", "SentenceTransformer.model")),
        ("CHAT_MODEL", (11, 25, "unresolved", "env", "ask.unset")),
        ("gpt-4", (12, 16, "alias", "text", "ask.prices")),
        ("Systran/faster-whisper-large-v3", (13, 27, "option", "text", "ask.sizes.large-v3")),
        ("Qwen/Qwen3-8B", (14, 44, "alias", "text", "ask.words.AutoTokenizer.from_pretrained")),
        ("meta-llama/Llama-3.1-8B-Instruct-GGUF", (15, 34, "option", "text", "ask")),
        ("mistral-large-latest", (16, 41, "active", "api", "model")),
        ("grok-4", (16, 74, "option", "text", "model.choices")),
        ("gpt-5", (16, 93, "doc", "text", "model.help")),
    ],
)
def test_python(literal: str, expected: tuple[int, int, str, str, str]) -> None:
    assert row("app.py", PYTHON, literal) == expected


def test_python_columns_are_characters() -> None:
    assert row("app.py", 'é = "ü"; model = "gpt-4o"\n', "gpt-4o")[:2] == (1, 19)


YAML = """\
services:
  llm:
    image: nvcr.io/nim/meta/llama-3.1-8b-instruct:latest
    args: --model Qwen/Qwen2.5-72B-Instruct
    command: ["--model", "acme/own-7b"]
    environment:
      - MODEL=${MODEL_NAME:-mistralai/Mistral-7B-Instruct-v0.3}
      - name: LLM_MODEL
        value: openai/gpt-4o
    entrypoint: |
      sleep 1
      ollama pull llama3.2
  # - llama2:7b
    ROWS: '[{"id": "google/gemma-3-12b-it"}]'
    chat_model: "${CHAT}"
"""


@pytest.mark.parametrize(
    ("literal", "expected"),
    [
        ("nvcr.io/nim/meta/llama-3.1-8b-instruct:latest", (3, 12, "active", "image", "services.llm.image")),
        ("Qwen/Qwen2.5-72B-Instruct", (4, 19, "active", "hub", "services.llm.args.--model")),
        ("acme/own-7b", (5, 27, "active", "hub", "model")),
        ("mistralai/Mistral-7B-Instruct-v0.3", (7, 29, "active", "hub", "MODEL")),
        ("openai/gpt-4o", (9, 16, "active", "hub", "LLM_MODEL")),
        ("llama3.2", (12, 19, "active", "ollama", "services.llm.entrypoint.ollama pull")),
        ("llama2:7b", (13, 7, "commented", "text", "")),
        ("google/gemma-3-12b-it", (14, 21, "option", "text", "services.llm.ROWS[0].id")),
        ("CHAT", (15, 20, "unresolved", "env", "services.llm.chat_model")),
    ],
)
def test_yaml(literal: str, expected: tuple[int, int, str, str, str]) -> None:
    assert row("compose.yaml", YAML, literal) == expected


def test_a_template_is_read_as_lines() -> None:
    text = 'a:\n  model: {{ .Values.model | default "Qwen/Qwen3-8B" }}\n  other_model: google/gemma-4-31B-it\n'
    assert row("chart/templates/d.yaml", text, "Qwen/Qwen3-8B") == (2, 38, "active", "hub", "model")
    assert row("chart/templates/d.yaml", text, "google/gemma-4-31B-it") == (3, 16, "active", "hub", "other_model")


@pytest.mark.parametrize(
    ("path", "text", "literal", "expected"),
    [
        ("run.sh", "ollama pull mistral\n", "mistral", (1, 13, "active", "ollama", "ollama pull")),
        ("run.sh", "ollama pull phi && ollama run phi3:mini", "phi3:mini", (1, 31, "active", "ollama", "ollama run")),
        ("run.sh", 'vllm serve "Qwen/Qwen3-8B" --x y\n', "Qwen/Qwen3-8B", (1, 13, "active", "hub", "vllm serve")),
        ("run.sh", "llama-server -hf a/gemma-3-4b:Q4 # x", "a/gemma-3-4b:Q4", (1, 18, "active", "hub", "-hf")),
        ("run.sh", "x --model \\\n  acme/own\n", "acme/own", (2, 3, "active", "hub", "--model")),
        ("run.sh", "# ollama pull llama3.2\n", "llama3.2", (1, 15, "commented", "text", "")),
        ("run.sh", "hf download acme/own --local-dir x", "acme/own", (1, 13, "active", "hub", "hf download")),
        ("run.sh", "huggingface-cli download a/b", "a/b", (1, 26, "active", "hub", "huggingface-cli download")),
        ("run.sh", 'M_MODEL="${M:-openai/gpt-4o}"', "openai/gpt-4o", (1, 15, "active", "hub", "M_MODEL")),
        ("Dockerfile", "RUN ollama pull qwen3:8b", "qwen3:8b", (1, 17, "active", "ollama", "ollama pull")),
        ("Dockerfile", "FROM ai/gemma3\n", "ai/gemma3", (1, 6, "active", "image", "FROM")),
        ("Modelfile", "FROM llama3.2:3b\n", "llama3.2:3b", (1, 6, "active", "ollama", "FROM")),
        ("Makefile", "pull:\n\t@ollama pull qwen3:8b", "qwen3:8b", (2, 15, "active", "ollama", "ollama pull")),
        (".env", "CHAT_MODEL=gpt-4o\n", "gpt-4o", (1, 12, "active", "text", "CHAT_MODEL")),
        (".env", "# CHAT_MODEL=gpt-4o\n", "gpt-4o", (1, 14, "commented", "text", "")),
        ("a.properties", "chat.model=gpt-4o", "gpt-4o", (1, 12, "active", "text", "chat.model")),
        ("a.ini", "[llm]\nmodel = gpt-4o ; old", "gpt-4o", (2, 9, "active", "text", "llm.model")),
        ("a.toml", '[llm]\nmodel = "gpt-4o"', "gpt-4o", (2, 10, "active", "text", "llm.model")),
        ("a.toml", 'models = [\n  "gpt-4o",\n]', "gpt-4o", (2, 4, "option", "text", "models")),
        ("a.tf", 'variable "llm" {\n  default = "gpt-4o"\n}', "gpt-4o", (2, 14, "active", "text", "llm.default")),
        ("a.json", '{\n "m": {"model": "gpt-4o"}}', "gpt-4o", (2, 18, "active", "text", "m.model")),
        ("a.json", '{"m": [{"id": "gpt-4o"}]}', "gpt-4o", (1, 16, "option", "text", "m[0].id")),
        ("a.json", '{"gpt-4o": {"x": 1}}', "gpt-4o", (1, 3, "alias", "text", "gpt-4o")),
        ("a.ts", "const model = 'gpt-4o'; // x", "gpt-4o", (1, 16, "active", "text", "model")),
        ("a.ts", "// gpt-4o\n", "gpt-4o", (1, 4, "commented", "text", "")),
        ("a.tsx", "f({ model: `gpt-4o` })", "gpt-4o", (1, 13, "active", "text", "model")),
        ("a.go", 'import "openai"\nmodel := "gpt-4o"', "gpt-4o", (2, 11, "active", "api", "model")),
        ("a.go", "x{Model: openai.GPT3Dot5Turbo}", "openai.GPT3Dot5Turbo", (1, 10, "active", "api", "Model")),
        ("A.java", 'String model = "gpt-4o"; /* o3-mini */', "gpt-4o", (1, 17, "active", "text", "model")),
        ("a.rs", "let model: &'static str = \"gpt-4o\";", "gpt-4o", (1, 28, "active", "text", "model")),
        ("A.cs", 'var model = @"gpt-4o";', "gpt-4o", (1, 15, "active", "text", "model")),
        ("README.md", "Try `gpt-4o`.", "gpt-4o", (1, 6, "doc", "text", "")),
        ("README.md", "x\n```sh\nollama run phi3\n```", "phi3", (3, 12, "example", "ollama", "ollama run")),
        ("a.py", "x = 'see https://huggingface.co/a/b'", "https://huggingface.co/a/b", (1, 10, "active", "url", "x")),
        ("requirements.txt", "x\nfaster-whisper==1.1.0\n", "faster-whisper==1.1.0",
         (2, 1, "indirect", "package", "faster-whisper")),
    ],
)  # fmt: skip
def test_places(path: str, text: str, literal: str, expected: tuple[int, int, str, str, str]) -> None:
    assert row(path, text, literal) == expected


@pytest.mark.parametrize(
    ("path", "role"),
    [
        ("src/app.py", "active"), ("tests/app.py", "test"), ("pkg/test_app.py", "test"), ("web/a.test.ts", "test"),
        ("examples/app.py", "example"), ("docs/app.py", "example"),
        ("a/AppTest.java", "test"), ("contest/a.py", "active"),
    ],
)  # fmt: skip
def test_roles_by_path(path: str, role: str) -> None:
    text = 'model = "gpt-4o"' + (";" if path.endswith((".ts", ".java")) else "")
    assert row(path, text, "gpt-4o")[2] == role


def test_notebooks() -> None:
    cells = [
        {"cell_type": "markdown", "source": ["about\n", "gpt-4o"]},
        {"cell_type": "code", "source": ["!ollama pull llama3.2\n", 'model = "o3-mini"\n'], "outputs": ["gpt-5"]},
    ]
    text = json.dumps({"cells": cells}, indent=1)
    rows = {one[2]: one for one in said("a.ipynb", text)}
    lines = text.split("\n")
    assert "gpt-5" not in rows
    assert rows["gpt-4o"][3] == "doc"
    assert rows["llama3.2"][3:5] == ("example", "ollama")
    assert rows["o3-mini"][3] == "example"
    for literal in ("gpt-4o", "llama3.2", "o3-mini"):
        assert literal in lines[rows[literal][0] - 1]


def test_a_table_of_constants_is_no_use() -> None:
    names = "\n".join(f'const Gpt{n} = "gpt-4-{n:04}"' for n in range(20))
    assert {one[3] for one in said("sdk.go", names)} == {"alias"}


def test_a_dataset_is_no_download_of_a_model() -> None:
    assert all(one[4] != "hub" for one in said("run.sh", "hf download acme/gpt-data --repo-type dataset"))


def test_a_host_is_no_model() -> None:
    assert said("compose.yaml", "environment:\n  - OLLAMA_HOST=ollama:11434\n") == []
