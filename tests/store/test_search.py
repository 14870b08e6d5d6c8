"""Full-text search, the same on SQLite and PostgreSQL.

1. Accents, case and width make no difference; scripts without spaces are found inside a line; an emoji is a word.
2. All words of a question are somewhere in the conversation; the last may be only begun.
3. Whatever a question holds, it is no error and finds nothing that is not there.
4. A snippet shows the place, and its hits are where the words are.
5. What was changed is found by its new words only; what was purged is not found.
"""

from __future__ import annotations

import itertools
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helicon.store import Conversation, Imported, Library, StoredMessage
from helicon.store.folding import LONGEST_WORD, MOST_BYTES, fold, hits, question, snippet, words

TEXTS = {
    "pt": "Olá, a AÇÃO começa em São Paulo às 12h30",
    "decomposed": unicodedata.normalize("NFD", "naïve Straße déjà-vu"),
    "zh": "我在北京大学学习计算机",
    "ja": "東京へ行きたいです。ガラス",
    "th": "สวัสดีชาวโลก",
    "hi": "हिन्दी में नमस्ते",
    "ar": "العَرَبِيَّة لُغَة",
    "ru": "Ёлка и ЧАЙ",
    "ko": "안녕하세요 세계",
    "code": "def snake_case(x): return x**2  # C++ e.mail@example.org 192.168.0.1",
    "emoji": "well done 🎉🎉 👩🏽‍💻",
    "wide": "ＦＵＬＬ width ﬁne",
}


@pytest.fixture
def filled(library: Library) -> Library:
    for id, text in TEXTS.items():
        library.create(Conversation(id=id, owner="ana", title=f"title of {id}"))
        library.add_messages("ana", id, [StoredMessage(id=f"m-{id}", conversation=id, text=text)])
    return library


def found(library: Library, query: str) -> set[str]:
    return {one.conversation.id for one in library.conversations("ana", query=query).items}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("acao", {"pt"}),
        ("AÇÃO sao paul", {"pt"}),
        ("paulo titl", {"pt"}),
        ("paul acao", set()),  # only the last word may be begun
        ("12h30", {"pt"}),
        ("naive", {"decomposed"}),
        ("strasse", {"decomposed"}),
        ("deja vu", {"decomposed"}),
        ("北京", {"zh"}),
        ("北京大学", {"zh"}),
        ("京北", set()),
        ("学", {"zh"}),
        ("東京", {"ja"}),
        ("ガラス", {"ja"}),
        ("ｶﾞﾗｽ", {"ja"}),
        ("ชาวโลก", {"th"}),
        ("नमस", {"hi"}),
        ("العربية", {"ar"}),
        ("елка чай", {"ru"}),
        ("안녕", {"ko"}),
        ("snake", {"code"}),
        ("snake_case", {"code"}),
        ("c++ 192.168", {"code"}),
        ("example.org", {"code"}),
        ("🎉", {"emoji"}),
        ("done 👩", {"emoji"}),
        ("full fine", {"wide"}),
        ("title", set(TEXTS)),
        ("title of", set(TEXTS)),
        ("", set(TEXTS)),
        ("   ", set(TEXTS)),
    ],
)
def test_what_is_found(filled: Library, query: str, expected: set[str]) -> None:
    assert found(filled, query) == expected


HOSTILE = [
    *[
        '"',
        "'",
        '"" OR 1',
        "a OR b",
        "NOT",
        "AND AND",
        "NEAR(a b)",
        "a NEAR/2 b",
        "*",
        "a*b",
        "^a",
        "title:",
        "words:x",
        "-a",
        "(",
        ")",
    ],
    *[
        "a:*",
        "a & b",
        "!a",
        "a <-> b",
        "'a' | 'b'",
        "\\",
        "a\\'",
        "%",
        "_",
        "{}",
        "[]",
        ";--",
        "'; DROP TABLE messages",
        "\0",
        "a\0b",
    ],
    *[
        "\ud800",
        "\U0010ffff",
        "\u202e",
        "🎉" * 500,
        "a " * 5000,
        "x" * 100_000,
        "é" * 5000,
        "\ufdfa" * 200,
        "ß" * 65,
        "。",
        "…",
        "\u0301",
    ],
]


def test_hostile_questions(filled: Library) -> None:
    for query in HOSTILE:
        found(filled, query)
    assert found(filled, '"title" OR of') == set()  # operators are words
    assert found(filled, "title\0 of") == set(TEXTS)


