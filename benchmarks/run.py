"""Every figure of the README, one script after the other: ``make figures``."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SCRIPTS = ["first_token", "engine_speed", "prefix", "gateway", "memory", "wheel", "modes", "page"]


def main() -> int:
    here = Path(__file__).resolve().parent
    failed = []
    for name in SCRIPTS:
        print(f"\n== {name}", flush=True)
        if subprocess.run([sys.executable, str(here / f"{name}.py")], check=False).returncode:
            failed.append(name)
    if failed:
        print(f"failed: {', '.join(failed)}")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
