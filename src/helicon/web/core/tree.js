// The tree of a conversation's messages: paths, siblings, leaves. Pure.

/** @typedef {import("./types.js").Message} Message */

/**
 * From the first message to `leaf`. A loop in damaged data ends the path.
 *
 * @param {Map<string, Message>} messages
 * @param {string|null} leaf
 */
export function pathTo(messages, leaf) {
  /** @type {Message[]} */
  const found = [];
  const seen = new Set();
  for (let at = leaf && messages.get(leaf); at && !seen.has(at.id); at = at.parent ? messages.get(at.parent) : undefined) {
    seen.add(at.id);
    found.push(at);
  }
  return found.reverse();
}

/**
 * The children of `parent`, oldest first.
 *
 * @param {Map<string, Message>} messages
 * @param {string|null} parent
 */
export function children(messages, parent) {
  return index(messages).get(parent) ?? [];
}

/** @type {WeakMap<Map<string, Message>, Map<string|null, Message[]>>} */
const indexes = new WeakMap();

/** @param {Map<string, Message>} messages */
function index(messages) {
  let found = indexes.get(messages);
  if (!found) {
    found = new Map();
    for (const one of messages.values()) {
      const under = one.parent && messages.has(one.parent) ? one.parent : null;
      const list = found.get(under);
      if (list) list.push(one);
      else found.set(under, [one]);
    }
    for (const list of found.values()) list.sort((a, b) => a.created - b.created);
    indexes.set(messages, found);
  }
  return found;
}

/**
 * The other versions of a message and itself, oldest first.
 *
 * @param {Map<string, Message>} messages
 * @param {Message} message
 */
export function siblings(messages, message) {
  const parent = message.parent && messages.has(message.parent) ? message.parent : null;
  return children(messages, parent).filter((one) => one.role === message.role);
}

/**
 * The newest leaf under a message.
 *
 * @param {Map<string, Message>} messages
 * @param {string} id
 */
export function newestLeaf(messages, id) {
  let at = id;
  for (let next = children(messages, at).at(-1); next; next = children(messages, at).at(-1)) at = next.id;
  return at;
}
