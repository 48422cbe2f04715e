// Line charts by uPlot, each with a caption, a legend of buttons, words for screen readers and its numbers as a table.
const drawnCharts = new Set();
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
const COLOURS = 8;
/** The i-th line's look: colours, then the same colours dashed. */
const look = (i) => ({colour: `c${i % COLOURS}`, dash: i < COLOURS ? [] : i < 2 * COLOURS ? [6, 3] : [2, 2]});

function redrawCharts() {
  for (const chart of drawnCharts) chart.redraw(false, false);
}

const tick = (value) => digits(value, 5);

/** Places on a logarithmic axis that keep a grid readable; uPlot's own search for them does not end on some ranges. */
function logPlaces(u, axis, low, high) {
  const decades = Math.log10(high / low);
  const leading = decades > 2.5 ? [1] : decades > 0.9 ? [1, 2, 5] : [1, 2, 3, 4, 5, 6, 7, 8, 9];
  const places = [];
  for (let decade = Math.floor(Math.log10(low)); decade <= Math.ceil(Math.log10(high)); decade += Math.max(1, Math.floor(decades / 12))) {
    for (const digit of leading) places.push(Number(`${digit}e${decade}`));
  }
  const inside = places.filter((v) => v >= low * (1 - 1e-9) && v <= high * (1 + 1e-9));
  return inside.length > 1 ? inside : [low, Math.sqrt(low) * Math.sqrt(high), high];
}

/**
 * A chart: {caption, note, words, x: {label, values, log, ticks}, y: {label, log, range}, series: [{label, values, colour, dash,
 * kind: 'line' | 'steps' | 'bars' | 'points', width, quiet}], band: [i, j], height, lines: [{at, label}]}. Values are arrays as
 * long as x. A series that is `quiet` stands in no legend.
 */
