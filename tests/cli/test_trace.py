"""``helicon ask --trace`` and ``helicon trace``, as a shell runs them, on real runs of nano.

1. A trace changes nothing about the answer, and replaying it gives the result that ``ask --json`` printed.
2. Whatever ends the process leaves what happened so far; a full disk costs the trace, never the answer.
3. ``list`` finds runs in files, folders and databases, newest first, by words and up to a limit.
4. ``show`` fits any width, needs no colours and no UTF-8, and draws the same as a whole SVG.
5. ``replay`` gives the stored events byte for byte, or shows the run as ``ask`` did, at any speed.
6. ``compare`` says what is the same and where two runs part.
7. ``export`` writes what every command reads again, and pages for people that model text cannot break.
8. ``delete`` asks first.
9. A refusal names the value and the next step, and makes nothing.
"""

from __future__ import annotations

import io
import json
import os
import re
import signal
import time
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import pytest

from helicon.cli import run
from helicon.events import AgentEnded, ThinkingDelta, from_dict, replay, to_dict
from tests.cli.conftest import PATIENCE_SECONDS, Llama, Shell
from tests.cli.terminal import terminal
from tests.cli.test_serve import serving

BOUNDS = ("--agents", "3", "--max-tokens", "300", "--deadline", "40")


@dataclass(frozen=True)
class Runs:
    """Two runs of nano: in files, and in a database."""

    folder: Path
    shell: Shell
    result: bytes
    """What ``ask --json`` printed about the first."""

    def trace(self, *arguments: str, code: int = 0, **more: str) -> tuple[str, str]:
        """``helicon trace`` in the folder of the runs, in this process because that is quicker; what it printed."""
        out, err = io.StringIO(), io.StringIO()
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
            patch.chdir(self.folder)
            for name in os.environ.keys() - self.shell.env().keys():
                patch.delenv(name)
            for name, value in self.shell.env(more).items():
                patch.setenv(name, value)
            ended = run(["trace", *arguments])
        assert ended == code, err.getvalue()
        return out.getvalue(), err.getvalue()

    def piped(self, *arguments: str, stdin: bytes = b"", **more: str) -> str:
        """The same in a process of its own."""
        ended = self.shell.run("trace", *arguments, stdin=stdin, more=more)
        assert (ended.returncode, ended.stderr) == (0, b"")
        return ended.stdout.decode()

    @property
    def lines(self) -> list[str]:
        """The first run's events as they are stored."""
        return (self.folder / "one.jsonl").read_text().splitlines()[1:]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory, nano: Path) -> Runs:
    folder = tmp_path_factory.mktemp("traces")
    shell = Shell(folder)
    asked = ["ask", "What is 17 * 3?", "--model", str(nano), *BOUNDS, "--database", "sqlite:///runs.db"]
    one = shell.run(*asked, "--mode", "contemplating", "--seed", "1", "--trace", "one.jsonl", "--json")
    two = shell.run(*asked, "--mode", "thinking", "--seed", "2", "--trace", "two.jsonl")
    assert (one.returncode, one.stderr, two.returncode, two.stderr) == (0, b"", 0, b"")
    return Runs(folder, shell, one.stdout)


# 1, 2: writing


def test_replaying_a_trace_gives_the_result_of_the_live_run(runs: Runs) -> None:
    events = [from_dict(json.loads(line)) for line in runs.lines]
    assert json.loads(json.dumps(to_dict(replay(events)))) == json.loads(runs.result)


