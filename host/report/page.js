'use strict';
(() => {

// What goes wrong is left where a test, or a person with the inspector, finds it.
const root = document.documentElement;
const problems = [];
function note(what) {
  problems.push(String(what));
  root.dataset.errors = problems.length;
  root.dataset.firstError = problems[0];
}
root.dataset.errors = 0;
addEventListener('error', (event) => note(event.message));
addEventListener('unhandledrejection', (event) => note(event.reason));
document.addEventListener('securitypolicyviolation', (event) => note('blocked: ' + event.violatedDirective));

const byId = (id) => document.getElementById(id);
const data = JSON.parse(byId('data').textContent);

// ---- Words and numbers

/** A name as text of one line: marks that change the direction of writing could make it look like another. */
const plain = (text) => text.replace(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g, '\ufffd');

const shorten = (text, length) => text.length <= length ? text : Array.from(text).slice(0, length - 1).join('') + '\u2026';

const count = (number) => number.toLocaleString('en-US');

const superscript = (number) => String(number).replace('-', '\u207b').replace(/[0-9]/g, (digit) =>
  '\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079'[digit]);

/** Three digits, or as many as are asked for. */
function short(value, digits = 3) {
  if (value === null || Number.isNaN(value)) return 'not finite';
  if (value === Infinity) return '\u221e';
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 1e-3 && size < 1e5) return String(Number(value.toPrecision(digits)));
  const [mantissa, exponent] = value.toExponential(digits - 1).split('e');
  const factor = String(Number(mantissa));
  return (factor === '1' ? '' : factor + '\u00d7') + '10' + superscript(Number(exponent));
}

const plural = (number, word) => count(number) + ' ' + word + (number === 1 ? '' : 's');

function percent(part, whole) {
  if (whole === 0) return '\u2013';
  if (part === whole) return '100\u00a0%';
  const share = 100 * part / whole;
  return (share > 99.99 ? '> 99.99' : share > 0 && share < 0.01 ? '< 0.01' : Number(share.toPrecision(4)).toFixed(share > 10 ? 1 : 2)) + '\u00a0%';
}

// JSON has no infinity, which is the temperature at lambda = 0.
for (const one of [...data.temperatures, ...data.shown_runs]) {
  one.tau = one.tau.map((tau) => tau === null ? Infinity : tau);
  one.key = one.tau.join('/');
}
// Runs of the games that the page holds leave what these say to them.
const game_by_number = new Map(data.shown_games.map((game) => [game.number, game]));
for (const run of data.shown_runs) {
  if (!run.in_game) continue;
  run.name = game_by_number.get(run.game).name;
  run.class = game_by_number.get(run.game).class;
}
const coordinate = (tau, axis) => axis === 'lambda' ? 1 / tau[0] : tau[0];
const numbers_of = (tau, axis) => tau.map((each) => short(axis === 'lambda' ? 1 / each : each, 4)).join(' / ');
const default_axis = data.by_lambda ? 'lambda' : 'tau';
const letter_of = {tau: '\u03c4', lambda: '\u03bb'};
const temperature_label = (tau, axis = default_axis) => letter_of[axis] + ' = ' + numbers_of(tau, axis);
const per_agent = data.temperatures.some((each) => each.tau.length > 1);
const axis_title = (axis) => (axis === 'lambda' ? 'rationality \u03bb = 1/\u03c4 (per payoff unit)' : 'temperature \u03c4 (payoff units)') +
  (per_agent ? ' of agent 1' : '');

// ---- Elements

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === undefined || value === null || value === false) continue;
    element.setAttribute(name, value);
  }
  for (const child of children.flat()) {
    if (child === null || child === undefined) continue;
    element.append(typeof child === 'object' ? child : String(child));
  }
  return element;
}
const html = (tag, attributes, ...children) => fill(document.createElement(tag), attributes, children);
const svg = (tag, attributes, ...children) =>
  fill(document.createElementNS('http://www.w3.org/2000/svg', tag), attributes, children);

// ---- Colours: Okabe and Ito's for kinds, a part of viridis for ordered temperatures

const themes = {
  light: {
    name: 'light', paper: '#ffffff', ink: '#16191d', muted: '#59616b', line: '#aab1b9', grid: '#e6e9ec',
    blue: '#0072b2', orange: '#c95d00',
    kinds: ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#b8860b', '#56b4e9', '#000000', '#8a6d3b'],
    statuses: ['#009e73', '#e69f00', '#cc79a7', '#d55e00', '#56b4e9', '#5b5f66', '#9aa1a9', '#9aa1a9'],
    scale: ['#440154', '#414487', '#2a788e', '#22a884', '#6fae2e'],
  },
  dark: {
    name: 'dark', paper: '#14171a', ink: '#e9ecef', muted: '#a1aab4', line: '#6b747e', grid: '#292e34',
    blue: '#56b4e9', orange: '#f0a04b',
    kinds: ['#56b4e9', '#f08a4b', '#2fc79a', '#e09fc4', '#f0c64b', '#9fd4f5', '#ffffff', '#c8ad7f'],
    statuses: ['#1fb78c', '#f0b23a', '#e09fc4', '#f0743a', '#9fd4f5', '#b9bec5', '#7d858e', '#7d858e'],
    scale: ['#8f6bd1', '#5f8fd6', '#35b0b8', '#5ec962', '#fde725'],
  },
};
const font = '"Helvetica Neue", Helvetica, Arial, "Liberation Sans", sans-serif';

/** A colour between the first (0) and the last (1) of the theme's scale. */
function colour_at(share, theme) {
  const place = Math.min(Math.max(share, 0), 1) * (theme.scale.length - 1);
  const k = Math.min(Math.floor(place), theme.scale.length - 2);
  const part = (hex, at) => parseInt(hex.slice(at, at + 2), 16);
  const mixed = [1, 3, 5].map((at) =>
    Math.round(part(theme.scale[k], at) + (place - k) * (part(theme.scale[k + 1], at) - part(theme.scale[k], at))));
  return '#' + mixed.map((each) => each.toString(16).padStart(2, '0')).join('');
}

const dashes = [null, '7 3', '2.5 2.5', '10 3 2.5 3'];

// ---- Axes

const slot = 26;  // pixels beside a logarithmic axis for 0 or for infinity

function linear_ticks(low, high, most) {
  const raw = (high - low) / Math.max(most, 1);
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((each) => each * power).find((each) => each >= raw * 0.999);
  const ticks = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high * (1 + 1e-12) + 1e-300; ++k) ticks.push(k * step);
  return ticks.map((value) => Number(value.toPrecision(12)));
}

function log_ticks(low, high, most) {
  const first = Math.ceil(Math.log10(low) - 1e-9);
  const last = Math.floor(Math.log10(high) + 1e-9);
  if (high / low < 300) {
    const fine = [1, 2, 5].flatMap((each) => [-1, 0, 1, 2, 3].map((power) => each * 10 ** (first + power)));
    const within = [...new Set(fine.map((each) => Number(each.toPrecision(3))))]
      .filter((each) => each >= low * 0.999 && each <= high * 1.001).sort((a, b) => a - b);
    if (within.length >= 2 && within.length <= Math.max(most, 2)) return within;
    if (within.length < 2) return linear_ticks(low, high, Math.min(most, 4)).filter((each) => each > 0);
  }
  const step = [1, 2, 3, 5, 10, 20, 50].find((each) => (last - first) / each <= most - 1 + 1e-9) || 100;
  const ticks = [];
  for (let power = Math.ceil(first / step) * step; power <= last; power += step) ticks.push(Number('1e' + power));
  if (ticks.length === 0) ticks.push(Number('1e' + first));
  return ticks;
}

