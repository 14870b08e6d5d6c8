"""Which reader a file has, by its name and, where it has no telling one, by its first line."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from helicon.audit.extract.code import GO, JAVA, PHP, RUBY, RUST, SCRIPT, SHARP, Language, code
from helicon.audit.extract.commands import commands
from helicon.audit.extract.jsons import json
from helicon.audit.extract.lines import settings
from helicon.audit.extract.notebooks import notebook
from helicon.audit.extract.packages import requirements
from helicon.audit.extract.page import Page
from helicon.audit.extract.prose import markdown, plain
from helicon.audit.extract.python import python
from helicon.audit.extract.yamls import read_yaml

Reader = Callable[[Page], None]


def _both(*readers: Reader) -> Reader:
    def read(page: Page) -> None:
        for one in readers:
            one(page)

    return read


def _code(language: Language) -> Reader:
    return partial(code, language=language)


ENDINGS: dict[str, Reader] = {
    **dict.fromkeys((".py", ".pyi", ".pyw"), python),
    ".ipynb": notebook,
    **dict.fromkeys((".yaml", ".yml"), read_yaml),
    **dict.fromkeys((".json", ".jsonc", ".json5", ".jsonl", ".ndjson", ".webmanifest"), json),
    **dict.fromkeys(
        (".toml", ".ini", ".cfg", ".conf", ".properties", ".env", ".tf", ".tfvars", ".hcl", ".tpl", ".tmpl", ".j2"),
        settings,
    ),
    **dict.fromkeys(
        (".sh", ".bash", ".zsh", ".fish", ".ps1", ".bat", ".cmd", ".mk", ".dockerfile", ".sbatch"), commands
    ),
    **dict.fromkeys((".md", ".mdx", ".rst", ".markdown", ".adoc"), markdown),
    ".txt": plain,
    **dict.fromkeys(
        (".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx", ".vue", ".svelte", ".astro", ".dart"),
        _code(SCRIPT),
    ),
    ".go": _code(GO),
    **dict.fromkeys((".java", ".kt", ".kts", ".scala", ".groovy", ".gradle", ".swift"), _code(JAVA)),
    ".rs": _code(RUST),
    **dict.fromkeys((".cs", ".fs", ".vb"), _code(SHARP)),
    **dict.fromkeys((".c", ".cc", ".cpp", ".h", ".hpp", ".m", ".mm"), _code(JAVA)),
    **dict.fromkeys((".rb", ".ex", ".exs", ".jl", ".r", ".pl"), _code(RUBY)),
    ".php": _code(PHP),
}
NAMES: dict[str, Reader] = {
    **dict.fromkeys(("dockerfile", "containerfile", "makefile", "gnumakefile", "justfile", "procfile"), commands),
    "modelfile": commands,
    "pyproject.toml": _both(settings, requirements),
    "setup.py": _both(python, requirements),
    "setup.cfg": requirements,
    "package.json": _both(json, requirements),
    **dict.fromkeys(
        ("pipfile", "pipfile.lock", "poetry.lock", "uv.lock", "pdm.lock", "package-lock.json", "yarn.lock",
         "pnpm-lock.yaml", "cargo.lock", "go.sum", "environment.yml", "environment.yaml", "requirements.in"),
        requirements,
    ),
}  # fmt: skip
FENCES: dict[str, Reader] = {
    **dict.fromkeys(("python", "py", "python3", "pycon"), python),
    **dict.fromkeys(("bash", "sh", "shell", "console", "zsh", "shell-session", "powershell", "cmd", ""), commands),
    **dict.fromkeys(("dockerfile", "docker", "makefile"), commands),
    **dict.fromkeys(("yaml", "yml"), read_yaml),
    **dict.fromkeys(("json", "jsonc", "json5"), json),
    **dict.fromkeys(("toml", "ini", "env", "dotenv", "properties", "hcl", "terraform"), settings),
    **dict.fromkeys(("js", "javascript", "ts", "typescript", "jsx", "tsx"), _code(SCRIPT)),
    "go": _code(GO),
    **dict.fromkeys(("java", "kotlin"), _code(JAVA)),
    **dict.fromkeys(("csharp", "cs"), _code(SHARP)),
    "rust": _code(RUST),
}


def of_file(path: str, head: str = "") -> Reader | None:
    """The reader of a file; ``None`` where it has none."""
    name = path.rpartition("/")[2].lower()
    if name in NAMES:
        return NAMES[name]
    if name.startswith(("requirements", "constraints")) and name.endswith((".txt", ".in")):
        return requirements
    if name.startswith(".env") or name in ("env", "env.example", "env.sample", "env.template"):
        return settings
    if name.startswith(("dockerfile", "makefile", "docker-entrypoint")) or name.endswith("dockerfile"):
        return commands
    dot = name.rfind(".")
    if dot >= 0 and name[dot:] in ENDINGS:
        return ENDINGS[name[dot:]]
    if dot >= 0 and name.endswith((".example", ".sample", ".template", ".dist")):
        return of_file(path.rpartition(".")[0], head)
    if head.startswith("#!"):
        return python if "python" in head else commands if "sh" in head else None
    return None


def of_fence(language: str) -> Reader | None:
    """The reader of fenced code."""
    return FENCES.get(language)
