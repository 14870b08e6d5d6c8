"""A library against a plain model in memory, step by step as Hypothesis likes.

Whatever is done in whatever order, lists, trees, tags, folders, runs and search say what the model says.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from helicon.store import Conversation, Library, RunRow, StoredMessage, open_library, open_memory_library
from helicon.store.folding import question, words

OWNERS = ("ana", "bob")
WORDS = ("ação", "北京", "lion", "tiger", "Straße", "🎉", "x", "")
TEXTS = st.lists(st.sampled_from(WORDS), max_size=3).map(" ".join)
PICK = st.integers(0, 50)
NUMBERS = count()


class Machine(RuleBasedStateMachine):
    """Owners, ids and times are of this example only, so that examples can share a database."""

    library: Library

    def __init__(self) -> None:
        super().__init__()
        self.clock = 0.0
        self.example = next(NUMBERS)
        self.chats: dict[str, Conversation] = {}
        self.trees: dict[str, list[StoredMessage]] = {}
        self.runs: dict[str, RunRow] = {}
        self.events: dict[str, list[str]] = {}

    def owner(self, name: str) -> str:
        return f"{name}-{self.example}"

    def fresh(self) -> str:
        return f"id-{next(NUMBERS)}"

    def chosen(self, pick: int) -> Conversation | None:
        return list(self.chats.values())[pick % len(self.chats)] if self.chats else None

    def keep(self, chat: Conversation, **changes: Any) -> None:
        self.chats[chat.id] = replace(chat, **changes)

    @initialize()
    def begin(self) -> None:
        self.create("ana", "first", True, "", ())

    @rule(
        owner=st.sampled_from(OWNERS),
        title=TEXTS,
        pinned=st.booleans(),
        folder=st.sampled_from(("", "f", "g")),
        tags=st.lists(st.sampled_from("tuv"), unique=True).map(lambda tags: tuple(sorted(tags))),
    )
    def create(self, owner: str, title: str, pinned: bool, folder: str, tags: tuple[str, ...]) -> None:
        self.clock += 1
        made = Conversation(
            id=self.fresh(),
            owner=self.owner(owner),
            title=title,
            updated=self.clock,
            pinned=pinned,
            folder=folder,
            tags=tags,
        )
        assert self.library.create(made) == made
        self.chats[made.id], self.trees[made.id] = made, []

    @rule(pick=PICK, texts=st.lists(TEXTS, max_size=3), branch=PICK, again=st.booleans())
    def add(self, pick: int, texts: list[str], branch: int, again: bool) -> None:
        if (chat := self.chosen(pick)) is None:
            return
        tree = self.trees[chat.id]
        parent = tree[branch % len(tree)].id if tree else None
        fresh = []
        for text in texts:
            fresh.append(StoredMessage(id=self.fresh(), conversation=chat.id, parent=parent, text=text))
            parent = fresh[-1].id
        self.clock += 1
        given = [*tree[:1], *fresh] if again else fresh
        kept = self.library.add_messages(chat.owner, chat.id, given, current=parent, now=self.clock)
        assert kept == given
        tree += fresh
        current = chat.current if parent is None else parent
        self.keep(chat, current=current, updated=self.clock if fresh else chat.updated)

    @rule(pick=PICK, place=PICK, text=TEXTS)
    def rewrite(self, pick: int, place: int, text: str) -> None:
        chat = self.chosen(pick)
        if chat is None or not (tree := self.trees[chat.id]):
            return
        place %= len(tree)
        tree[place] = replace(tree[place], text=text)
        assert self.library.update_message(chat.owner, tree[place].id, text=text) == tree[place]

    @rule(pick=PICK, change=st.sampled_from(("title", "pinned", "folder", "tags")), text=TEXTS, flag=st.booleans())
    def update(self, pick: int, change: str, text: str, flag: bool) -> None:
        if (chat := self.chosen(pick)) is None:
            return
        values: dict[str, Any] = {"title": text, "pinned": flag, "folder": "g" * flag, "tags": ("v",) * flag}
        self.keep(chat, **{change: values[change]})
        assert self.library.update(chat.owner, chat.id, **{change: values[change]}) == self.chats[chat.id]

    @rule(pick=PICK)
    def throw_away(self, pick: int) -> None:
        if (chat := self.chosen(pick)) is None:
            return
        self.clock += 1
        assert self.library.delete(chat.owner, chat.id, now=self.clock)
        self.keep(chat, deleted=self.clock)

    @rule(pick=PICK)
    def restore(self, pick: int) -> None:
        if (chat := self.chosen(pick)) is None:
            return
        assert self.library.restore(chat.owner, chat.id)
        self.keep(chat, deleted=None)

    @rule(pick=PICK)
    def purge(self, pick: int) -> None:
        if (chat := self.chosen(pick)) is None:
            return
        assert self.library.purge(chat.owner, chat.id)
        self.forget(chat.id)

    @rule(owner=st.sampled_from(OWNERS))
    def erase(self, owner: str) -> None:
        self.library.erase(self.owner(owner))
        for id in [id for id, chat in self.chats.items() if chat.owner == self.owner(owner)]:
            self.forget(id)
        self.runs = {id: run for id, run in self.runs.items() if run.owner != self.owner(owner)}

    def forget(self, id: str) -> None:
        del self.chats[id], self.trees[id]
        for run in [run for run in self.runs.values() if run.conversation == id]:
            self.runs[run.id] = replace(run, conversation="", message="")
            self.events[run.id] = []

    @rule(pick=PICK, lines=st.integers(0, 3))
    def begin_run(self, pick: int, lines: int) -> None:
        if (chat := self.chosen(pick)) is None:
            return
        run = RunRow(id=self.fresh(), owner=chat.owner, conversation=chat.id, worker=self.owner("w"))
        self.library.begin_run(run)
        self.runs[run.id], self.events[run.id] = run, []
        self.append(-1, lines, 0)

    @rule(pick=PICK, lines=st.integers(0, 3), again=st.integers(0, 2))
    def append(self, pick: int, lines: int, again: int) -> None:
        if not self.runs:
            return
        run = list(self.runs.values())[pick % len(self.runs)]
        known = self.events[run.id]
        new = [f"{{{len(known) + n}}}" for n in range(lines)]
        first = max(0, len(known) - again)
        kept = self.library.append_events(run.id, first, [*known[first:], *new])
        assert kept == bool(run.conversation)
        if kept:
            known += new

    @rule(pick=PICK)
    def end_run(self, pick: int) -> None:
        if not self.runs:
            return
        run = list(self.runs.values())[pick % len(self.runs)]
        self.runs[run.id] = replace(run, state="done", stop_reason="stop", prompt=3)
        assert self.library.end_run(run.id, state="done", stop_reason="stop", prompt=3)

    @rule(owner=st.sampled_from(OWNERS), query=TEXTS, cut=st.integers(0, 2))
    def search(self, owner: str, query: str, cut: int) -> None:
        query = query[: len(query) - cut]
        wanted = question(query)
        expected = [chat.id for chat in self.listed(owner) if not query.strip() or self.fits(chat, wanted)]
        found = self.library.conversations(self.owner(owner), query=query, limit=1000).items
        assert [one.conversation.id for one in found] == expected

    def fits(self, chat: Conversation, wanted: list[str]) -> bool:
        here = {word for text in (chat.title, *(m.text for m in self.trees[chat.id])) for word in words(text)}
        if not wanted or not set(wanted[:-1]) <= here:
            return False
        last = wanted[-1]
        return last in here or (len(last) > 1 and any(word.startswith(last) for word in here))

    def listed(self, owner: str) -> list[Conversation]:
        mine = [chat for chat in self.chats.values() if chat.owner == self.owner(owner) and chat.deleted is None]
        return sorted(mine, key=lambda chat: (chat.pinned, chat.updated), reverse=True)

    @invariant()
    def everything_is_as_it_should(self) -> None:
        for owner in OWNERS:
            name = self.owner(owner)
            listed = self.listed(owner)
            assert [f.conversation for f in self.library.conversations(name, limit=1000).items] == listed
            assert dict(self.library.folders(name)) == counted(chat.folder for chat in listed if chat.folder)
            assert dict(self.library.tags(name)) == counted(tag for chat in listed for tag in chat.tags)
            running = {run.id for run in self.runs.values() if run.owner == name and run.state == "running"}
            assert {run.id for run in self.library.running(name)} == running
        for id, tree in self.trees.items():
            assert self.library.messages(self.chats[id].owner, id) == tree
        for id, run in self.runs.items():
            assert self.library.run(run.owner, id) == run
            assert self.library.events(id) == self.events[id]


def counted(names: Any) -> dict[str, int]:
    result: dict[str, int] = {}
    for name in names:
        result[name] = result.get(name, 0) + 1
    return result


@pytest.mark.parametrize("place", ["memory", "sqlite", "postgres"])
def test_the_library_is_as_its_model(place: str, tmp_path: Any, request: pytest.FixtureRequest) -> None:
    if place == "memory":
        library = open_memory_library()
    elif place == "sqlite":
        library = open_library(str(tmp_path / "library.sqlite3"))
    else:
        library = open_library(request.getfixturevalue("postgres").database())
    machine = type("Machine", (Machine,), {"library": library})
    examples = 25 if place == "memory" else 8
    run_state_machine_as_test(machine, settings=settings(max_examples=examples, stateful_step_count=25, deadline=None))
    library.close()
