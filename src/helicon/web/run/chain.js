// One thought that folds away: a line with its duration and tokens, and the whole of it on demand.

import { html, useLayoutEffect, useRef, useState } from "../lib/ui.js";
import { number, seconds, t } from "../core/i18n.js";
import { Icon } from "../icons.js";
import { reveal } from "../markdown/safe.js";
import { agents, spent } from "./fold.js";
import { note, thoughtSeconds, tokens } from "./facts.js";
import { lastSentence } from "./words.js";
import { LongText } from "./long_text.js";
import { Probes, Tools } from "./lane_detail.js";
import { setText, useTicker } from "./ticker.js";

/** @param {{fold: import("./fold.js").Run, live: boolean, stamp: string, clock?: (() => number)|undefined, flows?: boolean|undefined}} props */
export function Chain({ fold, live, clock, flows }) {
  const [open, setOpen] = useState(false);
  const heading = useRef(null);
  const tail = useRef(null);
  const thinks = live && !fold.over && !fold.answer;
  const ticker = useTicker(clock ?? (() => fold.at), live && !fold.over, flows ?? true);
  const turns = agents(fold).flatMap((lane) => lane.turns);
  const thoughts = turns.filter((turn) => turn.thinking.length);
  const last = thoughts.at(-1);

  const draw = () => {
    if (!thinks) return;
    const { tokens: count, estimated } = spent(fold);
    const key = last ? "run.thinking" : "run.waiting";
    setText(heading.current, t(key, { time: seconds(ticker.now), tokens: tokens(count, estimated) }));
    if (last) setText(tail.current, reveal(lastSentence(last.thinking)));
  };
  useLayoutEffect(() => { // at once: an older drawing must not come after this one
    draw();
    return ticker.add(draw);
  });

  if (!last && !thinks) return turns.some((turn) => turn.tools.length) ? html`<${Tools} turns=${turns} />` : null;
  const settled = turns.some((turn) => turn.stop === "settled" || turn.probes.some((probe) => probe.decision === "exit"));
  const count = turns.reduce((sum, turn) => sum + turn.tokens.thinking, 0);
  const words = t("run.thought", { time: seconds(thoughtSeconds(fold)), count, shown: number(count) });
  const remark = settled ? t("run.settled") : turns.map(note).find(Boolean) ?? "";
  return html`<section class="chain ${thinks ? "is-live" : ""}">
    <button type="button" class="fold-line" aria-expanded=${open} disabled=${!last} onClick=${() => setOpen(!open)}>
      ${last && html`<${Icon} name=${open ? "chevron-down" : "chevron-right"} size="1em" />`}
      <span class="fold-words" ref=${heading} key=${String(thinks)}>${thinks ? "" : words}</span>
      ${!thinks && remark && html`<span class="fold-remark">${remark}</span>`}
    </button>
    ${thinks && last && !open && html`<p class="chain-tail" dir="auto" ref=${tail}></p>`}
    ${open && thoughts.map((turn) => html`<${LongText} key=${turns.indexOf(turn)} words=${turn.thinking}
      ticker=${thinks ? ticker : null} label=${t("run.thought.label")} />`)}
    ${open && html`<${Probes} turns=${turns} />`}
    <${Tools} turns=${turns} />
  </section>`;
}
