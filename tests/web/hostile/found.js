(root) => {
  const wrong = [];
  const elements = new Set((
    'a b blockquote br wbr button circle code del div em figcaption figure h3 h4 h5 h6 hr img kbd li ol p path pre span strong '
    + 'sub sup svg table tbody td th thead tr ul math menclose merror mfrac mi mmultiscripts mn mo mover mpadded mphantom '
    + 'mprescripts mroot mrow ms mspace msqrt mstyle msub msubsup msup mtable mtd mtext mtr munder munderover none'
  ).split(' '));
  for (const top of document.querySelectorAll(root)) {
    for (const one of top.querySelectorAll('*')) {
      if (!elements.has(one.localName)) wrong.push(`element ${one.localName}`);
      for (const { name, value } of one.attributes) {
        if (/^on|^srcdoc$|^action$|^formaction$|^ping$|^xlink/i.test(name)) wrong.push(`${one.localName} ${name}=${value}`);
        if (name === 'style' && /url|fixed|absolute|expression/i.test(value)) wrong.push(`style ${value}`);
        if (name === 'id') wrong.push(`id ${value}`);
      }
      if (one.localName === 'a') {
        const leads = /^(https?:|mailto:)/.test(one.href) && !one.href.startsWith(location.origin);
        if (!leads) wrong.push(`link to ${one.href}`);
        if (one.target !== '_blank' || one.rel !== 'noopener noreferrer') wrong.push(`link without care to ${one.href}`);
      }
      const raster = /^data:image[/](png|jpeg|gif|webp|avif|bmp);base64,/;
      if (one.localName === 'img' && !raster.test(one.src)) wrong.push(`img ${one.src.slice(0, 80)}`);
      if (getComputedStyle(one).position === 'fixed') wrong.push(`${one.localName} is fixed`);
    }
  }
  return [...new Set(wrong)].slice(0, 20);
}
