"""The peers' environments: one each, with pinned versions, made when missing.

A peer that cannot be installed is left out and named in the results.
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

HOME = Path(__file__).resolve().parent / ".venvs"


@dataclass(frozen=True, slots=True)
class Environment:
    name: str
    steps: tuple[tuple[str, ...], ...]
    """What ``pip install`` is given, in order."""

    @property
    def folder(self) -> Path:
        return HOME / self.name

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"

    @property
    def complete(self) -> Path:
        return self.folder / "complete"


ENVIRONMENTS = {
    env.name: env
    for env in (
        # A CPU build of torch first: otherwise optillm brings gigabytes of CUDA.
        Environment("optillm", (("torch==2.13.0",), ("optillm==0.4.0",))),
        Environment("its_hub", (("its_hub[lm]==1.2.0",),)),
        Environment("adaptive", (("numpy", "scipy"), ("AdaptiveConsistency==1.0.0",))),
    )
}


def prepare(name: str) -> str:
    """Make the environment if it is missing; returns why it could not be made, or an empty text."""
    env = ENVIRONMENTS[name]
    if env.complete.exists():
        return ""
    print(f"installing {name}", flush=True)
    commands = [[sys.executable, "-m", "venv", str(env.folder)]]
    commands += [[str(env.python), "-m", "pip", "install", "--quiet", *step] for step in env.steps]
    for command in commands:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            return done.stderr.strip().splitlines()[-1] if done.stderr.strip() else f"status {done.returncode}"
    env.complete.write_text("\n".join(" ".join(step) for step in env.steps) + "\n")
    return ""