const is_decade = (value) => Math.abs(Math.log10(value) - Math.round(Math.log10(value))) < 1e-9;

function tick_text(value, ticks, powers) {
  if (value === 0) return '0';
  const is_far = powers || ticks.some((each) => each !== 0 && (each > 1e6 || each < 1e-3));
  if (is_far && is_decade(value)) return '10' + superscript(Math.round(Math.log10(value)));
  if (is_far) return short(value);
  return value >= 1000 ? count(value) : String(value);
}

/** A scale from values to pixels. `zero` and `infinite` make room beside a logarithmic one. */
function make_scale({kind, low, high, from, to, zero = false, infinite = false, most = 6, powers = false}) {
  const sign = Math.sign(to - from);
  const scale = {kind, low, high, from, to, zero, infinite, powers};
  if (kind === 'linear') {
    scale.at = (value) => from + (to - from) * (value - low) / (high - low || 1);
    scale.ticks = linear_ticks(low, high, most);
    scale.minor = [];
    return scale;
  }
  const start = from + (zero ? sign * slot : 0);
  const end = to - (infinite ? sign * slot : 0);
  const depth = Math.log(high / low) || 1;
  scale.start = start;
  scale.end = end;
  scale.at = (value) => {
    if (value <= 0) return from + (zero ? sign * slot * 0.3 : 0);
    if (value === Infinity) return to - (infinite ? sign * slot * 0.3 : 0);
    return start + (end - start) * Math.log(value / low) / depth;
  };
  scale.ticks = log_ticks(low, high, most);
  scale.minor = [];
  const decades = Math.log10(high / low);
  if (decades <= 5.5) {
    for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); ++power) {
      for (let k = 2; k < 10; ++k) {
        const value = k * 10 ** power;
        if (value > low && value < high && !scale.ticks.some((tick) => Math.abs(tick / value - 1) < 1e-6)) scale.minor.push(value);
      }
    }
  }
  return scale;
}

/** Bounds of a logarithmic axis around positive numbers. */
function log_bounds(values, whole_decades = false) {
  let low = Infinity;
  let high = 0;
  for (const value of values) {
    if (!(value > 0) || value === Infinity) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) return [0.1, 1];
  if (whole_decades) {
    low = 10 ** Math.floor(Math.log10(low) + 1e-9);
    high = 10 ** Math.ceil(Math.log10(high) - 1e-9);
  }
  if (low === high) return [low / 2, high * 2];
  return [low, high];
}

const ruler = document.createElement('canvas').getContext('2d');
function text_width(text, size, weight = 400) {
  if (!ruler) return 0.56 * size * text.length;
  ruler.font = weight + ' ' + size + 'px ' + font;
  return ruler.measureText(text).width;
}

// ---- Drawings

let drawings = 0;

/** An SVG in the making. Everything that it looks like stands in its attributes, so that it looks the same when saved. */
class Drawing {
  constructor(width, height, theme, label) {
    this.width = width;
    this.height = height;
    this.theme = theme;
    this.label = label;
    this.number = ++drawings;
    this.marks = 0;
    this.definitions = svg('defs');
    this.body = svg('g');
  }

  add(...nodes) {
    this.body.append(...nodes);
  }

  /** A mark that shows data. */
  mark(tag, attributes, title) {
    ++this.marks;
    const node = svg(tag, attributes, title ? svg('title', {}, title) : null);
    this.body.append(node);
    return node;
  }

  text(x, y, text, {size = 12, anchor = 'start', colour = this.theme.muted, weight} = {}) {
    this.add(svg('text', {x: round(x), y: round(y), 'font-size': size, 'text-anchor': anchor, fill: colour, 'font-weight': weight}, text));
  }

  line(x1, y1, x2, y2, colour, width = 1, dash = null) {
    this.add(svg('line', {x1: round(x1), y1: round(y1), x2: round(x2), y2: round(y2), stroke: colour, 'stroke-width': width,
      'stroke-dasharray': dash}));
  }

  clip(x, y, width, height) {
    const id = 'clip-' + this.number + '-' + this.definitions.childNodes.length;
    this.definitions.append(svg('clipPath', {id}, svg('rect', {x, y, width: Math.max(width, 0), height})));
    return 'url(#' + id + ')';
  }

  /** What fills the bars of a status: its colour, and a pattern that tells it without one. */
  status_fill(status) {
    const colour = this.theme.statuses[status];
    if (status === 0) return colour;
    const id = 'status-' + this.number + '-' + status;
    if (!this.definitions.querySelector('#' + id)) {
      const shapes = [
        null,
        () => svg('path', {d: 'M-1,1 l2,-2 M0,6 l6,-6 M5,7 l2,-2', stroke: this.theme.paper, 'stroke-width': 1.3}),
        () => svg('circle', {cx: 3, cy: 3, r: 1.7, fill: 'none', stroke: this.theme.paper, 'stroke-width': 1}),
        () => svg('circle', {cx: 3, cy: 3, r: 1.2, fill: this.theme.paper}),
        () => svg('path', {d: 'M-1,5 l2,2 M0,0 l6,6 M5,-1 l2,2', stroke: this.theme.paper, 'stroke-width': 1.3}),
        () => svg('path', {d: 'M0,3 h6', stroke: this.theme.paper, 'stroke-width': 1.3}),
        () => svg('path', {d: 'M3,0 v6', stroke: this.theme.paper, 'stroke-width': 1.3}),
        () => svg('path', {d: 'M3,0 v6 M0,3 h6', stroke: this.theme.paper, 'stroke-width': 1.3}),
      ];
      this.definitions.append(svg('pattern', {id, width: 6, height: 6, patternUnits: 'userSpaceOnUse'},
        svg('rect', {width: 6, height: 6, fill: colour}), shapes[status]()));
    }
    return 'url(#' + id + ')';
  }

  /** Axes around [left, right] x [top, bottom]; `y_title` stands above the left one. */
  axes({x, y, x_title, y_title, grid = true, small = false}) {
    const {theme} = this;
    const left = x.from;
    const right = x.to;
    const bottom = y.from;
    const top = y.to;
    const size = small ? 11 : 12;
    const tick_length = 4;
    for (const value of y.ticks) {
      const at = y.at(value);
      if (grid) this.line(left, at, right, at, theme.grid);
      this.text(left - 7, at + size * 0.35, tick_text(value, y.ticks, y.powers), {anchor: 'end', size});
    }
    if (y.zero) this.text(left - 7, y.at(0) + size * 0.35, '0', {anchor: 'end', size});
    if (y.infinite) this.text(left - 7, y.at(Infinity) + size * 0.35, '\u221e', {anchor: 'end', size});
    for (const value of x.minor) this.line(x.at(value), bottom, x.at(value), bottom + tick_length / 2, theme.line);
    let free = -Infinity;
    const put = (value, text) => {
      const at = x.at(value);
      this.line(at, bottom, at, bottom + tick_length, theme.line);
      const half = text_width(text, size) / 2;
      if (at - half < free) return;
      free = at + half + 6;
      this.text(at, bottom + tick_length + size + 1, text, {anchor: 'middle', size});
    };
    if (x.zero) put(0, '0');
    for (const value of x.ticks) put(value, tick_text(value, x.ticks, x.powers));
    if (x.infinite) put(Infinity, '\u221e');
    // Where 0 or infinity stands beside a logarithmic axis, the axis is broken.
    const axis_line = (scale, horizontal) => {
      const pieces = scale.kind === 'log' ? [[scale.start, scale.end]] : [[scale.from, scale.to]];
      const sign = Math.sign(scale.to - scale.from);
      if (scale.zero) pieces.push([scale.from, scale.from + sign * slot * 0.65]);
      if (scale.infinite) pieces.push([scale.to - sign * slot * 0.65, scale.to]);
      for (const [a, b] of pieces) {
        if (horizontal) this.line(a, bottom, b, bottom, theme.line);
        else this.line(left, a, left, b, theme.line);
      }
    };
    axis_line(x, true);
    axis_line(y, false);
    if (y_title) this.text(small ? left - 2 : 2, top - 15, y_title, {size: small ? 11 : 13, colour: theme.ink});
    if (x_title) this.text(right, bottom + tick_length + size + (small ? 15 : 20), x_title, {size: small ? 11 : 13, anchor: 'end', colour: theme.ink});
  }

