// The map as a table: what can be seen on it, or what is selected, with the same data and the same voices.
import { NONE, hasVoice, isDead, nameOf, share } from './atlas-data.js';

const MOST = 200;

export const numbers = {
  percent: value => (value > 0 && value < 0.0005 ? '<0.1' : value < 0.1 ? (100 * value).toFixed(1) : String(Math.round(100 * value))),
  activation: value => (value === 0 ? '0' : value.toPrecision(3)),
};

// What is known of a feature, as [name, value, unit].
export function factsOf(atlas, names, feature) {
  if (isDead(atlas, feature)) return [['state', 'dead', 'never fires']];
  const facts = [
    ['fires in', numbers.percent(share(atlas.density[feature])), '% of clips'],
    ['p99', numbers.activation(atlas.p99[feature]), ''],
  ];
  if (atlas.concept && atlas.concept[feature] !== NONE)
    facts.push(['best concept', names?.concepts[atlas.concept[feature]] ?? '–', `AUROC ${share(atlas.auroc[feature]).toFixed(2)}`]);
  if (atlas.stability) facts.push(['stability', share(atlas.stability[feature]).toFixed(2), 'cosine']);
  if (atlas.score && Number.isFinite(atlas.score[feature])) facts.push(['output score', atlas.score[feature].toPrecision(2), 'nats/code']);
  if (atlas.guest[feature] > 0) facts.push(['mystery guest', `#${atlas.guest[feature]}`, '']);
  return facts;
}

// Fills the element with a table of features, the largest p99 first.
export function showTable(element, features, { atlas, names, title, voices, pageOf }) {
  const listed = [...features].sort((a, b) => atlas.p99[b] - atlas.p99[a] || a - b).slice(0, MOST);
  const rest = features.length > listed.length ? `, the ${listed.length} of largest p99 are listed` : '';
  const table = document.createElement('table');
  const caption = make(
    'caption',
    `${title}: ${features.length.toLocaleString('en')} ${features.length === 1 ? 'feature' : 'features'}${rest}`,
  );
  const columns = [
    '',
    'Feature',
    'Fires in',
    'p99',
    ...(atlas.concept ? ['Best concept', 'AUROC'] : []),
    ...(atlas.stability ? ['Stability'] : []),
  ];
  const head = table.createTHead().insertRow();
  for (const [i, name] of columns.entries()) {
    const cell = make('th', name);
    if (i === 0) cell.append(make('span', 'Play', 'visually-hidden'));
    if (i > 1 && name !== 'Best concept') cell.className = 'number';
    cell.scope = 'col';
    head.append(cell);
  }
  const body = table.createTBody();
  for (const feature of listed) {
    const row = body.insertRow();
    row.dataset.feature = feature;
    row.style.setProperty('--hue', atlas.hue[feature] * 15);
    const play = row.insertCell();
    if (hasVoice(atlas, feature)) play.append(playButton(feature, names, voices, pageOf));
    const link = make('a', nameOf(names, feature), names?.label[feature] === null ? 'name unnamed' : 'name');
    link.href = pageOf(feature);
    const cell = row.insertCell();
    cell.append(link, ' ', make('span', `#${feature}`, 'number small muted'));
    const number = text => Object.assign(row.insertCell(), { className: 'number' }).append(...text);
    const unit = text => make('small', text);
    number(isDead(atlas, feature) ? ['dead'] : [numbers.percent(share(atlas.density[feature])), unit(' %')]);
    number([numbers.activation(atlas.p99[feature])]);
    if (atlas.concept) {
      const has = atlas.concept[feature] !== NONE;
      row.insertCell().append(has ? (names?.concepts[atlas.concept[feature]] ?? '–') : '–');
      number([has ? share(atlas.auroc[feature]).toFixed(2) : '–']);
    }
    if (atlas.stability) number([share(atlas.stability[feature]).toFixed(2)]);
  }
  table.prepend(caption);
  element.replaceChildren(features.length > 0 ? table : make('p', 'No feature is in view. Zoom out or clear the filters.', 'muted'));
}

export function playButton(feature, names, voices, pageOf) {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'play-button';
  button.setAttribute('aria-label', `Play ${nameOf(names, feature)}`);
  Object.assign(button.dataset, {
    play: voices.urlOf(feature),
    playId: voices.idOf(feature),
    playTitle: nameOf(names, feature),
    playPage: pageOf(feature),
  });
  button.innerHTML = '<svg class="icon" width="16" height="16" aria-hidden="true"><use href="lib/icons.svg#play"></use></svg>';
  return button;
}

function make(tag, text, className) {
  const element = document.createElement(tag);
  element.textContent = text;
  if (className) element.className = className;
  return element;
}
