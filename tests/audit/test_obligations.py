"""Obligations against situations, each with its clause. ``O`` cases are those of the corpus."""

from __future__ import annotations

import pytest

from helicon.audit.situation import Situation
from tests.audit.saying import finding, findings

GERMAN = Situation(kind="company", principal_place="DE", purpose="commercial", product="contains")
SCOUT, LLAMA33, QWEN72 = (
    "meta-llama/Llama-4-Scout-17B-16E-Instruct",
    "meta-llama/Llama-3.3-70B-Instruct",
    "Qwen/Qwen2.5-72B-Instruct",
)
EU, MAU, REVENUE, NC = "licence/territory-excluded", "licence/max-mau", "licence/max-revenue", "licence/non-commercial"


def months(**counts: int) -> tuple[tuple[str, int], ...]:
    return tuple((name[1:].replace("_", "-"), count) for name, count in counts.items())


def said(**more: object) -> Situation:
    return Situation(**{"kind": "company", "purpose": "commercial", "product": "contains", **more})  # type: ignore[arg-type]


# ------------------------------------------------------------------------------------------------ Llama's EU clause


def test_o2_llama_4_has_no_grant_in_germany_even_for_text() -> None:
    found = finding(EU, SCOUT, said(principal_place="DE", modalities=("text",)))
    assert (found.state, found.level) == ("triggered", "error")
    assert "a company with a principal place of business in, the European Union" in found.clause
    assert found.text.startswith("Llama 4 Community License Agreement: obligation triggered by your principal place")
    assert found.source.endswith("llama4/USE_POLICY.md")


def test_o3_an_end_user_of_somebody_elses_product_is_spared() -> None:
    found = finding(EU, SCOUT, said(principal_place="DE", end_user_only=True))
    assert found.state == "not_triggered"
    assert "This restriction does not apply to end users" in found.clause


@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("meta-llama/Llama-3.2-11B-Vision-Instruct", "triggered"),
        ("meta-llama/Llama-3.2-90B-Vision-Instruct", "triggered"),
        ("meta-llama/Llama-3.2-3B-Instruct", "not_triggered"),
        (LLAMA33, "not_triggered"),
        ("meta-llama/Llama-Guard-4-12B", "triggered"),
        ("unsloth/Llama-3.2-11B-Vision-Instruct-GGUF", "triggered"),
    ],
)
def test_the_eu_clause_goes_by_version_and_modality(name: str, state: str) -> None:
    assert finding(EU, name, GERMAN).state == state


def test_llama_3_1_has_no_eu_clause() -> None:
    assert EU not in [one.rule for one in findings("meta-llama/Llama-3.1-8B-Instruct", GERMAN)]


def test_the_eu_clause_goes_by_domicile_not_by_where_users_are() -> None:
    assert finding(EU, SCOUT, said(principal_place="US", countries=("DE", "FR"))).state == "not_triggered"
    assert finding(EU, SCOUT, said(principal_place="CH")).state == "not_triggered"
    assert finding(EU, SCOUT, said(kind="person", domicile="FR", principal_place="US")).state == "triggered"
    assert finding(EU, SCOUT, said(kind="person", domicile="GB")).state == "not_triggered"
    open_one = finding(EU, SCOUT, said(countries=("DE",)))
    assert open_one.state == "depends"
    assert "principal place of business" in open_one.question


# ---------------------------------------------------------------------------------------------------- monthly users


def test_o7_qwens_limit_runs_and_llamas_does_not() -> None:
    now = said(users_now=150_000_000, users_months=months(m2024_11=20_000_000))
    qwen = finding(MAU, QWEN72, now)
    assert (qwen.state, qwen.level) == ("triggered", "error")
    assert "more than 100 million monthly active users, you shall request a license" in qwen.clause
    llama = finding(MAU, LLAMA33, now)
    assert llama.state == "not_triggered"
    assert "20,000,000 monthly active users in the month before 2024-12-06" in llama.text


def test_o8_llamas_limit_counts_all_affiliates() -> None:
    found = finding(MAU, LLAMA33, said(users_now=1000, users_months=months(m2024_11=800_000_000)))
    assert found.state == "triggered"
    assert "Licensee's affiliates" in found.clause
    alone = said(users_months=months(m2024_11=20_000_000), users_affiliates_included=False)
    assert finding(MAU, LLAMA33, alone).state == "depends"


