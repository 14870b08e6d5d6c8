"""The situation file.

1. Every key may be left out; a wrong key, type or value is an error with file, line and nearest key.
2. Empty, huge, UTF-16, no TOML: a message, never a crash; a byte-order mark is no fault.
3. What ``init`` writes is read again as the same situation.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helicon.audit.keys import BY_PATH, KEYS, documentation
from helicon.audit.situation import MAX_BYTES, Situation, line_of, parse, questions, read, toml
from helicon.errors import BadOption

WHOLE = """
kind = "company"
principal_place = "de"
countries = ["DE", "FR", "DE"]
purpose = "commercial"
environment = "production"
product = "contains"
ships_weights = false
hosts_for_others = true
model_name = "Llama-Legal"
modalities = ["text", "vision"]

[users]
now = 150_000_000
affiliates_included = true

[users.months]
"2024-11" = 20_000_000
"2024-06" = 10

[revenue]
currency = "EUR"
usd_rate = 1.1
monthly = 1_000_000
"""


def test_a_whole_file() -> None:
    found = parse(WHOLE.encode())
    assert found.place == "DE"
    assert found.countries == ("DE", "FR")
    assert found.commercial is True
    assert found.users_months == (("2024-06", 10), ("2024-11", 20_000_000))
    assert found.month("2024-12-06") == 20_000_000
    assert found.month("2024-07-23") == 10
    assert found.month("2025-01-31") is None
    assert found.dollars(found.revenue_monthly) == pytest.approx(1_100_000)
    assert found.military is None


def test_place_goes_by_kind() -> None:
    both = Situation(kind="person", domicile="FR", principal_place="US")
    assert both.place == "FR"
    assert Situation(kind="company", domicile="FR").place is None
    assert Situation(domicile="FR").place == "FR"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('kind = "company"\nprincipal_plaec = "DE"', r"line 2: there is no key 'principal_plaec'\. Did you mean"),
        ('kind = "firm"', r'line 1: kind is \'firm\', expected one of "company", "person"'),
        ('kind = "company"\n[users]\nnou = 3', r"line 3: there is no key 'users\.nou'\. Did you mean 'users\.now'\?"),
        ("[users]\nnow = -1", r"line 2: users\.now is -1, expected a whole number from 0 on"),
        ('[users]\nnow = "many"', r"line 2: users\.now is 'many'"),
        ("[users]\nnow = true", r"line 2: users\.now is True"),
        ("[users]\nnow = 10000000000000000", r"users\.now is 10000000000000000"),
        ("users = 3", r"line 1: users is 3, expected a table \[users\]"),
        ("[users]\nmonths = 3", r"line 2: users\.months is 3, expected a table of months"),
        ('[users.months]\n"2024-13" = 3', r"line 1: users\.months has the key '2024-13', expected a month"),
        ('[users.months]\n"2024-12" = "x"', r"users\.months\.\"2024-12\" is 'x', expected a whole number"),
        ('principal_place = "Germany"', r"line 1: principal_place is 'Germany', expected a country's two-letter"),
        ('principal_place = "EU"', r"principal_place is 'EU', expected a country"),
        ('principal_place = "UK"', r'principal_place is \'UK\'; its ISO code is "GB"'),
        ('countries = "DE"', r"countries is 'DE', expected a list"),
        ('countries = ["DE", "XX"]', r"countries is 'XX'"),
        ('ships_weights = "yes"', r"ships_weights is 'yes', expected true or false"),
        ('modalities = ["smell"]', r"modalities is \['smell'\], expected a list of some of"),
        ('model_name = ""', r"model_name is '', expected a text"),
        ('[revenue]\ncurrency = "EUR"\nmonthly = 3', r"line 2: revenue\.currency is 'EUR'.*expected revenue\.usd_rate"),
        ('[revenue]\ncurrency = "euro"', r"revenue\.currency is 'euro'"),
        ("kind = 2026-01-01", r"kind is datetime\.date"),
        ("[x.y]\nz = 1", r"line 1: there is no key 'x'"),
        ("[[users]]\nnow = 1", r"users is \[\{'now': 1\}\], expected a table"),
        ("kind = ", r"is no TOML: Invalid value"),
        ('kind = "company"\nkind = "person"', r"is no TOML: Cannot overwrite a value"),
        ("x = " + "[" * 5000, r"is no TOML"),
        ("x = " + "9" * 5000, r"is no TOML|no key 'x'"),
        ("", r"is empty, expected at least one key"),
        ("# nothing\n[users]\n", r"is empty"),
    ],
)  # fmt: skip
def test_faults_name_the_line_and_what_was_expected(text: str, message: str) -> None:
    with pytest.raises(BadOption, match=message) as caught:
        parse(text.encode(), "situation.toml")
    assert "situation.toml" in str(caught.value)
    assert len(str(caught.value)) < 1000


def test_bytes_that_are_no_text() -> None:
    with pytest.raises(BadOption, match="line 2: a byte that is no UTF-8"):
        parse(b'kind = "company"\n\xff = 1')
    with pytest.raises(BadOption, match="is UTF-16, expected UTF-8"):
        parse('kind = "company"'.encode("utf-16"))
    with pytest.raises(BadOption, match="larger than 64 KiB"):
        parse(b"#" * (MAX_BYTES + 1))
    assert parse(b'\xef\xbb\xbfkind = "company"\r\n').kind == "company"


def test_files(tmp_path: Path) -> None:
    with pytest.raises(BadOption, match=r"cannot be read: No such file.*helicon audit init"):
        read(tmp_path / "none.toml")
    with pytest.raises(BadOption, match="cannot be read"):
        read(tmp_path)
    file = tmp_path / "situation.toml"
    file.write_text('kind = "person"', encoding="utf-8")
    assert read(file).kind == "person"
    assert read(file).source == str(file)


def test_lines_of_keys() -> None:
    assert line_of(WHOLE, "principal_place") == 3
    assert line_of(WHOLE, "users.now") == 14
    assert line_of(WHOLE, "users.months", {}) == 17
    assert line_of("users.now = 3", "users.now") == 1
    assert line_of(WHOLE, "nothing") == 0


def test_what_init_writes_is_read_again() -> None:
    found = parse(WHOLE.encode())
    again = parse(toml(found.values()).encode())
    assert again == found
    assert "# European clauses of Llama" in toml({})


def test_questions_follow_the_answers() -> None:
    paths = [key.path for key in questions(Situation(kind="company"))]
    assert "domicile" not in paths
    assert "revenue.usd_rate" not in paths
    assert "principal_place" not in [key.path for key in questions(Situation(kind="person"))]
    assert "revenue.usd_rate" in [key.path for key in questions(Situation(revenue_currency="EUR"))]
    assert "model_name" not in [key.path for key in questions(Situation(ships_derived_models=False))]
    assert all(key.question.endswith("?") or "(" in key.question for key in KEYS)


def test_answers_are_checked_like_the_file() -> None:
    assert BY_PATH["kind"].answer(" Company ") == "company"
    assert BY_PATH["ships_weights"].answer("y") is True
    assert BY_PATH["ships_weights"].answer("no") is False
    assert BY_PATH["countries"].answer("de, fr") == ("DE", "FR")
    assert BY_PATH["users.now"].answer("1_000 000") == 1_000_000
    assert BY_PATH["users.months"].answer("2024-11=5, 2024-06=7") == (("2024-06", 7), ("2024-11", 5))
    assert BY_PATH["revenue.monthly"].answer("20,000,000") == 20_000_000
    assert BY_PATH["model_name"].answer("  ") is None
    for path, text in (("kind", "x"), ("ships_weights", "maybe"), ("users.now", "-3"), ("countries", "Narnia")):
        with pytest.raises(BadOption, match="expected"):
            BY_PATH[path].answer(text)


def test_the_documentation_names_every_key() -> None:
    table = documentation()
    assert all(f"`{key.path}`" in table for key in KEYS)
    assert table.startswith("| Key | Value | Decides |")


NAMES = st.sampled_from(
    [*BY_PATH, "users", "revenue", "x", '"2024-11"', "a.b.c", "[users]", "[[users]]", "[users.months]"]
)
VALUES = st.sampled_from(
    [
        '"company"',
        "true",
        "3",
        "-1",
        "1.5",
        "[]",
        '["DE"]',
        "{}",
        "{ a = 1 }",
        '"""',
        "2024-01-01",
        "nan",
        "inf",
        '"DE"',
    ]
)
LINES = st.tuples(NAMES, VALUES).map(" = ".join) | NAMES | st.text(max_size=12)
TEXTS = st.lists(LINES, max_size=12).map("\n".join)


@settings(max_examples=400)
@given(data=TEXTS.map(str.encode) | st.binary(max_size=200))
def test_any_bytes_are_a_situation_or_a_message(data: bytes) -> None:
    found, message = tried(data)
    if found is None:
        assert "situation.toml" in message
    else:
        assert parse(toml(found.values()).encode()) == found


def tried(data: bytes) -> tuple[Situation | None, str]:
    try:
        return parse(data), ""
    except BadOption as error:
        return None, str(error)
