// uPlot as stacked bars, in the page's colours, loaded when the first plot is drawn.

/** @type {Promise<any> | null} */
let loading = null;

/** The library and its style sheet. */
function library() {
  loading ??= (async () => {
    if (!document.querySelector("link[data-uplot]")) {
      const { href } = new URL("../lib/uplot/uplot.css", import.meta.url);
      const sheet = Object.assign(document.createElement("link"), { rel: "stylesheet", href });
      sheet.dataset.uplot = "";
      document.head.append(sheet);
    }
    return (await import("../lib/uplot/uplot.js")).default;
  })();
  loading.catch(() => { loading = null; });
  return loading;
}

/** Series from the ground up become running sums, the highest first, so that each bar paints over the one behind. */
function stacked(/** @type {number[][]} */ values) {
  /** @type {number[][]} */
  const heights = [];
  for (const series of values) {
    const below = heights.at(-1);
    heights.push(series.map((value, place) => value + (below?.[place] ?? 0)));
  }
  return heights.reverse();
}

/**
 * Draw into `box`; the result undoes it. Follows the box's width and the theme.
 * @param {HTMLElement} box
 * @param {{names: string[], values: number[][], tones: number[], say: (value: number) => string,
 *   onHover: (place: number | null) => void}} what
 */
export function draw(box, { names, values, tones, say, onHover }) {
  /** @type {any} */
  let plot = null;
  let over = false;
  /** A colour of the theme as a canvas takes it. @param {string} name */
  const colour = (name) => {
    const probe = document.createElement("span");
    probe.style.color = `var(${name})`;
    box.append(probe);
    const found = getComputedStyle(probe).color;
    probe.remove();
    return found;
  };
  const make = async () => {
    const UPlot = await library();
    if (over) return;
    plot?.destroy();
    const bars = UPlot.paths.bars({ size: [0.72, 48], radius: 0.12 });
    const count = values.length;
    const font = `12px ${getComputedStyle(box).fontFamily}`;
    const axis = { stroke: colour("--soft"), font, ticks: { show: false }, grid: { stroke: colour("--line"), width: 1 } };
    const options = {
      width: Math.max(box.clientWidth, 200), height: 220, padding: [12, 24, 0, 0], legend: { show: false },
      cursor: { y: false, x: false, points: { show: false }, drag: { x: false, y: false } },
      scales: {
        x: { time: false, range: [-0.6, names.length - 0.4] },
        y: { range: (/** @type {any} */ _, /** @type {number} */ __, /** @type {number} */ most) => [0, most > 0 ? most * 1.08 : 1] },
      },
      axes: [
        { ...axis, grid: { show: false }, size: 28,
          splits: () => spread(names.length, Math.max(2, Math.floor(box.clientWidth / 90))),
          values: (/** @type {any} */ _, /** @type {number[]} */ places) => places.map((place) => names[place] ?? "") },
        { ...axis, size: (/** @type {any} */ _, /** @type {string[] | null} */ labels) =>
          14 + 7 * Math.max(3, ...(labels ?? []).map((label) => label.length)),
          values: (/** @type {any} */ _, /** @type {number[]} */ amounts) => amounts.map(say) },
      ],
      series: [{}, ...values.map((_, place) => {
        const fill = colour(`--series-${tones[count - 1 - place]}`);
        return { paths: bars, fill, stroke: fill, width: 0, points: { show: false } };
      })],
      hooks: { setCursor: [(/** @type {any} */ mine) => onHover(mine.cursor.idx ?? null)] },
    };
    plot = new UPlot(options, [names.map((_, place) => place), ...stacked(values)], box);
  };
  const again = () => { make(); };
  const sizes = new ResizeObserver(() => {
    if (plot && Math.abs(plot.width - box.clientWidth) > 1) again();
  });
  const themes = new MutationObserver(again);
  const dark = matchMedia("(prefers-color-scheme: dark)");
  sizes.observe(box);
  themes.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  dark.addEventListener("change", again);
  again();
  return () => {
    over = true;
    sizes.disconnect();
    themes.disconnect();
    dark.removeEventListener("change", again);
    plot?.destroy();
  };
}

/** Up to `most` places out of `count`, evenly, the last always among them. @param {number} count @param {number} most */
function spread(count, most) {
  const step = Math.ceil(count / most);
  const places = [];
  for (let place = count - 1; place >= 0; place -= step) places.unshift(place);
  return places;
}