  /** Entries {text, draw(x, y)} in rows, a swatch of 26 pixels each. Returns the height they take. */
  legend(entries, x, y, width) {
    let left = x;
    let row = y;
    for (const entry of entries) {
      const needed = 32 + text_width(entry.text, 13);
      if (left > x && left + needed > x + width) {
        left = x;
        row += 20;
      }
      entry.draw(left, row + 8);
      this.text(left + 32, row + 12.5, entry.text, {size: 13, colour: this.theme.ink});
      left += needed + 18;
    }
    return row + 20 - y;
  }

  finish(name) {
    return svg('svg', {
      xmlns: 'http://www.w3.org/2000/svg', viewBox: '0 0 ' + this.width + ' ' + round(this.height), width: this.width,
      height: round(this.height), role: 'img', 'aria-label': this.label, 'font-family': font, 'data-figure': name,
      'data-marks': this.marks,
    }, this.definitions, this.body);
  }
}

const round = (value) => Math.round(value * 100) / 100;

/** A path through points [x, y]; null breaks it. */
function path_of(points) {
  let path = '';
  let pen = 'M';
  for (const point of points) {
    if (!point) {
      pen = 'M';
      continue;
    }
    path += pen + round(point[0]) + ',' + round(point[1]);
    pen = 'L';
  }
  return path;
}

/** Numbers in order of size, cut where 0 and infinity stand beside the axis: lines do not cross its breaks. */
function pieces_of(values) {
  const pieces = [];
  let kind = null;
  values.forEach((value, k) => {
    const here = value <= 0 ? 'zero' : value === Infinity ? 'infinite' : 'inside';
    if (here !== kind) pieces.push([]);
    kind = here;
    pieces[pieces.length - 1].push(k);
  });
  return pieces;
}

/** The area between two paths of as many points, where both are there. */
function band_of(upper, lower) {
  let path = '';
  for (let k = 0; k < upper.length;) {
    if (!upper[k] || !lower[k]) {
      ++k;
      continue;
    }
    let end = k;
    while (end < upper.length && upper[end] && lower[end]) ++end;
    path += path_of([...upper.slice(k, end), ...lower.slice(k, end).reverse()]) + 'Z';
    k = end;
  }
  return path;
}

// ---- Figures

const state = {theme: 'light', run: null};
const figures = [];

/** A figure whose `draw(width, theme)` gives a finished SVG, or null where there is nothing to show. */
function add_figure(parent, {name, draw, caption, file}) {
  const holder = html('div');
  const text = html('figcaption');
  const save = html('button', {type: 'button', class: 'control save', 'aria-label': 'Download this figure as SVG: ' + name}, 'Download SVG');
  const element = html('figure', {id: 'figure-' + name}, holder, html('div', {class: 'figure-foot'}, text, save));
  parent.append(element);
  const figure = {
    redraw(theme = themes[state.theme]) {
      element.hidden = false;
      const width = Math.max(Math.floor(holder.clientWidth || parent.clientWidth || 640), 260);
      const drawn = draw(width, theme);
      element.hidden = !drawn;
      holder.replaceChildren(...(drawn ? [drawn] : []));
      text.textContent = caption();
    },
    source() {
      const drawn = draw(760, themes.light);
      const {width, height} = drawn.viewBox.baseVal;
      const margin = 16;
      const box = {x: -margin, y: -margin, width: width + 2 * margin, height: height + 2 * margin};
      fill(drawn, {viewBox: [box.x, box.y, box.width, box.height].join(' '), width: box.width, height: box.height}, []);
      drawn.prepend(svg('title', {}, drawn.getAttribute('aria-label')), svg('rect', {...box, fill: '#ffffff'}));
      return '<?xml version="1.0" encoding="UTF-8"?>\n' + new XMLSerializer().serializeToString(drawn) + '\n';
    },
  };
  save.addEventListener('click', () => {
    const link = html('a', {href: URL.createObjectURL(new Blob([figure.source()], {type: 'image/svg+xml'})),
      download: (file ? file() : name) + '.svg'});
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  });
  figures.push(figure);
  return figure;
}

function set_options(select, options, chosen) {
  select.replaceChildren(...options.map(([value, text]) => html('option', {value}, text)));
  if (chosen !== undefined) select.value = chosen;
}

const show = (id) => { byId(id).hidden = false; };
const status_text = (status) => data.status_words[status].replace('_', ' ');
const statuses_there = data.statuses.map((_, status) => status).filter((status) => data.statuses[status] > 0);

// ---- The head

const unfinished = data.runs_asked > data.runs ? data.runs_asked - data.runs : 0;

function write_facts() {
  byId('subtitle').textContent = 'Logit quantal response equilibria of ' + plural(data.games, 'game') + ' at ' +
    plural(data.temperatures.length, 'temperature') + (data.further_runs > 0 ? ' and more' : '');
  const facts = [
    ['runs', count(data.runs), unfinished > 0 ? 'of ' + count(data.runs_asked) + ' asked for' : ''],
    ['converged', percent(data.statuses[0], data.runs), ''],
    ['median iterations', count(data.median_iterations), 'most ' + count(data.most_iterations)],
    ['worst QRE gap', short(data.worst_gap), data.worst_gap === null ? '' : 'payoff units'],
    ['time to solve', data.solve_seconds === null ? '\u2013' : data.solve_seconds < 0.1 ? short(1000 * data.solve_seconds) + ' ms' : short(data.solve_seconds) + ' s', ''],
    ...(data.rule ? [['update rule', data.rule, '']] : []),
    ['precision', data.precision, ''],
    ['backend', plain(data.backend.split(' ')[0]), plain(data.backend.split(' ').slice(1).join(' ').replace(/[()]/g, ''))],
    ['version', plain(data.version), ''],
  ];
  byId('facts').append(...facts.map(([name, value, more]) => html('div', {}, html('dt', {}, name),
    html('dd', {}, value, more ? html('small', {}, ' ' + more) : null))));
  byId('provenance').textContent = 'Made by quantal report from ' + plain(data.source) +
    '. This page is one file: it loads nothing, and its content security policy forbids it to.';
}

// ---- Statuses by temperature

let table_bars = [];

function write_temperatures() {
  if (data.temperatures.length === 0) return;
  show('statuses');
  const legend = html('ul', {class: 'legend', id: 'status-legend'});
  byId('statuses').querySelector('.scroll').before(legend);
  const axis = default_axis;
  const head = [[letter_of[axis], ''], ['runs', ''], ['status', 'text'], ['converged', ''], ['iterations, median', ''],
    ['most', ''], ['worst QRE gap', ''], ['Nash gap, median', '']];
  const body = html('tbody');
  for (const temperature of data.temperatures) {
    const bar = html('td', {class: 'bar'});
    table_bars.push([bar, temperature]);
    body.append(html('tr', {}, html('td', {}, numbers_of(temperature.tau, axis)), html('td', {}, count(temperature.runs)), bar,
      html('td', {}, percent(temperature.statuses[0], temperature.runs)), html('td', {}, count(temperature.median_iterations)),
      html('td', {}, count(temperature.most_iterations)), html('td', {}, short(temperature.worst_gap, 2)),
      html('td', {}, short(temperature.nash_gap[2], 2))));
  }
  byId('temperature-table').append(html('thead', {}, html('tr', {}, head.map(([text, kind]) => html('th', {class: kind, scope: 'col'}, text)))), body);
  byId('statuses-caption').textContent = 'How the runs at each temperature ended. Gaps in payoff units.' +
    (data.further_runs > 0 ? ' ' + plural(data.further_runs, 'run') + ' at further temperatures count in the totals alone.' : '');
}

