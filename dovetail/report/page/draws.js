// Parameters: their table, and what their draws look like.

const NAME = 0, MEAN = 1, MCSE = 2, SD = 3, Q5 = 4, Q50 = 5, Q95 = 6, BULK = 7, TAIL = 8, RHAT = 9, INFINITE = 10, THERE = 11;

/** What one says of an R-hat: "inf" stands apart, since JSON has no infinity. */
const rhatText = (row) => (row[INFINITE] ? 'inf' : row[RHAT] === null ? '–' : row[RHAT].toFixed(3));
const rhatKey = (row) => (row[INFINITE] ? Infinity : row[RHAT]);

function parameterSection(report) {
  const {draws, limits} = report;
  if (draws.parameters.length === 0) return;
  const few = limits.ess_per_chain * Math.max(1, draws.chains);
  const pictured = new Set((draws.pictures || []).map((picture) => picture.parameter));
  const rows = draws.parameters.map((row, i) => Object.assign(row, {place: i}));
  const figure = (name, at, help, more = {}) => ({
    name, help, key: (row) => row[at], text: (row) => (row[SD] === 0 ? digits(row[at], 6) : upToError(row[at], row[MCSE])), ...more});
  const columns = [
    {name: 'parameter', word: true, help: 'As the model names it', key: (row) => row[NAME], text: (row) => row[NAME],
      node: (row) => (pictured.has(row.place)
        ? el('a', {href: `#picture-${row.place}`, title: `Pictures of ${row[NAME]}`}, row[NAME]) : row[NAME])},
    figure('mean', MEAN, 'Mean of all draws, cut where its Monte Carlo error begins'),
    figure('mcse', MCSE, 'Monte Carlo standard error of the mean', {text: (row) => (row[MCSE] === null ? '–' : minus(String(row[MCSE] >= 1e-4 && row[MCSE] < 1e5 ? Number(row[MCSE].toPrecision(2)) : row[MCSE].toExponential(1)))), worstIsHigh: true}),
    figure('sd', SD, 'Standard deviation of the posterior', {worstIsHigh: true}),
    figure('5%', Q5, '5 % quantile'), figure('median', Q50, 'Median'), figure('95%', Q95, '95 % quantile'),
    {name: 'bulk ESS', help: `Effective draws for the centre; wanted: ${few}`, key: (row) => row[BULK], text: (row) => whole(row[BULK]),
      bad: (row) => row.judged && row[BULK] !== null && row[BULK] < few},
    {name: 'tail ESS', help: `Effective draws for the 5 % and 95 % quantiles; wanted: ${few}`, key: (row) => row[TAIL], text: (row) => whole(row[TAIL]),
      bad: (row) => row.judged && row[TAIL] !== null && row[TAIL] < few},
    {name: 'R-hat', help: `Do chains agree? At most ${limits.rhat}`, key: rhatKey, text: rhatText, worstIsHigh: true,
      bad: (row) => row.judged && rhatKey(row) !== null && rhatKey(row) > limits.rhat},
  ];
  if (rows.some((row) => row[THERE] !== null)) {
    columns.push({name: 'there', help: 'Share of draws that have it; figures are of these', key: (row) => row[THERE], text: (row) => digits(row[THERE] ?? 1, 3)});
  }
  // Log densities are shown, but a heavy-tailed or constant one is no finding.
  rows.forEach((row) => { row.judged = !['log_prior', 'log_likelihood', 'log_reference'].includes(row[NAME]); });
  const node = section('parameters', 'Parameters',
      el('p', {class: 'quiet'}, draws.chains
        ? `${plural(draws.chains, 'chain')} of ${whole(draws.draws)} draws. Click a heading to sort; figures that miss their limit are red.`
        : 'Click a heading to sort.'),
      sortableTable('Figures of all parameters', columns.filter((column) => rows.some((row) => column.key(row) !== null)), rows, {filter: (row) => row[NAME]}));
  node.addEventListener('click', (event) => {
    const link = event.target.closest('a[href^="#picture-"]');
    const target = link && document.getElementById(link.getAttribute('href').slice(1));
    if (target) target.open = true;
  });
}

