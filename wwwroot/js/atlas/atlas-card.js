// The card of the feature that is pointed at or focused: its name, its figures, its voice.
import { hasVoice, nameOf } from './atlas-data.js';
import { factsOf, playButton } from './atlas-table.js';

export class Card {
  constructor(element, map) {
    this.element = element;
    this.map = map;
    this.feature = null;
  }

  show(feature) {
    const { element, map } = this;
    if (feature === this.feature && map.names === this.names) return;
    this.feature = feature;
    this.names = map.names;
    element.hidden = feature === null;
    if (feature === null) return;
    const { atlas, names } = map;
    element.style.setProperty('--hue', atlas.hue[feature] * 15);
    const name = document.createElement('a');
    name.className = names.label[feature] === null ? 'name unnamed' : 'name';
    name.href = map.pageOf(feature);
    name.textContent = nameOf(names, feature);
    const number = document.createElement('span');
    number.className = 'number small muted';
    number.textContent = `#${feature}`;
    const head = document.createElement('p');
    if (hasVoice(atlas, feature)) head.append(playButton(feature, names, map.voices, map.pageOf));
    head.append(name, number);
    const list = document.createElement('dl');
    for (const [what, value, unit] of factsOf(atlas, names, feature)) {
      const row = document.createElement('div'),
        term = document.createElement('dt'),
        text = document.createElement('dd');
      term.textContent = what;
      text.className = 'number';
      text.textContent = value;
      if (unit) text.append(Object.assign(document.createElement('small'), { textContent: ` ${unit}` }));
      row.append(term, text);
      list.append(row);
    }
    element.replaceChildren(head, list);
  }

  // The same in words, for those who do not see the map.
  text(feature) {
    const { atlas, names } = this.map;
    return `${nameOf(names, feature)}, feature ${feature}. ${factsOf(atlas, names, feature)
      .map(([what, value, unit]) => `${what} ${value} ${unit}`.trim())
      .join(', ')}.`;
  }

  showPlaying(id, playing) {
    this.element.toggleAttribute('playing', playing && this.feature !== null && id === this.map.voices.idOf(this.feature));
  }
}
