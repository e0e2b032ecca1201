// The search of a map: the site searches, as the list of features does, so that misspelled words and captions are found here too.
import { parse } from '../features/selection.js';
import { answer } from './answer.js';

const REST = 60; // ms without a letter before the site is asked

export class AtlasSearch {
  // changed(): another answer is here. What was found before stays until then.
  constructor(sae, changed) {
    Object.assign(this, { sae, changed, text: '', found: null, readings: [], problem: null });
  }

  // What is searched for now.
  set(text) {
    if (text === this.text) return;
    this.text = text;
    this.end();
    if (text === '') Object.assign(this, { found: null, readings: [], problem: null });
    else this.resting = setTimeout(() => this.ask(), REST);
  }

  // The same again: labels have changed.
  again() {
    if (this.text !== '') this.ask();
  }

  async ask() {
    this.end();
    const { signal } = (this.asking = new AbortController());
    try {
      const answered = await answer(`api/v1/saes/${encodeURIComponent(this.sae)}/atlas/found?q=${encodeURIComponent(this.text)}`, signal);
      const { features, readings } = await answered.json();
      Object.assign(this, { found: parse(features), readings, problem: null });
    } catch (error) {
      if (error.name === 'AbortError') return;
      this.problem = error.message;
    }
    this.changed();
  }

  // "12 found", and how misspelled words were read. shows(feature): whether it is on the map.
  words(shows) {
    if (this.problem) return `The search failed: ${this.problem}`;
    if (this.found === null) return '';
    const count = [...this.found].filter(shows).length;
    const read = this.readings.map(
      ({ typed, as }) => ` No label or caption has “${typed}”; showing ${as.map(word => `“${word}”`).join(', ')}.`,
    );
    return `${count.toLocaleString('en')} found.${read.join('')}`;
  }

  end() {
    clearTimeout(this.resting);
    this.asking?.abort();
  }
}
