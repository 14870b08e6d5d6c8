// Every keyboard shortcut, from the one list that the page itself shows on "?".

export { ShortcutList as Shortcuts } from "../chat/shortcuts.js";