def test_any_question_finds_only_what_has_its_words(filled: Library) -> None:
    @given(st.text(max_size=12) | st.sampled_from(list(TEXTS.values())).flatmap(lambda t: st.sampled_from(t.split())))
    def check(query: str) -> None:
        wanted = question(query)
        expected = set()
        for id, text in TEXTS.items():
            here = set(words(text)) | set(words(f"title of {id}"))
            last_fits = bool(wanted) and (
                wanted[-1] in here or (len(wanted[-1]) > 1 and any(word.startswith(wanted[-1]) for word in here))
            )
            if last_fits and set(wanted[:-1]) <= here:
                expected.add(id)
        assert found(filled, query) == (expected if query.strip() else set(TEXTS))

    check()


def test_a_snippet_shows_the_place(library: Library) -> None:
    library.create(Conversation(id="c", owner="ana", title="Ação"))
    text = "start " * 100 + "\n\nEle mora\nem São Paulo, na rua da Ação.\n\n" + "end " * 100
    messages = [
        StoredMessage(id="a", conversation="c", text="nothing"),
        StoredMessage(id="b", conversation="c", text=text),
    ]
    library.add_messages("ana", "c", messages)
    [one] = library.conversations("ana", query="sao paul").items
    assert [one.snippet[start:end] for start, end in one.hits] == ["São", "Paul"]
    assert "\n" not in one.snippet
    assert one.snippet.startswith("… ")
    assert one.snippet.endswith(" …")
    assert one.title_hits == ()
    [one] = library.conversations("ana", query="acao").items
    assert one.title_hits == ((0, 4),)
    assert [one.snippet[start:end] for start, end in one.hits] == ["Ação"]
    [one] = library.conversations("ana", query="noth").items
    assert (one.snippet, one.hits) == ("nothing", ((0, 4),))


def test_changed_texts_are_found_by_their_new_words(library: Library) -> None:
    library.create(Conversation(id="c", owner="ana", title="first title"))
    library.add_messages(
        "ana", "c", [StoredMessage(id=n, conversation="c", text=t) for n, t in (("a", ""), ("b", "both lion"))]
    )
    library.update_message("ana", "a", text="both tiger")
    assert found(library, "tiger") == found(library, "lion") == found(library, "both") == {"c"}
    library.update_message("ana", "b", text="wolf")
    assert found(library, "lion") == set()
    assert found(library, "both") == found(library, "wolf") == {"c"}
    library.update_message("ana", "a", text="")
    assert found(library, "both") == found(library, "tiger") == set()
    library.update("ana", "c", title="second")
    assert found(library, "first") == set()
    assert found(library, "second") == {"c"}
    library.purge("ana", "c")
    assert found(library, "second") == found(library, "wolf") == set()


def test_a_page_of_a_thousand(library: Library) -> None:
    chats = (
        Imported(
            conversation=Conversation(id=f"c{n}", owner="", source=f"x:{n}"),
            messages=(StoredMessage(id="m", conversation="", text="lion"),),
        )
        for n in range(1010)
    )
    library.import_conversations("ana", chats)
    page = library.conversations("ana", query="lio", limit=5000)
    assert len(page.items) == 1000
    assert page.next
    assert {(one.snippet, one.hits) for one in page.items} == {("lion", ((0, 3),))}


def test_a_huge_text_is_taken(library: Library) -> None:
    library.create(Conversation(id="c", owner="ana"))
    text = " ".join(f"wörd{n}" for n in range(200_000)) + " " + "ü" * 10_000
    library.add_messages("ana", "c", [StoredMessage(id="m", conversation="c", text=text)])
    assert found(library, "word7 word99") == {"c"}
    assert library.messages("ana", "c")[0].text == text


@given(st.text(max_size=300))
def test_folding_is_stable(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    found = words(text)
    assert len(found) == len(set(found))
    assert all(word and len(word) <= LONGEST_WORD and " " not in word for word in found)
    assert sum(len(word.encode("utf-8", "replace")) for word in found) <= MOST_BYTES + 200
    assert set(question(text)) <= set(words(text[:1000])) | {""}


@given(st.text(max_size=200), st.text(max_size=20))
def test_hits_are_in_order_inside_the_text(text: str, query: str) -> None:
    wanted = question(query)
    for line, spans in ((text, tuple(hits(text, wanted))), snippet(text, wanted)):
        assert all(0 <= start < end <= len(line) for start, end in spans)
        assert all(before[1] < after[0] for before, after in itertools.pairwise(spans))
