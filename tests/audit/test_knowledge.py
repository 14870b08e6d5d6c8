"""The knowledge base itself.

1. Every row says how sure it is, where it was read and when; a row that was not checked says so in its findings.
2. Every family pattern has examples that match it and examples that do not; the examples resolve to their own row.
3. SPDX ids are on the SPDX list; everything else is a LicenseRef.
4. Every pattern is linear: 100 kB of its worst input in less than 100 ms.
5. It is stale after 60 days.
"""

from __future__ import annotations

import re
import time
from datetime import date, timedelta

import pytest

from helicon.audit.knowledge import OTHER_RULES, PREDICATES, Family, knowledge, rules
from helicon.audit.knowledge.patterns import Index, compiled, expand, literal, word
from helicon.audit.knowledge.reading import Table, table
from helicon.audit.resolve import resolve
from helicon.audit.resolving.hub import hub
from helicon.audit.resolving.spelling import normal
from helicon.audit.values import Kind, Licence
from helicon.errors import SetupError
from tests.audit.saying import mention, model

LISTED = {"Apache-2.0", "MIT", "CC-BY-NC-4.0", "OpenMDW-1.0"}
"""On the SPDX list (the 811 ids in cyclonedx-python-lib 11.12.0)."""
FAMILIES = knowledge().families
LICENCES = list(knowledge().licences.values())
FACTS = {
    "llama-1", "llama-2-community", "llama-3-community", "llama-3.1-community", "llama-3.2-community",
    "llama-3.3-community", "llama-4-community", "muse-model-license", "muse-api", "gemma-terms", "hai-def-terms",
    "tongyi-qianwen-2023", "tongyi-qianwen-research", "qwen-license-2024", "qwen-research", "deepseek-model-1.0",
    "glm-4",
    "mnpl-0.1", "mrl-0.1", "mistral-modified-mit", "kimi-k2-modified-mit", "kimi-k3", "minimax-m2.5-modified-mit",
    "minimax-m2.7-nc", "minimax-m3-community", "minimax-h3-community", "falcon-180b", "falcon-2-11b", "falcon-llm-2.0",
    "cc-by-nc-4.0", "bigcode-openrail-m-v1", "nvidia-open-model", "openmdw-1.0", "databricks-open-model",
    "stability-community", "tencent-hunyuan-3d-2.0", "exaone-1.1-nc", "apache-2.0", "mit", "proprietary-api",
}  # fmt: skip


def name(family: Family) -> str:
    return f"{family.family}: {family.version}"


def test_every_licence_of_the_facts_is_here() -> None:
    assert set(knowledge().licences) >= FACTS


@pytest.mark.parametrize("licence", LICENCES, ids=lambda one: one.id)
def test_licence_rows(licence: Licence) -> None:
    assert licence.source
    assert date.fromisoformat(licence.as_of) <= date.today() + timedelta(days=1)
    assert bool(licence.spdx) != bool(licence.licenseref)
    assert not licence.spdx or licence.spdx in LISTED
    assert not licence.licenseref or re.fullmatch(r"LicenseRef-[A-Za-z0-9.-]+", licence.licenseref)
    assert licence.obligations
    for obligation in licence.obligations:
        assert obligation.clause
        assert len(obligation.clause) <= 420, "a short quotation"
        assert obligation.source
        assert obligation.predicate in PREDICATES
    if licence.kind in ("non-commercial", "research"):
        assert any(one.predicate == "non_commercial" for one in licence.obligations)


@pytest.mark.parametrize("family", FAMILIES, ids=name)
def test_family_rows(family: Family) -> None:
    assert family.names
    assert family.ids, "a positive example"
    assert family.not_names, "a negative example"
    assert family.orgs or family.provider
    assert family.confidence == "recalled" or family.source, "a row that is not recalled says where it was read"
    date.fromisoformat(family.as_of)
    for other in family.not_names:
        texts = [other, *(f"{org}/{other}" for org in family.orgs[:1])]
        for found in (resolve(mention(text), knowledge()) for text in texts):
            assert found is None or (found.family, found.version) != (family.family, family.version), other


@pytest.mark.parametrize("family", FAMILIES, ids=name)
def test_examples_resolve_to_their_row(family: Family) -> None:
    for example in family.ids:
        provider, colon, rest = example.partition(":")
        kind: Kind = "api" if colon else "hub"
        found = model(rest if colon else example, kind)
        assert (found.family, found.version) == (family.family, family.version), example
        assert found.id == example
        assert found.known
        assert found.api == bool(colon), provider


def test_every_pattern_has_an_example() -> None:
    """A pattern nothing matches is a typing error. Rows of many names keep one example for two patterns."""
    lonely = []
    for family in FAMILIES:
        examples = [
            normal(one.rpartition("/")[2].rpartition(":")[2] if ":" in one else one.rpartition("/")[2])
            for one in family.ids
        ]
        examples += [normal(one.partition(":")[2]) for one in family.ids if ":" in one]
        matched = sum(any(compiled(pattern).match(one) for one in examples) for pattern in family.names)
        if matched * 4 < len(family.names):
            lonely.append((name(family), matched, len(family.names)))
    assert not lonely


