"""A machine at its worst, as the shell sees it.

1. Two servers on one port: the second says so and ends; the first goes on.
2. A full disk or a file-size limit: answers still come, what was not stored is counted and logged; a download that
   does not fit, or may not be written, names the place and the way out.
3. No temporary folder: it says how to name one.
4. A settings file that is no UTF-8, no file, or not to be read is named.
5. A model larger than the memory is refused with both figures, before anything is loaded.
6. Without a home, with a home that cannot be written, without a language and in a terminal of eight columns the
   answer is the same.
"""

from __future__ import annotations

import json
import os
import re
import resource
import subprocess
import threading
import time
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import gguf
import pytest

from helicon.engines.folders import Folders
from helicon.engines.gguf_check import check_file
from helicon.errors import SetupError
from tests.cli.conftest import PATIENCE_SECONDS, Shell
from tests.cli.terminal import terminal
from tests.cli.test_refusals import refused
from tests.cli.test_serve import serving

SMALL = 400 * 1024


def test_two_servers_on_one_port(shell: Shell, toy_gguf: Path) -> None:
    with serving(shell, "--model", str(toy_gguf)) as served:
        port = served.url.rpartition(":")[2]
        said = refused(shell, "serve", "--port", port, "--model", str(toy_gguf))
        assert said.startswith(f"Error: port {port} of 127.0.0.1 is taken by another program.\n")
        assert f"--port {int(port) + 1}" in said
        assert served.get("/health")["status"] == "ok"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own with little room."""
    place = tmp_path / "small"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={SMALL}", "tmpfs", str(place)]
    try:
        mounted = subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        mounted = False
    if not mounted:
        pytest.skip("only root may make a small file system")
    yield place
    subprocess.run(["umount", str(place)], check=False)


def test_a_disk_that_fills_up(shell: Shell, toy_gguf: Path, small_disk: Path) -> None:
    with serving(shell, "--model", str(toy_gguf), "--database", str(small_disk / "runs.db")) as served:
        body = {"model": "toy@thinking", "messages": [{"role": "user", "content": "word " * 500}], "max_tokens": 200}
        for number in range(6):
            if number == 2:
                room = os.statvfs(small_disk)
                (small_disk / "filler").write_bytes(b"x" * (room.f_bavail * room.f_frsize))
            assert served.get("/v1/chat/completions", body)["object"] == "chat.completion"
        lost = wait_for_lost(served.url)
        served.process.terminate()
        assert served.process.wait(PATIENCE_SECONDS) == 0
        assert served.process.stderr is not None
        said = served.process.stderr.read().decode()
    assert lost >= 1
    assert "not stored" in said
    assert "disk" in said
    assert "Traceback" not in said


def wait_for_lost(url: str) -> float:
    """How many runs the database did not take, once there is one."""
    for _ in range(200):
        with urllib.request.urlopen(f"{url}/metrics", timeout=PATIENCE_SECONDS) as reply:
            lost = float(re.findall(rb"^helicon_lost(?:_total)? (\S+)$", reply.read(), re.MULTILINE)[0])
        if lost:
            return lost
        time.sleep(0.05)
    return 0.0


def test_a_full_disk_at_the_start(shell: Shell, toy_gguf: Path, small_disk: Path) -> None:
    (small_disk / "filler").write_bytes(b"x" * SMALL)
    said = refused(
        shell, "serve", "--port", "0", "--model", str(toy_gguf), "--database", str(small_disk / "runs.db"), code=75
    )
    assert "runs.db" in said
    assert "full" in said


# A hub of our own


@pytest.fixture
def hub(toy_gguf: Path) -> Iterator[str]:
    """A place that has one repository of one file, as the hub answers."""
    data = toy_gguf.read_bytes()
    commit = "0123456789" * 4

    class Hub(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_HEAD(self) -> None:
            self.answer(b"", file=True)

        def do_GET(self) -> None:
            if self.path.startswith("/api/models/org/toy"):
                info: dict[str, Any] = {
                    "id": "org/toy",
                    "modelId": "org/toy",
                    "sha": commit,
                    "tags": ["license:mit"],
                    "siblings": [{"rfilename": "toy.gguf"}],
                }
                self.answer(json.dumps(info).encode(), file=False)
            else:
                self.answer(data, file=True)

        def answer(self, body: bytes, *, file: bool) -> None:
            self.send_response(200)
            self.send_header("content-length", str(len(data) if file else len(body)))
            self.send_header("content-type", "application/octet-stream" if file else "application/json")
            self.send_header("x-repo-commit", commit)
            self.send_header("etag", f'"{commit}"')
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Hub) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def beside(shell: Shell, hub: str, cache: Path) -> Shell:
    """A shell whose hub is ``hub`` and whose cache is ``cache``."""
    environment = {
        "HF_ENDPOINT": hub,
        "HF_HOME": str(cache),
        "HF_HUB_CACHE": str(cache / "hub"),
        "HF_XET_CACHE": str(cache / "xet"),
        "HF_HUB_DISABLE_XET": "1",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "NO_PROXY": "127.0.0.1",
    }
    return Shell(shell.folder, environment)


ASK = ("ask", "Hi", "--mode", "instant", "--max-tokens", "4", "--model", "hf:org/toy")


def test_a_model_of_a_hub_is_downloaded_once_and_its_licence_shown(shell: Shell, hub: str) -> None:
    here = beside(shell, hub, shell.folder / "cache")
    first, second = here.run(*ASK), here.run(*ASK)
    assert (first.returncode, second.returncode) in ((0, 0), (1, 1)), first.stderr  # noise may say nothing
    assert b"Licence: mit" in first.stderr
    assert b"Licence" not in second.stderr


def test_a_download_that_does_not_fit(shell: Shell, hub: str, small_disk: Path) -> None:
    (small_disk / "filler").write_bytes(b"x" * (SMALL - 100 * 1024))
    said = refused(beside(shell, hub, small_disk / "cache"), *ASK)
    assert "hf:org/toy cannot be stored: No space left on device" in said
    assert "HF_HOME" in said


def test_a_download_beyond_the_largest_file_allowed(shell: Shell, hub: str) -> None:
    here = beside(shell, hub, shell.folder / "cache")
    with here.start(*ASK, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536))) as process:
        _, said = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 1
    assert b"hf:org/toy cannot be stored: File too large" in said
    assert b"Traceback" not in said


def test_a_cache_that_cannot_be_written(shell: Shell, hub: str) -> None:
    (shell.folder / "file").write_text("no folder")
    for place in (Path("/proc/cache"), shell.folder / "file"):  # where not even root makes files
        said = refused(beside(shell, hub, place), *ASK)
        assert "hf:org/toy cannot be stored: " in said
        assert str(place) in said
        assert "HF_HOME" in said


# Folders and files of this machine


def test_no_temporary_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def fail(*_: object, **__: object) -> str:
        raise FileNotFoundError(2, "No usable temporary directory found in ['/tmp']")

    monkeypatch.setattr("tempfile._get_default_tempdir", fail)
    monkeypatch.setattr("tempfile.tempdir", None)
    with pytest.raises(SetupError, match="No usable temporary directory") as caught:
        Folders(0)
    assert "TMPDIR" in caught.value.hint


def test_a_temporary_folder_that_is_none_is_not_needed(shell: Shell, toy_gguf: Path) -> None:
    for place in ("/nowhere", "/proc", str(shell.folder / ("long" * 40))):
        ended = Shell(shell.folder, {"TMPDIR": place}).run("models", "--model", str(toy_gguf), "--probe")
        assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'model = "na\xefve"', "helicon.toml"),
        (b"\xff\xfem\x00o\x00d\x00e\x00", "helicon.toml"),
        (b"model = ", "helicon.toml"),
        (b"\x00" * 100, "helicon.toml"),
        (b"a = " + b"[" * 5000, "helicon.toml"),
        (None, "helicon.toml"),
    ],
    ids=["latin-1", "utf-16", "cut", "zeros", "deep", "a folder"],
)
def test_a_settings_file_that_is_none(shell: Shell, content: bytes | None, words: str) -> None:
    place = shell.folder / "helicon.toml"
    if content is None:
        place.mkdir()
    else:
        place.write_bytes(content)
    for command in (("ask", "Hi"), ("serve", "--port", "0"), ("models",), ("config",)):
        assert words in refused(shell, *command)


def test_a_model_that_is_no_file(shell: Shell) -> None:
    os.mkfifo(shell.folder / "pipe.gguf")
    for place in ("./pipe.gguf", "/dev/zero", "/dev/stdin"):
        assert "is a pipe, a socket or a device; expected a GGUF file." in refused(shell, "ask", "Hi", "--model", place)


def test_a_model_larger_than_the_memory(shell: Shell, tmp_path: Path) -> None:
    """Four tebibytes on paper: a sparse file, so the disk holds a few kilobytes."""
    huge = tmp_path / "huge.gguf"
    writer = gguf.GGUFWriter(huge, "llama")
    writer.add_name("huge")
    for add in (writer.add_context_length, writer.add_embedding_length, writer.add_feed_forward_length):
        add(4096)
    writer.add_block_count(1)
    writer.add_head_count(32)
    writer.add_head_count_kv(8)
    side = 2**20
    writer.add_tensor_info("token_embd.weight", [side, side], gguf.np.dtype("float32"), 4 * side * side)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    writer.close()
    with huge.open("ab") as file:
        try:
            file.truncate(huge.stat().st_size + 4 * side * side + 4096)
        except OSError:
            pytest.skip("this file system has no files of 4 TiB")
    assert check_file(huge).weight_bytes >= 4 * side * side
    began = time.monotonic()
    said = refused(shell, "ask", "Hi", "--model", str(huge))
    assert re.search(r"'huge' needs about 4398\.1 GB .* are free\.", said), said
    assert "smaller model" in said
    assert time.monotonic() - began < PATIENCE_SECONDS / 2


# Streams


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("command", ["ask Hi --mode instant --model", "models --model", "config", "--help"])
def test_an_output_that_is_full(shell: Shell, toy_gguf: Path, command: str) -> None:
    words = [*command.split(), *([str(toy_gguf)] if command.endswith("--model") else [])]
    with open("/dev/full", "wb") as full, shell.start(*words, stdout=full) as process:
        _, said = process.communicate(timeout=PATIENCE_SECONDS)
    assert (process.returncode, b"Traceback" in said) == (74, False), said
    assert b"the output cannot be written: No space left on device." in said


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", "<&- >&- 2>&-"])
def test_streams_that_were_closed(shell: Shell, toy_gguf: Path, closed: str) -> None:
    words = ("ask", "Hi", "--mode", "instant", "--max-tokens", "8", "--model", str(toy_gguf))
    command = ["sh", "-c", f'exec "$@" {closed}', "sh", *shell.words(*words)]
    ended = subprocess.run(
        command, capture_output=True, cwd=shell.folder, env=shell.env(), timeout=PATIENCE_SECONDS, check=False
    )
    assert ended.returncode in (0, 1), ended.stderr  # noise may say nothing
    assert b"Traceback" not in ended.stderr


# Surroundings


@pytest.fixture(scope="module")
def usual(toy_gguf: Path, tmp_path_factory: pytest.TempPathFactory) -> subprocess.CompletedProcess[bytes]:
    """What the command says in usual surroundings."""
    words = ("ask", "Grüße – 数 🙂", "--mode", "instant", "--seed", "3", "--max-tokens", "24", "--model", str(toy_gguf))
    return Shell(tmp_path_factory.mktemp("usual")).run(*words)


@pytest.mark.parametrize(
    "environment",
    [
        {"HOME": ""},
        {"HOME": "/nowhere", "XDG_CONFIG_HOME": ""},
        {"HOME": "/proc", "XDG_CONFIG_HOME": "/proc/self/mem"},
        {"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"PYTHONIOENCODING": "ascii"},
        {"NO_COLOR": "1", "TERM": "dumb", "COLUMNS": "8"},
        {"TERM": "", "COLUMNS": "no", "LINES": "-1"},
        {"PYTHONWARNINGS": "error"},
        {"TZ": "Nowhere/None", "PYTHONHASHSEED": "0"},
    ],
    ids=lambda value: "-".join(value),
)
def test_strange_surroundings(
    shell: Shell, toy_gguf: Path, usual: subprocess.CompletedProcess[bytes], environment: dict[str, str]
) -> None:
    words = ("ask", "Grüße – 数 🙂", "--mode", "instant", "--seed", "3", "--max-tokens", "24", "--model", str(toy_gguf))
    ended = Shell(shell.folder, environment).run(*words)
    assert (ended.returncode, b"Traceback" in ended.stderr) == (usual.returncode, False), ended.stderr
    if "PYTHONIOENCODING" not in environment:
        assert ended.stdout == usual.stdout
    else:
        assert ended.stdout.isascii()


def test_a_terminal_of_eight_columns(shell: Shell, toy_gguf: Path) -> None:
    words = ("ask", "Hi", "--mode", "contemplating", "--agents", "2", "--max-tokens", "24", "--model", str(toy_gguf))
    with terminal(shell, *words, columns=8, lines=3) as screen:
        assert screen.finish() in (0, 1)
        assert "Traceback" not in screen.text
