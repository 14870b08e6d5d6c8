"""``helicon ask`` as a shell runs it, on a real engine.

1. Piped, stdout holds the answer alone and stderr nothing; ``--json`` gives the whole result.
2. Ctrl-C stops generation at the engine within a second or two, prints the ledger so far, ends with 130;
   a second one ends at once. SIGTERM does the same with 143.
3. In a terminal, the thinking and one line per agent are shown on stderr, then the answer, then the ledger;
   the cursor is visible again at the end, and no control character of the model reaches the terminal.
4. A reader that goes away stops the run.
5. No child process is left behind.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from helicon.cli.display import SHOW_CURSOR
from tests.cli.conftest import PATIENCE_SECONDS, Llama, Shell
from tests.cli.terminal import terminal

BOUNDS = ("--agents", "3", "--max-tokens", "400", "--deadline", "40", "--seed", "1")
ODD = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f-\x9f]")


def children_of(pid: int) -> list[int]:
    """Processes that this one started and that still run; Linux only."""
    path = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in path.read_text().split()] if path.exists() else []


@pytest.mark.parametrize("mode", ["instant", "contemplating"])
def test_a_pipe_gets_the_answer_alone(shell: Shell, nano: Path, mode: str) -> None:
    ended = shell.run("ask", "What is 17 * 3?", "--mode", mode, "--model", str(nano), *BOUNDS)
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert ended.stdout.strip()
    assert ended.stdout.endswith(b"\n")


@pytest.mark.parametrize("mode", ["thinking", "contemplating", "auto"])
def test_json_is_the_whole_result_and_nothing_else(shell: Shell, nano: Path, mode: str) -> None:
    ended = shell.run("ask", "What is 17 * 3?", "--mode", mode, "--model", str(nano), *BOUNDS, "--json")
    result = json.loads(ended.stdout)
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert (result["asked_mode"], result["seed"]) == (mode, 1)
    assert result["answer"]
    assert sum(entry["tokens"]["answer"] for entry in result["ledger"]["entries"]) > 0
    assert len(result["agents"]) == 3 or mode != "contemplating"


def test_the_question_from_stdin(shell: Shell, nano: Path) -> None:
    asked = ["ask", "-", "--mode", "instant", "--model", str(nano), "--max-tokens", "40", "--json"]
    ended = shell.run(*asked, stdin="\ufeffWhat is 2 + 2?\r\n".encode())
    assert json.loads(ended.stdout)["mode"] == "instant"


def test_settings_come_from_the_environment_and_the_file(shell: Shell, nano: Path) -> None:
    (shell.folder / "helicon.toml").write_text(f'model = "{nano}"\nmode = "thinking"\nmax_tokens = 40\n')
    ended = shell.run("ask", "What is 2 + 2?", more={"HELICON_MODE": "instant", "HELICON_JSON": "1"})
    assert json.loads(ended.stdout)["mode"] == "instant"


def test_a_deadline_gives_the_best_answer_so_far(shell: Shell, llama: Llama) -> None:
    ended = shell.run(
        "ask", "What is 2 + 2?", "--mode", "thinking", "--model", llama.spec, "--deadline", "1.5", "--json"
    )
    result = json.loads(ended.stdout)
    assert result["stop_reason"] == "deadline"
    assert result["seconds"] < 20
    assert ended.returncode == (0 if result["answer"] else 1)
    llama.wait_for(running=False)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_stops_the_engine_and_tells_what_was_used(
    shell: Shell, llama: Llama, number: signal.Signals, code: int
) -> None:
    with shell.start("ask", "What is 2 + 2?", "--mode", "thinking", "--model", llama.spec, "--json") as process:
        llama.wait_for(running=True)
        # The probes of the start are short; a thought is long.
        time.sleep(1)
        llama.wait_for(running=True)
        process.send_signal(number)
        assert llama.wait_for(running=False) < 5
        out, err = process.communicate(timeout=PATIENCE_SECONDS)
    result = json.loads(out)
    assert process.returncode == code
    assert result["stop_reason"] == "cancelled"
    tokens = [entry["tokens"] for entry in result["ledger"]["entries"]]
    assert sum(each["thinking"] for each in tokens) > 0
    assert re.search(r"\d prompt, [\d,]+ thinking, [\d,]+ answer tokens · [\d.]+ s · cancelled\n$", err.decode())


def test_a_signal_in_a_contemplation_stops_every_agent(shell: Shell, llama: Llama) -> None:
    asked = ["ask", "What is 2 + 2?", "--mode", "contemplating", "--model", llama.spec, "--agents", "4"]
    asked += ["--effort", "high"]  # all of them at once
    with shell.start(*asked) as process:
        while llama.running() < 4:
            assert process.poll() is None
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        assert llama.wait_for(running=False) < 5
        _, err = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 130
    assert "4 agents" in err.decode()


def test_control_c_while_stdin_is_read(shell: Shell) -> None:
    """A shell reports 130 for both: our own exit, and Python's death before our code ran."""
    with shell.start("ask", "-", stdin=subprocess.PIPE) as process:
        time.sleep(1)
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE_SECONDS) in (130, -signal.SIGINT)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_engine_of_our_own_ends_with_the_command(shell: Shell, nano: Path) -> None:
    asked = ["ask", "Count to a thousand, slowly.", "--mode", "contemplating", "--model", str(nano)]
    with shell.start(*asked) as process:
        while not (found := children_of(process.pid)):
            assert process.poll() is None
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE_SECONDS)
    for child in found:
        assert not Path(f"/proc/{child}").exists() or children_of(child) == []
        with pytest.raises(ProcessLookupError):
            os.kill(child, 0)


