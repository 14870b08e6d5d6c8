"""Stored traces: lines, files, folders, databases.

1. What was written comes back, line by line as it is stored; the same from a file and from a database.
2. Whatever cuts a file leaves a trace up to there: every prefix of its bytes is read, and says that it is cut.
3. Unknown events, unknown fields and events with values of a wrong kind are counted, never raised.
4. A file that holds something else is neither read nor overwritten; a full disk is told once.
5. A file may hold several traces, a folder any files; both list the newest first.
6. A database that is not there is not made; a run can be deleted from where it is.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helicon.errors import InputError, SetupError, StoreError
from helicon.events import Event, RunStarted, ThinkingDelta, replay, to_dict
from helicon.ledger import Ledger
from helicon.store import StoredRun, Traces, TraceWriter, event_in, open_archive, open_store, trace_of
from tests.store.test_store import EVENTS, LEDGER


def run(name: str, created: float = 2.0, question: str = "What is 6 * 7?") -> tuple[Event, ...]:
    start = RunStarted(run_id=name, mode="thinking", model="m", seed=1, created=created, question=question)
    return (start, *EVENTS[1:])


def write(path: Path, events: tuple[Event, ...]) -> Path:
    writer = TraceWriter(path, program="0.1.0")
    writer.check()
    for event in events:
        writer.write(event)
    writer.close()
    return writer.path


def test_a_file_gives_back_what_was_written(tmp_path: Path) -> None:
    file = write(tmp_path / "a.jsonl", run("run_a"))
    [trace] = Traces(file).read()
    assert (trace.id, trace.cut, trace.unread) == ("run_a", "", ())
    assert trace.events == run("run_a")
    assert replay(trace.events) == replay(run("run_a"))
    lines = file.read_text().splitlines()
    assert json.loads(lines[0])["format"] == "helicon-trace"
    assert list(trace.lines) == lines[1:]


def test_a_database_stores_the_same_lines(tmp_path: Path) -> None:
    file = write(tmp_path / "a.jsonl", run("run_a"))
    url = f"sqlite:///{tmp_path}/runs.db"
    store = open_store(url)
    store.save([stored("run_a"), stored("run_b", created=7.0)])
    store.close()
    archive = open_archive(url)
    try:
        [kept] = archive.read("run_a")
        assert kept.lines == Traces(file).read()[0].lines
        assert [row.id for row in archive.summaries()] == ["run_b", "run_a"]
        row = next(iter(archive.summaries()))
        assert (row.question, row.answer, row.tokens, row.stop_reason) == (
            "What is 6 * 7?",
            "42",
            LEDGER.tokens,
            "stop",
        )
        assert len(archive.read()) == 2
        assert archive.read("run_c") == []
        assert archive.delete("run_a") == archive.place
        with pytest.raises(InputError, match="no run 'run_a'"):
            archive.delete("run_a")
        assert [row.id for row in archive.summaries()] == ["run_b"]
    finally:
        archive.close()


def stored(name: str, created: float = 2.0) -> StoredRun:
    return StoredRun(
        id=name,
        created=int(created),
        model="m",
        mode="thinking",
        status="stop",
        ledger=to_dict(LEDGER),
        events=run(name, created),
    )


def test_runs_that_were_stored_before_questions_are_listed_too(tmp_path: Path) -> None:
    store = open_store(str(tmp_path / "runs.db"))
    store.save(
        [
            StoredRun(id="old", created=5, model="m", mode="auto", status="cancelled", ledger=to_dict(LEDGER)),
            StoredRun(id="none", created=4, model="m", mode="auto", status="error", ledger=to_dict(Ledger())),
        ]
    )
    store.close()
    archive = open_archive(str(tmp_path / "runs.db"))
    rows = list(archive.summaries())
    archive.close()
    assert [(row.id, row.question, row.tokens.generated, row.created) for row in rows] == [
        ("old", "", 5, 5.0),
        ("none", "", 0, 4.0),
    ]


def test_every_prefix_of_a_file_is_a_trace(tmp_path: Path) -> None:
    data = write(tmp_path / "a.jsonl", run("run_a")).read_bytes()
    header = data.index(b"\n") + 1
    part = tmp_path / "part.jsonl"
    for size in range(header, len(data)):
        part.write_bytes(data[:size])
        [trace] = Traces(part).read()
        whole = data[:size].endswith(b"}}") or size == len(data) - 1
        assert trace.cut or whole
        assert trace.events == run("run_a")[: len(trace.events)]
        assert trace.unread == ()


def test_what_a_newer_version_wrote_is_read_as_far_as_it_is_known(tmp_path: Path) -> None:
    file = write(tmp_path / "a.jsonl", run("run_a"))
    header, first, *rest = file.read_text().splitlines()
    strange = json.dumps({"type": "dance", "steps": 3, "at": 1.0})
    first = json.dumps(json.loads(first) | {"weather": "fine"})
    file.write_text("\n".join([header.replace('"version":1', '"version":7'), first, strange, "not json", *rest]) + "\n")
    [trace] = Traces(file).read()
    assert trace.events == run("run_a")
    assert trace.unread == ("dance", "a line that is no JSON object")
    assert (trace.version, trace.cut) == (7, "")
    assert trace.lines[1] == strange


@pytest.mark.parametrize(
    "line",
    [
        '{"type":"thinking_delta","agent":0,"text":"x","at":NaN}',
        '{"type":"thinking_delta","agent":0,"text":"x","at":"soon"}',
        '{"type":"thinking_delta","agent":"me","text":"x","at":1}',
        '{"type":"thinking_delta","agent":0,"text":7,"at":1}',
        '{"type":"thinking_delta"}',
        '{"type":["run_started"]}',
        '{"type":"run_ended","answer":"","stop_reason":"stop","ledger":{"entries":[7]},"mode":"auto"}',
        "[]",
        "[" * 100_000,
    ],
)
def test_values_of_a_wrong_kind_are_no_event(line: str) -> None:
    assert event_in(line) is None


def test_a_new_stop_reason_is_read() -> None:
    line = json.dumps(to_dict(EVENTS[-1])).replace('"stop_reason": "stop"', '"stop_reason": "settled"')
    event = event_in(line)
    assert event is not None
    assert to_dict(event)["stop_reason"] == "settled"


@settings(max_examples=100)
@given(st.lists(st.text(max_size=40), max_size=6), st.booleans())
def test_no_lines_are_too_strange(lines: list[str], torn: bool) -> None:
    trace = trace_of(lines, place="x", torn=torn)
    assert trace.cut
    assert len(trace.lines) - len(trace.unread) == 0
    assert trace.summary.id == ""


@pytest.mark.parametrize("data", [b"", b"\x00\xff", b"hello\n", b'{"a":1}\n', b"{" * 5000])
def test_what_is_no_trace_says_so_and_is_not_overwritten(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "notes.jsonl"
    file.write_bytes(data)
    with pytest.raises(InputError, match=r"is no trace|is empty"):
        Traces(file).read()
    if data:
        with pytest.raises(SetupError, match="is no trace; it is left as it is"):
            TraceWriter(file, program="0").check()
        assert file.read_bytes() == data


def test_checking_leaves_nothing_behind(tmp_path: Path) -> None:
    TraceWriter(tmp_path / "new.jsonl", program="0").check()
    TraceWriter(tmp_path / "folder", program="0").check()
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["folder"]
    with pytest.raises(SetupError, match="cannot be written: No such file"):
        TraceWriter(tmp_path / "no" / "new.jsonl", program="0").check()


def test_an_older_trace_stays_until_the_run_begins(tmp_path: Path) -> None:
    file = write(tmp_path / "a.jsonl", run("run_a"))
    writer = TraceWriter(file, program="0")
    writer.check()
    writer.close()
    assert Traces(file).read()[0].id == "run_a"
    write(file, run("run_b"))
    assert Traces(file).read()[0].id == "run_b"


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no /dev/full")
def test_a_full_disk_is_told_once() -> None:
    writer = TraceWriter(Path("/dev/full"), program="0")
    writer.check()
    with pytest.raises(StoreError, match="could not be written: No space left"):
        writer.write(EVENTS[0])
    writer.write(EVENTS[1])
    writer.close()


def test_a_file_may_hold_several_traces(tmp_path: Path) -> None:
    one, two = write(tmp_path / "one.jsonl", run("run_1")), write(tmp_path / "two.jsonl", run("run_2"))
    both = tmp_path / "both.jsonl"
    both.write_text(one.read_text() + "\n" + two.read_text())
    traces = Traces(both)
    assert [row.id for row in traces.summaries()] == ["run_2", "run_1"]
    assert [trace.events for trace in traces.read("run_2")] == [run("run_2")]
    with pytest.raises(InputError, match="holds 2 traces; expected one"):
        traces.delete("run_1")


def test_a_folder_lists_its_traces_and_passes_over_the_rest(tmp_path: Path) -> None:
    folder = tmp_path / "traces"
    for number in (1, 2, 3):
        file = write(folder, run(f"run_{number}", created=number))
        os.utime(file, (number, number))
    (folder / "notes.jsonl").write_text('{"a": 1}\n')
    (folder / "pretty.jsonl").write_text('[\n{"type":"run_started"}\n')
    (folder / "readme.txt").write_text("traces\n")
    traces = Traces(folder)
    assert [row.id for row in traces.summaries()] == ["run_3", "run_2", "run_1"]
    assert [trace.id for trace in traces.read("run_2")] == ["run_2"]
    assert traces.delete("run_2") == folder / "run_2.jsonl"
    assert [row.id for row in traces.summaries()] == ["run_3", "run_1"]


def test_events_without_a_header_are_a_trace(tmp_path: Path) -> None:
    file = write(tmp_path / "a.jsonl", run("run_a"))
    file.write_text("\n".join(json.dumps(json.loads(line)) for line in file.read_text().splitlines()[1:]))
    assert Traces(file).read()[0].events == run("run_a")


@pytest.mark.parametrize("database", ["sqlite:///{}/none.db", "{}/none.db", "sqlite:///{}"])
def test_a_database_that_is_not_there_is_not_made(tmp_path: Path, database: str) -> None:
    with pytest.raises(SetupError, match="there is no database"):
        open_archive(database.format(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_another_file_is_no_archive(tmp_path: Path) -> None:
    (tmp_path / "a.db").write_bytes(b"no database at all, but long enough to be taken for one " * 40)
    with pytest.raises(StoreError, match="cannot be read"):
        open_archive(str(tmp_path / "a.db"))
    (tmp_path / "b.db").touch()
    with pytest.raises(StoreError, match="holds no runs"):
        open_archive(str(tmp_path / "b.db"))
    assert (tmp_path / "b.db").stat().st_size == 0


def test_a_huge_trace_is_listed_without_being_kept(tmp_path: Path) -> None:
    thought = tuple(ThinkingDelta(agent=0, text="x" * 200, at=0.1) for _ in range(20_000))
    file = write(tmp_path / "a.jsonl", (run("run_a")[0], *thought, *EVENTS[1:]))
    assert file.stat().st_size > 4_000_000
    assert [row.answer for row in Traces(file).summaries()] == ["42"]
    assert len(Traces(file).read()[0].events) == 20_000 + len(EVENTS)
