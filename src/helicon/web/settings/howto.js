// How to start the usual engines, with the spec that names their model here.

import { html } from "../lib/ui.js";
import { t } from "../core/i18n.js";
import { Copy } from "../parts/copy.js";

/** Commands are the engines' own and the same in every language. */
const ENGINES = [
  { name: "llama.cpp", command: "llama-server -m model.gguf -c 16384 -np 4 --jinja --port 8080",
    spec: "http://localhost:8080/v1#model", note: "llamacpp" },
  { name: "Ollama", command: "ollama pull gemma4:12b\nollama serve", spec: "http://localhost:11434/v1#gemma4:12b",
    note: "ollama" },
  { name: "vLLM", command: "vllm serve Qwen/Qwen3-4B --reasoning-parser qwen3 --port 8000",
    spec: "http://localhost:8000/v1#Qwen/Qwen3-4B", note: "vllm" },
  { name: "SGLang", command: "python -m sglang.launch_server --model-path Qwen/Qwen3-4B --reasoning-parser qwen3 --port 30000",
    spec: "http://localhost:30000/v1#Qwen/Qwen3-4B", note: "sglang" },
  { name: "LM Studio", command: "lms load qwen3-4b\nlms server start", spec: "http://localhost:1234/v1#qwen3-4b",
    note: "lmstudio" },
];

/** @param {{onUse: ((spec: string) => void) | null}} props */
export function HowTo({ onUse }) {
  return html`<div class="howto">${ENGINES.map((engine) => html`<details key=${engine.name}>
    <summary>${engine.name}</summary>
    <p>${t(`settings.models.howto.${engine.note}`)}</p>
    <div class="snippet"><pre dir="ltr" tabindex="0" aria-label=${t("settings.models.howto.command", { engine: engine.name })}><code>${engine.command}</code></pre><${Copy} text=${engine.command} /></div>
    <p class="then">${t("settings.models.howto.then")} <code dir="ltr">${engine.spec}</code>
      ${onUse && html`<button type="button" class="button quiet small" onClick=${() => onUse(engine.spec)}>${t("settings.models.howto.use")}</button>`}</p>
  </details>`)}</div>`;
}
