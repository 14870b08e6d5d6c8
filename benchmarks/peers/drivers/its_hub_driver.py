"""its_hub's self-consistency and best-of-N, as its readme uses them. Runs in its own environment.

Self-consistency votes over what stands behind the last "Answer:", which is how a user of this
library would set up its projection; its default compares whole replies.
"""

import asyncio
import json
import re
import sys
from typing import Any

from its_hub.core.algorithms.bon import BestOfN
from its_hub.core.algorithms.self_consistency import SelfConsistency
from its_hub.core.lms.openai_lm import OpenAICompatibleLanguageModel
from its_hub.core.reward_models.llm_judge import LLMJudge


def answer(text: str) -> str:
    found = re.findall(r"Answer:\s*(.+)", text)
    return (found[-1] if found else text).strip().lower().rstrip(".")


async def main() -> None:
    setting = json.loads(sys.argv[1])

    def model(**options: Any) -> OpenAICompatibleLanguageModel:
        return OpenAICompatibleLanguageModel(
            endpoint=setting["address"], api_key="none", model_name=setting["model"], **options
        )

    lm = model(max_tokens=setting["max_tokens"], temperature=setting.get("temperature", 0.7))
    if setting["algorithm"] == "self_consistency":
        algorithm: Any = SelfConsistency(answer)
    else:
        algorithm = BestOfN(LLMJudge(model(max_tokens=setting["max_tokens"], temperature=0.0)))
    for line in sys.stdin:
        question = json.loads(line)["question"]
        try:
            reply = await algorithm.ainfer(lm, question, budget=setting["budget"])
            out = {"text": reply.get("content") or ""}
        except Exception as error:  # noqa: BLE001 - a boundary: the row records it
            out = {"error": f"{type(error).__name__}: {error}"[:300]}
        print(json.dumps(out), flush=True)


asyncio.run(main())