def test_a_folder_gets_a_file_for_each_run(shell: Shell, nano: Path) -> None:
    asked = ["ask", "What is 2 + 2?", "--mode", "instant", "--model", str(nano), "--max-tokens", "20"]
    for _ in range(2):
        ended = shell.run(*asked, more={"HELICON_TRACE": str(shell.folder / "traces")})
        assert (ended.returncode, ended.stderr) == (0, b"")
    names = [path.name for path in (shell.folder / "traces").iterdir()]
    assert len(names) == 2
    assert all(re.fullmatch(r"run_[0-9a-f]{32}\.jsonl", name) for name in names)
    listed = shell.run("trace", "list", "--json", more={"HELICON_TRACE": str(shell.folder / "traces")})
    assert len(json.loads(listed.stdout)) == 2


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no /dev/full")
def test_a_full_disk_does_not_take_the_answer(shell: Shell, nano: Path) -> None:
    ended = shell.run("ask", "What is 2 + 2?", "--mode", "instant", "--model", str(nano), "--trace", "/dev/full")
    assert ended.stdout.strip()
    assert ended.returncode == 1
    assert ended.stderr.decode() == (
        "Error: the trace '/dev/full' could not be written: No space left on device.\n"
        "Make room, or name another place with --trace.\n"
    )


def test_control_c_leaves_a_whole_trace(shell: Shell, llama: Llama) -> None:
    asked = ["ask", "Hm?", "--mode", "thinking", "--model", llama.spec, "--trace", "run.jsonl"]
    with shell.start(*asked) as process:
        _wait_for_thought(shell.folder / "run.jsonl")
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 130
    last = json.loads((shell.folder / "run.jsonl").read_text().splitlines()[-1])
    assert (last["type"], last["stop_reason"]) == ("run_ended", "cancelled")
    llama.wait_for(running=False)


def test_a_killed_run_leaves_what_happened_so_far(shell: Shell, llama: Llama) -> None:
    asked = ["ask", "Hm?", "--mode", "thinking", "--model", llama.spec, "--trace", "run.jsonl"]
    with shell.start(*asked) as process:
        _wait_for_thought(shell.folder / "run.jsonl")
        process.kill()
        process.communicate(timeout=PATIENCE_SECONDS)
    shown = shell.run("trace", "show", "run.jsonl")
    assert shown.returncode == 0
    assert "the trace ends here" in shown.stdout.decode()
    assert "Note: the trace is not whole:" in shown.stderr.decode()
    llama.wait_for(running=False)


def _wait_for_thought(file: Path) -> None:
    ends = time.monotonic() + PATIENCE_SECONDS
    while not (file.exists() and file.read_text().count("thinking_delta") > 5):
        assert time.monotonic() < ends
        time.sleep(0.02)


# 3: list


def test_list_in_files_and_in_the_database(runs: Runs) -> None:
    listed = json.loads(runs.trace("list", "--json")[0])
    stored = json.loads(runs.trace("list", "--json", "--database", "sqlite:///runs.db")[0])
    assert [row["mode"] for row in listed] == ["thinking", "contemplating"]
    assert [{**row, "place": ""} for row in listed] == [{**row, "place": ""} for row in stored]
    result = json.loads(runs.result)
    assert listed[1]["id"] == result["run_id"]
    assert (listed[1]["question"], listed[1]["answer"]) == ("What is 17 * 3?", result["answer"])
    assert listed[1]["stop_reason"] == result["stop_reason"]
    assert listed[1]["seconds"] == result["seconds"]


def test_list_is_bounded_and_searched(runs: Runs) -> None:
    out, err = runs.trace("list", "--limit", "1")
    assert len(out.splitlines()) == 2
    assert err == "There are more; show them with --limit 5.\n"
    out, err = runs.trace("list", "--search", "17 CONTEMPLATING")
    assert len(out.splitlines()) == 2
    assert runs.trace("list", "--search", "unicorn")[1] == "No traces in '.'.\n"


@pytest.mark.parametrize("columns", ["30", "80", "200"])
def test_list_fits_the_terminal(runs: Runs, columns: str) -> None:
    out, _ = runs.trace("list", COLUMNS=columns)
    assert max(map(len, out.splitlines())) <= max(40, int(columns))


# 4: show


