"""Settings and where they come from.

1. Every setting has an environment variable and a key in ``helicon.toml``; options derive from its name.
2. The first that speaks wins: option, environment, ./helicon.toml, the user's helicon.toml, default.
3. A wrong value names its place and what was expected; an unknown key names the nearest right one.
4. Secrets are never shown.
"""

from pathlib import Path
from typing import Any

import pytest

from helicon.cli.kinds import from_value, from_words, nearest
from helicon.cli.settings import BY_NAME, SETTINGS
from helicon.cli.sources import Settings, load, strangers, user_configuration
from helicon.errors import BadOption, SetupError


class Place:
    """A folder, a user's folder and an environment of one's own."""

    def __init__(self, root: Path) -> None:
        self.folder, self.user = root / "here", root / "user"
        self.folder.mkdir()
        self.user.mkdir()
        self.environment: dict[str, str] = {}

    def load(self, **options: Any) -> Settings:
        return load(options, environment=self.environment, folder=self.folder, user_folder=self.user)

    def write(self, text: str, folder: Path | None = None) -> None:
        ((folder or self.folder) / "helicon.toml").write_text(text)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_names_derive_from_each_other() -> None:
    setting = BY_NAME["budget_tokens"]
    assert (setting.option, setting.variable) == ("--budget-tokens", "HELICON_BUDGET_TOKENS")
    assert len(BY_NAME) == len(SETTINGS)


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda s: s.name)
def test_every_setting_is_explained_and_has_a_fitting_default(setting: Any) -> None:
    assert setting.help.endswith(".")
    if setting.default is not None:
        default = list(setting.default) if setting.many else setting.default
        from_value(setting, default, "the default")
    else:
        assert setting.unset


def test_the_first_that_speaks_wins(place: Place) -> None:
    def port(**options: Any) -> tuple[int, str]:
        found = place.load(**options).found("port")
        return found.value, found.source

    assert port() == (8400, "default")
    place.write("port = 1", place.user)
    assert port() == (1, str(place.user / "helicon.toml"))
    place.write("port = 2")
    assert port() == (2, str(place.folder / "helicon.toml"))
    place.environment["HELICON_PORT"] = "3"
    assert port() == (3, "HELICON_PORT")
    assert port(port=4) == (4, "option")
    assert port(port=0) == (0, "option")


def test_an_option_that_was_not_given_does_not_speak(place: Place) -> None:
    place.environment["HELICON_IMAGE"] = "a.png;b.png"
    assert place.load(image=(), mode=None)["image"] == (Path("a.png"), Path("b.png"))
    place.environment["HELICON_IMAGE"] = ""
    assert place.load()["image"] == ()


def test_a_false_flag_speaks(place: Place) -> None:
    place.write("thinking = true")
    assert place.load(thinking=False)["thinking"] is False


def test_paths_in_a_file_start_at_its_folder(place: Place) -> None:
    place.write('api_key_file = "keys.txt"', place.user)
    assert place.load()["api_key_file"] == place.user / "keys.txt"
    place.write('api_key_file = "~/keys.txt"')
    assert place.load()["api_key_file"] == Path("~/keys.txt").expanduser()


