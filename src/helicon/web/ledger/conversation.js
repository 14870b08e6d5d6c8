// What one conversation cost so far: for its menu.

import { html } from "../lib/ui.js";
import { t } from "../core/i18n.js";
import { Failed } from "../parts/failed.js";
import { useLoad } from "../parts/load.js";
import { readConversation } from "./calls.js";
import { grouped } from "./sums.js";
import { Table } from "./table.js";
import { Counts } from "./totals.js";

/** @param {{conversation: {id: string}}} props */
export function ConversationLedger({ conversation }) {
  const { data, failure, reload } = useLoad(() => readConversation(conversation.id), conversation.id);
  const groups = grouped(data?.rows ?? [], (row) => `${row.model}\n${row.mode}`);
  return html`<section class="conversation-ledger" aria-label=${t("ledger.conversation")}>
    <${Failed} failure=${failure} retry=${reload} />
    ${data && !groups.length && html`<p class="soft">${t("ledger.conversationEmpty")}</p>`}
    ${data && groups.length > 0 && html`<${Counts} sums=${data.totals} currency=${data.currency} />`}
    ${groups.length > 1 && html`<${Table} caption=${t("ledger.byModel")} heads=${[t("ledger.model"), t("ledger.mode")]}
      currency=${data?.currency ?? ""} groups=${groups.map(({ rows: [first], sums }) => ({
        names: [first?.model ?? "", first?.mode ? t(`mode.${first.mode}`) : ""], sums }))} />`}
  </section>`;
}
