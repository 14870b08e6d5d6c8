"""``helicon serve`` as a shell runs it.

1. It prints its address, the models, the modes' names and a curl line once it answers, and the answer works.
2. SIGTERM and Ctrl-C end it in good order with 0; while models are still being opened they end it too.
3. What this machine refuses ends with 1 before any model is loaded: a taken port, another address than
   loopback without keys, a key file that is none, a folder that cannot be written.
4. Without --model, engines found on this machine are served beside nano, and named.
"""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from helicon.cli.serve import Opened, Serving, announcement
from helicon.cli.sources import load
from helicon.engines import ScriptedEngine
from helicon.engines.scripted import script
from helicon.server import Settings as ServerSettings
from tests.cli.conftest import PATIENCE_SECONDS, Shell
from tests.cli.test_refusals import refused


class Served:
    """A server that runs, and what it printed."""

    def __init__(self, process: subprocess.Popen[bytes], said: str) -> None:
        self.process = process
        self.said = said
        self.url = re.findall(r"http://\S+", said)[0]

    def get(self, path: str, body: Any = None) -> Any:
        """One request's JSON."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as reply:
            return json.load(reply)


@contextmanager
def serving(shell: Shell, *arguments: str) -> Iterator[Served]:
    """Run a server until the block ends."""
    with shell.start("serve", "--port", "0", *arguments) as process:
        try:
            assert process.stdout is not None
            said = ""
            while "stop " not in said:
                line = process.stdout.readline().decode()
                assert line, f"ended: {process.stderr.read().decode() if process.stderr else ''}"
                said += line
            yield Served(process, said)
        finally:
            if process.poll() is None:
                process.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_says_how_to_call_it_answers_and_ends_in_good_order(
    shell: Shell, toy_gguf: Path, number: signal.Signals
) -> None:
    with serving(shell, "--model", str(toy_gguf)) as served:
        assert "models  toy " in served.said
        assert "toy@instant toy@thinking toy@contemplating (toy alone chooses)" in served.said
        names = [model["id"] for model in served.get("/v1/models")["data"]]
        assert {"toy", "toy@thinking"} <= set(names)
        body = {"model": "toy@instant", "messages": [{"role": "user", "content": "Hi"}], "max_tokens": 8}
        assert served.get("/v1/chat/completions", body)["object"] == "chat.completion"
        served.process.send_signal(number)
        assert served.process.wait(PATIENCE_SECONDS) == 0
        assert served.process.stderr is not None
        assert b"Traceback" not in served.process.stderr.read()


def test_the_curl_line_works_as_printed(shell: Shell, toy_gguf: Path) -> None:
    with serving(shell, "--model", f"{toy_gguf},ctx=512") as served:
        command = served.said[served.said.index("curl ") : served.said.index("  stop")].replace("curl ", "curl -sS ", 1)
        try:
            ended = subprocess.run(["sh", "-c", command], capture_output=True, timeout=PATIENCE_SECONDS, check=False)
        finally:
            served.process.terminate()
    if b"not found" in ended.stderr:
        pytest.skip("no curl here")
    assert json.loads(ended.stdout)["object"] == "chat.completion", ended.stderr


def test_a_signal_while_a_model_is_opened(shell: Shell) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/v1#some"
        with shell.start("serve", "--port", "0", "--model", url) as process:
            silent.settimeout(PATIENCE_SECONDS)
            connection, _ = silent.accept()
            with connection:
                process.send_signal(signal.SIGTERM)
                assert process.wait(PATIENCE_SECONDS) == 143


def test_a_signal_whose_cancellation_was_lost_still_ends_the_server(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A wait that ends with its result just then hides a cancellation; the server's own handler takes over."""
    raised = list[int]()
    monkeypatch.setattr(signal, "raise_signal", raised.append)
    serving = Serving(load({}), ServerSettings())
    serving.signal = signal.SIGINT
    serving._announce("http://127.0.0.1:1")
    assert (raised, capsys.readouterr().out) == ([signal.SIGINT], "")


