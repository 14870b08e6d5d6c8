// Nodes as the text of an HTML file: only elements that show something, only attributes that cannot do anything.

const DROPPED = ["script", "style", "button", "input", "textarea", "select", "iframe", "object", "embed", "link", "meta", "base", "form"];
const EMPTY = ["br", "hr", "img", "col", "wbr"];
const KEPT = /^(class|dir|lang|alt|title|colspan|rowspan|start|open|role|aria-[a-z]+|scope|datetime|display|mathvariant|stretchy|fence|separator|lspace|rspace|width|height|viewbox|d|cx|cy|r|fill|stroke|stroke-width|stroke-linecap|stroke-linejoin|columnalign|columnspacing|rowspacing|accent|accentunder|scriptlevel|displaystyle|minsize|maxsize|linethickness|movablelimits|encoding)$/;

/** @param {string} text */
const escaped = (text) => text.replace(/[&<>"]/g, (one) => `&#${one.charCodeAt(0)};`);

/** @param {string} name @param {string} value */
function allowed(name, value) {
  if (KEPT.test(name.toLowerCase())) return true;
  if (name === "src") return /^data:image\/(png|jpeg|gif|webp);/.test(value);
  return name === "href" && /^(https?:|mailto:)/.test(value);
}

/** What is in `node`, as HTML. @param {Node} node @returns {string} */
export function serialized(node) {
  let text = "";
  for (const child of node.childNodes) {
    if (child.nodeType === Node.TEXT_NODE) text += escaped(child.nodeValue ?? "");
    if (!(child instanceof Element)) continue;
    const name = child.localName;
    if (DROPPED.includes(name)) continue;
    const attributes = [...child.attributes].filter((one) => allowed(one.name, one.value))
      .map((one) => ` ${one.name}="${escaped(one.value)}"`).join("");
    const rel = name === "a" ? ' rel="noopener noreferrer"' : "";
    text += `<${name}${attributes}${rel}>`;
    if (!EMPTY.includes(name)) text += `${serialized(child)}</${name}>`;
  }
  return text;
}
