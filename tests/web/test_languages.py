"""The page's words: every language says all of it, and fills in the same names."""

from __future__ import annotations

import re

from helicon.web import FOLDER


def entries(name: str) -> dict[str, set[str]]:
    """Each key of a language with the names that its words fill in."""
    text = (FOLDER / "lang" / f"{name}.js").read_text("utf-8")
    found = re.findall(r'^  "([\w.+-]+)":\s*(.*?)(?=^  "|^  //|^\};)', text, re.M | re.S)
    return {key: set(re.findall(r"\{(\w+)\}", value)) for key, value in found}


def test_both_languages_have_the_same_words() -> None:
    english, portuguese = entries("en"), entries("pt-BR")
    assert sorted(english) == sorted(portuguese)
    assert len(english) > 250
    other = {key: names ^ portuguese[key] for key, names in english.items() if (names ^ portuguese[key]) - {"count"}}
    assert other == {}


def test_every_word_that_is_asked_for_is_there() -> None:
    known = entries("en")
    asked = {
        (file.name, key)
        for file in FOLDER.rglob("*.js")
        if "lib" not in file.parts
        for key in re.findall(r'\bt\("([\w.-]+)"', file.read_text("utf-8"))
    }
    assert {one for one in asked if one[1] not in known} == set()