function chart(spec) {
  const box = el('div', {role: 'img', 'aria-label': `${spec.caption}. ${spec.words}`});
  const figure = el('figure', {class: spec.wide ? 'chart wide' : 'chart'}, el('figcaption', {}, spec.caption), spec.note && el('p', {class: 'quiet'}, spec.note));
  const series = [{label: spec.x.label, value: (u, v) => tick(v)}];
  const legend = el('ul', {class: 'legend', 'aria-label': 'Lines'});
  spec.series.forEach((one, i) => {
    const style = one.colour ? {colour: one.colour, dash: one.dash || []} : look(i);
    const made = {
      label: one.label,
      stroke: () => colour(style.colour),
      width: one.width === undefined ? 1.25 : one.width,
      dash: style.dash,
      points: {show: one.kind === 'points' || one.dots === true, size: one.kind === 'points' ? 6 : 5, fill: () => colour(style.colour)},
      spanGaps: one.spanGaps === true,
    };
    if (one.kind === 'steps') made.paths = uPlot.paths.stepped({align: 1});
    if (one.kind === 'bars') {
      made.paths = uPlot.paths.bars({size: [0.8, 60]});
      made.fill = () => colour(style.colour);
    }
    if (one.kind === 'points') made.paths = () => null;
    series.push(made);
    if (one.quiet) return;
    const swatch = el('i');
    swatch.style.borderTopColor = `var(--${style.colour})`;
    swatch.style.borderTopStyle = style.dash.length ? 'dashed' : 'solid';
    legend.append(el('li', {}, el('button', {type: 'button', 'aria-pressed': 'true', onclick: (event) => {
      const button = event.currentTarget;
      const show = button.getAttribute('aria-pressed') === 'false';
      button.setAttribute('aria-pressed', String(show));
      plot.setSeries(i + 1, {show});
    }}, swatch, one.label)));
  });
  const axis = (side, of) => ({
    side, scale: side === 2 ? 'x' : 'y', label: of.label || undefined, labelSize: 18, size: side === 2 ? 24 : 46, gap: side === 2 ? 6 : 4, labelGap: 0,
    font: '12px system-ui, sans-serif', labelFont: '12px system-ui, sans-serif',
    stroke: () => colour('text'), grid: {stroke: () => colour('line'), width: 1}, ticks: {show: false},
    ...(of.log ? {splits: logPlaces, filter: (u, places) => places} : {}),
    values: of.ticks || ((u, at) => at.map((v) => (v === null ? '' : tick(v)))),
  });
  const scale = (of, known) => ({
    time: false, distr: of.log ? 3 : 1,
    range: of.range || (known === 'x' ? (u, low, high) => (low === high ? [low - 0.5, high + 0.5] : [low, high]) : undefined),
  });
  const hooks = {draw: [(u) => {
    for (const line of spec.lines || []) {
      const at = Math.round(u.valToPos(line.at, line.of || 'y', true));
      u.ctx.save();
      u.ctx.strokeStyle = colour('text');
      u.ctx.setLineDash([4, 4]);
      u.ctx.beginPath();
      if (line.of === 'x') { u.ctx.moveTo(at, u.bbox.top); u.ctx.lineTo(at, u.bbox.top + u.bbox.height); }
      else { u.ctx.moveTo(u.bbox.left, at); u.ctx.lineTo(u.bbox.left + u.bbox.width, at); }
      u.ctx.stroke();
      u.ctx.restore();
    }
  }]};
  figure.append(box);
  if (legend.children.length > 1) figure.append(legend);
  figure.append(numbersOf(spec));
  let plot = null;
  const height = spec.height || 220;
  // The width is known once the figure stands in the page.
  const observer = new ResizeObserver(() => {
    const width = Math.floor(figure.clientWidth);
    if (width < 40) return;
    if (plot) {
      if (plot.width !== width) plot.setSize({width, height});
      return;
    }
    plot = new uPlot({
      width, height, series, hooks, legend: {show: false},
      bands: spec.band ? [{series: spec.band, fill: () => colour('band')}] : [],
      scales: {x: scale(spec.x, 'x'), y: scale(spec.y, 'y')},
      axes: [axis(2, spec.x), axis(3, spec.y)],
      cursor: {points: {show: false}, drag: {x: true, y: false}},
    }, [spec.x.values, ...spec.series.map((one) => one.values)], box);
    drawnCharts.add(plot);
  });
  observer.observe(figure);
  return figure;
}

/** The numbers of a chart as a table that is made when it is opened. */
function numbersOf(spec) {
  const details = el('details', {class: 'table'}, el('summary', {}, 'As a table'));
  details.addEventListener('toggle', () => {
    if (!details.open || details.children.length > 1) return;
    const rows = spec.x.values.map((x, i) => [tick(x), ...spec.series.map((one) => digits(one.values[i], 5))]);
    details.append(plainTable(spec.caption, [spec.x.label, ...spec.series.map((one) => one.label)], rows, 0));
  });
  return details;
}

/** Lines of whole levels back to values. */
function values(packed) {
  const step = (packed.high / 2 - packed.low / 2) / 9999;
  return packed.lines.map((line) => line.map((level) => (level === null ? null : packed.low + 2 * (level * step))));
}

/** Edges of equal ranges, and their heights with the last repeated, for steps. */
function steps(low, width, heights) {
  return {edges: Array.from({length: heights[0].length + 1}, (_, i) => low + i * width), lines: heights.map((line) => [...line, line[line.length - 1]])};
}

/** A table with a bar in each row: [label, value, text]; `most` is the longest bar's value. */
function barTable(caption, head, rows) {
  const most = Math.max(...rows.map((row) => row[1] || 0), 1e-300);
  return plainTable(caption, head, rows.map(([label, value, text]) => {
    const bar = el('span', {class: 'bar'});
    bar.style.width = `${(100 * Math.max(0, value || 0)) / most}%`;
    return [label, text, el('span', {class: 'bars'}, bar)];
  }));
}
