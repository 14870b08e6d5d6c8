"""The keys of a situation file: one table for its errors, its documentation and the questions of ``audit init``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from helicon.audit.knowledge import knowledge
from helicon.errors import BadOption

Form = Literal["choice", "country", "countries", "flag", "count", "amount", "text", "choices", "months", "currency"]
MONTH = re.compile(r"[0-9]{4}-(?:0[1-9]|1[0-2])")
CURRENCY = re.compile(r"[A-Z]{3}")
COUNTRY_HINTS = {"UK": "GB", "EL": "GR", "EN": "GB", "JA": "JP"}
YES = frozenset({"y", "yes", "true", "1"})
NO = frozenset({"n", "no", "false", "0"})
LARGEST = 10**15
"""Nobody has more users or dollars."""
FORMS: Mapping[Form, str] = {
    "country": 'a country\'s two-letter ISO code such as "DE"',
    "countries": 'a list of two-letter ISO codes such as ["DE", "FR"]',
    "flag": "true or false",
    "count": "a whole number from 0 on",
    "amount": "a number from 0 on",
    "text": "a text of 1 to 200 characters",
    "months": 'a table of months and counts such as "2024-11" = 20_000_000',
    "currency": 'a three-letter ISO code such as "USD"',
}


@dataclass(frozen=True, slots=True)
class Key:
    """One key of the file."""

    path: str
    """With a point where it stands in a table: ``users.now``."""
    form: Form
    question: str
    """What ``init`` asks."""
    doc: str
    """What it decides."""
    allowed: tuple[str, ...] = ()

    @property
    def field(self) -> str:
        """The name of the attribute of ``Situation``."""
        return self.path.replace(".", "_")

    @property
    def expected(self) -> str:
        if self.form == "choice":
            return "one of " + ", ".join(f'"{one}"' for one in self.allowed)
        if self.form == "choices":
            return "a list of some of " + ", ".join(f'"{one}"' for one in self.allowed)
        return FORMS[self.form]

    def check(self, value: object) -> object:
        """The value as the situation holds it; a ``BadOption`` without place where it is wrong."""
        match self.form:
            case "flag" if isinstance(value, bool):
                return value
            case "choice" if isinstance(value, str) and value in self.allowed:
                return value
            case "choices" if isinstance(value, list) and all(one in self.allowed for one in value):
                return tuple(dict.fromkeys(value))
            case "country" if isinstance(value, str):
                return self._country(value)
            case "countries" if isinstance(value, list) and all(isinstance(one, str) for one in value):
                return tuple(dict.fromkeys(self._country(one) for one in value))
            case "count" if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LARGEST:
                return value
            case "amount" if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= LARGEST:
                return float(value)
            case "text" if isinstance(value, str) and 0 < len(value) <= 200 and value.isprintable():
                return value
            case "currency" if isinstance(value, str) and CURRENCY.fullmatch(value):
                return value
            case "months" if isinstance(value, dict):
                return self._months(value)
        raise BadOption(f"{self.path} is {shown(value)}, expected {self.expected}.")

    def _country(self, value: str) -> str:
        code = value.upper()
        if code in COUNTRY_HINTS:
            raise BadOption(
                f'{self.path} is {shown(value)}; its ISO code is "{COUNTRY_HINTS[code]}", expected that one.'
            )
        if code not in knowledge().territories.codes:
            raise BadOption(f"{self.path} is {shown(value)}, expected {FORMS['country']}.")
        return code

    def _months(self, value: dict[str, object]) -> tuple[tuple[str, int], ...]:
        for month, count in value.items():
            if not MONTH.fullmatch(month):
                raise BadOption(f'{self.path} has the key {shown(month)}, expected a month such as "2024-11".')
            if isinstance(count, bool) or not isinstance(count, int) or not 0 <= count <= LARGEST:
                raise BadOption(f'{self.path}."{month}" is {shown(count)}, expected {FORMS["count"]}.')
        return tuple(sorted((month, int(str(count))) for month, count in value.items()))

    def answer(self, text: str) -> object:
        """The value of an answer typed to ``init``; ``None`` where it is empty."""
        plain = text.strip()
        if not plain:
            return None
        parts = [one for one in re.split(r"[,\s]+", plain) if one]
        match self.form:
            case "flag" if plain.lower() in YES | NO:
                return self.check(plain.lower() in YES)
            case "count" | "amount":
                digits = plain.replace("_", "").replace(",", "").replace(" ", "")
                return self.check(int(digits) if digits.isdigit() and len(digits) < 17 else plain)
            case "countries" | "choices":
                return self.check(parts)
            case "months":
                pairs = [one.partition("=") for one in parts]
                return self.check({month: int(count) if count.isdigit() else count for month, _, count in pairs})
            case "choice":
                return self.check(plain.lower())
        return self.check(plain)


def shown(value: object) -> str:
    """A value in a message, cut short."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


