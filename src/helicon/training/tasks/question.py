"""One generated question with its worked solution: the value every family returns."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

GAVE_UP = "None of my tries fits; this is the nearest."


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskQuestion:
    """A question, its short answer, and how nano should think and reply."""

    question: str
    answer: str
    """Short and comparable: what stands after ``Answer:``."""
    thought: str
    """The worked solution, in lean steps."""
    family: str
    level: int = 0
    """0 is the easiest."""
    words: str = ""
    """At most two sentences before the answer line; ``{}`` stands for the answer."""
    check: str = ""
    """A short proof of the result, for prompts that ask for one."""
    wrong: tuple[str, ...] = ()
    """Plausible wrong answers, used in drafts."""

    settled: str | None = None
    """What a thought that searched too little arrives at; None where it arrives at ``answer``."""
    gave_up: bool = True
    """Whether such a thought knows it; one that looks for the shortest cannot."""

    @property
    def reply(self) -> str:
        """What nano says at the end of its thought."""
        if self.settled is None or not self.gave_up:
            return self.reply_with(self.settled or self.answer)
        return f"{GAVE_UP}\nAnswer: {self.settled}"

    def reply_with(self, answer: str) -> str:
        """The reply of an agent that arrived at ``answer``."""
        line = f"Answer: {answer}"
        return f"{self.words.replace('{}', answer)}\n{line}" if self.words else line


def closing(random: Random, *sentences: str) -> str:
    """One of ``sentences``, or none in half of the cases."""
    return "" if random.random() < 0.5 else random.choice(sentences)