function draw_table_bars(theme) {
  for (const [cell, temperature] of table_bars) {
    const drawing = new Drawing(200, 14, theme, '');
    let left = 0;
    const label = statuses_there.filter((status) => temperature.statuses[status] > 0)
      .map((status) => count(temperature.statuses[status]) + ' ' + status_text(status)).join(', ');
    for (const status of statuses_there) {
      const width = 200 * temperature.statuses[status] / temperature.runs;
      if (width === 0) continue;
      drawing.mark('rect', {x: round(left), y: 1, width: round(Math.max(width - 0.5, 0.8)), height: 12, fill: drawing.status_fill(status)});
      left += width;
    }
    drawing.label = label;
    const drawn = drawing.finish('statuses');
    drawn.setAttribute('preserveAspectRatio', 'none');
    drawn.prepend(svg('title', {}, label));
    cell.replaceChildren(drawn);
  }
  const legend = byId('status-legend');
  if (!legend) return;
  legend.replaceChildren(...statuses_there.map((status) => {
    const drawing = new Drawing(22, 12, theme, '');
    drawing.add(svg('rect', {width: 22, height: 12, fill: drawing.status_fill(status)}));
    const swatch = drawing.finish('swatch');
    swatch.setAttribute('aria-hidden', 'true');
    return html('li', {}, swatch, status_text(status) + ' (' + count(data.statuses[status]) + ')');
  }));
}

// ---- Convergence

const finite = (value) => value >= 0 ? value : null;

/** The curves of gaps of `curves`, and of single runs, on one pair of axes. */
function draw_gaps(width, theme, {name, label, curves, singles, chosen, axis, legend_of_runs, small}) {
  const all = curves.length > 1;
  const with_bands = curves.length <= 3;
  const quantiles = all ? (with_bands ? [1, 2, 3] : [2]) : [0, 1, 2, 3, 4];
  const iterations = data.iterations;
  let last = 1;
  const values = [];
  for (const curve of curves) {
    for (const q of quantiles) {
      const gaps = curve.quantiles[q];
      let end = gaps.length - 1;
      while (end > 0 && gaps[end - 1] === gaps[gaps.length - 1]) --end;
      last = Math.max(last, iterations[end]);
    }
  }
  for (const run of singles) last = Math.max(last, run.iteration[run.iteration.length - 1]);
  let from_zero = false;
  let first = Infinity;
  const see = (iteration, gap) => {
    if (iteration > last || gap < 0) return;
    values.push(gap);
    if (iteration === 0) from_zero = true;
    else first = Math.min(first, iteration);
  };
  for (const curve of curves) {
    for (const q of quantiles) curve.quantiles[q].forEach((gap, k) => see(iterations[k], gap));
  }
  for (const run of singles) run.gap.forEach((gap, k) => see(run.iteration[k], gap));
  const tolerance = data.gap_tolerance;
  if (tolerance > 0) values.push(tolerance);
  const has_zero = values.some((value) => value === 0);

  const drawing = new Drawing(width, 0, theme, label);
  const colours = curves.map((_, k) => all ? colour_at(curves.length === 1 ? 0 : k / (curves.length - 1), theme) : theme.blue);
  const entries = [];
  const stroke_entry = (text, colour, dash, thickness) => entries.push({text, draw: (x, y) => drawing.line(x, y, x + 25, y, colour, thickness, dash)});
  const fill_entry = (text, colour, opacity) => entries.push({text, draw: (x, y) =>
    drawing.add(svg('rect', {x, y: y - 6, width: 25, height: 12, fill: colour, 'fill-opacity': opacity}))});
  if (all) {
    curves.forEach((curve, k) => stroke_entry(temperature_label(data.temperatures[curve.temperature].tau), colours[k], dashes[k % dashes.length], 2));
    if (with_bands) fill_entry('25\u201375 %', theme.muted, 0.25);
  } else if (curves.length === 1) {
    stroke_entry('median', colours[0], null, 2.2);
    fill_entry('25\u201375 %', colours[0], 0.34);
    fill_entry('10\u201390 %', colours[0], 0.15);
  }
  if (legend_of_runs && singles.length > 0) stroke_entry(singles.length === 1 && singles[0] === chosen ? 'run ' + chosen.run : 'single runs', theme.orange, null, 1.4);
  const legend_height = entries.length > 0 ? drawing.legend(entries, 2, 0, width - 4) + 8 : 0;
  const top = legend_height + 28;
  const bottom = top + (small ? 240 : width < 500 ? 270 : 340);
  const left = 52;
  const right = width - 20;
  const log = axis === 'log';
  const [x_low, x_high] = log ? [Math.min(first === Infinity ? 1 : first, last), Math.max(last, 2)] : [0, last];
  const x = make_scale({kind: log ? 'log' : 'linear', low: x_low === x_high ? x_high / 2 : x_low, high: x_high, from: left, to: right,
    zero: log && from_zero, most: Math.max(3, Math.floor((right - left) / 80))});
  const [y_low, y_high] = log_bounds(values, true);
  const y = make_scale({kind: 'log', low: y_low, high: y_high, from: bottom, to: top, zero: has_zero, most: small ? 6 : 8, powers: true});
  drawing.height = bottom + 44;
  drawing.axes({x, y, x_title: 'iteration', y_title: 'QRE gap (payoff units)'});

  const clip = drawing.clip(left, top - 4, right - left + 4, bottom - top + 8);
  const points = (at, gaps) => at.map((iteration, k) => finite(gaps[k]) === null ? null : [x.at(iteration), y.at(gaps[k])]);
  const cut = iterations.findIndex((iteration) => iteration >= last);
  const shown = cut < 0 ? iterations : iterations.slice(0, cut + 1);
  curves.forEach((curve, k) => {
    const of = (q) => points(shown, curve.quantiles[q]);
    if (!all) drawing.mark('path', {d: band_of(of(4), of(0)), fill: colours[k], 'fill-opacity': 0.15, 'clip-path': clip});
    if (with_bands) drawing.mark('path', {d: band_of(of(3), of(1)), fill: colours[k], 'fill-opacity': all ? 0.14 : 0.25, 'clip-path': clip});
  });
  const opacity = Math.max(0.25, Math.min(0.9, 6 / Math.max(singles.length, 1)));
  for (const run of singles) {
    const is_chosen = run === chosen;
    const held = [...points(run.iteration, run.gap)];
    drawing.mark('path', {d: path_of(held), fill: 'none', stroke: theme.orange, 'stroke-width': is_chosen ? 2 : 1,
      'stroke-opacity': is_chosen ? 1 : opacity, 'stroke-linejoin': 'round', 'clip-path': clip}, 'run ' + run.run);
    const end = held[held.length - 1];
    if (is_chosen && end) drawing.mark('circle', {cx: round(end[0]), cy: round(end[1]), r: 3, fill: theme.orange});
  }
  curves.forEach((curve, k) => drawing.mark('path', {d: path_of(points(shown, curve.quantiles[2])), fill: 'none', stroke: colours[k],
    'stroke-width': 2.2, 'stroke-dasharray': all ? dashes[k % dashes.length] : null, 'stroke-linejoin': 'round', 'clip-path': clip},
  'median, ' + temperature_label(data.temperatures[curve.temperature].tau)));
  if (tolerance > 0) {
    drawing.line(left, y.at(tolerance), right, y.at(tolerance), theme.ink, 1, '4 3');
    drawing.text(right, y.at(tolerance) - 5, 'tolerance', {anchor: 'end', colour: theme.ink});
  }
  return drawing.finish(name);
}

