"""What `pip install` of the wheel costs: builds it, installs it into a fresh environment, weighs both.

``python benchmarks/wheel.py``. Needs a package index. Nothing may be compiled (only wheels are taken)
and neither torch nor transformers may come along; then the installed command answers once on nano.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

from common import ROOT, table, write


def size_mib(folder: Path) -> float:
    return sum(file.lstat().st_size for file in folder.rglob("*") if file.is_file()) / 2**20


def main() -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        build = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--quiet", "--wheel-dir", place, str(ROOT)]
        subprocess.run(build, check=True)
        wheel = next(folder.glob("helicon-*.whl"))
        venv.create(folder / "env", with_pip=True)
        python = folder / "env" / "bin" / "python"
        before = size_mib(folder / "env")
        began = time.perf_counter()
        install = [str(python), "-m", "pip", "install", "--quiet", "--only-binary", ":all:", str(wheel)]
        subprocess.run(install, check=True)
        seconds = time.perf_counter() - began
        installed = size_mib(folder / "env") - before
        heavy = "import importlib.util as u, sys; sys.exit(any(u.find_spec(n) for n in ('torch', 'transformers')))"
        subprocess.run([str(python), "-c", heavy], check=True)
        command = [str(folder / "env" / "bin" / "helicon"), "ask", "What is 17 + 25?", "--mode", "instant"]
        answer = subprocess.run(command, cwd=place, check=True, capture_output=True, text=True).stdout
        assert answer.strip()
        wheel_mib = wheel.stat().st_size / 2**20
    table(
        [
            ["what", "figure"],
            ["wheel", f"{wheel_mib:.1f} MiB"],
            ["installed, with what it needs", f"{installed:.0f} MiB"],
            ["seconds to install", f"{seconds:.0f}"],
        ]
    )
    write("wheel", {"wheel_mib": wheel_mib, "installed_mib": installed, "install_seconds": seconds})


if __name__ == "__main__":
    main()