@pytest.mark.parametrize(
    ("name", "month"),
    [
        ("meta-llama/Llama-2-7b-hf", "2023-06"),
        ("meta-llama/Meta-Llama-3-8B", "2024-03"),
        ("meta-llama/Llama-3.1-8B", "2024-06"),
        ("meta-llama/Llama-3.2-1B", "2024-08"),
        (LLAMA33, "2024-11"),
        (SCOUT, "2025-03"),
        ("databricks/dbrx-instruct", "2024-02"),
    ],
)
def test_llamas_month_is_the_one_before_the_release(name: str, month: str) -> None:
    assert finding(MAU, name, said(users_months=((month, 700_000_001),))).state == "triggered"
    assert finding(MAU, name, said(users_months=((month, 700_000_000),))).state == "not_triggered"
    other = finding(MAU, name, said(users_months=(("2020-01", 900_000_000),)))
    assert other.state == "depends"
    assert "calendar month before" in other.question


def test_qwens_limit_is_for_commercial_use() -> None:
    found = finding(MAU, QWEN72, said(purpose="research", users_now=150_000_000))
    assert found.state == "not_triggered"


def test_qwens_limit_reaches_a_hosted_copy() -> None:
    found = finding(MAU, "together_ai/Qwen/Qwen2.5-72B-Instruct-Turbo", said(users_now=150_000_000, product="uses"))
    assert found.state == "triggered"
    assert found.use.model.api


def test_tongyi_covers_qwen_1_5() -> None:
    assert finding(MAU, "Qwen/Qwen1.5-72B-Chat", said(users_now=100_000_001)).licence == "tongyi-qianwen-2023"


# ---------------------------------------------------------------------------------------- size-dependent, not free


@pytest.mark.parametrize("name", ["qwen2.5:3b", "Qwen/Qwen2.5-Coder-3B-Instruct", "Qwen/Qwen2.5-VL-3B-Instruct"])
def test_qwens_small_models_are_for_research(name: str) -> None:
    found = finding(NC, name, said())
    assert (found.state, found.level, found.licence) == ("triggered", "error", "qwen-research")
    assert finding(NC, name, said(purpose="research")).state == "not_triggered"
    assert finding(NC, name, said(purpose="personal")).state == "depends"
    assert NC not in [one.rule for one in findings("qwen2.5:7b", said())]


def test_mistral_non_production() -> None:
    found = finding("licence/non-production", "codestral:22b", said(environment="production"))
    assert found.state == "triggered"
    assert "Non-Production Environments" in found.clause
    assert finding("licence/non-production", "codestral:22b", said(environment="testing")).state == "not_triggered"


def test_minimax_m2_7_permits_personal_use_only() -> None:
    assert finding(NC, "MiniMaxAI/MiniMax-M2.7", said()).state == "triggered"
    assert finding(NC, "MiniMaxAI/MiniMax-M2.7", said(purpose="personal")).state == "not_triggered"


# ------------------------------------------------------------------------------------------------- provenance


def test_a_mit_tag_on_a_distillation_of_llama() -> None:
    name = "deepseek-ai/DeepSeek-R1-Distill-Llama-8B"
    rules = {one.rule for one in findings(name, GERMAN)}
    assert {"provenance/base-licence", MAU, "licence/attribution"} <= rules
    built = finding("licence/attribution", name, GERMAN)
    assert built.licence == "llama-3.1-community"
    assert "Built with Llama" in built.clause
    unsloth = findings("unsloth/DeepSeek-R1-Distill-Llama-8B-GGUF", GERMAN, declared="mit")
    assert {"provenance/mirror", "provenance/mislabelled"} <= {one.rule for one in unsloth}


def test_a_mislabelled_mirror() -> None:
    found = finding("provenance/mislabelled", "lmstudio-community/Codestral-22B-v0.1-GGUF", said())
    assert found.level == "warning"
    assert "declared 'apache-2.0'" in found.text
    assert "Mistral AI Non-Production License" in found.text
    assert finding(NC, "lmstudio-community/Codestral-22B-v0.1-GGUF", said()).state == "triggered"


# ------------------------------------------------------------------------------------------ Gemma, DeepSeek: hosting


def test_hosting_is_distribution_for_gemma_before_four() -> None:
    flow = "licence/flow-down"
    hosting = said(
        hosts_for_others=True, ships_weights=False, ships_derived_models=False, ships_models_trained_on_outputs=False
    )
    found = [one for one in findings("google/gemma-3-12b-it", hosting) if one.rule == flow]
    assert sorted(one.state for one in found) == ["not_triggered", "triggered"]
    assert "hosted service" in next(one for one in found if one.state == "triggered").clause
    notice = finding("licence/notice-file", "google/gemma-3-12b-it", hosting)
    assert notice.state == "not_triggered"
    assert not [one for one in findings("google/gemma-4-31B-it", hosting) if one.rule == flow]


