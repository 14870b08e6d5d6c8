"""``helicon ask``: one question, one answer.

The engine's process is started before anything else is imported, so that both happen at once.
Ctrl-C stops the run at the engine and prints the ledger so far; a second one ends the process.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from types import FrameType
from typing import TYPE_CHECKING, Any

import click

from helicon.cli.commands import settings_of
from helicon.cli.display import SHOW_CURSOR, Answer, View, view_for
from helicon.cli.plain import clean, json_text
from helicon.cli.reading import question_of, tell_download
from helicon.cli.sources import Settings, load
from helicon.cli.trace_recording import Recording
from helicon.errors import HeliconError
from helicon.events import Event, Result, to_dict
from helicon.messages import Question

if TYPE_CHECKING:
    from helicon.engines.protocol import Engine
    from helicon.modes import Run

CODES = {signal.SIGINT: 130, signal.SIGTERM: 143}
EXAMPLES = """\
\b
Examples:
  helicon ask "What is 17 * 23?"
  helicon ask "Is 221 prime?" --mode contemplating --agents 8 --deadline 30
  helicon ask - --json < question.txt
  helicon ask "1. What is 17 + 25? 2. Is 221 prime?" --plan-only
  helicon ask "What is this?" --image a.png --model VL.gguf,mmproj=EYES.gguf
"""


@click.command("ask", epilog=EXAMPLES)
@click.argument("question")
@click.option("--resume", metavar="TRACE", help="Go on from TRACE, a run of this question that was cut or stopped.")
@settings_of("ask")
def command(question: str, resume: str | None, **options: Any) -> int:
    """Ask QUESTION, or what stdin holds when it is "-".

    The answer goes to stdout. In a terminal, stderr shows the thinking and, when several agents
    contemplate, one live line for each; at the end it says what the run cost.
    """
    settings = load(options)
    earlier: Sequence[Event] = ()
    if resume is not None:
        from helicon.cli.trace_resuming import earlier_of

        earlier = earlier_of(resume, settings)
    return asyncio.run(Asking(settings, question_of(question, settings), earlier).ask())


class Asking:
    """One call of ``helicon ask`` from the engine's start to its end."""

    def __init__(self, settings: Settings, question: Question, earlier: Sequence[Event] = ()) -> None:
        self.settings = settings
        self.question = question
        self.earlier = earlier
        """Of the run that this one goes on from."""
        self.json: bool = settings["json"]
        self.run: Run | None = None
        self.task: asyncio.Task[Any] | None = None
        self.view: View | None = None
        self.signal: int = 0
        self.code: int = 0
        """Where there is a plan and no result."""
        self.recording = Recording(settings["trace"], settings["database"])

    async def ask(self) -> int:
        """Run the question and return the exit code."""
        self.task = asyncio.current_task()
        with self._signals():
            try:
                result = await self._run()
                if result is None:
                    return self.signal or self.code
            except asyncio.CancelledError:
                if not self.signal:
                    raise
                return self.signal
        if self.signal:
            return self.signal
        return 0 if result.answer or result.tool_calls else 1

    async def _run(self) -> Result | None:
        from helicon.cli.engines import open_as_set

        model = self.settings["model"]
        opening = asyncio.create_task(open_as_set(model, self.settings, confirm=self._confirm))
        try:
            # Let the engine's process start, then import the rest while it loads.
            for _ in range(3):
                await asyncio.sleep(0)
            view = self.view = self._view()
            try:
                view.opening(model)
                from helicon.modes import Run

                self.recording.open()

                engine = await opening
                try:
                    if self.settings["plan_only"]:
                        await self._plan(engine, view)
                        return None
                    if self.earlier:
                        from helicon.cli.trace_resuming import check_model

                        check_model(self.earlier, engine.info.name)
                    async with Run(self.question, engine, earlier=self.earlier) as run:
                        self.run = run
                        return await self._follow(run, view)
                finally:
                    self.run = None
                    self.recording.close()
                    await engine.close()
            finally:
                view.close()
        finally:
            if not opening.done():
                opening.cancel()
                await asyncio.wait([opening])

    async def _plan(self, engine: Engine, view: View) -> None:
        """Print the plan alone."""
        from helicon.modes import make_plan
        from helicon.modes.planning import plan_json, plan_text

        question = replace(self.question, mode="contemplating")
        made = (await make_plan(question, engine)).plan
        view.close()
        self.code = 0 if made else 1
        if self.json:
            print(json_text(plan_json(made.parts) if made else []), flush=True)
        elif made:
            print(clean(plan_text(made.parts)), flush=True)
        if made is None:
            view.note("The request is one question; it would not be divided.")

    def _view(self) -> View:
        here = sys.stdout.isatty() and not self.json
        return view_for(sys.stderr, thinking=self.settings["thinking"], answer_here=here)

    def _confirm(self, text: str) -> bool:
        """Asked in a thread, before a first download."""
        if self.view is not None:
            self.view.close()
        return tell_download(text)

    async def _follow(self, run: Run, view: View) -> Result:
        answer = None if self.json else Answer(sys.stdout, hold=self.question.mode == "auto")
        if self.signal:
            run.cancel()
        failure: HeliconError | None = None
        try:
            async for event in run:
                view.feed(event)
                self.recording.feed(event)
                if answer:
                    answer.feed(event)
        except HeliconError as error:
            failure = error
        result = run.result
        view.close()
        if answer:
            answer.finish(result.answer)
        elif result.stop_reason:
            print(json_text(to_dict(result)), flush=True)
        if failure is not None and not result.ledger.entries:
            for untold in self.recording.close():
                view.note(str(untold))
            raise failure
        if not (failure or self.signal or result.answer or result.tool_calls):
            view.note(f"No answer: {NO_ANSWER.get(result.stop_reason or '', 'the model gave none.')}")
        view.ledger(result)
        for untold in self.recording.close():
            if failure is not None:
                view.note(str(untold))
            else:
                failure = untold
        if failure is not None:
            raise failure
        return result

    @contextmanager
    def _signals(self) -> Iterator[None]:
        """Handlers of the process, not of the loop: they also work while stdout is blocked."""
        loop = asyncio.get_running_loop()

        def stop() -> None:
            if self.run is not None:
                self.run.cancel()
            elif self.task is not None:
                self.task.cancel()

        def handle(number: int, _frame: FrameType | None) -> None:
            if self.signal:
                if sys.stderr.isatty():
                    os.write(2, SHOW_CURSOR.encode())
                os._exit(CODES[signal.Signals(number)])
            self.signal = CODES[signal.Signals(number)]
            loop.call_soon_threadsafe(stop)

        before = {number: signal.signal(number, handle) for number in CODES}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


NO_ANSWER = {
    "asked": "it was asked for before there was one.",
    "deadline": "the deadline came first. Give it more time with --deadline.",
    "length": "the tokens ran out first. Allow more with --max-tokens, or think less with --budget-tokens.",
    "budget": "the tokens ran out first. Allow more with --total-tokens or --budget-tokens.",
    "content_filter": "the engine withheld it.",
}
