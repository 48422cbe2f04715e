// What each job has besides draws: rounds, ladders, sites, topics.

const roundsColumn = (report, name) => (report.rounds.columns.find((column) => column.name === name) || {values: []}).values;

function temperingSection(report) {
  const t = report.tempering;
  if (!t) return;
  const rounds = roundsColumn(report, 'round');
  const charts = [];
  const evidence = roundsColumn(report, 'log_evidence');
  const errors = roundsColumn(report, 'log_evidence_se');
  if (rounds.length > 0) {
    const known = evidence.map((v, i) => (v === null || errors[i] === null ? null : 2 * errors[i]));
    const settled = evidence.filter((v, i) => v !== null && i >= Math.floor(evidence.length / 3));
    charts.push(chart({
      caption: 'Log evidence by round', words: `Last ${digits(evidence[evidence.length - 1], 6)}; band of two standard errors`,
      note: 'Each round is twice as long as the one before. The band is two standard errors wide on each side.',
      x: {label: 'round', values: rounds},
      y: {label: 'log Z, nats', range: (u, low, high) => {
        const [a, b] = [Math.min(...settled), Math.max(...settled)];
        const room = Math.max(0.5, 1.5 * (b - a));
        return settled.length ? [Math.max(low, a - room), Math.min(high + 0.05, b + room)] : [low, high];
      }},
      series: [{label: 'upper', values: evidence.map((v, i) => (known[i] === null ? null : v + known[i])), quiet: true, width: 0},
        {label: 'lower', values: evidence.map((v, i) => (known[i] === null ? null : v - known[i])), quiet: true, width: 0},
        {label: 'estimate', values: evidence, colour: 'c0', width: 2, dots: true},
        {label: 'forward', values: roundsColumn(report, 'log_evidence_forward'), colour: 'c1'},
        {label: 'backward', values: roundsColumn(report, 'log_evidence_backward'), colour: 'c2', dash: [6, 3]}],
      band: [1, 2],
    }));
    charts.push(chart({
      caption: 'Barrier by round', words: `Last ${digits(roundsColumn(report, 'barrier').at(-1), 3)}`,
      note: 'The global communication barrier settles when rounds are long enough to measure it.',
      x: {label: 'round', values: rounds}, y: {label: 'Λ', range: (u, low, high) => [0, high * 1.1 || 1]},
      series: [{label: 'barrier Λ', values: roundsColumn(report, 'barrier'), width: 2, dots: true},
        {label: 'sum of rejections', values: roundsColumn(report, 'rejection_sum'), dash: [6, 3], colour: 'c1'}],
    }));
    charts.push(chart({
      caption: 'Restarts and round trips by round', words: 'How often fresh states reached the target in each round',
      note: 'A restart is a state of the reference that arrives at the target; their number should grow with the scans.',
      x: {label: 'round', values: rounds}, y: {label: 'in the round', range: (u, low, high) => [0, high * 1.1 || 1]},
      series: [{label: 'restarts', values: roundsColumn(report, 'restarts'), width: 2, dots: true},
        {label: 'round trips', values: roundsColumn(report, 'round_trips'), colour: 'c1', dash: [6, 3]}],
    }));
  }
  t.legs.forEach((leg) => {
    const of = t.legs.length > 1 ? ` (${leg.reference} leg)` : '';
    const n = leg.schedule.length;
    charts.push(chart({
      caption: `Where the barrier lies${of}`, words: `Cumulative barrier at ${n} rungs, up to ${digits(leg.cumulative.at(-1), 3)}`,
      note: 'Points are the rungs of the schedule: steep is hard, and gets more of them. Equal steps upwards are what adaptation aims at.',
      x: {label: 'β', values: leg.schedule}, y: {label: 'Λ(β)', range: (u, low, high) => [0, high * 1.05 || 1]},
      series: [{label: 'cumulative barrier', values: leg.cumulative, width: 2, dots: true}],
    }));
    const local = leg.schedule.map((b, k) => (k + 1 < n && leg.schedule[k + 1] > b ? (leg.cumulative[k + 1] - leg.cumulative[k]) / (leg.schedule[k + 1] - b) : null));
    local[n - 1] = local[n - 2];
    const positive = leg.schedule.findIndex((b) => b > 0);
    charts.push(chart({
      caption: `Local barrier and schedule${of}`, words: 'Barrier per unit of β between neighbouring rungs',
      note: 'λ(β) from the first rung above the reference on, both axes logarithmic; peaks are where phases part.',
      x: {label: 'β', values: leg.schedule.slice(positive), log: true}, y: {label: 'λ(β)', log: true},
      series: [{label: 'local barrier', values: local.slice(positive), kind: 'steps', width: 2}],
    }));
    charts.push(chart({
      caption: `Swap acceptance by pair${of}`, words: `Between neighbouring rungs, least ${digits(1 - Math.max(...leg.rejections), 3)}`,
      note: 'About even where the schedule is well adapted. The dashed line is where states hardly pass (W208).',
      x: {label: 'pair, from the reference', values: leg.rejections.map((_, k) => k + 1), range: () => [0.4, n - 0.4]}, y: {label: '', range: () => [0, 1]},
      series: [{label: 'acceptance', values: leg.rejections.map((r) => 1 - r), kind: 'bars', width: 0}],
      lines: [{at: report.limits.swap_acceptance}],
    }));
  });
  const process = t.index_process;
  if (process) {
    const paths = process.paths;
    const wide = paths.length <= 8 ? paths.map((_, i) => i) : Array.from({length: 4}, (_, i) => Math.floor((i * paths.length) / 4));
    charts.push(chart({
      caption: `Index process, round ${process.round}`, words: `Rungs of ${wide.length} of ${paths.length} replicas in ${paths[0].length} scans`,
      note: `${wide.length} of ${paths.length} replicas, the first ${paths[0].length} scans: lines should cross the whole ladder, from the reference (0) to the target, again and again.`,
      x: {label: 'scan', values: paths[0].map((_, s) => s + 1)}, y: {label: 'rung'},
      series: wide.map((i) => ({label: `replica ${i}`, values: paths[i]})), wide: true,
    }));
  }
  section('tempering', 'Tempering', el('div', {class: 'charts'}, charts),
      !process && el('p', {class: 'quiet small'}, 'The index process (which replica stood where) is drawn for runs with ', el('code', {}, '--swap-history'), '.'),
      t.legs.length === 0 && el('p', {class: 'quiet small'}, 'Schedule and swaps by pair are kept in the checkpoint, and there is none that this release reads.'));
}

