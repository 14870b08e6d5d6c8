"""Bad input as the shell sees it: the exit code, the message, and nothing on stdout.

1. A wrong command line ends with 2 and names the option, the value, and what was expected.
2. Anything else that cannot be done ends with 1, or with 75 where it may work a moment later; the message names the
   value and the next step.
3. No traceback is ever shown.
"""

import os
import socket
import struct
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from helicon.cli import run
from tests.cli.conftest import PATIENCE_SECONDS, Llama, Shell


def refused(shell: Shell, *arguments: str, stdin: bytes = b"", code: int = 1) -> str:
    """Run, expect a refusal, return what stderr says."""
    ended = shell.run(*arguments, stdin=stdin)
    said = ended.stderr.decode()
    assert (ended.returncode, ended.stdout) == (code, b""), said
    assert "Traceback" not in said
    assert said.endswith("\n")
    return said


@pytest.fixture(scope="module", autouse=True)
def waiting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[subprocess.Popen[bytes]]:
    """A question to an endpoint that says nothing, begun before the other tests because it takes its time."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/v1#some"
        with Shell(tmp_path_factory.mktemp("slow")).start("ask", "Hi", "--model", url) as process:
            yield process
            process.kill()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["ask"], "Missing argument 'QUESTION'"),
        (["ask", "Hi", "--mode", "fast"], "'fast' is not one of 'instant', 'thinking', 'contemplating', 'auto'"),
        (["ask", "Hi", "--agents", "many"], "'--agents': the value is 'many'; expected a whole number from 1 to 64."),
        (["ask", "Hi", "--agents", "65"], "'--agents': the value is 65; expected a whole number from 1 to 64."),
        (["ask", "Hi", "--rounds", "0"], "expected a whole number from 1 to 8."),
        (["ask", "Hi", "--budget-tokens", "-1"], "expected a whole number from 0 to 10,000,000."),
        (["ask", "Hi", "--deadline", "nan"], "expected a number from 0.001"),
        (["ask", "Hi", "--max-tokens", "1.5"], "'--max-tokens': the value is '1.5'; expected a whole number"),
        (["ask", "Hi", "--model", ""], "'--model': the value is ''; expected text."),
        (["ask", "Hi", "--modle", "nano"], "No such option '--modle'"),
        (["ask", "Hi", "there"], "unexpected extra argument"),
        (["serve", "--port", "70000"], "'--port': the value is 70000; expected a whole number from 0 to 65,535."),
        (["frobnicate"], "No such command 'frobnicate'"),
        (["What is 17 * 23?"], "is no command; to ask it, write: helicon ask 'What is 17 * 23?'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_a_wrong_command_line(
    arguments: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(arguments) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert message in shown.err


def test_no_question(shell: Shell) -> None:
    assert refused(shell, "ask", "  ").startswith("Error: the question is empty; expected some words.\nFor example:")
    assert refused(shell, "ask", "-").startswith("Error: stdin is empty; expected a question.\nFor example:")
    assert "the system message is empty" in refused(shell, "ask", "Hi", "--system", " ")


def test_a_question_that_is_no_utf8(shell: Shell) -> None:
    said = refused(shell, "ask", "-", stdin=b"na\xefve?")
    assert said.startswith("Error: stdin is no valid UTF-8: byte 3 is 0xef.\n")
    argument = os.fsdecode(b"na\xefve?")
    assert "the question is no valid UTF-8: character 3 cannot be read." in refused(shell, "ask", argument)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("missing.png", None, "the image 'missing.png' cannot be read: No such file or directory."),
        ("notes.png", b"not a picture at all", "the file 'notes.png' is no image; expected PNG, JPEG, GIF or WebP."),
        ("empty.png", b"", "the file 'empty.png' is no image"),
        ("large.png", b"\x89PNG\r\n\x1a\n" + bytes(11 * 2**20), "the image 'large.png' is larger than 10 MiB."),
    ],
)
def test_an_image_that_is_none(shell: Shell, name: str, content: bytes | None, message: str) -> None:
    if content is not None:
        (shell.folder / name).write_bytes(content)
    assert message in refused(shell, "ask", "What is this?", "--image", name)


def test_a_folder_is_no_image(shell: Shell) -> None:
    assert "the image '.' cannot be read" in refused(shell, "ask", "What is this?", "--image", ".")


def test_a_model_that_cannot_see(shell: Shell, toy_gguf: Path) -> None:
    (shell.folder / "p.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(64))
    said = refused(shell, "ask", "What is this?", "--image", "p.png", "--model", str(toy_gguf), "--mode", "instant")
    assert "image" in said


def test_an_unknown_model(shell: Shell) -> None:
    said = refused(shell, "ask", "Hi", "--model", "gpt-99")
    assert "unknown model 'gpt-99'; expected nano, a path ending in .gguf, URL#name, or hf:org/name." in said
    assert said.splitlines()[1] == "See what can be used here with 'helicon models'."


FILES: dict[str, tuple[bytes | None, str]] = {
    "missing.gguf": (None, "missing.gguf"),
    "empty.gguf": (b"", "empty"),
    "text.gguf": (b"these are words, no weights" * 9, "GGUF"),
    "weights.safetensors": (struct.pack("<Q", 2) + b"{}", "GGUF"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_model_file_that_is_none(shell: Shell, name: str) -> None:
    content, message = FILES[name]
    if content is not None:
        (shell.folder / name).write_bytes(content)
    assert message in refused(shell, "ask", "Hi", "--model", f"./{name}")


def test_a_model_file_cut_short(shell: Shell, toy_gguf: Path) -> None:
    data = toy_gguf.read_bytes()
    for size in (len(data) // 2, 100):
        (shell.folder / "cut.gguf").write_bytes(data[:size])
        assert "cut.gguf" in refused(shell, "ask", "Hi", "--model", "./cut.gguf")


def test_a_prompt_past_the_context(shell: Shell, toy_gguf: Path) -> None:
    said = refused(shell, "ask", "-", "--model", f"{toy_gguf},ctx=512", "--mode", "thinking", stdin=b"word " * 2000)
    assert "context" in said


def test_a_prompt_of_five_megabytes(shell: Shell, toy_gguf: Path) -> None:
    began = time.monotonic()
    said = refused(shell, "ask", "-", "--model", str(toy_gguf), "--mode", "instant", stdin=b"word " * 2**20)
    assert "context" in said
    assert time.monotonic() - began < 45


Handler = Callable[[socket.socket], None]


@pytest.fixture
def endpoint() -> Iterator[Callable[[Handler], str]]:
    """Serve every connection on a port of its own with the given function."""
    listeners: list[socket.socket] = []

    def serve(handle: Handler) -> str:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)

        def accept() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                threading.Thread(target=_quietly, args=(handle, connection), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}/v1"

    yield serve
    for listener in listeners:
        listener.close()


def _quietly(handle: Handler, connection: socket.socket) -> None:
    try:
        with connection:
            connection.settimeout(30)
            connection.recv(65536)
            handle(connection)
    except OSError:
        pass


def _reply(connection: socket.socket, kind: str, body: bytes, status: str = "200 OK") -> None:
    head = f"HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
    connection.sendall(head.encode() + body)


def test_an_endpoint_that_is_down(shell: Shell) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    said = refused(shell, "ask", "Hi", "--model", f"http://127.0.0.1:{port}/v1#some", code=75)
    assert f"127.0.0.1:{port}" in said


def test_an_endpoint_that_answers_html(shell: Shell, endpoint: Callable[[Handler], str]) -> None:
    url = endpoint(lambda connection: _reply(connection, "text/html", b"<html><body>Welcome</body></html>"))
    assert url.removeprefix("http://").removesuffix("/v1") in refused(shell, "ask", "Hi", "--model", f"{url}#some")


def test_an_endpoint_that_hangs_up(shell: Shell, endpoint: Callable[[Handler], str]) -> None:
    url = endpoint(lambda _: None)
    said = refused(shell, "ask", "Hi", "--model", f"{url}#some", code=75)
    assert url.removeprefix("http://").removesuffix("/v1") in said


MODELS = b'{"object": "list", "data": [{"id": "some", "object": "model"}]}'
PIECE = b'data: {"choices": [{"index": 0, "delta": {"content": "Hel"}, "finish_reason": null}]}\n\n'


def test_an_endpoint_that_dies_in_the_middle(shell: Shell) -> None:
    """What was said stays on stdout, ended by a newline; the error follows on stderr."""

    class Dying(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.answer("application/json", MODELS)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.answer("text/event-stream", PIECE)

        def answer(self, kind: str, body: bytes) -> None:
            self.send_response(200 if self.command == "POST" or self.path == "/v1/models" else 404)
            self.send_header("content-type", kind)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Dying) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        spec = f"http://127.0.0.1:{server.server_port}/v1#some"
        ended = shell.run("ask", "Hi", "--mode", "instant", "--model", spec)
        server.shutdown()
    assert ended.returncode == 75
    assert ended.stdout in (b"Hel\n", b"")
    assert ended.stderr.startswith(b"Error: ")
    assert b"Traceback" not in ended.stderr


def test_a_name_that_the_endpoint_does_not_have(shell: Shell, llama: Llama) -> None:
    assert "nobody" in refused(shell, "ask", "Hi", "--model", f"{llama.spec}#nobody")


def test_an_endpoint_that_is_slow(waiting: subprocess.Popen[bytes]) -> None:
    out, err = waiting.communicate(timeout=PATIENCE_SECONDS)
    assert (waiting.returncode, out) == (75, b"")
    assert err.startswith(b"Error: nobody answers at http://127.0.0.1:")
    assert b"Traceback" not in err
