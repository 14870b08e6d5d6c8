"""Model text made safe for a terminal.

1. Nothing that could move a cursor, set a title, write a clipboard or turn the writing direction is left.
2. What a reader should see is left as it was: words, accents, emoji, tabs, newlines.
3. A stream cut at any point gives the same text as the whole.
4. An escape that never ends swallows one line at most.
5. JSON output reads back to the same value and holds no bare control character.
"""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helicon.cli.plain import HIDDEN, Cleaner, clean, json_text, one_line

ESCAPES = {
    "colour": "a\x1b[31mb\x1b[0m",
    "cursor": "a\x1b[2J\x1b[1;1Hb",
    "title, ended by BEL": "a\x1b]0;owned\x07b",
    "title, ended by ST": "a\x1b]0;owned\x1b\\b",
    "clipboard": "a\x1b]52;c;ZXZpbA==\x07b",
    "hyperlink": "a\x1b]8;;http://evil.example\x1b\\b\x1b]8;;\x1b\\",
    "device control": "a\x1bPq#0;2;0;0;0\x1b\\b",
    "one-byte sequence": "a\x9b31mb",
    "one-byte string": "a\x9d0;owned\x9cb",
    "character set": "a\x1b(0b",
    "backspace and bell": "a\x08\x07b",
    "carriage return": "a\rb",
    "right-to-left override": "a\u202eb",
    "isolates": "a\u2066b\u2069",
    "tag characters": "a\U000e0041b",
    "escape at the end": "ab\x1b",
}


@pytest.mark.parametrize("text", ESCAPES.values(), ids=ESCAPES.keys())
def test_control_sequences_are_taken_out(text: str) -> None:
    assert clean(text) == "ab"


def test_words_stay_as_they_are() -> None:
    text = "Grüße, 数学, עברית, 👩‍🚀\n\tcode [31m ]0; \\ 17 × 23"
    assert clean(text) == text


def test_an_escape_without_end_costs_one_line_at_most() -> None:
    assert clean("one\x1b]0;never ended\ntwo") == "one\ntwo"
    assert clean("one\x1b[999;\ntwo") == "one\ntwo"
    assert clean("\x1b[" + "1" * 500).count("1") > 400


def test_a_lone_surrogate_becomes_a_replacement() -> None:
    assert clean("a\ud800b") == "a\ufffdb"


@given(st.text(st.sampled_from("ab\n\t\x1b[]0;m\\\x07\x9b\x9c\x9d\u202eP(1é")), st.data())
def test_every_split_gives_the_same(text: str, data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(text)))
    cleaner = Cleaner()
    assert cleaner.decode(text[:cut]) + cleaner.decode(text[cut:]) == clean(text)


@given(st.text())
def test_no_control_character_is_left(text: str) -> None:
    assert not HIDDEN.search(clean(text))
    assert clean(clean(text)) == clean(text)


def test_one_line_joins_lines() -> None:
    assert one_line(" a\n\n b\x1b[1m\tc ") == "a b c"


@given(
    st.recursive(
        st.text() | st.integers() | st.none(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_json_reads_back_and_is_safe(value: object) -> None:
    written = json_text(value)
    assert json.loads(written) == value
    assert not HIDDEN.search(written)
    written.encode()


def test_json_escapes_what_a_terminal_would_obey() -> None:
    assert json_text("\x9b31m\u202e\ud800é\U000e0041") == '"\\u009b31m\\u202e\\ud800é\\udb40\\udc41"'
