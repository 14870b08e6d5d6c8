"""llama.cpp's server in a process of its own, for all rows alike; ends when its stdin closes.

``python engine.py MODEL.gguf SLOTS CONTEXT THREADS`` prints its address as one line.
"""

from __future__ import annotations

import sys


def main() -> None:
    import xllamacpp

    model, slots, context, threads = sys.argv[1], *map(int, sys.argv[2:5])
    params = xllamacpp.CommonParams()
    params.model.path = model
    params.model_alias = {"nano"}
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
    server = xllamacpp.Server(params)
    print(server.listening_address, flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
