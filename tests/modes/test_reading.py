r"""The short answer is found in what a model wrote.

1. A box, a labelled line, a sentence that names the answer, a bold last line, a choice's letter, the value that
   ends the last sentence, JSON, a code block, or a short reply; the last one counts.
2. Dress (Markdown, dollar signs, the full stop) is taken off.
3. An open-ended text has no short answer.
"""

from __future__ import annotations

import pytest

from helicon.modes.answers import read_answer

READ = [
    # labelled lines
    ("Answer: 42", "42"),
    ("It is cheaper.\nAnswer: 400 g", "400 g"),
    ("Answer: 41\nNo, wrong.\nAnswer: 42", "42"),
    ("**Answer:** 42", "42"),
    ("**Answer: 42**", "42"),
    ("**Final answer:** $3.40", "$3.40"),
    ("Final Answer: Paris.", "Paris"),
    ("The final answer: 7 days", "7 days"),
    ("### Final Answer\n42 km", "42 km"),
    ("**Answer**\n\n42 km\n", "42 km"),
    ("> Answer: (B)", "(B)"),
    ("Antwort: 1.234,5", "1.234,5"),
    ("Réponse : 42", "42"),
    ("答案：42", "42"),
    ("Answer:\n```python\nprint(1)\n```", "```python\nprint(1)\n```"),
    ("Answer - 42", "42"),
    ("The first is right [1].\nAnswer: 7\nRests on [1], [3].", "7"),
    ("Answer: Alice, Bob", "Alice, Bob"),
    ("Answer: 3 * (4 + 5) = 27", "3 * (4 + 5) = 27"),
    ("17 + 23 is 40. Answer: 40", "40"),
    ("We add them up. Final answer: 40 apples.", "40 apples"),
    ("The two sides differ. **Answer:** No", "No"),
    ("It is 5! Answer: (B) Paris", "(B) Paris"),
    ("The names are sorted. Answer: Anna, Ben", "Anna, Ben"),
    ("Answer: 40. Check: 17 + 23 = 40.", "40"),
    ("Answer: 5. It fits.", "5"),
    ("Answer: 3.5 kg. That is little.", "3.5 kg"),
    ("Answer: Dr. Smith", "Dr. Smith"),
    ("Answer: 1. Anna 2. Ben", "1. Anna 2. Ben"),
    # boxes
    (r"So \boxed{42}.", "42"),
    (r"So \boxed{\frac{3}{4}}.", r"\frac{3}{4}"),
    (r"First \boxed{1}, then \boxed{2}.", "2"),
    (r"Answer: $\boxed{x^{2}}$", "x^{2}"),
    (r"Answer: see below. $$\boxed{17}$$", "17"),
    # sentences
    ("The answer is 42.", "42"),
    ("I think the answer is 42. It was easy.", "42"),
    ("So the correct answer is (C) Berlin, since it is in Germany.", "(C) Berlin"),
    ("The result is 3.5 kg.", "3.5 kg"),
    ("The total cost is $12.50.", "$12.50"),
    ("Thus 2 + 2 = 4.", "2 + 2 = 4"),
    ("It will be Tuesday.", "Tuesday"),
    ("It will be on Tuesday.", "on Tuesday"),
    ("The train arrives at 2:35 pm.", "2:35 pm"),
    ("Adding both:\n12 + 30 = 42", "12 + 30 = 42"),
    ("The sorted list is 1, 4, 9.", "1, 4, 9"),
    ("The capital of France is Paris.", "Paris"),
    ("Yes, because it is even.", "yes"),
    ("No.", "no"),
    ("So the final answer is 12 because 3 * 4 = 12.", "12"),
    ("42 is the answer.", "42"),
    ("Option B is correct.", "B"),
    ("It's 3.", "3"),
    ("The solutions are x = 3 and x = -3.", "x = 3 and x = -3"),
    ("Therefore, $x = 3$ or $x = -3$.", "$x = 3$ or $x = -3$"),
    (r"So, the area is $12\pi$ square units.", r"12\pi"),
    ("It leaves at 9:15 and arrives at 11:40, so it takes 2 hours and 25 minutes.", "2 hours and 25 minutes"),
    # bold and choices
    ("We add.\n\n**42**", "42"),
    ("The trip takes **90 minutes** in all.", "90 minutes"),
    ("I choose (B) because it is right.", "(B)"),
    ("(B)", "(B)"),
    ("B", "B"),
    ("A costs **$1.30** and B costs **$1.36**, so I would always prefer to take A in that shop.", ""),
    # structures
    ('{"a": 1}', '{"a": 1}'),
    ("```json\n[1]\n```", "```json\n[1]\n```"),
    (
        "Here it is:\n```python\nprint(1)\n```\nIt prints one and then it ends, which is all that was asked for.",
        "```python\nprint(1)\n```",
    ),
    # short replies
    ("Paris", "Paris"),
    ("42", "42"),
    ("x = 5", "x = 5"),
    ("The 400 g jar is cheaper.", "The 400 g jar is cheaper"),
    # open-ended
    ("", ""),
    ("   \n ", ""),
    ("Hello! How can I help you today?", ""),
    ("Dear team,\n\nthank you for the work of this week. I look forward to the next one.\n\nBest wishes", ""),
    ("The sea was calm and the two of them sat on the pier until the lamps were lit behind them.", ""),
]


@pytest.mark.parametrize(("text", "answer"), READ, ids=lambda value: ascii(value[-30:]))
def test_reading(text: str, answer: str) -> None:
    assert read_answer(text) == answer


def test_only_the_end_of_a_long_text_is_read() -> None:
    assert read_answer("word " * 100_000 + "\nAnswer: 42") == "42"
