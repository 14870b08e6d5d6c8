() => {
  const wrong = [];
  const never = 'iframe, object, embed, base, meta[http-equiv], script:not([src])';
  for (const one of document.querySelectorAll(never)) wrong.push(one.localName);
  for (const one of document.querySelectorAll('*')) {
    for (const { name, value } of one.attributes) {
      if (/^on|^srcdoc$|^formaction$|^ping$/i.test(name)) wrong.push(`${one.localName} ${name}=${value}`);
    }
  }
  for (const one of document.querySelectorAll('[href]')) {
    if (!/^(https?:|mailto:|data:image[/]svg)/.test(one.href)) wrong.push(`link to ${one.href}`);
  }
  for (const one of document.querySelectorAll('[src]')) {
    const own = one.src.startsWith(`${location.origin}/`) || /^data:image|^blob:/.test(one.src);
    if (!own) wrong.push(`${one.localName} from ${one.src}`);
  }
  // U+2068 and U+2069 stand around quoted words, by the page itself.
  const text = document.body.innerText;
  const unseen = /[\u202a-\u202e\u2066\u2067]|\udb40/.exec(text);
  if (unseen) wrong.push(`unseen characters: ${text.slice(Math.max(0, unseen.index - 60), unseen.index + 60)}`);
  const box = document.querySelector('#question')?.getBoundingClientRect();
  if (box) {
    const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
    if (top?.id !== 'question') wrong.push('the composer is covered');
  }
  const wide = document.documentElement.scrollWidth;
  if (wide > innerWidth + 1) wrong.push(`${wide} px wide`);
  return [...new Set(wrong)].slice(0, 20);
}
