"""Adaptive-Consistency as published: one sample after the other until the Beta criterion stops. Own environment.

Its documented ``eval_loop`` calls a method that does not exist, so the loop is written out here with the package's
own ``should_stop``.
"""

import json
import re
import sys
import urllib.request
from collections import Counter

from adaptive_consistency import AC, BetaStoppingCriteria


def sample(setting: dict, question: str, seed: int) -> str:
    body = {
        "model": setting["model"],
        "messages": [{"role": "user", "content": question}],
        "max_tokens": setting["max_tokens"],
        "seed": seed,
    }
    request = urllib.request.Request(
        setting["address"] + "/chat/completions",
        data=json.dumps(body).encode(),
        headers={"content-type": "application/json"},
    )
    with urllib.request.urlopen(request) as response:
        return json.load(response)["choices"][0]["message"]["content"] or ""


def answer(text: str) -> str:
    found = re.findall(r"Answer:\s*(.+)", text)
    return (found[-1] if found else text).strip().lower().rstrip(".")


def main() -> None:
    setting = json.loads(sys.argv[1])
    adaptive = AC(max_gens=setting["budget"], stop_criteria=BetaStoppingCriteria(0.95))
    for line in sys.stdin:
        asked = json.loads(line)
        texts: list[str] = []
        try:
            for index in range(setting["budget"]):
                texts.append(sample(setting, asked["question"], asked["seed"] * 1000 + index))
                if adaptive.should_stop([answer(text) for text in texts]):
                    break
            best = Counter(answer(text) for text in texts).most_common(1)[0][0]
            out = {"text": next(text for text in texts if answer(text) == best)}
        except Exception as error:  # noqa: BLE001 - a boundary: the row records it
            out = {"error": f"{type(error).__name__}: {error}"[:300]}
        print(json.dumps(out), flush=True)


main()