def test_hosting_is_distribution_for_deepseek_v3_but_not_for_r1() -> None:
    hosting = said(hosts_for_others=True)
    assert [
        one
        for one in findings("deepseek-ai/DeepSeek-V3", hosting)
        if one.rule == "licence/flow-down" and one.state == "triggered"
    ]
    assert not [one for one in findings("deepseek-ai/DeepSeek-R1", hosting) if one.rule == "licence/flow-down"]


def test_falcon_180b_may_not_be_hosted() -> None:
    found = finding("licence/no-hosting", "falcon:180b", said(hosts_for_others=True))
    assert (found.state, found.level) == ("triggered", "error")
    assert "not licensed to use the Work or Derivative Work under this license for Hosting Use" in found.clause
    assert finding("licence/no-hosting", "falcon:180b", said(hosts_for_others=False)).state == "not_triggered"


def test_kimi_k3_as_a_service() -> None:
    rule, name = "licence/no-hosting", "moonshotai/Kimi-K3"
    assert finding(rule, name, said(hosts_for_others=True, revenue_yearly=30e6)).state == "triggered"
    assert finding(rule, name, said(hosts_for_others=True, revenue_yearly=10e6)).state == "not_triggered"
    assert finding(rule, name, said(hosts_for_others=True)).state == "depends"
    assert finding(rule, name, said(hosts_for_others=False, revenue_yearly=30e6)).state == "not_triggered"
    relayed = finding(rule, "openrouter/moonshotai/Kimi-K3", said(hosts_for_others=True, revenue_yearly=30e6))
    assert relayed.state == "not_triggered"


# ----------------------------------------------------------------------------------------------- revenue, territories


def test_devstral_2_grants_nothing_above_20_million_a_month() -> None:
    name = "mistralai/Devstral-2-123B-Instruct-2512"
    assert finding(REVENUE, name, said(revenue_monthly=20_000_001)).state == "triggered"
    assert finding(REVENUE, name, said(revenue_monthly=20_000_000)).state == "not_triggered"
    assert finding(REVENUE, name, said(revenue_yearly=250e6)).state == "triggered"
    assert finding(REVENUE, name, said(revenue_yearly=15e6)).state == "not_triggered"
    assert finding(REVENUE, name, said(revenue_yearly=100e6)).state == "depends"
    euros = said(revenue_monthly=19e6, revenue_currency="EUR", revenue_usd_rate=1.1)
    assert finding(REVENUE, name, euros).state == "triggered"
    assert REVENUE not in [one.rule for one in findings("mistralai/Devstral-Small-2-24B-Instruct-2512", euros)]


def test_stability_ends_above_a_million_a_year() -> None:
    name = "stabilityai/stable-video-diffusion-img2vid-xt"
    assert finding(REVENUE, name, said(revenue_yearly=2e6)).state == "triggered"
    assert finding(REVENUE, name, said(revenue_monthly=2e6)).state == "triggered"
    assert finding("licence/registration", name, said()).state == "triggered"


def test_minimax_h3_excludes_four_territories() -> None:
    name = "MiniMaxAI/MiniMax-H3"
    for country in ("DE", "GB", "KR", "US"):
        assert finding(EU, name, said(principal_place=country)).state == "triggered", country
    assert finding(EU, name, said(principal_place="JP", countries=("JP", "US"))).state == "triggered"
    assert finding(EU, name, said(principal_place="JP", countries=("JP", "BR"))).state == "not_triggered"
    assert finding(EU, name, said(principal_place="JP")).state == "depends"


def test_hunyuan_3d_excludes_three_territories_and_their_outputs() -> None:
    name = "tencent/Hunyuan3D-2"
    assert finding(EU, name, said(principal_place="US", countries=("US", "FR"))).state == "triggered"
    assert finding(EU, name, said(principal_place="US", countries=("US",))).state == "not_triggered"
    assert "Output or results" in finding(EU, name, said()).clause
    assert finding(MAU, name, said(users_months=months(m2024_12=1_000_001))).state == "triggered"


# ------------------------------------------------------------------------------------------------------ attribution


def test_llama_3_asks_of_products_that_use_it_and_3_1_of_those_that_contain_it() -> None:
    uses = said(product="uses")
    three = finding("licence/attribution", "meta-llama/Meta-Llama-3-8B", uses)
    assert three.state == "triggered"
    assert "Built with Meta Llama 3" in three.text
    shipped = said(product="uses", ships_weights=False, ships_derived_models=False, hosts_for_others=False)
    assert finding("licence/attribution", "meta-llama/Llama-3.1-8B", shipped).state == "not_triggered"
    assert finding("licence/attribution", "meta-llama/Llama-3.1-8B", said(product="contains")).state == "triggered"


