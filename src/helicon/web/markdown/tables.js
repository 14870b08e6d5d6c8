// Lists and tables. Both are cut where they are longer than a person reads at once; a button shows the rest.

import { Fragment, h, html, useState } from "../lib/ui.js";
import { t } from "../core/i18n.js";
import { Icon } from "../icons.js";
import { blockNodes, inlineNodes } from "./nodes.js";

const ROWS = 200;
const COLUMNS = 40;

/** @param {{ token: any }} properties */
export function Table({ token }) {
  const [all, setAll] = useState(1);
  const rows = token.rows.slice(0, ROWS * all);
  const left = token.rows.length - rows.length;
  const wide = token.header.length - COLUMNS;
  const cell = (/** @type {any} */ one, /** @type {number} */ at, tag = "td") => h(
    tag, { key: at, dir: "auto", class: token.align[at] ? `to-${token.align[at]}` : undefined, scope: tag === "th" ? "col" : undefined },
    inlineNodes(one.tokens),
  );
  const empty = token.header.every((/** @type {any} */ one) => !one.text);
  return html`<div class="md-table" tabindex="0" role="region" aria-label=${t("markdown.table")}><table>
    ${empty ? null : html`<thead><tr>${token.header.slice(0, COLUMNS).map((/** @type {any} */ one, /** @type {number} */ at) => cell(one, at, "th"))}</tr></thead>`}
    <tbody>${rows.map((/** @type {any[]} */ row, /** @type {number} */ at) => html`<tr key=${at}>${
      row.slice(0, COLUMNS).map((one, column) => cell(one, column))}</tr>`)}</tbody>
  </table>${wide > 0 && html`<p class="md-more">${t("markdown.moreColumns", { count: wide })}</p>`}${
    left > 0 && html`<${More} count=${left} more=${() => setAll(all * 4)} />`}</div>`;
}

/** @param {{ token: any, open: boolean }} properties */
export function Items({ token, open }) {
  const [all, setAll] = useState(1);
  const items = token.items.slice(0, ROWS * all);
  const left = token.items.length - items.length;
  const first = Number(token.start);
  const list = h(
    token.ordered ? "ol" : "ul",
    { start: token.ordered && first !== 1 && Number.isSafeInteger(first) ? first : undefined },
    items.map((/** @type {any} */ item, /** @type {number} */ at) => {
      const body = blockNodes(item.tokens, open && at === token.items.length - 1);
      if (!item.task) return h("li", { key: at, dir: "auto" }, body);
      const said = t(item.checked ? "markdown.done" : "markdown.open");
      const box = h("span", { class: "md-box", role: "img", "aria-label": said }, item.checked && h(Icon, { name: "check", size: "1em" }));
      return h("li", { key: at, dir: "auto", class: "md-task" }, box, h("div", null, body));
    }),
  );
  return h(Fragment, null, list, left > 0 && h(More, { count: left, more: () => setAll(all * 4) }));
}

/** What a long list, table or text is cut with. @param {{ count: number, more: () => void }} properties */
export const More = ({ count, more }) =>
  html`<button type="button" class="quiet md-more" onClick=${more}>${t("markdown.more", { count })}</button>`;
