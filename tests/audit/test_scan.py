"""A tree to a scan: what is read, what is left out, and that the report says so.

1. Links, pipes, unreadable, huge and broken files cost only themselves; each is told with a reason.
2. Other people's code and binary files are left out.
3. A file without a marker of the pre-filter is not parsed, and every known name carries one.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from helicon.audit.knowledge import knowledge
from helicon.audit.prefilter import MARKERS, may_hold
from helicon.audit.scan import MAX_BYTES, scan
from helicon.audit.walk import MAX_DEPTH
from helicon.errors import BadOption


def tree(root: Path, files: dict[str, str | bytes]) -> Path:
    for name, text in files.items():
        place = root / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(text.encode() if isinstance(text, str) else text)
    return root


def reasons(root: Path) -> dict[str, str]:
    return {one.path: one.reason for one in scan(root).unread}


def test_a_tree(tmp_path: Path) -> None:
    tree(
        tmp_path,
        {"b/a.py": 'model = "gpt-4o"\n', "a.yaml": "model: gpt-4o\n", "c.bin": b"\0model gpt-4o", "LICENSE": "x"},
    )
    found = scan(tmp_path)
    assert [(one.path, one.line) for one in found.mentions] == [("a.yaml", 1), ("b/a.py", 1)]
    assert found.files == 4
    assert found.bytes == sum(file.stat().st_size for file in tmp_path.rglob("*") if file.is_file())
    assert found.unread == ()
    assert scan(tmp_path / "a.yaml").mentions[0].path == "a.yaml"


def test_no_models_no_mentions(tmp_path: Path) -> None:
    tree(
        tmp_path,
        {"a.py": "class User(Model):\n    name = 'x'\n", "b.js": "const a = 'hello';", "c.md": "# Title\nWords."},
    )
    assert scan(tmp_path).mentions == ()


def test_other_peoples_code_is_left_out(tmp_path: Path) -> None:
    text = 'model = "gpt-4o"\n'
    inside = ("node_modules/a.py", "venv/a.py", "vendor/x/a.py", "own/pyvenv.cfg", "own/a.py", ".git/a.py")
    tree(tmp_path, dict.fromkeys(inside, text))
    found = scan(tmp_path)
    assert found.mentions == ()
    assert {one.path for one in found.unread} == {"node_modules", "venv", "vendor", "own"}


@pytest.mark.skipif(os.name == "nt", reason="links and pipes")
def test_links_and_pipes(tmp_path: Path) -> None:
    root = tree(tmp_path / "root", {"a/a.py": 'model = "gpt-4o"\n'})
    (tmp_path / "secret.py").write_text('model = "o3-mini"\n')
    (root / "a" / "loop").symlink_to(root, target_is_directory=True)
    (root / "self").symlink_to(root / "self")
    (root / "out.py").symlink_to(tmp_path / "secret.py")
    (root / "gone.py").symlink_to(tmp_path / "nothing")
    os.mkfifo(root / "pipe.py")
    found = scan(root)
    assert [one.literal for one in found.mentions] == ["gpt-4o"]
    told = {one.path: one.reason for one in found.unread}
    assert told.keys() == {"self", "out.py", "gone.py", "pipe.py"}
    assert "leads out of the tree" in told["out.py"]
    assert "pipe" in told["pipe.py"]


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="permissions")
def test_unreadable_files(tmp_path: Path) -> None:
    tree(tmp_path, {"a.py": "model = 1", "b/c.py": ""})
    (tmp_path / "a.py").chmod(0)
    (tmp_path / "b").chmod(0)
    try:
        assert reasons(tmp_path).keys() == {"a.py", "b"}
    finally:
        (tmp_path / "b").chmod(0o700)


def test_huge_files_are_not_read_whole(tmp_path: Path) -> None:
    for name, size in (("a.json", MAX_BYTES + 1), ("b.gguf", 2 << 30)):
        with (tmp_path / name).open("wb") as file:
            file.truncate(size)
    started = time.monotonic()
    found = scan(tmp_path)
    assert time.monotonic() - started < 20
    assert [one.path for one in found.mentions] == ["b.gguf"]
    assert {one.path for one in found.unread} == {"a.json", "b.gguf"}


def test_broken_files_do_not_stop_the_rest(tmp_path: Path) -> None:
    tree(
        tmp_path,
        {
            "a.yaml": "model: [",
            "b.ipynb": '{"model',
            "c.py": "def model(:",
            "d.sh": b"\xffmodel",
            "e.py": "",
            "z.py": "M='gpt-4o'",
        },
    )
    found = scan(tmp_path)
    assert [one.path for one in found.mentions] == ["z.py"]
    assert {one.path for one in found.unread} == {"a.yaml", "b.ipynb", "c.py", "d.sh"}


def test_a_name_of_odd_bytes(tmp_path: Path) -> None:
    try:
        place = os.path.join(os.fsencode(tmp_path), b"a\xff.py")
        with open(place, "wb") as file:
            file.write(b'model = "gpt-4o"')
    except OSError:
        pytest.skip("this file system takes only UTF-8")
    assert [one.path for one in scan(tmp_path).mentions] == ["a\ufffd.py"]


def test_depth_is_bounded(tmp_path: Path) -> None:
    deep = tmp_path
    for _ in range(MAX_DEPTH + 2):
        deep = deep / "d"
    deep.mkdir(parents=True)
    assert ["deeper" in one for one in reasons(tmp_path).values()] == [True]


def test_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BadOption, match="nothing at"):
        scan(tmp_path / "no")


def test_the_prefilter_lets_every_known_id_pass() -> None:
    ids = [one for family in knowledge().families for one in family.ids]
    missed = [one for one in ids if not may_hold(f'x = "{one}"'.encode())]
    assert missed == []
    assert not may_hold(b"def add(a, b):\n    return a + b\n")
    assert all(marker == marker.lower() for marker in MARKERS)
