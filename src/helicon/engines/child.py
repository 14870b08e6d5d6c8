"""The engine host: one model in llama.cpp's own server, in a process of its own.

Run by ``helicon.engines.supervisor`` as a file, so that it imports nothing of Helicon. It reads one
JSON line of settings from stdin (the key among them, so that it is in no argument list and no
environment), serves on a UNIX socket, or on loopback where there are none, and writes one JSON line:
``{"event": "ready", "address": ...}`` or ``{"event": "failed", "message": ...}``. It ends when stdin does:
the parent holds the other end, however the parent ends.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import shutil
import signal
import sys
import threading
import time
from typing import Any

EXIT_FAILED = 3
"""The model could not be loaded or the socket not be opened; the line on stdout says why."""
_PR_SET_PDEATHSIG = 1


def read_line(descriptor: int) -> bytes:
    """One line, read without a buffer: what follows on this pipe is only its end."""
    line = bytearray()
    while not line.endswith(b"\n"):
        more = os.read(descriptor, 1 if line else 65536)
        if not more:
            break
        line += more
    return bytes(line)


def die_with_parent(parent: int, own_thread_lasts: bool) -> None:
    """Ask Linux to kill this process with its parent, then see whether that came too late.

    The kernel means the parent's *thread*: it is asked only where that thread lives as long as the parent.
    """
    if sys.platform == "linux" and own_thread_lasts:
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(0)


def watch_parent(descriptor: int, folders: list[str]) -> None:
    """End this process, and remove its folders, as soon as the parent's end of the pipe is closed."""
    with contextlib.suppress(OSError):
        while os.read(descriptor, 4096):
            pass
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
    os._exit(0)


def build(settings: dict[str, Any]) -> Any:
    """The server's parameters."""
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = settings["model"]
    if settings["mmproj"]:
        params.mmproj.path = settings["mmproj"]
    params.model_alias = {settings["name"]}
    params.n_parallel = settings["slots"]
    params.n_ctx = settings["cells"]
    params.kv_unified = True
    params.kv_unified_per_slot = settings["context"]
    params.cont_batching = True
    # Finds how many layers a graphics card can take; without one it would only cost time.
    params.fit_params = any("GPU" in device["type"].name for device in xllamacpp.get_device_info())
    params.warmup = settings["warmup"]
    params.n_gpu_layers = settings["gpu_layers"]
    params.cpuparams.n_threads = settings["threads"]
    params.cpuparams_batch.n_threads = settings["threads"]
    params.n_threads_http = 2 * settings["slots"] + 4
    params.cache_prompt = True
    params.cache_ram_mib = 0
    # True would empty idle slots at the next request, restored ones among them, and undo prefix sharing.
    params.cache_idle_slots = False
    params.ctx_shift = False
    params.use_jinja = True
    params.prefill_assistant = True
    params.slot_save_path = os.path.join(settings["saves"], "")
    params.endpoint_slots = params.endpoint_props = params.endpoint_metrics = True
    params.api_keys = [settings["key"]]
    params.cors_origins = "localhost"
    params.cors_credentials = False
    params.ui = False
    params.verbosity = 1
    socket = settings["socket"]
    params.hostnames = [socket] if socket else ["127.0.0.1"]
    params.port = settings["port"]
    return params


def main() -> None:
    """Serve until the parent is gone."""
    report = os.dup(1)
    os.dup2(2, 1)  # whatever native code prints goes to the log
    line = read_line(0)
    if not line:
        os._exit(0)
    settings = json.loads(line)
    die_with_parent(settings["parent"], settings["parent_thread_lasts"])
    sys.path[:] = settings["path"]
    # A terminal's Ctrl-C reaches the whole group; the parent decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=watch_parent, args=(0, settings["folders"]), daemon=True).start()

    def say(**event: object) -> None:
        os.write(report, json.dumps(event).encode() + b"\n")

    try:
        import xllamacpp

        server = xllamacpp.Server(build(settings))
    except Exception as error:  # noqa: BLE001 - the boundary: every failure to start becomes one line
        time.sleep(0.3)  # llama.cpp's log is written by a thread of its own, and holds the reason
        say(event="failed", message=f"{type(error).__name__}: {error}")
        os._exit(EXIT_FAILED)
    if settings["socket"]:
        with contextlib.suppress(OSError):
            os.chmod(settings["socket"], 0o600)
    say(event="ready", address=str(server.listening_address))
    while True:
        time.sleep(3600)


if __name__ == "__main__":
    main()
