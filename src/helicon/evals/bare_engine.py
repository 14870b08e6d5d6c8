"""llama.cpp's own server in this process, with nothing of Helicon before it: benchmarks and recipes ask it directly.

Helicon's engine is ``helicon.engines.EmbeddedEngine``; this one has no protocol, no supervision and no key.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any


def bare_engine(model: Path, *, slots: int, context: int, threads: int, name: str = "nano") -> Any:
    """A server on a free loopback port, at its ``listening_address`` for as long as the object lives.

    ``context`` is one slot's, in tokens; ``name`` is what clients call the model.
    """
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(model)
    params.model_alias = {name}
    params.n_ctx = context * slots
    params.n_parallel = slots
    params.n_threads_http = 2 * slots + 4
    params.prefill_assistant = True
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.use_jinja = True
    params.warmup = False
    params.cache_ram_mib = 0
    params.cpuparams.n_threads = threads
    params.cpuparams_batch.n_threads = threads
    params.verbosity = 0
    params.ui = False
    params.endpoint_slots = True
    return xllamacpp.Server(params)