@pytest.mark.parametrize("columns", [24, 50, 80, 120, 300])
def test_show_fits_the_terminal(runs: Runs, columns: int) -> None:
    out, err = runs.trace("show", "one.jsonl", COLUMNS=str(columns))
    drawn = out.split("\n\n")[1].splitlines()
    assert err == ""
    assert max(map(len, drawn)) <= columns
    assert "17 * 3" in " ".join(out.split())
    assert re.search("[━█]", out)
    assert "\x1b" not in out


def test_show_needs_no_utf8_and_no_colours(runs: Runs) -> None:
    out = runs.piped("show", "one.jsonl", PYTHONIOENCODING="ascii:backslashreplace")
    drawn = out.split("\n\n")[1]
    assert drawn.isascii()
    assert re.search("[=#]", drawn)
    assert "\\" not in drawn
    with terminal(runs.shell, "trace", "show", "one.jsonl") as screen:
        assert screen.finish() == 0
        assert "\x1b[36m" in screen.raw
    plain = Shell(runs.folder, {"NO_COLOR": "1"})
    with terminal(plain, "trace", "show", "one.jsonl") as screen:
        assert screen.finish() == 0
        assert "\x1b[36m" not in screen.raw


def test_show_marks_the_decision_and_every_agent(runs: Runs) -> None:
    out, _ = runs.trace("show", "one.jsonl", COLUMNS="100")
    events = [from_dict(json.loads(line)) for line in runs.lines]
    started = {event.agent for event in events if isinstance(event, AgentEnded)}
    for agent in started:
        assert re.search(rf"^ +{agent + 1} ", out, re.MULTILINE)
    assert re.search(r"decided at [\d.]+ s", out)
    assert "▲" in out


def test_show_draws_an_svg(runs: Runs) -> None:
    assert runs.trace("show", "one.jsonl", "--svg", "one.svg") == ("", "")
    root = ElementTree.parse(runs.folder / "one.svg").getroot()
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert not list(runs.folder.glob("*.part"))
    _, err = runs.trace("show", "one.jsonl", "--svg", "no/one.svg", code=1)
    assert "cannot be written: No such file" in err


def test_show_prints_every_thought(runs: Runs) -> None:
    out, _ = runs.trace("show", "one.jsonl", "--text", COLUMNS="500")
    events = [from_dict(json.loads(line)) for line in runs.lines]
    for agent in {event.agent for event in events if isinstance(event, ThinkingDelta)}:
        thought = "".join(e.text for e in events if isinstance(e, ThinkingDelta) and e.agent == agent)
        assert " ".join(thought.split()) in " ".join(out.split())


def test_show_as_json_holds_result_timeline_and_events(runs: Runs) -> None:
    shown = json.loads(runs.trace("show", "one.jsonl", "--json")[0])
    assert shown["result"] == json.loads(runs.result)
    assert shown["events"] == [json.loads(line) for line in runs.lines]
    assert shown["timeline"]["question"] == "What is 17 * 3?"
    assert shown["whole"] is True


def test_a_trace_is_found_by_its_id_by_its_beginning_and_as_last(runs: Runs) -> None:
    run_id = json.loads(runs.result)["run_id"]
    for name in (run_id, run_id[:12], run_id.removeprefix("run_")[:8]):
        assert json.loads(runs.trace("show", name, "--json")[0])["id"] == run_id
    assert json.loads(runs.trace("show", "last", "--json")[0])["result"]["mode"] == "thinking"
    found = runs.trace("show", run_id, "--json", "--database", "sqlite:///runs.db")[0]
    assert json.loads(found)["place"] == "sqlite:///runs.db"


# 5: replay


def test_replay_gives_the_stored_events_byte_for_byte(runs: Runs) -> None:
    for where in ([], ["--database", "sqlite:///runs.db"]):
        out, err = runs.trace("replay", json.loads(runs.result)["run_id"], "--json", *where)
        assert out.splitlines() == runs.lines
        assert err == ""