function epSection(report) {
  const ep = report.ep;
  if (!ep) return;
  const rounds = roundsColumn(report, 'round');
  const inRounds = roundsColumn(report, 'phase').map((phase) => phase === 'ep');
  const of = (name) => roundsColumn(report, name).map((v, i) => (inRounds[i] && v > 0 ? v : null));
  const blocks = [];
  if (inRounds.some(Boolean)) {
    const last = inRounds.lastIndexOf(true) + 1;
    const cut = (name) => of(name).slice(0, last);
    blocks.push(el('div', {class: 'charts'}, chart({
      caption: 'Convergence', words: `Nats still to be moved by round, last ${digits(cut('distance').at(-1), 2)}; tolerance ${digits(ep.tolerance, 2)}`,
      note: 'What is still to be moved falls until the noise of the sites remains. Done when the answer’s error is below the dashed tolerance.',
      x: {label: 'round', values: rounds.slice(0, last)}, y: {label: 'nats', log: true},
      series: [{label: 'still to be moved', values: cut('distance'), width: 2, dots: true},
        {label: 'noise of a round', values: cut('noise'), dots: true, colour: 'c1', dash: [6, 3]},
        {label: 'error of the answer', values: cut('answer_noise'), dots: true},
        {label: 'moved', values: cut('moved'), colour: 'c3', dash: [2, 2]}],
      lines: ep.tolerance ? [{at: ep.tolerance}] : [],
    }), chart({
      caption: 'Step by round', words: 'Damping as made; 1 is undamped',
      note: 'Shorter than wanted where a full step would not be proper; 0 means that nothing moved.',
      x: {label: 'round', values: rounds.slice(0, last)}, y: {label: '', range: (u, low, high) => [0, Math.max(1, high) * 1.05]},
      series: [{label: 'as made', values: roundsColumn(report, 'step').slice(0, last), kind: 'steps', width: 2},
        {label: 'wanted', values: roundsColumn(report, 'wanted_step').slice(0, last), kind: 'steps', colour: 'c1', dash: [6, 3]}],
    })));
  }
  if (ep.history && ep.history.length > 0) {
    blocks.push(el('h3', {}, 'The answer round by round'), el('p', {class: 'quiet'},
        'Mean of each shared parameter on its unconstrained scale, and two standard deviations on each side.' +
        (ep.history_left_out ? ` The first ${ep.history.length} parameters; ${ep.history_left_out} more are in history.csv.` : '')));
    const drawn = (parameter) => chart({
      caption: parameter.name, words: `Mean by round, last ${digits(parameter.mean.at(-1))} with standard deviation ${digits(parameter.sd.at(-1), 2)}`,
      x: {label: 'round', values: parameter.mean.map((_, i) => i + 1)}, y: {label: ''},
      series: [{label: 'mean + 2 sd', values: parameter.mean.map((m, i) => m + 2 * parameter.sd[i]), quiet: true, width: 0},
        {label: 'mean − 2 sd', values: parameter.mean.map((m, i) => m - 2 * parameter.sd[i]), quiet: true, width: 0},
        {label: 'mean', values: parameter.mean, colour: 'c0', width: 2, dots: true}],
      band: [1, 2], height: 170,
    });
    blocks.push(el('div', {class: 'charts'}, ep.history.slice(0, 6).map(drawn)));
    if (ep.history.length > 6) {
      const rest = el('details', {}, el('summary', {}, `The other ${ep.history.length - 6}`));
      rest.addEventListener('toggle', () => {
        if (rest.open && rest.children.length === 1) rest.append(el('div', {class: 'charts'}, ep.history.slice(6).map(drawn)));
      });
      blocks.push(rest);
    }
  }
  if (ep.influence && ep.influence.length > 0) {
    const shown = 20;
    const rows = ep.influence.map(([name, nats]) => [name, nats, digits(nats, 3)]);
    blocks.push(el('h3', {}, 'Influence of sites'),
        el('p', {class: 'quiet'}, 'How far the answer would move, in nats, without the site; the most influential first.'),
        barTable(`Influence of ${Math.min(shown, rows.length)} of ${ep.sites} sites`, ['site', 'nats', ''], rows.slice(0, shown)));
    if (rows.length > shown) {
      blocks.push(el('details', {}, el('summary', {}, `The next ${rows.length - shown} sites`), barTable('Influence of further sites', ['site', 'nats', ''], rows.slice(shown))));
    }
  }
  if (ep.correlations) blocks.push(el('h3', {}, 'Correlations of shared parameters'), heatMap(ep.names, ep.correlations));
  section('sites', 'Expectation propagation', blocks);
}

