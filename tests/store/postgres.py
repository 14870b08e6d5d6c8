"""A PostgreSQL of the tests' own: Debian's programs, a folder of its own, a UNIX socket, no network."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

FOLDERS = "/usr/lib/postgresql/*/bin"


def programs() -> Path | None:
    """Where ``initdb`` and ``postgres`` are."""
    if os.geteuid() == 0:
        try:
            pwd.getpwnam("postgres")  # it refuses to run as root
        except KeyError:
            return None
    found = sorted(Path("/").glob(FOLDERS.lstrip("/")), reverse=True)
    on_path = shutil.which("initdb")
    folders = [*found, Path(on_path).resolve().parent] if on_path else found
    return next((f for f in folders if (f / "initdb").exists() and (f / "postgres").exists()), None)


class Postgres:
    """A running server; every ``database`` is a new one in it."""

    def __init__(self, bin: Path) -> None:
        self._bin = bin
        self._folder = Path(tempfile.mkdtemp(prefix="helicon-pg-"))
        self._count = 0
        self._user = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
        if self._user:
            shutil.chown(self._folder, "postgres", "postgres")
        self._data = self._folder / "data"
        self._run(
            [
                str(bin / "initdb"),
                "-D",
                str(self._data),
                "-U",
                "helicon",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--locale=C",
                "-N",
            ]
        )
        self._server = self._start()

    def _run(self, command: list[str]) -> None:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            cwd=self._folder,
            timeout=300,
            check=False,
            **self._user,  # type: ignore[call-overload]
        )
        assert done.returncode == 0, done.stderr

    def _start(self) -> subprocess.Popen[bytes]:
        settings = ["listen_addresses=", "fsync=off", "max_connections=60", f"unix_socket_directories={self._folder}"]
        command = [str(self._bin / "postgres"), "-D", str(self._data), *(f"-c{setting}" for setting in settings)]
        with (self._folder / "log").open("ab") as log:
            server: subprocess.Popen[bytes] = subprocess.Popen(
                command,
                stdout=log,
                stderr=log,
                cwd=self._folder,
                **self._user,  # type: ignore[call-overload]
            )
        self.wait(server)
        return server

    def wait(self, server: subprocess.Popen[bytes] | None = None, seconds: float = 120) -> None:
        """Until the server answers, at its start or after it restarted itself."""
        import psycopg

        end = time.monotonic() + seconds
        while True:
            try:
                psycopg.connect(self._dsn("postgres")).close()
            except psycopg.OperationalError:
                if (server or self._server).poll() is not None or time.monotonic() > end:
                    pytest.fail(f"PostgreSQL does not answer: {(self._folder / 'log').read_text()[-2000:]}")
                time.sleep(0.1)
            else:
                return

    def _dsn(self, name: str) -> str:
        return f"host={self._folder} user=helicon dbname={name}"

    def database(self, encoding: str = "UTF8") -> str:
        """The URL of a new, empty database."""
        import psycopg

        self._count += 1
        name = f"test_{self._count}"
        with psycopg.connect(self._dsn("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING '{encoding}'")
        return f"postgresql://helicon@/{name}?host={self._folder}"

    def stop(self) -> None:
        """End the server and remove its folder."""
        self._server.send_signal(signal.SIGINT)  # "fast": open sessions are ended
        try:
            self._server.wait(60)
        except subprocess.TimeoutExpired:
            self._server.kill()
            self._server.wait()
        shutil.rmtree(self._folder, ignore_errors=True)
