"""Pool files.

1. What was written is read again, whole, whatever the values; other programs read it as gzip.
2. A file cut anywhere loses at most its last write, and can be appended to afterwards.
3. Two writers at once: the second is refused with the file's name. A file that is no pool is never touched.
4. Of two chains of one agent the later counts.
5. Damage in the middle costs what it hit alone: the rest is read, the loss is counted, and recording goes on behind it.
"""

from __future__ import annotations

import gzip
import io
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import IO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helicon.errors import BadOption, InputError, SetupError
from helicon.evals.files import PoolWriter, members, read_lines, read_pool
from helicon.evals.pool import Chain, Trial, Trials, deltas, from_line, gather, scores_of, to_line
from tests.evals.making import HEADER, chain, entry

WRITER = """
import sys
from pathlib import Path
from helicon.evals.files import PoolWriter
PoolWriter(Path(sys.argv[1])).__enter__()
"""
ASKED = entry([]).asked
TRIALS = Trials(
    id="q",
    agent=0,
    every=8,
    trials=(Trial(at=8, answer="1", tokens=3, certainty=0.5, finished=True, right=True, hedged=True, place="token"),),
)


def fill(path: Path, count: int, *, first: int = 0) -> None:
    """A header, a question and chains, each written for itself."""
    with PoolWriter(path) as writer:
        if not first:
            writer.write(HEADER)
            writer.write(ASKED)
        for agent in range(first, first + count):
            writer.write(chain("1", 10 + agent, agent=agent, confidences=(120, 99)))
            writer.flush()


def test_round_trip(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "pool.jsonl.gz"
    fill(path, 3)
    pool = read_pool(path)
    assert pool.header == HEADER
    assert pool.depth == 3
    assert pool.entries[0].thinking[2] == chain("1", 12, agent=2, confidences=(120, 99))
    rows = [json.loads(row) for row in gzip.decompress(path.read_bytes()).splitlines()]
    assert [row["type"] for row in rows] == ["pool", "question", "chain", "chain", "chain"]


@given(st.text(), st.text(), st.lists(st.integers(0, 3000), max_size=5), st.booleans())
def test_every_line_survives_json(thinking: str, answer: str, ms: list[int], finished: bool) -> None:
    made = replace(chain("1", 9), thinking=thinking, answer=answer, ms=tuple(ms), finished=finished)
    for line in (HEADER, ASKED, made, TRIALS):
        assert from_line(json.loads(json.dumps(to_line(line)))) == line


def test_later_versions_may_say_more() -> None:
    assert from_line({**to_line(ASKED), "mood": "good"}) == ASKED
    with pytest.raises(ValueError, match="unknown type"):
        from_line({"type": "poem"})


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9, 0.99])
def test_a_cut_file_loses_its_last_write_alone(tmp_path: Path, share: float) -> None:
    path = tmp_path / "pool.jsonl.gz"
    fill(path, 6)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    kept = [line for line in read_lines(path) if isinstance(line, Chain)]
    assert len(kept) < 6
    fill(path, 6 - len(kept), first=len(kept) or 1) if kept else None
    if kept:
        assert [one.agent for one in read_pool(path).entries[0].thinking] == list(range(6))


@given(st.lists(st.binary(min_size=1, max_size=40), min_size=1, max_size=4), st.integers(0, 10_000))
def test_members_are_whole_or_absent(contents: list[bytes], cut: int) -> None:
    packed = [gzip.compress(content) for content in contents]
    whole = b"".join(packed)
    found = list(members(io.BytesIO(whole[: cut % (len(whole) + 1)])))
    assert [member.content for member in found] == contents[: len(found)]
    ends = [sum(map(len, packed[: number + 1])) for number in range(len(packed))]
    assert [member.end for member in found] == [end for end in ends if end <= cut % (len(whole) + 1)]


