// "What this conversation used", over the page; its parts are loaded when it is first asked for.

import { html, signal, useEffect, useState } from "../lib/ui.js";
import { Dialog } from "../chat/dialogs.js";
import { t } from "../core/i18n.js";

/** @typedef {import("../core/types.js").Conversation} Conversation */

/** @type {import("../lib/ui.js").Signal<Conversation | null>} */
const asked = signal(null);

/** Show what a conversation used so far. @param {Conversation} conversation */
export const showLedger = (conversation) => { asked.value = conversation; };

/** Once in the page. */
export function LedgerDialog() {
  const [Ledger, setLedger] = useState(/** @type {any} */ (null));
  const conversation = asked.value;
  useEffect(() => {
    if (conversation && !Ledger) import("./conversation.js").then((found) => setLedger(() => found.ConversationLedger));
  }, [conversation]);
  if (!conversation) return null;
  return html`<${Dialog} title=${t("ledger.conversation")} wide onClose=${() => { asked.value = null; }}>
    <div class="page-part">${Ledger && html`<${Ledger} conversation=${conversation} />`}</div>
  <//>`;
}