function add_convergence() {
  if (data.curves.length === 0) return;
  show('convergence');
  const temperature = byId('convergence-temperature');
  const several = data.curves.length > 1;
  set_options(temperature, [...(several ? [['all', data.curves.length < data.temperatures.length ? 'those below, medians' : 'all, medians']] : []),
    ...data.curves.map((curve, k) => [k, temperature_label(data.temperatures[curve.temperature].tau)])]);
  const chosen_curves = () => temperature.value === 'all' ? data.curves : [data.curves[temperature.value]];
  const singles = () => {
    const keys = new Set(chosen_curves().map((curve) => data.temperatures[curve.temperature].key));
    const wanted = {none: 0, slow: 1, sample: 4}[byId('convergence-runs').value];
    return data.shown_runs.filter((run) => run.gap && keys.has(run.key) && ((run.row & wanted) !== 0 || (run === state.run && state.picked)));
  };
  const figure = add_figure(byId('convergence'), {
    name: 'convergence',
    draw: (width, theme) => draw_gaps(width, theme, {name: 'convergence', label: 'QRE gap by iteration', curves: chosen_curves(),
      singles: singles(), chosen: state.picked ? state.run : null, axis: byId('convergence-axis').value, legend_of_runs: true}),
    caption: () => {
      const curves = chosen_curves();
      const runs = curves.reduce((sum, curve) => sum + curve.runs, 0);
      return 'QRE gap after each number of updates, over ' + plural(runs, 'run') + (curves.length === 1 ? ' at ' + temperature_label(data.temperatures[curves[0].temperature].tau) : '') +
        '. A run that has ended holds its last gap. Quantiles are resolved to a 64th of a decade (4 %); gaps below 10' + superscript(-40) + ' are drawn as 0, apart from the logarithmic axis.' +
        (data.curves.length < data.temperatures.length ? ' Temperatures shown: ' + data.curves.length + ' of ' + data.temperatures.length + ', evenly chosen.' : '');
    },
  });
  for (const id of ['convergence-temperature', 'convergence-axis', 'convergence-runs']) byId(id).addEventListener('change', () => figure.redraw());
  return figure;
}

// ---- Iterations

function add_effort() {
  if (data.runs === 0) return;
  show('effort');
  const {bounds, counts} = data.histogram;
  add_figure(byId('effort'), {
    name: 'iterations',
    draw: (width, theme) => {
      const totals = counts[0].map((_, bin) => counts.reduce((sum, of) => sum + of[bin], 0));
      let first = totals.findIndex((total, bin) => bin > 0 && total > 0);
      let last = totals.length - 1;
      while (last > 0 && totals[last] === 0) --last;
      const bins = [];
      if (first > 0) {
        first = Math.max(1, Math.min(first, last - 15));  // a few bars are not to fill the whole width
        // Bounds of whole numbers, as far apart as the width allows or further where there is no number between them.
        const ratio = 10 ** (Math.max(1, Math.ceil((last - first + 1) / (width < 500 ? 26 : 44))) / 20);
        for (let bin = first; bin <= last;) {
          const from = bounds[bin - 1];
          let end = bin + 1;
          while (end < bounds.length && bounds[end - 1] < from * ratio * 0.99) ++end;
          const to = bounds[end - 1];
          // The last one is as wide as the others, whatever it holds.
          bins.push({from, to: end > last ? Math.max(to, Math.ceil(from * ratio)) : to,
            of: counts.map((of) => of.slice(bin, end).reduce((sum, each) => sum + each, 0))});
          bin = end;
        }
      }
      const zero = totals[0] > 0 ? {of: counts.map((of) => of[0])} : null;
      const drawing = new Drawing(width, 0, theme, 'Runs by their number of iterations');
      const legend_height = drawing.legend(statuses_there.map((status) => ({text: status_text(status), draw: (x, y) =>
        drawing.add(svg('rect', {x, y: y - 6, width: 25, height: 12, fill: drawing.status_fill(status)}))})), 2, 0, width - 4) + 8;
      const top = legend_height + 28;
      const bottom = top + (width < 500 ? 190 : 230);
      const most = Math.max(...bins.map((bin) => bin.of.reduce((a, b) => a + b, 0)), zero ? totals[0] : 0, 1);
      const left = Math.max(40, 16 + text_width(count(most), 12));
      const y = make_scale({kind: 'linear', low: 0, high: most * 1.04, from: bottom, to: top, most: 5});
      y.ticks = y.ticks.filter((tick) => Number.isInteger(tick));
      const x = make_scale({kind: 'log', low: bins.length ? bins[0].from : 1, high: bins.length ? bins[bins.length - 1].to : 10, from: left,
        to: width - 20, zero: zero !== null, most: Math.max(3, Math.floor((width - left) / 80))});
      drawing.height = bottom + 44;
      drawing.axes({x, y, x_title: 'iterations', y_title: 'runs'});
      const stack = (from, to, of, what) => {
        let height = bottom;
        for (const status of statuses_there) {
          if (of[status] === 0) continue;
          const size = Math.max(1, bottom - y.at(of[status]));
          drawing.mark('rect', {x: round(from), y: round(height - size), width: round(Math.max(to - from, 0.7)), height: round(size),
            fill: drawing.status_fill(status)}, count(of[status]) + ' ' + status_text(status) + ', ' + what);
          height -= size;
        }
      };
      if (zero) stack(x.at(0) - 6, x.at(0) + 6, zero.of, 'no iteration');
      for (const bin of bins) {
        stack(x.at(bin.from) + 0.5, x.at(bin.to) - 0.5, bin.of, count(bin.from) + (bin.to - 1 > bin.from ? ' to ' + count(bin.to - 1) : '') + ' iterations');
      }
      return drawing.finish('iterations');
    },
    caption: () => 'Updates that runs made until they ended, by how they ended; bins of equal width on the logarithmic axis as far as whole numbers allow. Half of all runs took ' +
      count(data.median_iterations) + ' or fewer.',
  });
}

// ---- Gaps by temperature

function temperature_scale(taus, axis, from, to, most) {
  const values = taus.map((tau) => coordinate(tau, axis));
  const [low, high] = log_bounds(values);
  const scale = make_scale({kind: 'log', low, high, from, to, zero: values.some((value) => value === 0), infinite: values.some((value) => value === Infinity), most});
  // A few temperatures are named themselves.
  const inside = [...new Set(values)].filter((value) => value > 0 && value < Infinity).sort((a, b) => a - b);
  if (inside.length > 0 && inside.length <= 8) {
    scale.ticks = inside.map((value) => Number(value.toPrecision(3)));
    scale.minor = [];
  }
  return scale;
}

/** A hollow one is of a run that did not converge. */
function marker(drawing, shape, x, y, size, colour, title, {opacity, hollow = false} = {}) {
  const attributes = hollow ? {fill: 'none', stroke: colour, 'stroke-width': 1, 'stroke-opacity': opacity} : {fill: colour, 'fill-opacity': opacity};
  const a = round(size);
  x = round(x);
  y = round(y);
  const shapes = [
    () => drawing.mark('circle', {...attributes, cx: x, cy: y, r: a}, title),
    () => drawing.mark('path', {...attributes, d: `M${x - a},${y - a}h${2 * a}v${2 * a}h${-2 * a}Z`}, title),
    () => drawing.mark('path', {...attributes, d: `M${x},${y - 1.3 * a}l${1.2 * a},${2.1 * a}h${-2.4 * a}Z`}, title),
    () => drawing.mark('path', {...attributes, d: `M${x},${y - 1.4 * a}l${1.4 * a},${1.4 * a}l${-1.4 * a},${1.4 * a}l${-1.4 * a},${-1.4 * a}Z`}, title),
  ];
  return shapes[shape % shapes.length]();
}