def test_damage_in_the_middle_costs_what_it_hit(tmp_path: Path) -> None:
    path = tmp_path / "pool.jsonl.gz"
    fill(path, 6)
    whole = path.read_bytes()
    with path.open("rb") as file:
        hit = list(members(file))[3]
    for torn in (
        whole[: hit.begin + 30] + bytes(20) + whole[hit.begin + 50 :],
        whole[: hit.begin + 30] + whole[hit.end :],
    ):
        path.write_bytes(torn)
        pool = read_pool(path)
        assert [one.agent for one in pool.entries[0].thinking] == [0, 1, 2, 4, 5]
        assert 0 < pool.damaged <= hit.end - hit.begin
        with PoolWriter(path) as writer:
            writer.write(chain("1", 13, agent=3))
        pool = read_pool(path)
        assert [one.agent for one in pool.entries[0].thinking] == list(range(6))
        assert path.read_bytes().startswith(torn)
    path.write_bytes(whole[:-5])
    assert read_pool(path).damaged == 0


@given(st.lists(st.binary(min_size=1, max_size=40), min_size=1, max_size=4), st.binary(max_size=300), st.integers(0, 4))
def test_members_are_found_behind_anything(contents: list[bytes], noise: bytes, place: int) -> None:
    packed = [gzip.compress(content) for content in contents]
    packed.insert(min(place, len(packed)), noise)
    assert [member.content for member in members(io.BytesIO(b"".join(packed)))] == contents


def test_a_second_writer_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "pool.jsonl.gz"
    fill(path, 1)
    with PoolWriter(path):
        ended = subprocess.run([sys.executable, "-c", WRITER, str(path)], capture_output=True, text=True, check=False)
    assert f"another process is recording into {path}" in ended.stderr
    with PoolWriter(path) as writer:
        assert writer.header == HEADER
    assert isinstance(SetupError("x"), SetupError)


def test_a_full_disk_leaves_no_half_member(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "pool.jsonl.gz"
    fill(path, 2)
    size = path.stat().st_size

    class Full:
        """A file on a disk with room for a few bytes more."""

        def __init__(self, file: IO[bytes]) -> None:
            self.file, self.room = file, 10

        def write(self, data: memoryview) -> int:
            if not self.room:
                raise OSError(28, "No space left on device")
            taken, self.room = self.file.write(data[: self.room]), 0
            return taken

        def __getattr__(self, name: str) -> object:
            return getattr(self.file, name)

    with PoolWriter(path) as writer:
        assert writer._file is not None
        monkeypatch.setattr(writer, "_file", Full(writer._file))
        writer.write(chain("1", 40, agent=2))
        with pytest.raises(SetupError, match=r"cannot be written: No space left on device.*Make room"):
            writer.flush()
    assert path.stat().st_size == size
    assert len(read_pool(path).entries[0].thinking) == 2


@pytest.mark.parametrize("content", [b"just text\n", b'{"type": "pool"}\n', gzip.compress(b'{"type": "poem"}\n')])
def test_what_is_no_pool_is_not_touched(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes(content)
    with pytest.raises(BadOption, match=r"no pool|none of a pool"), PoolWriter(path):
        pass
    assert path.read_bytes() == content
    with pytest.raises(BadOption):
        read_pool(path)


def test_what_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(BadOption, match="Record it first"):
        read_pool(tmp_path / "none.gz")
    (tmp_path / "plain.jsonl").write_text('{"type": "pool"}\n')
    with pytest.raises(BadOption, match="It is not compressed: gzip"):
        read_pool(tmp_path / "plain.jsonl")
    with PoolWriter(tmp_path / "late.gz") as writer:
        writer.write(replace(HEADER, format=2))
    with pytest.raises(InputError, match="Update helicon"):
        read_pool(tmp_path / "late.gz")
    with pytest.raises(SetupError, match="cannot be opened"), PoolWriter(tmp_path / "late.gz" / "pool.gz"):
        pass


def test_the_later_chain_counts() -> None:
    failed = replace(chain("1", 5), error="down")
    pool = gather(HEADER, [failed, ASKED, replace(ASKED, id="r"), chain("1", 7)])
    assert [one.thinking for one in pool.entries] == [(chain("1", 7),), ()]
    assert pool.depth == 0


def test_times_do_not_drift() -> None:
    times = [0.0004 * number for number in range(1, 100)]
    assert sum(deltas(times)) == round(times[-1] * 1000)
    assert deltas([]) == ()


def test_scores_of_nothing() -> None:
    assert scores_of(()).mean is None
    assert scores_of((100, 300)).mean == pytest.approx(2.0)