/** Trace, ranks and densities of one parameter. */
function pictureOf(report, picture) {
  const name = report.draws.parameters[picture.parameter][NAME];
  const lines = values(picture.trace);
  const labels = picture.drawn.map((c) => `chain ${c + 1}`);
  const series = (of, more = {}) => of.map((line, i) => ({label: labels[i], values: line, ...more}));
  const length = lines[0].length;
  const thinned = length < picture.draws;
  const stretch = (2 * picture.draws) / length;
  const some = picture.drawn.length < picture.chains
    ? ` ${picture.drawn.length} of ${picture.chains} chains, those furthest from the mean of all.` : '';
  const trace = chart({
    caption: `Trace of ${name}`, words: `${labels.length} lines over ${picture.draws} draws, from ${digits(picture.trace.low)} to ${digits(picture.trace.high)}`,
    note: (thinned ? `Least and greatest value of every ${digits(stretch, 2)} draws.` : 'Every draw.') + some,
    x: {label: 'draw', values: lines[0].map((_, i) => Math.round((i * picture.draws) / length) + 1)},
    y: {label: ''}, series: series(lines, {width: 1}), height: 230,
  });
  const bins = picture.ranks[0].length;
  const edges = Array.from({length: bins + 1}, (_, i) => i / bins);
  const halves = picture.halves;
  const expected = (halves ? Math.floor(picture.draws / 2) : picture.draws) / bins;
  const spread = 2.576 * picture.ranks_sd;
  const flat = (value) => edges.map(() => value);
  const ranks = chart({
    caption: `Ranks of ${name}`, words: `Counts of ranks of each ${halves ? 'half' : 'chain'} in ${bins} ranges; ${digits(expected)} are expected in each`,
    note: halves ? 'Of the two halves of the one chain: even where they agree. The band holds about 99 % of counts then.'
      : 'Even where chains agree; the band holds about 99 % of counts then.',
    x: {label: 'rank among all draws', values: edges}, y: {label: '', range: (u, low, high) => [0, Math.max(high, expected + 2 * spread)]},
    series: [{label: 'band, upper end', values: flat(expected + spread), quiet: true, width: 0, colour: 'quiet'},
      {label: 'band, lower end', values: flat(Math.max(0, expected - spread)), quiet: true, width: 0, colour: 'quiet'},
      ...picture.ranks.map((line, i) => ({label: halves ? ['first half', 'second half'][i] : labels[i], values: [...line, line[bins - 1]],
        kind: 'steps', colour: look(i).colour, dash: look(i).dash, quiet: !halves}))],
    band: [1, 2], height: 230,
  });
  let density = null;
  if (picture.density.width > 0) {
    const {edges: at, lines: heights} = steps(picture.density.low, picture.density.width, picture.density.heights);
    const outside = picture.density.outside;
    density = chart({
      caption: `Density of ${name}`, words: `Histograms of each chain from ${digits(at[0])} to ${digits(at[at.length - 1])}`,
      note: outside > 0 ? `${digits(100 * outside, 2)} % of draws lie outside.` : 'Of each chain; all draws.',
      x: {label: name.length < 30 ? name : 'value', values: at}, y: {label: '', range: (u, low, high) => [0, high * 1.05 || 1]},
      series: series(heights, {kind: 'steps'}).map((one, i) => ({...one, colour: look(i).colour, dash: look(i).dash, quiet: true})), height: 230,
    });
  }
  return el('div', {class: 'charts'}, trace, ranks, density);
}

function pictureSection(report) {
  const pictures = report.draws.pictures;
  if (!pictures || pictures.length === 0) return;
  const all = report.draws.parameters.length;
  const details = pictures.map((picture, i) => {
    const row = report.draws.parameters[picture.parameter];
    const node = el('details', {class: 'picture', id: `picture-${picture.parameter}`},
        el('summary', {}, el('b', {}, row[NAME]), el('span', {class: 'quiet small'},
            row[RHAT] === null && !row[INFINITE] && row[BULK] === null ? 'no diagnostics' : `R-hat ${rhatText(row)}, bulk ESS ${whole(row[BULK])}, tail ESS ${whole(row[TAIL])}`)));
    node.addEventListener('toggle', () => { if (node.open && node.children.length === 1) node.append(pictureOf(report, picture)); });
    if (i < 3) node.open = true;
    return node;
  });
  section('draws', 'Draws',
      el('p', {class: 'quiet'}, (pictures.length < all
        ? `The ${pictures.length} of ${all} parameters that need looking at most: ` : 'Those that need looking at most come first: ') +
        'largest R-hat and smallest effective sample size against their limits. Drag over a chart to zoom, double-click to go back.'),
      el('div', {class: 'tools'},
          el('button', {type: 'button', onclick: () => details.forEach((node) => { node.open = true; })}, 'Open all'),
          el('button', {type: 'button', onclick: () => details.forEach((node) => { node.open = false; })}, 'Close all')),
      details);
}

