// The page: what was found, its figures, and how to make it again.

const report = JSON.parse(document.getElementById('data').textContent);

const NEXT = {auto: 'light', light: 'dark', dark: 'auto'};
function themeButton() {
  const root = document.documentElement;
  const button = el('button', {type: 'button', onclick: () => set(NEXT[root.dataset.theme || 'auto'])});
  function set(theme) {
    if (theme === 'auto') delete root.dataset.theme;
    else root.dataset.theme = theme;
    button.textContent = `Colours: ${theme === 'auto' ? 'as the system' : theme}`;
    redrawCharts();
  }
  set('auto');
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redrawCharts);
  return button;
}

function head() {
  const {run} = report;
  document.title = `${run.command} ${run.model} – Dovetail`;
  document.getElementById('head').append(
      el('div', {}, el('h1', {}, `${run.command} ${run.model}`),
          el('p', {class: 'quiet'}, [`run ${run.folder}`, `seed ${run.seed}`, `Dovetail ${run.version}`,
            run.environment.finished ? `finished ${run.environment.finished.replace('T', ' ').replace('Z', ' UTC')}` : `started ${run.environment.started.replace('T', ' ').replace('Z', ' UTC')}`].join(' · '))),
      themeButton());
}

function verdict() {
  const {run, draws} = report;
  const many = draws.warnings.length;
  const soFar = {
    running: ['warn', 'Still running', 'this page shows what whole rounds have finished; make it anew to see more'],
    killed: ['bad', 'Killed before its end', 'this page shows what whole rounds had finished; dovetail resume goes on with it'],
    failed: ['bad', 'Failed', `${run.reason}; this page shows what whole rounds had finished`],
    incomplete: ['bad', 'Incomplete', `${run.reason}; dovetail resume goes on with it`],
  }[run.status];
  const [kind, title, words] = soFar || (many ? ['warn', plural(many, 'warning'), ''] : ['good', 'No problems detected', '']);
  const rounds = soFar ? ` (${plural(run.finished_rounds, 'round')} finished)` : '';
  const node = el('section', {class: `verdict ${kind}`, id: 'verdict', 'aria-labelledby': 'verdict-title'},
      el('h2', {id: 'verdict-title'}, title + rounds), words && el('p', {}, words),
      soFar && many > 0 && el('p', {}, `${plural(many, 'warning')} so far:`),
      !soFar && !many && el('p', {class: 'small'}, `The checks that were made found nothing.${draws.chains ? ' They see nothing that all chains missed.' : ''}`));
  for (const warning of draws.warnings) {
    node.append(el('div', {class: 'warning'}, el('h3', {}, `${warning.id} ${warning.title}`), el('p', {}, warning.text),
        el('p', {}, el('b', {}, 'Cure: '), warning.fix),
        warning.explanation && el('details', {class: 'small'}, el('summary', {}, 'What it means'), el('p', {}, warning.explanation),
            el('p', {}, el('code', {}, `dovetail help ${warning.id}`)))));
  }
  document.getElementById('main').append(node);
  tableOfContents.push(['verdict', 'Verdict']);
  if (draws.notes.length) node.append(el('details', {class: 'small', open: draws.notes.length < 4}, el('summary', {}, plural(draws.notes.length, 'note')), el('ul', {}, draws.notes.map((note) => el('li', {}, note)))));
}

/** A worst figure over the parameters that are judged. */
function worst(at, pick) {
  const found = report.draws.parameters.filter((row) => !/^log_(prior|likelihood|reference)$/.test(row[NAME])).map((row) => (at === RHAT ? rhatKey(row) : row[at])).filter((v) => v !== null);
  return found.length ? pick(...found) : null;
}

