"""Write ``heldout.jsonl``, the questions everyone evaluates nano on.

    python recipes/nano/heldout.py

1,160 questions of our own families (families and levels in turn) and 40 drawn
from reasoning-gym. All of them are in the sixteenth of question texts, by hash,
that training never sees.
"""

from __future__ import annotations

import json
from pathlib import Path

from helicon.training.gym import GENERATORS, gym_question
from helicon.training.tasks import TaskQuestion, held_out, is_held_out

OWN, DRAWN = 1160, 40


def drawn(count: int) -> list[TaskQuestion]:
    """Held-out questions of reasoning-gym, generators in turn."""
    out: list[TaskQuestion] = []
    names = [name for name in GENERATORS if name != "simple_equations"]  # too slow to search
    seed = 10**9
    while len(out) < count:
        seed += 1
        made = gym_question(names[len(out) % len(names)], seed, blocks=4)
        if made is not None and is_held_out(made.question) and made.question not in {q.question for q in out}:
            out.append(made)
    return out


def main() -> None:
    lines = [
        json.dumps({"question": q.question, "answer": q.answer, "family": q.family}, ensure_ascii=False)
        for q in [*held_out(OWN), *drawn(DRAWN)]
    ]
    path = Path(__file__).resolve().parent / "heldout.jsonl"
    path.write_text("\n".join(lines) + "\n")
    print(f"{len(lines)} questions, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
