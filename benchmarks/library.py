"""A library of 10,000 conversations: what a list and a search take.

``python benchmarks/library.py [--conversations N] [--database URL]``. Words are drawn by Zipf's law, as in a language,
so the most common one is in nearly every conversation. Times are of whole calls, as the server makes them.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import accumulate
from pathlib import Path

from common import percentile, table, write
from helicon.store import Conversation, Imported, Library, StoredMessage, open_library

MESSAGES = 10
REPEATS = 30


def chats(count: int, words: list[str]) -> Iterator[Imported]:
    rng = random.Random("chats")
    weights = list(accumulate(1 / (n + 1) for n in range(len(words))))

    def text(length: int) -> str:
        return " ".join(rng.choices(words, cum_weights=weights, k=length))

    for n in range(count):
        chat = Conversation(
            id=f"c{n}",
            owner="",
            title=text(5),
            updated=float(n),
            pinned=n % 500 == 0,
            tags=("work",) if n % 10 == 0 else (),
            source=f"bench:{n}",
        )
        messages = tuple(
            StoredMessage(
                id=f"m{k}", conversation="", parent=f"m{k - 1}" if k else None, text=text(rng.randint(5, 150))
            )
            for k in range(MESSAGES)
        )
        yield Imported(conversation=chat, messages=messages)


def measure(call: Callable[[], object]) -> tuple[float, float]:
    """Median and 95th percentile in milliseconds."""
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        call()
        times.append((time.perf_counter() - start) * 1000)
    return round(percentile(times, 0.5), 1), round(percentile(times, 0.95), 1)


def calls(library: Library, words: list[str]) -> dict[str, Callable[[], object]]:
    second = library.conversations("me").next
    return {
        "list": lambda: library.conversations("me"),
        "its second page": lambda: library.conversations("me", cursor=second),
        "of a tag": lambda: library.conversations("me", tag="work"),
        "folders and tags": lambda: (library.folders("me"), library.tags("me")),
        "search: most common word": lambda: library.conversations("me", query=words[0]),
        "search: word 100": lambda: library.conversations("me", query=words[100]),
        "search: rare word": lambda: library.conversations("me", query=words[15_000]),
        "search: three words": lambda: library.conversations("me", query=" ".join(words[n] for n in (0, 30, 200))),
        "search: two letters": lambda: library.conversations("me", query="ab"),
        "search: nothing": lambda: library.conversations("me", query="zzzzzzzz"),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--conversations", type=int, default=10_000)
    parser.add_argument("--database", default="")
    options = parser.parse_args()
    rng = random.Random("words")
    letters = "abcdefghijklmnopqrstuvwxyzãçéü"
    words = ["".join(rng.choice(letters) for _ in range(rng.randint(3, 10))) for _ in range(20_000)]
    with tempfile.TemporaryDirectory() as folder:
        library = open_library(options.database or str(Path(folder) / "library.sqlite3"))
        start = time.perf_counter()
        report = library.import_conversations("me", chats(options.conversations, words))
        filled = time.perf_counter() - start
        results = {name: measure(call) for name, call in calls(library, words).items()}
        library.close()
    table([("", "median ms", "95% ms"), *((name, *found) for name, found in results.items())])
    print(f"{report.imported} conversations with {report.messages} messages imported in {filled:.0f} s")
    if options.database:
        return
    write(
        "library",
        {
            "conversations": report.imported,
            "messages": report.messages,
            "import_seconds": round(filled, 1),
            "milliseconds": {name: {"median": found[0], "p95": found[1]} for name, found in results.items()},
        },
    )


if __name__ == "__main__":
    main()