function keyFigures() {
  const {run, draws, limits, tempering: t, ep, lda} = report;
  const figures = [];
  const add = (name, value, bad = false) => { if (value !== null && value !== undefined && value !== '–') figures.push([name, value, bad]); };
  if (t && t.log_evidence !== undefined) {
    add('log evidence', t.log_evidence === null ? null : `${upToError(t.log_evidence, t.log_evidence_se)}${t.log_evidence_se ? ` ± ${digits(t.log_evidence_se, 2)}` : ''}`);
    add('global barrier Λ', digits(t.barrier, 3));
    add('replicas', `${t.replicas}${t.copies > 1 ? ` × ${t.copies} copies` : ''}`);
    add('restarts', whole(t.restarts), t.restarts === 0);
    add('swap acceptance, least', digits(t.swap_acceptance_min, 3), t.swap_acceptance_min < limits.swap_acceptance);
  }
  if (ep && ep.sites !== undefined) {
    add('sites', whole(ep.sites));
    add('rounds', `${ep.rounds}, ${ep.converged ? 'converged' : 'not converged'}`, !ep.converged);
    add('still to be moved', `${digits(ep.distance, 2)} nats`);
    add('error of the answer', `${digits(ep.answer_noise, 2)} nats`);
    if (ep.correction) {
      add('correction', ep.correction.certified ? 'certified' : 'failed', !ep.correction.certified);
      add('k-hat', digits(ep.correction.k_hat, 2), ep.correction.k_hat > limits.k_hat);
      add('log evidence', ep.correction.log_evidence === null ? null : `${upToError(ep.correction.log_evidence, ep.correction.log_evidence_se)} ± ${digits(ep.correction.log_evidence_se, 2)}`);
    }
  }
  if (lda && lda.topics !== undefined) {
    add('topics', whole(lda.topics));
    add('documents', whole(lda.documents));
    add('tokens', whole(lda.tokens));
    add('words', whole(lda.words));
    add('sweeps', whole(lda.sweeps));
    add('log joint per token', digits(lda.log_joint_per_token, 5));
    add('coherence, NPMI', fixed(lda.npmi, 3));
  }
  if (draws.chains) {
    add('chains × draws', `${draws.chains} × ${whole(draws.draws)}`);
    const rhat = worst(RHAT, Math.max), bulk = worst(BULK, Math.min), tail = worst(TAIL, Math.min);
    const few = limits.ess_per_chain * draws.chains;
    add('largest R-hat', rhat === Infinity ? 'inf' : rhat && rhat.toFixed(3), rhat > limits.rhat);
    add('least bulk ESS', whole(bulk), bulk !== null && bulk < few);
    add('least tail ESS', whole(tail), tail !== null && tail < few);
    if (run.command === 'sample') add('divergences', whole(run.divergences), run.divergences > 0);
  }
  const evaluations = (run.density_evaluations || 0) + (run.gradient_evaluations || 0);
  if (evaluations > 0) add('density evaluations', whole(evaluations));
  if (run.seconds > 0) add('time', duration(run.seconds));
  document.getElementById('verdict').after(el('dl', {class: 'figures'}, figures.map(([name, value, bad]) => el('div', {class: bad && 'bad'}, el('dt', {}, name), el('dd', {}, value)))));
}

function reproduceSection() {
  const {run} = report;
  const named = (rows) => plainTable('', null, rows.filter((row) => row[1] !== '').map((row) => [row[0], el('span', {class: 'long'}, row[1])]), 2);
  section('reproduce', 'Settings, and the same run again',
      el('p', {}, 'With the same model, data, seed and settings every draw is the same to the last bit, on any number of threads and processes.'),
      report.commands.map(([what, line]) => [el('h3', {}, what), el('pre', {tabindex: 0, 'aria-label': what}, line)]),
      run.digest && el('p', {}, 'Its digest: ', el('code', {}, run.digest)),
      run.exceptions.length > 0 && [el('h3', {}, 'Promises given up on resume'), named(run.exceptions)],
      el('details', {}, el('summary', {}, 'Every setting: config.toml'), el('pre', {tabindex: 0, 'aria-label': 'config.toml'}, report.config)),
      el('details', {}, el('summary', {}, 'What the result is a function of'), named(run.identity)),
      el('details', {}, el('summary', {}, 'Where and when it ran (no part of the result)'), named(Object.entries(run.environment).map(([name, value]) => [name, String(value)]))));
}

head();
verdict();
keyFigures();
temperingSection(report);
epSection(report);
ldaSection(report);
parameterSection(report);
pictureSection(report);
pairSection(report);
energySection(report);
roundsSection(report);
reproduceSection();
document.getElementById('contents').append(...tableOfContents.map(([id, title]) => el('a', {href: `#${id}`}, title)));
document.getElementById('main').append(el('p', {class: 'quiet small'}, `Made by dovetail report ${report.report.version}. This page loads nothing and sends nothing.`));
