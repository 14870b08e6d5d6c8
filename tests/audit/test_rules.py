"""The findings of the rules: their form, their order, their ids, and how sure they are. Single obligations are in
``test_obligations.py``.
"""

from __future__ import annotations

from datetime import date

from helicon.audit.knowledge import PREDICATES, knowledge
from helicon.audit.resolve import group
from helicon.audit.rules import judge, level, weaker
from helicon.audit.situation import Situation
from helicon.audit.verdicts import DECIDE
from tests.audit.saying import TODAY, finding, findings, mention

GERMAN = Situation(kind="company", principal_place="DE", purpose="commercial", product="contains")
AMERICAN = Situation(kind="company", principal_place="US", purpose="commercial", product="contains")
SCOUT, LLAMA33 = "meta-llama/Llama-4-Scout-17B-16E-Instruct", "meta-llama/Llama-3.3-70B-Instruct"
QWEN72 = "Qwen/Qwen2.5-72B-Instruct"
EU = "licence/territory-excluded"


def test_without_a_situation_everything_that_can_depend_does() -> None:
    for one in findings(LLAMA33):
        if one.rule.startswith("licence/") and one.rule not in ("licence/aup", EU):
            assert one.state == "depends", one.rule
            assert one.question.endswith("?")
            assert one.level != "error"


def test_a_recalled_row_is_never_stated_as_a_fact() -> None:
    for name in ("google/medgemma-4b-it", "tiiuae/Falcon3-7B-Instruct", "gpt-4o", "Qwen/Qwen1.5-4B-Chat"):
        recalled = [
            one for one in findings(name, GERMAN) if one.rule.startswith("licence/") and one.confidence == "recalled"
        ]
        assert recalled, name
        for one in recalled:
            assert one.text.startswith("Not verified: "), one.text
            assert one.next.startswith("Check the"), one.next
            assert one.level != "error"


def test_every_finding_has_clause_source_and_date() -> None:
    names = ["llama2", SCOUT, QWEN72, "falcon:180b", "MiniMaxAI/MiniMax-H3", "bigcode/starcoder"]
    for name in names:
        for one in findings(name, GERMAN):
            if not one.rule.startswith("licence/"):
                continue
            assert one.clause, one
            assert one.source
            assert date.fromisoformat(one.as_of)
            assert one.id.startswith("F")
            assert len(one.id) == 11


def test_no_finding_judges_anybody() -> None:
    for name in (SCOUT, QWEN72, "llama2", "MiniMaxAI/MiniMax-H3", "gpt-4o", "acme/thing"):
        for situation in (None, GERMAN, AMERICAN):
            for one in findings(name, situation, kind="hub" if "/" in name else "text"):
                text = f"{one.text} {one.next} {one.question}".lower()
                assert "complian" not in text
                assert "illegal" not in text
                assert (
                    one.state != "triggered"
                    or one.rule.split("/")[0] != "licence"
                    or "obligation triggered by" in one.text
                    or one.rule == "licence/unknown"
                )


def test_ids_are_stable_over_situations_lines_and_days() -> None:
    def ids(situation: Situation | None, today: date, path: str) -> set[str]:
        uses = group([mention(SCOUT, path=path), mention(QWEN72, path=path)], knowledge())
        return {one.id for one in judge(uses, situation, knowledge(), today) if one.rule.startswith("licence/")}

    assert ids(None, TODAY, "a.py") == ids(GERMAN, date(2027, 1, 1), "z/b.py")
    hosted = {one.id for one in findings(f"together_ai/{QWEN72}")}
    assert not hosted & {one.id for one in findings(QWEN72)}


def test_worst_first_and_not_triggered_last() -> None:
    uses = group([mention(SCOUT), mention("gpt-4o"), mention("acme/x", "hub"), mention("qwen2.5:3b")], knowledge())
    found = judge(uses, GERMAN, knowledge(), TODAY)
    ranks = [(one.state == "not_triggered", ("error", "warning", "note").index(one.level)) for one in found]
    assert ranks == sorted(ranks)
    assert judge(reversed(uses), GERMAN, knowledge(), TODAY) == found
    assert len({one.id for one in found}) == len(found)


def test_what_is_not_known_is_said() -> None:
    assert finding("unknown/model", "acme/unheard", kind="api").level == "note"
    env = judge(group([mention("MODEL", "env", role="unresolved")], knowledge()), None, knowledge(), TODAY)
    assert [one.rule for one in env] == ["unresolved/env"]
    azure = judge(group([mention("chat-prod", "azure")], knowledge()), None, knowledge(), TODAY)
    assert [one.rule for one in azure] == ["unresolved/deployment"]
    assert finding("licence/unknown", "microsoft/WizardLM-2-8x22B").state == "triggered"


def test_every_predicate_is_decided_and_used() -> None:
    used = {one.predicate for licence in knowledge().licences.values() for one in licence.obligations}
    assert set(DECIDE) == set(PREDICATES) == used


def test_levels() -> None:
    assert level("error", "triggered", "text") == "error"
    assert level("error", "triggered", "recalled") == "warning"
    assert level("error", "depends", "text") == "warning"
    assert level("warning", "depends", "text") == "note"
    assert level("error", "not_triggered", "text") == "note"
    assert weaker("text", "recalled") == weaker("recalled", "secondary") == "recalled"
    assert weaker("text", "secondary") == "secondary"