def test_a_reader_that_leaves_stops_the_run(shell: Shell, llama: Llama) -> None:
    asked = ["ask", "What is 2 + 2?", "--mode", "instant", "--model", llama.spec, "--max-tokens", "8000"]
    with shell.start(*asked) as process:
        assert process.stdout is not None
        assert process.stdout.read(1)
        process.stdout.close()
        assert process.wait(PATIENCE_SECONDS) == 141
        assert process.stderr is not None
        assert process.stderr.read() == b""
    llama.wait_for(running=False)


def test_a_terminal_shows_thinking_then_the_answer_then_the_ledger(shell: Shell, nano: Path) -> None:
    asked = ["ask", "What is 17 * 3?", "--mode", "thinking", "--model", str(nano), "--max-tokens", "300"]
    with terminal(shell, *asked, "--seed", "3") as screen:
        assert screen.finish() in (0, 1)
    assert "\x1b[2m" in screen.raw
    assert re.search(r" · thinking · \d+ prompt.*, [\d,]+ thinking, [\d,]+ answer tokens · [\d.]+ s", screen.text)
    assert not ODD.search(screen.text)
    assert screen.raw.rfind("\x1b[?25l") <= screen.raw.rfind("\x1b[?25h")


def test_a_terminal_shows_one_line_per_agent(shell: Shell, nano: Path) -> None:
    asked = ["ask", "What is 17 * 3?", "--mode", "contemplating", "--model", str(nano), "--max-tokens", "200"]
    with terminal(shell, *asked, "--agents", "4", "--effort", "high") as screen:
        assert screen.finish() in (0, 1)
    assert re.search(r"contemplating · (round 2 · )?[34] of 4 done", screen.text)
    for agent in range(1, 5):
        assert re.search(rf"^ +{agent} . .*\d tok$", screen.text, re.MULTILINE)
    assert "4 agents" in screen.text
    assert screen.raw.rfind("\x1b[?25l") < screen.raw.rfind("\x1b[?25h")
    assert not ODD.search(screen.text)


def test_a_piped_answer_leaves_the_view_on_the_terminal(shell: Shell, nano: Path, tmp_path: Path) -> None:
    asked = ["ask", "What is 17 * 3?", "--mode", "thinking", "--model", str(nano), "--max-tokens", "300"]
    with (tmp_path / "answer").open("wb") as file, terminal(shell, *asked, stdout=file) as screen:
        screen.finish()
    assert " answer tokens · " in screen.text


def test_control_c_in_a_terminal_reaches_the_engine_and_not_its_process(shell: Shell, llama: Llama) -> None:
    with terminal(shell, "ask", "What is 2 + 2?", "--mode", "thinking", "--model", llama.spec) as screen:
        screen.wait_for("\n  ")
        llama.wait_for(running=True)
        screen.press("\x03")
        assert screen.finish() == 130
        assert llama.wait_for(running=False) < 5
    assert screen.text.rstrip().endswith(" · cancelled")


def test_control_c_with_an_engine_of_our_own(shell: Shell, nano: Path) -> None:
    asked = ["ask", "Count to a thousand, slowly.", "--mode", "contemplating", "--model", str(nano), "--agents", "8"]
    with terminal(shell, *asked) as screen:
        screen.wait_for("contemplating")
        screen.press("\x03")
        code = screen.finish()
    assert "Traceback" not in screen.text
    assert code in (130, 0, 1)  # a quick model may have ended before the key


def test_a_cut_answer_is_told_where_nobody_watches(shell: Shell, nano: Path) -> None:
    asked = ["ask", "What is 17 * 3?", "--mode", "instant", "--model", str(nano), "--max-tokens", "2"]
    done = shell.run(*asked)
    assert done.stdout.strip()
    assert done.stderr.decode().rstrip().endswith(" · cut at its bound")
    assert shell.run(*asked[:-2]).stderr == b""


def test_two_control_c_show_the_cursor(shell: Shell, llama: Llama) -> None:
    with terminal(shell, "ask", "What is 2 + 2?", "--mode", "contemplating", "--model", llama.spec) as screen:
        screen.wait_for("contemplating")
        os.kill(screen.process.pid, signal.SIGSTOP)
        os.kill(screen.process.pid, signal.SIGINT)
        os.kill(screen.process.pid, signal.SIGTERM)
        os.kill(screen.process.pid, signal.SIGCONT)
        assert screen.finish() in (130, 143)
    assert screen.raw.rfind("\x1b[?25l") < screen.raw.rfind(SHOW_CURSOR[:6])
    llama.wait_for(running=False)


def test_a_dumb_terminal_gets_words_only(shell: Shell, nano: Path) -> None:
    dumb = Shell(shell.folder, {"TERM": "dumb", "NO_COLOR": "1"})
    asked = ["ask", "What is 17 * 3?", "--mode", "contemplating", "--model", str(nano), "--max-tokens", "100"]
    with terminal(dumb, *asked, "--agents", "2") as screen:
        screen.finish()
    assert "\x1b[?25" not in screen.raw
    assert " · 2 agents" in screen.text