function add_gaps() {
  if (data.temperatures.length < 2) return;
  show('gaps');
  add_figure(byId('gaps'), {
    name: 'gaps',
    draw: (width, theme) => {
      const order = [...data.temperatures].sort((a, b) => coordinate(a.tau, default_axis) - coordinate(b.tau, default_axis));
      const drawing = new Drawing(width, 0, theme, 'Nash gap and QRE gap by temperature');
      const series = [
        {key: 'nash_gap', text: 'Nash gap', colour: theme.orange, shape: 1, dash: '7 3'},
        {key: 'qre_gap', text: 'QRE gap', colour: theme.blue, shape: 0, dash: null},
      ];
      const entries = series.map(({text, colour, shape, dash}) => ({text: text + ', median', draw: (x, y) => {
        drawing.line(x, y, x + 25, y, colour, 2, dash);
        marker(drawing, shape, x + 12.5, y, 3.4, colour);
      }}));
      entries.push({text: '10\u201390 %', draw: (x, y) => drawing.add(svg('rect', {x, y: y - 6, width: 25, height: 12, fill: theme.muted, 'fill-opacity': 0.25}))});
      const top = drawing.legend(entries, 2, 0, width - 4) + 36;
      drawing.marks = 0;
      const bottom = top + (width < 500 ? 230 : 270);
      const values = order.flatMap((each) => [...each.qre_gap, ...each.nash_gap]).filter((value) => value !== null);
      const [low, high] = log_bounds(values, true);
      const y = make_scale({kind: 'log', low, high, from: bottom, to: top, zero: values.some((value) => value === 0), most: 7, powers: true});
      const x = temperature_scale(order.map((each) => each.tau), default_axis, 52, width - 16, Math.max(3, Math.floor((width - 70) / 80)));
      drawing.height = bottom + 44;
      drawing.axes({x, y, x_title: axis_title(default_axis), y_title: 'gap (payoff units)'});
      for (const {key, colour, shape, dash, text} of series) {
        const at = (q) => order.map((each) => each[key][q] === null ? null : [x.at(coordinate(each.tau, default_axis)), y.at(each[key][q])]);
        for (const piece of pieces_of(order.map((each) => coordinate(each.tau, default_axis)))) {
          const part = (q) => piece.map((k) => at(q)[k]);
          drawing.mark('path', {d: band_of(part(4), part(0)), fill: colour, 'fill-opacity': 0.18,
            ...(piece.length === 1 ? {stroke: colour, 'stroke-opacity': 0.25, 'stroke-width': 4} : {})});
          drawing.mark('path', {d: path_of(part(2)), fill: 'none', stroke: colour, 'stroke-width': 2, 'stroke-dasharray': dash, 'stroke-linejoin': 'round'});
        }
        if (order.length <= 60) {
          at(2).forEach((point, k) => point && marker(drawing, shape, point[0], point[1], 3.4, colour,
            text + ', median at ' + temperature_label(order[k].tau) + ': ' + short(order[k][key][2])));
        }
      }
      return drawing.finish('gaps');
    },
    caption: () => 'What an agent could gain by its best deviation: with its entropy (QRE gap), which the solver brings to the tolerance, and without (Nash gap), which is what the temperature costs. Medians and 10\u201390 % of the runs at each temperature.',
  });
}

// ---- Policies

const most_agents = 12;

/** A run's policies as [agent][state] of arrays, as far as the page holds them. */
function policies_of(run) {
  const agents = [];
  let at = 0;
  run.actions.forEach((actions, k) => {
    if (k % run.kept_states === 0) agents.push([]);
    agents[agents.length - 1].push(run.policies.slice(at, at + actions));
    at += actions;
  });
  return agents;
}

/** Panels side by side, as many as fit: [columns, width of one, its left edge]. */
function panels(width, number, least) {
  const gap = 26;
  const columns = Math.max(1, Math.min(number, Math.floor((width + gap) / (least + gap))));
  const each = (width - gap * (columns - 1)) / columns;
  return {columns, each, left: (k) => (k % columns) * (each + gap)};
}

function draw_policies(width, theme, run, state_number, first_agent) {
  const agents = policies_of(run).slice(first_agent, first_agent + most_agents).map((states) => states[Math.min(state_number, states.length - 1)]);
  if (agents.length === 0) return null;
  const drawing = new Drawing(width, 0, theme, 'Policies of run ' + run.run + ', game ' + plain(run.name));
  const {columns, each, left} = panels(width, agents.length, 200);
  let top = 0;
  for (let k = 0; k < agents.length; k += columns) {
    const row = agents.slice(k, k + columns);
    let height = 0;
    row.forEach((policy, j) => {
      const x0 = left(k + j);
      drawing.text(x0 + 2, top + 14, 'agent ' + (first_agent + k + j + 1), {size: 13, weight: 600, colour: theme.ink});
      if (policy.length <= 16) {
        const label = 10 + text_width('a' + policy.length, 12);
        const value_width = 44;
        const full = each - label - value_width;
        policy.forEach((share, a) => {
          const y = top + 26 + 21 * a;
          drawing.text(x0 + label - 6, y + 11.5, 'a' + (a + 1), {anchor: 'end', colour: theme.ink});
          drawing.add(svg('rect', {x: round(x0 + label), y, width: round(full), height: 14, fill: theme.grid}));
          drawing.mark('rect', {x: round(x0 + label), y, width: round(full * (share || 0)), height: 14, fill: theme.blue},
            'agent ' + (first_agent + k + j + 1) + ', action a' + (a + 1) + ': ' + short(share, 4));
          drawing.text(x0 + each, y + 11.5, share === null ? 'not finite' : share > 0 && share < 0.0005 ? '< 0.001' : share.toFixed(3), {anchor: 'end', colour: theme.ink});
        });
        height = Math.max(height, 26 + 21 * policy.length);
      } else {
        const bottom = top + 150;
        drawing.text(x0 + 10 + text_width('agent ' + (first_agent + k + j + 1), 13, 600), top + 14, 'probability', {size: 11});
        const x = (a) => x0 + 26 + (each - 28) * a / policy.length;
        const high = Math.max(...policy, 1e-12);
        const y = make_scale({kind: 'linear', low: 0, high: high * 1.05, from: bottom, to: top + 26, most: 3});
        for (const tick of y.ticks) {
          drawing.line(x0 + 26, y.at(tick), x0 + each, y.at(tick), theme.grid);
          drawing.text(x0 + 22, y.at(tick) + 4, tick_text(tick, y.ticks), {anchor: 'end', size: 11});
        }
        policy.forEach((share, a) => drawing.mark('rect', {x: round(x(a)), y: round(y.at(share || 0)), width: round(Math.max((each - 28) / policy.length * 0.86, 0.5)),
          height: round(bottom - y.at(share || 0)), fill: theme.blue}, 'action a' + (a + 1) + ': ' + short(share, 4)));
        drawing.line(x0 + 26, bottom, x0 + each, bottom, theme.line);
        drawing.text(x0 + 26, bottom + 15, 'a1', {size: 11});
        drawing.text(x0 + each, bottom + 15, 'a' + policy.length, {size: 11, anchor: 'end'});
        height = Math.max(height, 172);
      }
    });
    top += height + 20;
  }
  drawing.height = top - 12;
  return drawing.finish('policies');
}