def test_replay_prints_the_answer_into_a_pipe(runs: Runs) -> None:
    out, err = runs.trace("replay", "one.jsonl", "--speed", "0")
    assert out.rstrip("\n") == json.loads(runs.result)["answer"].rstrip("\n")
    assert err == ""


def test_replay_shows_the_run_as_it_was(runs: Runs) -> None:
    with terminal(runs.shell, "trace", "replay", "one.jsonl", "--speed", "20") as screen:
        assert screen.finish() == 0
        assert "done" in screen.text
        assert "contemplating" in screen.text
        assert re.search(r"[\d,]+ prompt, [\d,]+ thinking", screen.text)


def test_replay_takes_its_time(runs: Runs) -> None:
    slow = max(0.05, json.loads(runs.result)["seconds"] / 1.5)
    began = time.monotonic()
    runs.trace("replay", "one.jsonl", "--speed", f"{slow:.3f}")
    assert time.monotonic() - began > 1


# 6: compare


def test_compare_a_run_with_itself(runs: Runs) -> None:
    out, _ = runs.trace("compare", "one.jsonl", "one.jsonl")
    assert out.endswith("Same question, same answer.\nEvery thought is the same.\n")
    assert "≠" not in out


def test_compare_two_modes(runs: Runs) -> None:
    out, _ = runs.trace("compare", "one.jsonl", "two.jsonl", COLUMNS="100")
    assert max(map(len, out.splitlines())) <= 100
    assert re.search(r"mode +contemplating +≠ thinking", out)
    found = json.loads(runs.trace("compare", "one.jsonl", "two.jsonl", "--json")[0])
    assert found["same"]["question"] is True
    assert found["same"]["mode"] is False
    assert found["a"]["tokens"]["prompt"] > found["b"]["tokens"]["prompt"]
    assert len(found["a"]["agents"]) >= len(found["b"]["agents"]) == 1


# 7: export


def test_an_export_is_read_again(runs: Runs) -> None:
    out, _ = runs.trace("export", "one.jsonl", "two.jsonl")
    one = out[: out.index('{"type":"trace"', 1)]
    assert runs.piped("export", "-", stdin=one.encode()) == one
    runs.trace("export", "one.jsonl", "two.jsonl", "--output", "both.out")
    assert (runs.folder / "both.out").read_text() == out
    _, err = runs.trace("show", "both.out", code=1)
    assert "both.out holds 2 traces; expected one." in err
    first = json.loads(runs.result)["run_id"].removeprefix("run_")[:8]
    assert json.loads(runs.trace("show", f"both.out#{first}", "--json")[0])["result"] == json.loads(runs.result)
    everything, _ = runs.trace("export", "--all", "--database", "sqlite:///runs.db")
    assert everything == out


def test_an_export_for_people_and_for_programs(runs: Runs) -> None:
    runs.trace("export", "one.jsonl", "--output", "one.md")
    page = (runs.folder / "one.md").read_text()
    assert page.startswith("# What is 17 \\* 3?\n")
    assert "## Agents" in page
    assert "## Thoughts" in page
    runs.trace("export", "one.jsonl", "--output", "one.json")
    assert json.loads((runs.folder / "one.json").read_text())["result"] == json.loads(runs.result)
    _, err = runs.trace("export", code=2)
    assert "name the traces to export, or give --all" in err


# 8: delete


def test_delete_asks_first(runs: Runs) -> None:
    copy = Shell(runs.folder / "copy", runs.shell.environment)
    copy.folder.mkdir()
    (copy.folder / "one.jsonl").write_bytes((runs.folder / "one.jsonl").read_bytes())
    refused = copy.run("trace", "delete", "one.jsonl")
    assert refused.returncode == 1
    assert "Add --yes to delete without being asked." in refused.stderr.decode()
    with terminal(copy, "trace", "delete", "one.jsonl") as screen:
        screen.wait_for("Delete it for ever?")
        screen.press("n\n")
        assert screen.finish() == 130
    assert (copy.folder / "one.jsonl").exists()
    with terminal(copy, "trace", "delete", "one.jsonl") as screen:
        screen.wait_for("Delete it for ever?")
        screen.press("y\n")
        assert screen.finish() == 0
    assert not (copy.folder / "one.jsonl").exists()


