"""llama.cpp's server in a process of its own, for all rows alike; ends when its stdin closes.

``python engine.py MODEL.gguf SLOTS CONTEXT THREADS`` prints its address as one line.
"""

from __future__ import annotations

import sys
from pathlib import Path

from helicon.evals.bare_engine import bare_engine


def main() -> None:
    slots, context, threads = map(int, sys.argv[2:5])
    server = bare_engine(Path(sys.argv[1]), slots=slots, context=context, threads=threads)
    print(server.listening_address, flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