/** Correlations as a map of squares, and the same as a table. */
function heatMap(names, rows) {
  const n = names.length;
  const cell = Math.max(12, Math.min(44, 560 / n));
  const width = Math.min(170, 16 + 7 * Math.max(...names.map((name) => name.length)));
  const short = (name) => (name.length > 22 ? `${name.slice(0, 21)}…` : name);
  const size = n * cell;
  const picture = svg('svg', {viewBox: `0 0 ${size + width} ${size + 24}`, role: 'img', 'aria-label': `Correlations of ${n} shared parameters; numbers in the table below`});
  picture.style.maxWidth = `${size + width}px`;
  for (let i = 0; i < n; ++i) {
    picture.append(svg('text', {x: width - 6, y: i * cell + cell / 2 + 4, 'text-anchor': 'end'}, svg('title', {}, names[i]), short(names[i])));
    if (n <= 24) picture.append(svg('text', {x: width + i * cell + cell / 2, y: size + 16, 'text-anchor': 'middle'}, String(i + 1)));
    for (let j = 0; j < n; ++j) {
      const r = rows[i][j];
      const words = `${names[i]} and ${names[j]}: ${r.toFixed(2)}`;
      picture.append(svg('rect', {x: width + j * cell, y: i * cell, width: cell - 1, height: cell - 1,
        fill: r < 0 ? 'var(--minus)' : 'var(--plus)', 'fill-opacity': (0.5 * Math.abs(r)).toFixed(3), stroke: 'var(--line)', 'stroke-width': .5}, svg('title', {}, words)));
      if (cell >= 34) picture.append(svg('text', {x: width + j * cell + cell / 2, y: i * cell + cell / 2 + 4, 'text-anchor': 'middle'}, minus(r.toFixed(2))));
    }
  }
  const details = el('details', {class: 'table'}, el('summary', {}, 'As a table'));
  details.addEventListener('toggle', () => {
    if (details.open && details.children.length === 1) {
      details.append(plainTable('Correlations', ['', ...names], rows.map((row, i) => [names[i], ...row.map((r) => minus(r.toFixed(2)))])));
    }
  });
  return el('div', {class: 'heat'}, el('p', {class: 'quiet'}, 'Blue: together; orange: against each other. Columns are numbered as rows.'), picture, details);
}