def test_a_single_text_stands_for_a_list_of_one(place: Place) -> None:
    place.write('models = "nano"')
    assert place.load()["models"] == ("nano",)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("prot = 1", "unknown key 'prot'. Did you mean 'port'?"),
        ("budget-tokens = 1", "unknown key 'budget-tokens'. Did you mean 'budget_tokens'?"),
        ("[serve]\nport = 1", "unknown key 'serve'. Run 'helicon config' to see every key."),
        ('port = "8400"', "the key 'port' in {file} is '8400'; expected a whole number from 0 to 65,535."),
        ("port = true", "the key 'port' in {file} is True; expected a whole number from 0 to 65,535."),
        ("port = 1.5", "the key 'port' in {file} is 1.5; expected a whole number"),
        ("deadline = 0", "the key 'deadline' in {file} is 0; expected a number from 0.001 to 999,999,999."),
        ("deadline = nan", "is nan; expected a number from"),
        ('mode = "fast"', "is 'fast'; expected one of instant, thinking, contemplating, auto."),
        ('json = "yes"', "is 'yes'; expected true or false."),
        ("models = [1]", "is [1]; expected a list of texts."),
        ('system = ""', "is ''; expected text."),
        ("keys = { a = 1 }", "is a value that is not shown; expected a table of texts."),
    ],
)
def test_a_wrong_file_is_refused_by_name(place: Place, text: str, message: str) -> None:
    place.write(text)
    with pytest.raises(BadOption) as caught:
        place.load()
    assert message.format(file=place.folder / "helicon.toml") in str(caught.value)
    assert str(place.folder / "helicon.toml") in str(caught.value)


def test_a_file_that_is_no_toml_is_refused_with_its_line(place: Place) -> None:
    place.write("port = \n")
    with pytest.raises(SetupError, match=r"helicon\.toml is no valid TOML: .*line 1"):
        place.load()
    (place.folder / "helicon.toml").write_bytes(b"system = '\xff'")
    with pytest.raises(SetupError, match="is no valid TOML"):
        place.load()


@pytest.mark.parametrize(
    ("name", "words", "message"),
    [
        ("port", "eighty", "the variable HELICON_PORT is 'eighty'; expected a whole number from 0 to 65,535."),
        ("port", "70000", "the variable HELICON_PORT is 70000; expected"),
        ("deadline", "soon", "the variable HELICON_DEADLINE is 'soon'; expected a number"),
        ("json", "maybe", "the variable HELICON_JSON is 'maybe'; expected true or false."),
        ("keys", "secret", "the variable HELICON_KEYS: part 1 has no NAME=VALUE form"),
    ],
)
def test_a_wrong_variable_is_refused_by_name(place: Place, name: str, words: str, message: str) -> None:
    place.environment[f"HELICON_{name.upper()}"] = words
    with pytest.raises(BadOption) as caught:
        place.load()
    assert message in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "words", "value"),
    [
        ("agents", "12", 12),
        ("budget_tokens", "10_000", 10_000),
        ("deadline", "2.5", 2.5),
        ("json", "YES", True),
        ("json", "off", False),
        ("models", "nano; a b.gguf", ("nano", " a b.gguf")),
        ("keys", "a.example=k=1;b.example=env:B", {"a.example": "k=1", "b.example": "env:B"}),
        ("mode", "thinking", "thinking"),
    ],
)
def test_words_become_values(name: str, words: str, value: object) -> None:
    assert from_words(BY_NAME[name], words, "here") == value


def test_secrets_are_not_shown(place: Place) -> None:
    place.environment["HELICON_KEYS"] = "a.example=sk-123"
    found = place.load().found("keys")
    assert found.value == {"a.example": "sk-123"}
    assert found.shown == {"a.example": "***"}


def test_strange_variables_are_reported_with_the_nearest_right_one() -> None:
    environment = {"HELICON_PROT": "1", "HELICON_PORT": "1", "HELICON_API_KEYS": "x", "HELICON_XYZZY": "1", "PATH": ""}
    assert strangers(environment) == [("HELICON_PROT", "HELICON_PORT"), ("HELICON_XYZZY", "")]


def test_nearest() -> None:
    assert nearest("Max-Tokens", list(BY_NAME)) == "max_tokens"
    assert nearest("zzz", list(BY_NAME)) == ""


def test_the_users_folder_follows_the_platform(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    assert user_configuration({"XDG_CONFIG_HOME": "/x"}) == Path("/x/helicon")
    assert user_configuration({}) == Path("~/.config/helicon").expanduser()
    monkeypatch.setattr("sys.platform", "darwin")
    assert user_configuration({}) == Path("~/Library/Application Support/helicon").expanduser()