// ---- Correspondence

function add_correspondence() {
  const of_game = new Map();
  for (const run of data.shown_runs) {
    if (!run.in_game || run.policies.length === 0) continue;
    if (!of_game.has(run.game)) of_game.set(run.game, []);
    of_game.get(run.game).push(run);
  }
  const games = data.shown_games.filter((game) => {
    const runs = of_game.get(game.number);
    return runs && new Set(runs.map((run) => run.key)).size > 1;
  });
  if (games.length === 0) return;
  show('correspondence');
  const select = byId('correspondence-game');
  set_options(select, games.map((game) => [game.number, '#' + game.number + ' ' + shorten(plain(game.name), 60)]));
  const runs_of_choice = () => of_game.get(Number(select.value));
  const state_select = byId('correspondence-state');
  const set_states = () => {
    const [run] = runs_of_choice();
    byId('correspondence-state-label').hidden = run.kept_states < 2;
    set_options(state_select, Array.from({length: run.kept_states}, (_, k) => [k, 's' + (k + 1)]));
  };
  set_states();
  byId('correspondence-axis').value = default_axis;
  const figure = add_figure(byId('correspondence'), {
    name: 'correspondence',
    file: () => 'correspondence-game-' + select.value,
    draw: (width, theme) => {
      const axis = byId('correspondence-axis').value;
      const runs = [...runs_of_choice()].sort((a, b) => coordinate(a.tau, axis) - coordinate(b.tau, axis));
      const state_number = Number(state_select.value);
      const policies = runs.map((run) => policies_of(run).slice(0, most_agents).map((states) => states[state_number]));
      const agents = policies[0].length;
      const keys = new Set(runs.map((run) => run.key));
      const one_each = keys.size === runs.length;
      const drawing = new Drawing(width, 0, theme, 'Policies by temperature, game ' + plain(runs[0].name));
      const most_actions = Math.max(...policies[0].map((policy) => policy.length));
      const colour = (a) => theme.kinds[a % theme.kinds.length];
      const entries = Array.from({length: Math.min(most_actions, 8)}, (_, a) => ({text: 'a' + (a + 1) + (most_actions > 8 && a === 7 ? ', and so on' : ''), draw: (x, y) => {
        if (one_each) drawing.line(x, y, x + 25, y, colour(a), 1.8, dashes[a % dashes.length]);
        marker(drawing, a, x + 12.5, y, 3.2, colour(a));
      }}));
      let top = drawing.legend(entries, 2, 0, width - 4) + 12;
      drawing.marks = 0;
      const {columns, each, left} = panels(width, agents, 250);
      const size = one_each ? 2.8 : runs.length > 300 ? 1.7 : 2.4;
      for (let k = 0; k < agents; ++k) {
        const x0 = left(k);
        if (k > 0 && k % columns === 0) top += 242;
        const bottom = top + 190;
        const x = temperature_scale(runs.map((run) => run.tau), axis, x0 + 34, x0 + each - 10, Math.max(2, Math.floor(each / 70)));
        const y = make_scale({kind: 'linear', low: 0, high: 1, from: bottom, to: top + 26, most: 4});
        const is_last_row = k + columns >= agents;
        drawing.axes({x, y, small: true, y_title: '', x_title: is_last_row ? axis_title(axis) : ''});
        drawing.text(x0 + 2, top + 12, 'agent ' + (k + 1), {size: 13, weight: 600, colour: theme.ink});
        drawing.text(x0 + 2 + text_width('agent ' + (k + 1), 13, 600) + 8, top + 12, 'probability', {size: 11});
        for (let a = 0; a < policies[0][k].length; ++a) {
          const points = runs.map((run, r) => policies[r][k] && policies[r][k][a] !== null && policies[r][k][a] !== undefined ?
            [x.at(coordinate(run.tau, axis)), y.at(policies[r][k][a])] : null);
          if (one_each) {
            for (const piece of pieces_of(runs.map((run) => coordinate(run.tau, axis)))) {
              drawing.mark('path', {d: path_of(piece.map((r) => points[r])), fill: 'none', stroke: colour(a), 'stroke-width': 1.8,
                'stroke-dasharray': dashes[a % dashes.length], 'stroke-linejoin': 'round'}, 'a' + (a + 1));
            }
            if (runs.length > 60) continue;
          }
          points.forEach((point, r) => point && marker(drawing, a, point[0], point[1], size, colour(a),
            'run ' + runs[r].run + ', ' + temperature_label(runs[r].tau, axis) + ', a' + (a + 1) + ': ' + short(policies[r][k][a], 4) + ', ' + status_text(runs[r].status),
            {opacity: one_each ? 1 : 0.65, hollow: runs[r].status !== 0}));
        }
      }
      drawing.height = top + 190 + 36;
      return drawing.finish('correspondence');
    },
    caption: () => {
      const game = games.find((each) => each.number === Number(select.value));
      const runs = runs_of_choice();
      const agents = runs[0].agents;
      return 'Probability of each action in the equilibria found of \u201c' + shorten(plain(game.name), 80) + '\u201d, ' + (runs.length < game.runs ? count(runs.length) + ' of its ' + count(game.runs) + ' runs, chosen at random' : plural(runs.length, 'run')) +
        (new Set(runs.map((run) => run.key)).size < runs.length ? '; where filled points at one temperature differ, starts have led to several equilibria' : '') + '.' +
        (runs.some((run) => run.status !== 0) ? ' Hollow points are of runs that did not converge.' : '') +
        (agents > most_agents ? ' Agents shown: the first ' + Math.min(most_agents, policies_of(runs[0]).length) + ' of ' + count(agents) + '.' : '') + games_text();
    },
  });
  select.addEventListener('change', () => { set_states(); figure.redraw(); });
  state_select.addEventListener('change', () => figure.redraw());
  byId('correspondence-axis').addEventListener('change', () => figure.redraw());
}

const games_text = () => data.shown_games.length < data.games ? ' Of ' + count(data.games) + ' games the page holds ' + data.shown_games.length +
  ': those with the largest gaps, the first ones, and some at random.' : '';

// ---- Runs

const rows = data.shown_runs.filter((run) => run.row > 0);
const badness = (run) => run.qre_gap === null ? Infinity : run.qre_gap;

function write_rows() {
  const order = byId('runs-order').value;
  const by = {gap: (a, b) => badness(b) === badness(a) ? a.run - b.run : badness(b) - badness(a), iterations: (a, b) => b.iterations - a.iterations || a.run - b.run, run: (a, b) => a.run - b.run}[order];
  const head = [['run', ''], ['game', 'text'], [letter_of[default_axis], ''], ['start', ''], ['status', 'text'], ['iterations', ''], ['QRE gap', ''], ['Nash gap', '']];
  byId('run-table').replaceChildren(
    html('thead', {}, html('tr', {}, head.map(([text, kind]) => html('th', {class: kind, scope: 'col'}, text)))),
    html('tbody', {}, [...rows].sort(by).map((run) => {
      const row = html('tr', {id: 'run-' + run.run, 'aria-current': run === state.run && state.picked ? 'true' : null},
        html('td', {}, html('a', {href: '#run-' + run.run}, run.run)), html('td', {class: 'text name', title: plain(run.name)}, html('bdi', {}, plain(run.name))),
        html('td', {}, numbers_of(run.tau, default_axis)), html('td', {}, run.start), html('td', {class: 'text'}, status_text(run.status)),
        html('td', {}, count(run.iterations)), html('td', {}, short(run.qre_gap, 2)), html('td', {}, short(run.nash_gap, 2)));
      row.addEventListener('click', (event) => { if (event.target.tagName !== 'A') location.hash = 'run-' + run.run; });
      return row;
    })));
}