def test_names_of_models_made_from_llama() -> None:
    made = said(ships_derived_models=True)
    assert finding("licence/naming", "meta-llama/Llama-3.1-8B", made).state == "triggered"
    named = said(ships_derived_models=True, model_name="Llama-Legal-8B")
    assert finding("licence/naming", "meta-llama/Llama-3.1-8B", named).state == "not_triggered"
    assert finding("licence/naming", "meta-llama/Meta-Llama-3-8B", named).state == "triggered"
    outputs = said(ships_models_trained_on_outputs=True, ships_derived_models=False)
    assert finding("licence/naming", "meta-llama/Llama-3.1-8B", outputs).state == "triggered"
    assert finding("licence/naming", "meta-llama/Meta-Llama-3-8B", outputs).state == "not_triggered"


def test_outputs_may_not_train_others_before_llama_3_1() -> None:
    trains = said(trains_on_outputs=True)
    assert finding("licence/no-train-others", "llama2", trains).state == "triggered"
    assert finding("licence/no-train-others", "llama3", trains).state == "triggered"
    assert "licence/no-train-others" not in [one.rule for one in findings("llama3.1:8b", trains)]
    built = finding("licence/output-training-attribution", QWEN72, said(ships_models_trained_on_outputs=True))
    assert "Built with Qwen" in built.text


def test_kimi_k2_shows_its_name_above_either_threshold() -> None:
    rule, name = "licence/attribution", "moonshotai/Kimi-K2-Instruct"
    assert finding(rule, name, said(users_now=100_000_001)).state == "triggered"
    assert finding(rule, name, said(users_now=5, revenue_product_monthly=20_000_001)).state == "triggered"
    assert finding(rule, name, said(users_now=5, revenue_product_monthly=5)).state == "not_triggered"
    assert finding(rule, name, said(users_now=5)).state == "depends"


def test_minimax_m2_is_not_plain_mit() -> None:
    rule, name = "licence/attribution", "MiniMaxAI/MiniMax-M2"
    assert finding(rule, name, said(users_now=5, revenue_product_yearly=30_000_001)).state == "triggered"
    assert "provenance/mislabelled" in [one.rule for one in findings(name, said())]
    assert finding(rule, "MiniMaxAI/MiniMax-M2.5", said()).state == "triggered", "no threshold"


# ---------------------------------------------------------------------------------------- inputs, registration, army


def test_the_contributor_tier_trains_on_inputs() -> None:
    rule = "licence/inputs-used-for-training"
    assert finding(rule, "muse-spark-1.3-contributor", said(confidential_inputs=True)).level == "error"
    assert finding(rule, "muse-spark-1.3-contributor", said(confidential_inputs=False)).state == "not_triggered"
    assert rule not in [one.rule for one in findings("muse-spark-1.3", said(confidential_inputs=True))]


def test_glm_4_asks_for_registration() -> None:
    assert finding("licence/registration", "THUDM/glm-4-9b-chat", said()).state == "triggered"
    assert finding("licence/registration", "THUDM/glm-4-9b-chat", said(purpose="research")).state == "not_triggered"
    assert "licence/registration" not in [one.rule for one in findings("THUDM/GLM-4-9B-0414", said())]


def test_minimax_m3_wants_to_be_told() -> None:
    found = finding("licence/notify-licensor", "MiniMaxAI/MiniMax-M3", said())
    assert found.state == "triggered"
    assert "api@minimax.io" in found.text


def test_military_use() -> None:
    assert finding("licence/no-military", "deepseek-ai/DeepSeek-V3", said(military=True)).level == "error"
    assert finding("licence/no-military", "deepseek-ai/DeepSeek-V3", said()).level == "note"
    assert "licence/no-military" not in [one.rule for one in findings("deepseek-ai/DeepSeek-R1", said(military=True))]


# -------------------------------------------------------------------------------------------------------- lifecycle


def test_lifecycle_retired_closing_removed() -> None:
    assert finding("lifecycle/retired", "gpt-3.5-turbo-instruct").level == "error"
    closing = finding("lifecycle/closing", "gemini-2.5-pro")
    assert (closing.level, closing.confidence) == ("warning", "secondary")
    assert "closes on 2026-12-01, in 3 days" in closing.text
    assert "no longer in the catalogue" in finding("lifecycle/removed", "o1-mini").text
    assert not [one for one in findings("gpt-5.2") if one.rule == "lifecycle/retired"]