KEYS: tuple[Key, ...] = (
    Key("kind", "choice", "Are you a company or a person?", "Whether domicile or principal_place counts.",
        ("company", "person")),
    Key("principal_place", "country", "In which country is the company's principal place of business?",
        "European clauses of Llama; territory lists."),
    Key("domicile", "country", "In which country are you domiciled (a person)?",
        "European clauses of Llama; territory lists."),
    Key("countries", "countries", "In which countries do you use the models or serve users?",
        "Territory lists of MiniMax H3 and Hunyuan, which exclude any use there."),
    Key("purpose", "choice", "What are the models used for?",
        "Non-commercial and research licences; clauses for commercial use only. Use inside a company is commercial.",
        ("commercial", "research", "personal")),
    Key("environment", "choice", "Do they run in production, or only in tests and evaluations?",
        "Non-production licences.", ("production", "testing")),
    Key("end_user_only", "flag", "Do you only use somebody else's product that contains the models?",
        "Llama's and others' clauses that spare end users of an integrated product."),
    Key("product", "choice", "Does a product of yours contain the models, use them through an API, or neither?",
        "Attribution: Llama 3 asks where a product uses it, Llama 3.1 and later where it contains it.",
        ("contains", "uses", "none")),
    Key("modalities", "choices", "What goes in and out?",
        "Shown beside European clauses; those follow the model's abilities, not your use of them.",
        ("text", "vision", "audio", "speech", "image", "video", "embedding")),
    Key("ships_weights", "flag", "Do you pass weights on (in an image, an app, a download)?",
        "Notices and copies of licences."),
    Key("ships_derived_models", "flag", "Do you pass on models that you fine-tuned, merged or distilled from them?",
        "Naming, marked changes, restrictions to pass on."),
    Key("model_name", "text", "What is the name of such a model?", "Naming rules."),
    Key("hosts_for_others", "flag", "Do you give others access to a model itself, as an API?",
        "Hosting clauses of Kimi K3 and Falcon 180B; hosting counts as distribution for Gemma and DeepSeek."),
    Key("trains_on_outputs", "flag", "Do you train other models on their outputs?",
        "Llama 2 and 3, Qwen 1 and 2, Stability and others forbid it."),
    Key("ships_models_trained_on_outputs", "flag", "Do you pass on models trained on their outputs?",
        "Naming for Llama 3.1 and later, \"Built with Qwen\", derivatives of Gemma, DeepSeek and Muse."),
    Key("confidential_inputs", "flag", "Are the inputs confidential?", "Tiers that train on your inputs."),
    Key("military", "flag", "Is any use military?", "Military exclusions."),
    Key("users.now", "count", "How many monthly active users does the product have now?",
        "Running limits of Qwen, Kimi, MiniMax."),
    Key("users.group_now", "count", "How many have all products of you and your affiliates together, now?",
        "Limits over the whole group."),
    Key("users.months", "months", "How many were there in the months before the releases (2024-11=20000000)?",
        "Llama's 700 million, tested once: in the calendar month before the release of each version."),
    Key("users.affiliates_included", "flag", "Do those months cover all products of you and your affiliates?",
        "Llama counts them all; true unless you say otherwise."),
    Key("revenue.currency", "currency", "In which currency are the revenues?", "USD unless you say otherwise."),
    Key("revenue.usd_rate", "amount", "How many US dollars is one unit of that currency?",
        "Needed for other currencies."),
    Key("revenue.monthly", "amount", "What is the consolidated revenue of the group in a month?",
        "Devstral 2, Mistral Medium 3.5."),
    Key("revenue.yearly", "amount", "And in a year?", "Stability, Kimi K3."),
    Key("revenue.product_monthly", "amount", "What is the revenue of the product in a month?", "Kimi's attribution."),
    Key("revenue.product_yearly", "amount", "And in a year?", "MiniMax M3 and H3."),
)  # fmt: skip
BY_PATH: Mapping[str, Key] = {key.path: key for key in KEYS}
TABLES = ("users", "revenue")


def documentation() -> str:
    """The table of keys as Markdown."""
    rows = [f"| `{key.path}` | {key.expected.replace('|', '/')} | {key.doc} |" for key in KEYS]
    return "\n".join(["| Key | Value | Decides |", "|---|---|---|", *rows]) + "\n"
