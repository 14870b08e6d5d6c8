"""The examples of README.md and docs/ run.

1. A ``python`` block runs from top to bottom without an error.
2. In a ``console`` block each line after ``$ `` is a command that ends with 0 and prints what the
   block shows; ``...`` stands for anything.
3. ``http://127.0.0.1:8400`` in a block is a running ``helicon serve`` on nano.
4. Blocks of other languages are text and do not run.
"""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
FENCE = re.compile(r"^```(\w+)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SERVED = "http://127.0.0.1:8400"


@dataclass(frozen=True)
class Block:
    page: Path
    line: int
    language: str
    text: str

    @property
    def name(self) -> str:
        return f"{self.page.name}:{self.line}"


def blocks(language: str) -> list[Block]:
    found = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for match in FENCE.finditer(text):
            if match[1] == language:
                found.append(Block(page, text.count("\n", 0, match.start()) + 1, language, match[2]))
    return found


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real server on nano at a free port; its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "helicon", "serve", "--model", "nano", "--port", str(port)]
    folder = tmp_path_factory.mktemp("served")
    log = (folder / "log").open("w+")
    process = subprocess.Popen(command, stdout=log, stderr=log, env=os.environ | {"HELICON_DATA": str(folder)})
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            try:
                urllib.request.urlopen(f"{address}/health", timeout=5).close()
                break
            except OSError:
                assert process.poll() is None, f"the server ended: {Path(log.name).read_text()}"
                time.sleep(0.1)
        yield address
    finally:
        process.terminate()
        process.wait(30)
        log.close()


def run(command: str | list[str], folder: Path, *, shell: bool) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "COLUMNS": "100",
        "HELICON_DATA": str(folder),
    }
    return subprocess.run(
        command, shell=shell, cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False
    )


@pytest.mark.parametrize("block", blocks("python"), ids=lambda block: block.name)
def test_python_examples_run(block: Block, served: str, tmp_path: Path) -> None:
    script = tmp_path / "example.py"
    script.write_text(block.text.replace(SERVED, served), encoding="utf-8")
    done = run([sys.executable, str(script)], tmp_path, shell=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("block", blocks("console"), ids=lambda block: block.name)
def test_console_examples_print_what_they_show(block: Block, served: str, tmp_path: Path) -> None:
    steps = re.split(r"^\$ ", block.text, flags=re.MULTILINE)
    assert not steps[0].strip(), f"{block.name} begins with output; expected a line that starts with '$ '"
    for step in steps[1:]:
        command, expected = _command_and_output(step)
        done = run(command.replace(SERVED, served), tmp_path, shell=True)
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        pattern = ".*?".join(re.escape(part) for part in expected.strip().split("..."))
        assert re.fullmatch(pattern, done.stdout.strip(), re.DOTALL), f"{command}\nprinted\n{done.stdout}"


def _command_and_output(step: str) -> tuple[str, str]:
    lines = step.splitlines()
    last = 0
    while lines[last].endswith("\\"):
        last += 1
    return "\n".join(lines[: last + 1]), "\n".join(lines[last + 1 :])


def test_the_pages_exist_and_have_examples() -> None:
    assert blocks("console")
    assert blocks("python")