function ldaSection(report) {
  const lda = report.lda;
  if (!lda) return;
  const sweeps = roundsColumn(report, 'sweeps');
  const line = (caption, name, words, note, y = {}) => chart({
    caption, words, note, x: {label: 'sweep', values: sweeps}, y: {label: '', ...y}, series: [{label: name, values: roundsColumn(report, name), width: 2, dots: sweeps.length < 40}]});
  const curves = [];
  if (sweeps.length > 0) {
    curves.push(line('Log joint per token', 'log_joint_per_token', `Last ${digits(roundsColumn(report, 'log_joint_per_token').at(-1), 5)} nats`,
        'Level where the sampler has settled; still rising means more sweeps.'));
    curves.push(line('Tokens that change their topic', 'moved', 'Share of draws by sweep', 'Share of a sweep’s draws; falls as topics form, and stays above 0.',
        {range: (u, low, high) => [0, high * 1.05 || 1]}));
    curves.push(line('Sum of α', 'alpha_sum', 'By sweep', 'How spread documents are over topics; level when learnt.'));
    curves.push(line('β', 'beta', 'By sweep', 'How spread topics are over words.'));
  }
  const node = section('topics', 'Topics', el('div', {class: 'charts'}, curves));
  if (!lda.table) {
    node.append(el('p', {class: 'quiet'}, 'Topics are written when the run ends.'));
    return;
  }
  const columns = [
    {name: 'topic', help: 'Its number, from 0', word: true, key: (row) => row.topic, text: (row) => String(row.topic)},
    {name: 'tokens', help: 'Tokens that have it in the last sweep', key: (row) => row.tokens, text: (row) => whole(row.tokens), worstIsHigh: true},
    {name: 'share', help: 'Of all tokens', key: (row) => row.tokens, text: (row) => `${digits((100 * row.tokens) / lda.tokens, 3)} %`, worstIsHigh: true},
    {name: 'α', help: 'Its weight before a document is read', key: (row) => row.alpha, text: (row) => digits(row.alpha, 3)},
    {name: 'UMass', help: 'Coherence of its heaviest words by documents: nearer 0 is better', key: (row) => row.umass, text: (row) => fixed(row.umass, 2)},
    {name: 'NPMI', help: 'Coherence of its heaviest words: nearer 1 is better', key: (row) => row.npmi, text: (row) => fixed(row.npmi, 3)},
    {name: 'heaviest words', word: true, long: true, key: (row) => row.heaviest.join(' '), text: (row) => row.heaviest.join(' ')},
  ];
  node.append(...sortableTable('Topics', columns, lda.table, {filter: (row) => row.heaviest.join(' ')}));
  if (lda.map && lda.map.topics.length > 1) node.append(el('h3', {}, 'Map'), topicMap(lda));
}