function correlation(x, y) {
  const n = x.length;
  const mx = x.reduce((a, b) => a + b, 0) / n, my = y.reduce((a, b) => a + b, 0) / n;
  let xx = 0, yy = 0, xy = 0;
  for (let i = 0; i < n; ++i) {
    xx += (x[i] - mx) ** 2;
    yy += (y[i] - my) ** 2;
    xy += (x[i] - mx) * (y[i] - my);
  }
  return xx > 0 && yy > 0 ? xy / Math.sqrt(xx * yy) : null;
}

/** One panel: dots of draws, crosses of divergent ones on top. */
function pairPanel(names, x, y, divergent) {
  const SIZE = 180, EDGE = 8;
  const place = (level) => EDGE + (level / 9999) * (SIZE - 2 * EDGE);
  let dots = '', crosses = '';
  for (let i = 0; i < x.length; ++i) {
    if (x[i] === null || y[i] === null) continue;
    const at = `${place(x[i]).toFixed(1)} ${(SIZE - place(y[i])).toFixed(1)}`;
    if (i < divergent) crosses += `M${at}m-3 -3l6 6m0 -6l-6 6`;
    else dots += `M${at}h0`;
  }
  const both = x.map((v, i) => [v, y[i]]).filter((pair, i) => i >= divergent && pair[0] !== null && pair[1] !== null);
  const r = correlation(both.map((pair) => pair[0]), both.map((pair) => pair[1]));
  const words = `${names[1]} against ${names[0]}: correlation ${digits(r, 2)} of the draws shown` +
    (divergent ? `, ${divergent} divergent draws marked` : '');
  return svg('svg', {viewBox: `0 0 ${SIZE} ${SIZE}`, role: 'img', 'aria-label': words}, svg('title', {}, words),
      svg('path', {d: dots, stroke: 'var(--dot)', 'stroke-opacity': .45, 'stroke-width': 3, 'stroke-linecap': 'round', fill: 'none'}),
      svg('path', {d: crosses, stroke: 'var(--mark)', 'stroke-width': 1.6, fill: 'none'}));
}

function pairSection(report) {
  const pairs = report.draws.pairs;
  if (!pairs) return;
  const names = pairs.parameters.map((i) => report.draws.parameters[i][NAME]);
  const levels = pairs.columns.map((column) => column.lines[0]);
  const n = names.length;
  const ranges = pairs.columns.map((column) => `${digits(column.low, 3)} to ${digits(column.high, 3)}`);
  const label = (i) => el('div', {class: 'label'}, el('b', {}, names[i]), el('br'), el('span', {class: 'quiet'}, ranges[i]));
  const grid = el('div', {class: 'pairs'});
  grid.style.gridTemplateColumns = `minmax(3rem, .7fr) repeat(${n - 1}, minmax(0, 1fr))`;
  for (let row = 1; row < n; ++row) {
    grid.append(label(row));
    for (let column = 0; column < n - 1; ++column) {
      grid.append(column < row ? pairPanel([names[column], names[row]], levels[column], levels[row], pairs.divergent) : el('span'));
    }
  }
  grid.append(el('span'), ...names.slice(0, n - 1).map((_, i) => label(i)));
  const marks = pairs.divergences > 0
    ? `Crosses are divergent draws (${pairs.divergent} shown of ${whole(pairs.divergences)}): where they gather, the step was too long for the curvature.`
    : 'No draw diverged.';
  section('pairs', 'Pairs', el('p', {class: 'quiet'}, `The ${n} parameters that need looking at most, against each other. ${report.draws.energy ? marks : ''}`), grid);
}

function energySection(report) {
  const energy = report.draws.energy;
  if (!energy) return;
  const {edges, lines} = steps(energy.low, energy.width, energy.heights);
  section('energy', 'Energy', el('div', {class: 'charts'}, chart({
    caption: 'Energy of the draws and of their steps', words: 'Two histograms; they should be about as wide as each other',
    note: 'Steps much narrower than the energy itself mean that the tails are reached slowly (E-BFMI, W108).',
    x: {label: 'energy, less its mean', values: edges}, y: {label: 'density', range: (u, low, high) => [0, high * 1.05 || 1]},
    series: [{label: 'energy', values: lines[0], kind: 'steps', width: 2}, {label: 'change in a step', values: lines[1], kind: 'steps', width: 2}],
  })));
}