function add_runs() {
  if (rows.length === 0) return;
  show('runs');
  byId('runs-caption').textContent = (rows.length < data.runs ? count(rows.length) + ' of ' + count(data.runs) + ' runs: those with the largest gaps, those with most iterations, and some at random.' : 'All runs.') +
    ' A row shows its run below' + (data.curves.length > 0 ? ', and its curve above where its temperature is drawn.' : '.');
  byId('runs-order').addEventListener('change', write_rows);
  write_rows();
}

let run_figures = [];

function add_one_run() {
  if (data.shown_runs.length === 0) return;
  show('one-run');
  const game_select = byId('run-game');
  const run_select = byId('run-run');
  const state_select = byId('run-state');
  const names = new Map();
  for (const run of data.shown_runs) names.set(run.game, run.name);
  set_options(game_select, [...names].sort((a, b) => a[0] - b[0]).map(([number, name]) => [number, '#' + number + ' ' + shorten(plain(name), 60)]));
  const agents_select = html('select', {class: 'control'});
  const agents_label = html('label', {}, 'Agents ', agents_select);
  byId('run-state-label').after(agents_label);

  const has_curves = data.shown_runs.some((run) => run.gap);
  const pair = html('div', {class: has_curves ? 'pair' : 'pair single'});
  byId('one-run').append(pair);
  const policy_figure = add_figure(pair, {
    name: 'policies',
    file: () => 'policies-run-' + state.run.run,
    draw: (width, theme) => draw_policies(width, theme, state.run, Number(state_select.value), Number(agents_select.value)),
    caption: () => {
      const run = state.run;
      const kept = run.kept_states > 0 ? run.actions.length / run.kept_states : 0;
      return 'Probability of each action' + (run.states > 1 ? ' in state s' + (Number(state_select.value) + 1) + ' of ' + count(run.states) : '') + '.' +
        (kept < run.agents ? ' Of ' + count(run.agents) + ' agents the page holds ' + count(kept) + '.' : '') +
        (run.kept_states < run.states ? ' Of ' + count(run.states) + ' states the page holds ' + count(run.kept_states) + '.' : '') + games_text();
    },
  });
  run_figures.push(policy_figure);
  if (has_curves) {
    run_figures.push(add_figure(pair, {
      name: 'run-gap',
      file: () => 'gap-run-' + state.run.run,
      draw: (width, theme) => state.run.gap ? draw_gaps(width, theme, {name: 'run-gap', label: 'QRE gap of run ' + state.run.run + ' by iteration', curves: [], singles: [state.run],
        chosen: state.run, axis: 'linear', small: true}) : null,
      caption: () => 'QRE gap of run ' + state.run.run + ' after each update' + (state.run.iteration && state.run.iteration.length < state.run.iterations + 1 ? ' that the page holds' : '') + '.',
    }));
  }
  const set_agents = () => {
    const kept = state.run.actions.length / Math.max(state.run.kept_states, 1);
    agents_label.hidden = kept <= most_agents;
    set_options(agents_select, Array.from({length: Math.max(Math.ceil(kept / most_agents), 1)}, (_, k) =>
      [k * most_agents, (k * most_agents + 1) + '\u2013' + Math.min((k + 1) * most_agents, kept)]));
    byId('run-state-label').hidden = state.run.kept_states < 2;
    const before = Number(state_select.value) || 0;
    set_options(state_select, Array.from({length: state.run.kept_states}, (_, k) => [k, 's' + (k + 1)]), Math.min(before, state.run.kept_states - 1));
  };
  const set_runs = () => {
    const of_game = data.shown_runs.filter((run) => run.game === state.run.game);
    const most = 500;
    const offered = of_game.length <= most ? of_game : [state.run, ...of_game.filter((run) => run !== state.run).slice(0, most - 1)];
    set_options(run_select, offered.map((run) => [data.shown_runs.indexOf(run), run.run + ': ' + temperature_label(run.tau) + ', start ' + run.start]), data.shown_runs.indexOf(state.run));
    game_select.value = state.run.game;
  };
  choose_run = (run, picked) => {
    const before = state.run;
    state.run = run;
    state.picked = picked;
    set_runs();
    set_agents();
    byId('one-run-title').textContent = 'Run ' + run.run;
    byId('run-facts').textContent = plain(run.name) + ' \u00b7 ' + run.class.replace('_', ' ') + ' \u00b7 ' + temperature_label(run.tau) + ' \u00b7 start ' + run.start + ' \u00b7 ' + status_text(run.status) +
      ' after ' + plural(run.iterations, 'iteration') + ' with \u03b7 = ' + short(run.eta) + ' \u00b7 QRE gap ' + short(run.qre_gap) + ' \u00b7 Nash gap ' + short(run.nash_gap);
    for (const each of [before, run]) {
      const row = each && byId('run-' + each.run);
      if (row && each === run && picked) row.setAttribute('aria-current', 'true');
      else if (row) row.removeAttribute('aria-current');
    }
    for (const figure of run_figures) figure.redraw();
    if (convergence) convergence.redraw();
  };
  const pick = (run) => {
    choose_run(run, true);
    history.replaceState(null, '', '#run-' + run.run);
  };
  game_select.addEventListener('change', () => pick(data.shown_runs.find((run) => run.game === Number(game_select.value))));
  run_select.addEventListener('change', () => pick(data.shown_runs[run_select.value]));
  for (const select of [state_select, agents_select]) select.addEventListener('change', () => policy_figure.redraw());
}

// ---- All together

let choose_run = () => {};
let convergence = null;

/** What stands behind the # of the address: #run-12, #theme=dark, or both with & between them. */
function read_address() {
  for (const part of location.hash.slice(1).split('&')) {
    if (part === 'theme=dark' || part === 'theme=light') set_theme(part.slice(6));
    if (part.startsWith('run-')) {
      const run = data.shown_runs.find((each) => String(each.run) === part.slice(4));
      if (run) choose_run(run, true);
    }
  }
}

function redraw_all(theme = themes[state.theme]) {
  draw_table_bars(theme);
  for (const figure of figures) figure.redraw(theme);
}

function set_theme(name) {
  if (state.theme === name && root.dataset.theme === name) return;
  state.theme = name;
  root.dataset.theme = name;
  byId('theme').textContent = name === 'dark' ? 'Light' : 'Dark';
  redraw_all();
}

write_facts();
write_temperatures();
convergence = add_convergence() || null;
add_effort();
add_gaps();
add_correspondence();
add_runs();
add_one_run();
const worst = rows.reduce((worst, run) => !worst || badness(run) > badness(worst) ? run : worst, null) || data.shown_runs[0];
if (worst) choose_run(worst, false);
const prefers_dark = matchMedia('(prefers-color-scheme: dark)');
set_theme(prefers_dark.matches ? 'dark' : 'light');
prefers_dark.addEventListener('change', (event) => set_theme(event.matches ? 'dark' : 'light'));
byId('theme').addEventListener('click', () => set_theme(state.theme === 'dark' ? 'light' : 'dark'));
addEventListener('hashchange', read_address);
read_address();

let width_drawn = document.body.clientWidth;
addEventListener('resize', () => {
  if (document.body.clientWidth === width_drawn) return;
  width_drawn = document.body.clientWidth;
  redraw_all();
});

// Paper is white.
addEventListener('beforeprint', () => {
  root.dataset.theme = 'light';
  redraw_all(themes.light);
});
addEventListener('afterprint', () => {
  root.dataset.theme = state.theme;
  redraw_all();
});

root.dataset.figures = figures.length;
root.dataset.ready = 'true';

})();