def test_delete_from_a_database(runs: Runs) -> None:
    copy = runs.folder / "copy.db"
    copy.write_bytes((runs.folder / "runs.db").read_bytes())
    run_id = json.loads(runs.result)["run_id"]
    runs.trace("delete", run_id, "--yes", "--database", "sqlite:///copy.db")
    rows = json.loads(runs.trace("list", "--json", "--database", "sqlite:///copy.db")[0])
    assert run_id not in [row["id"] for row in rows]
    assert len(rows) == 1


# 9: refusals


def test_refusals_name_the_value_and_the_next_step(runs: Runs) -> None:
    near = json.loads(runs.result)["run_id"].removeprefix("run_")[:8]
    wrong = near[:6] + ("00" if near[6:8] != "00" else "11")
    (runs.folder / "notes.md").write_text("# Notes\n")
    (runs.folder / "empty.jsonl").touch()
    for name, message, hint in [
        ("none.jsonl", "there is no file 'none.jsonl'.", "Run: helicon trace list"),
        ("notes.md", "'notes.md' is no trace:", "helicon ask QUESTION --trace FILE writes one."),
        ("empty.jsonl", "'empty.jsonl' is empty; expected a trace.", "helicon ask QUESTION --trace FILE"),
        (".", "'.' is a folder; expected one trace.", "helicon trace list ."),
        (wrong, f"there is no trace {wrong!r} in '.'.", f"Near it: {near}."),
        ("zzz", "there is no trace 'zzz' in '.'.", "The newest: "),
        ("run_", "traces begin with 'run_': run_", "Write more of the id."),
    ]:
        out, err = runs.trace("show", name, code=1)
        assert out == ""
        assert message in err
        assert hint in err


def test_a_server_stores_what_trace_reads(shell: Shell, nano: Path) -> None:
    with serving(shell, "--model", str(nano), "--database", "sqlite:///served.db") as served:
        body = {
            "model": "nano@thinking",
            "messages": [{"role": "user", "content": "What is 6 * 7?"}],
            "max_tokens": 60,
        }
        reply = served.get("/v1/chat/completions", body)
        served.process.send_signal(signal.SIGTERM)
        assert served.process.wait(PATIENCE_SECONDS) == 0
    listed = shell.run("trace", "list", "--json", "--database", "sqlite:///served.db")
    [row] = json.loads(listed.stdout)
    assert (row["question"], row["mode"]) == ("What is 6 * 7?", "thinking")
    assert reply["id"].endswith(row["id"])
    shown = shell.run("trace", "show", reply["id"], "--database", "sqlite:///served.db")
    assert shown.stdout.decode().startswith("What is 6 * 7?\n")


def test_nothing_is_made_by_looking(shell: Shell) -> None:
    for asked in (
        ["list", "--database", "sqlite:///none.db"],
        ["list", "none"],
        ["show", "x", "--database", "sqlite:///none.db"],
    ):
        ended = shell.run("trace", *asked)
        assert ended.returncode == 1
        assert b"there is no" in ended.stderr
    assert shell.run("trace", "list").stderr == b"No traces in '.'.\n"
    assert list(shell.folder.iterdir()) == []


def test_a_place_that_cannot_be_written_is_told_before_the_question(shell: Shell, nano: Path) -> None:
    (shell.folder / "notes.txt").write_text("mine")
    for trace, message in (("notes.txt", "exists and is no trace"), ("no/run.jsonl", "cannot be written")):
        ended = shell.run("ask", "Hm?", "--model", str(nano), "--trace", trace)
        assert (ended.returncode, ended.stdout) == (1, b"")
        assert message in ended.stderr.decode()
    assert (shell.folder / "notes.txt").read_text() == "mine"