@pytest.mark.parametrize("family", FAMILIES, ids=name)
def test_patterns_are_linear(family: Family) -> None:
    for pattern in (*family.names, *family.vision_names):
        for plain in expand(pattern):
            start = literal(plain)
            for filler in ("a", "-", "1", "a-", "1.", "b-x", start or "z"):
                hostile = (start + filler * (100_000 // len(filler)))[:100_000] + "!"
                began = time.perf_counter()
                compiled(plain).match(hostile)
                assert time.perf_counter() - began < 0.5, (plain, filler)  # 100 ms where the machine is idle


def test_mislabelled_rows_name_licences() -> None:
    for row in knowledge().mislabelled.values():
        assert set(row.concluded) <= set(knowledge().licences)
        assert model(row.id, "hub").provenance[0] == "mislabelled"


def test_ollama_rows_resolve() -> None:
    for tag in knowledge().tags.values():
        assert (
            tag.default in tag.sizes
            or tag.model.count("{size}") == 0
            or not tag.default[0].isdigit()
            or tag.name == "wizardlm2"
        )
        for size in tag.sizes.values():
            from helicon.audit.resolving.building import Stated

            found = hub(tag.model.replace("{size}", size), knowledge(), Stated(), sure=False)
            assert found, (tag.name, size)
            assert found.known


def test_packages_name_models() -> None:
    for rows in knowledge().packages.values():
        for row in rows:
            assert row.when
            assert all("/" in one or ":" in one for one in row.models)


def test_stale_after_sixty_days() -> None:
    checked = date.fromisoformat(knowledge().as_of)
    assert not knowledge().stale(checked + timedelta(days=60))
    assert knowledge().stale(checked + timedelta(days=61))


def test_rules_have_titles() -> None:
    found = rules()
    assert set(OTHER_RULES) < set(found)
    assert found["licence/max-mau"] == "Monthly active users above a limit"
    assert all(re.fullmatch(r"[a-z]+/[a-z-]+", one) for one in found)


def test_words_find_every_example() -> None:
    """A pre-filter by these words loses no example."""
    words = knowledge().words
    assert len(words) < 400
    for family in FAMILIES:
        for example in family.ids:
            assert any(one in example.lower() for one in words), example
    for tag in knowledge().tags:
        assert any(one in tag for one in words), tag


def test_groups_at_the_beginning_are_written_out() -> None:
    assert list(expand("(?:meta-)?llama-2")) == ["meta-llama-2", "llama-2"]
    assert list(expand("(?:a|b)(?:c)?d")) == ["a(?:c)?d", "b(?:c)?d"]
    assert literal("qwen-?2\\.5-x") == "qwen"
    assert word("text-embedding-ada-[0-9]+") == "ada"
    assert word("glm-?4") == "glm"


def test_an_index_answers_in_order() -> None:
    index: Index[int] = Index()
    index.add(["ab[0-9]"], 1)
    index.add(["a"], 2)
    index.add(["ab"], 3)
    assert [row for row, _ in index.find("ab1")] == [1]
    assert [row for row, _ in index.find("ab-1")] == [3]
    assert index.find("") == []
    with pytest.raises(ValueError, match="begin with a letter"):
        index.add(["[ab]c"], 4)


def test_damage_names_file_row_and_key() -> None:
    row = Table("licences.yaml: x", {"name": 3})
    with pytest.raises(SetupError, match=r"licences\.yaml: x name is 3, expected a text"):
        row.text("name")
    with pytest.raises(SetupError, match="has the key 'name', expected one of other"):
        row.only("other")
    with pytest.raises(SetupError, match="is list, expected a mapping"):
        Table("x", [])
    with pytest.raises(SetupError, match="confidence is None, expected one of text, secondary, recalled"):
        row.confidence()
    assert table("territories.yaml").text("as_of")


def test_the_european_union_has_27_members() -> None:
    lands = knowledge().territories
    assert len(lands.groups["EU"]) == 27
    assert lands.members(("EU", "GB")) >= {"DE", "FR", "GB"}
    assert not lands.members(("EU",)) & {"NO", "CH", "GB", "IS", "LI"}
    assert lands.groups["EU"] <= lands.codes


def test_licences_are_recognised_by_tag_spdx_and_name() -> None:
    of = knowledge().licence_of
    assert of("apache-2.0") == of("Apache 2.0") == of("Apache License 2.0") == "apache-2.0"
    assert of("MIT License") == of("mit") == "mit"
    assert of("llama3.1") == of("LicenseRef-scancode-llama-3.1-license-2024") == "llama-3.1-community"
    assert of("gemma") == "gemma-terms"
    assert of("something of mine") == ""