def test_a_taken_port(shell: Shell) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = refused(shell, "serve", "--port", str(port), "--model", "./missing.gguf")
    assert said.startswith(f"Error: port {port} of 127.0.0.1 is taken by another program.\n")
    assert f"--port {port + 1}" in said.splitlines()[1]


def test_another_address_needs_keys(shell: Shell) -> None:
    said = refused(shell, "serve", "--host", "0.0.0.0", "--port", "0", "--model", "./missing.gguf")
    assert "'0.0.0.0' can be reached from other machines, and there is no key" in said
    assert "--api-key-file" in said


@pytest.mark.parametrize(("content", "message"), [(None, "cannot be read"), ("", "holds no key"), ("short", "key 1")])
def test_a_key_file_that_is_none(shell: Shell, content: str | None, message: str) -> None:
    if content is not None:
        (shell.folder / "keys.txt").write_text(content)
    assert message in refused(shell, "serve", "--port", "0", "--api-key-file", "keys.txt")


@pytest.mark.skipif(os.geteuid() == 0 and sys.platform != "linux", reason="the superuser may write anywhere")
def test_a_folder_that_cannot_be_written(shell: Shell, toy_gguf: Path) -> None:
    locked = shell.folder / "locked"
    locked.mkdir(mode=0o500)
    place = Path("/proc") if os.geteuid() == 0 else locked  # where not even root makes files
    said = refused(shell, "serve", "--port", "0", "--model", str(toy_gguf), "--database", f"sqlite:///{place}/h.db")
    assert str(place) in said
    assert "cannot be written" in said


def test_a_folder_that_is_a_file(shell: Shell, toy_gguf: Path) -> None:
    (shell.folder / "notes").write_text("no folder")
    place = shell.folder / "notes" / "h.db"
    said = refused(shell, "serve", "--port", "0", "--model", str(toy_gguf), "--database", f"sqlite:///{place}")
    assert "notes" in said


def test_a_model_that_was_named_must_open(shell: Shell) -> None:
    began = time.monotonic()
    assert "missing.gguf" in refused(shell, "serve", "--port", "0", "--model", "./missing.gguf")
    assert time.monotonic() - began < PATIENCE_SECONDS


def test_what_people_read_names_every_model_and_why() -> None:
    engine = ScriptedEngine([script("", "Hi")])
    said = announcement(
        "http://127.0.0.1:1", [Opened(engine, "ships with helicon"), Opened(engine, "found")], keys=True
    )
    assert said[0] == "Helicon is ready at http://127.0.0.1:1"
    assert said[2:4] == ["  models  scripted  ships with helicon", "          scripted  found"]
    assert any('Authorization: Bearer $KEY"' in line for line in said)


def test_conversations_are_kept_where_the_settings_say(shell: Shell, toy_gguf: Path) -> None:
    assert str(shell.folder / "data" / "helicon") in shell.run("config").stdout.decode()
    for arguments, folder in (((), shell.folder / "data" / "helicon"), (("--data", "mine"), shell.folder / "mine")):
        with serving(shell, "--model", str(toy_gguf), *arguments) as served:
            storage = served.get("/api/session")["storage"]
            assert storage == {"place": f"sqlite:///{folder}/helicon.sqlite3", "ok": True, "message": ""}
            made = served.get("/api/conversations", {"title": "Kept"})
            served.process.terminate()
            assert served.process.wait(PATIENCE_SECONDS) == 0
        with serving(shell, "--model", str(toy_gguf), *arguments) as served:
            assert [one["id"] for one in served.get("/api/conversations")["items"]] == [made["id"]]
        assert (folder / "helicon.sqlite3").stat().st_mode & 0o777 == 0o600


def test_a_data_folder_that_does_not_work_does_not_hinder_the_start(shell: Shell, toy_gguf: Path) -> None:
    (shell.folder / "notes").write_text("no folder")
    with serving(shell, "--model", str(toy_gguf), "--data", "notes") as served:
        storage = served.get("/api/session")["storage"]
        assert (storage["ok"], "notes" in storage["message"]) == (False, True)
        assert served.get("/api/conversations", {})["incognito"] is True