/** Circles by classical scaling; the words of the chosen topic beside it. */
function topicMap(lda) {
  const {topics, x, y} = lda.map;
  const SIZE = 480, EDGE = 52;
  const reach = Math.max(...x.map(Math.abs), ...y.map(Math.abs)) || 1;
  const place = (v) => SIZE / 2 + (v / reach) * (SIZE / 2 - EDGE);
  const byTopic = new Map(lda.table.map((row) => [row.topic, row]));
  const picture = svg('svg', {viewBox: `0 0 ${SIZE} ${SIZE}`, role: 'img',
    'aria-label': `Map of ${topics.length} topics: near ones have similar words; area is the number of tokens. The list beside it chooses one.`});
  const words = el('div');
  const groups = topics.map((k, i) => {
    const share = byTopic.get(k).tokens / lda.tokens;
    return svg('g', {onclick: () => choose(k)},
        svg('circle', {cx: place(x[i]), cy: place(y[i]), r: Math.max(5, 110 * Math.sqrt(share / Math.PI))}),
        svg('text', {x: place(x[i]), y: place(y[i])}, String(k)),
        svg('title', {}, `topic ${k}: ${byTopic.get(k).heaviest.join(' ')}`));
  });
  // Large circles first, so that small ones stay on top.
  picture.append(...topics.map((k, i) => i).sort((a, b) => byTopic.get(topics[b]).tokens - byTopic.get(topics[a]).tokens).map((i) => groups[i]));
  const list = el('select', {onchange: (event) => choose(Number(event.target.value))},
      lda.table.filter((row) => row.words.length).map((row) => el('option', {value: row.topic}, `${row.topic}: ${row.heaviest.slice(0, 4).join(' ')}`)));
  function choose(k) {
    groups.forEach((group, i) => group.classList.toggle('chosen', topics[i] === k));
    list.value = String(k);
    const row = byTopic.get(k);
    const most = Math.max(...row.words.map((word) => word[2]), 1);
    words.replaceChildren(plainTable(`Topic ${k}: ${whole(row.tokens)} tokens; its ${row.words.length} heaviest words`, ['word', 'in topic', 'in corpus', 'share of the word’s tokens'],
        row.words.map(([word, count, all]) => {
          const own = el('span', {class: 'bar'}), rest = el('span', {class: 'bar rest'});
          own.style.width = `${(100 * count) / most}%`;
          rest.style.width = `${(100 * (all - count)) / most}%`;
          return [word, whole(count), whole(all), el('span', {class: 'bars'}, own, rest)];
        })));
  }
  const few = topics.length < lda.table.length ? ` The ${topics.length} largest of ${lda.table.length} topics.` : '';
  const node = el('div', {class: 'topics'},
      el('div', {}, el('p', {class: 'quiet small'}, `Near topics have similar words (Jensen–Shannon distance, classical scaling; the plane keeps ${digits(100 * lda.map.kept, 2)} % of the variation). Area: tokens.${few}`), picture),
      el('div', {}, el('label', {}, 'Topic ', list), words));
  choose(topics[0]);
  return node;
}

function roundsSection(report) {
  const columns = report.rounds.columns;
  if (columns.length === 0) return;
  const count = columns[0].values.length;
  const rows = Array.from({length: count}, (_, r) => columns.map((column) => column.values[r]));
  section('rounds', 'Rounds', el('details', {}, el('summary', {}, `Table of ${plural(count, 'round')}` +
      (report.rounds.left_out ? `; ${report.rounds.left_out} more are in rounds.csv` : '')),
      sortableTable('rounds.csv', columns.map((column, c) => ({name: column.name.replaceAll('_', ' '), key: (row) => row[c], text: (row) => digits(row[c], 5)})), rows)));
}
