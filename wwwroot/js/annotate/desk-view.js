// The page of one item: built once for each item, then brought up to date. It knows nothing of queues, keys or the network.
import { proposed, shows } from './work.js';
import { relative } from './item-source.js';

const EXAMPLES = 6; // clips a label is made from that are shown

export const VERDICT_WORDS = {
  accept: ['a', 'Accept', 'The label is right'],
  edit: ['e', 'Edit', 'Another label is right: type it'],
  reject: ['r', 'Reject', 'The label is wrong, and none is given'],
  split: ['d', 'Split', 'The feature has several meanings'],
  uninterpretable: ['0', 'Uninterpretable', 'The clips share nothing that can be heard'],
  unsure: ['w', 'Unsure', 'It could be right'],
};

export const VOTE_WORDS = { fits: ['f', 'Fits'], doesNotFit: ['n', 'Doesn’t'], unsure: ['u', 'Unsure'] };

const icon = name => `<svg class="icon" width="16" height="16" aria-hidden="true"><use href="lib/icons.svg#${name}"></use></svg>`;

// An element with attributes, listeners (onclick: …) and children.
export function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
    else if (key === 'html') element.innerHTML = value;
    else if (value === true) element.setAttribute(key, '');
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(key, value);
  }
  element.append(...children.filter(child => child !== null && child !== undefined));
  return element;
}

// The key of an action of the desk, as it is now. to: the last of a row of keys.
export const key = (name, to = null) => make('key-cap', { of: `Annotate ${name}`, to: to && `Annotate ${to}` });

// The clips that number keys play, in the order of the page.
export function clipsOf(item) {
  return [
    ...item.examples.slice(0, EXAMPLES).map(clip => ({ ...clip, kind: 'example', from: Math.max(0, clip.peakSeconds - 0.5) })),
    ...item.clips.map(clip => ({ ...clip, kind: 'vote', from: clip.playFrom })),
  ];
}

export const playId = (item, clip) => `annotate/${item.feature}/${clip.kind}/${clip.row}`;

export class ItemView {
  // acts: { choose(verdict), type(text), vote(row, vote), play(clip), specificity(value), tags(text), note(text), reveal(), submit(), skip(), back() }.
  constructor(item, mode, acts, words = []) {
    Object.assign(this, { item, mode, acts });
    this.clips = clipsOf(item);
    this.element = make('div', { class: 'desk-item', 'data-feature': item.feature });
    this.element.append(...[this.strongest(), this.naming(words), this.judging()].filter(Boolean));
  }

  naming(words) {
    const { item, acts } = this;
    this.input = make('input', {
      type: 'text',
      id: 'desk-label',
      maxlength: 200,
      autocomplete: 'off',
      list: 'desk-words',
      placeholder: 'What do you hear?',
      oninput: event => acts.type(event.target.value),
    });
    this.proposal = make('p', { class: 'desk-proposal' });
    this.verdicts = make('div', { class: 'desk-verdicts', role: 'radiogroup', 'aria-label': 'Verdict' });
    for (const [verdict, [letter, word, means]] of Object.entries(VERDICT_WORDS))
      this.verdicts.append(
        make(
          'button',
          {
            type: 'button',
            role: 'radio',
            'aria-checked': 'false',
            'data-verdict': verdict,
            title: means,
            onclick: () => acts.choose(verdict),
          },
          `${word} `,
          key(letter),
        ),
      );
    this.specificity = make('div', { class: 'desk-specificity', role: 'radiogroup', 'aria-label': 'Specificity, 1 to 5' });
    for (let value = 1; value <= 5; value++)
      this.specificity.append(
        make(
          'button',
          { type: 'button', role: 'radio', 'aria-checked': 'false', 'data-specificity': value, onclick: () => acts.specificity(value) },
          String(value),
        ),
      );
    this.tags = make('input', {
      type: 'text',
      id: 'desk-tags',
      autocomplete: 'off',
      placeholder: 'loud, low',
      oninput: event => acts.tags(event.target.value),
    });
    this.note = make('textarea', { id: 'desk-note', rows: 2, maxlength: 4000, oninput: event => acts.note(event.target.value) });
    this.trouble = make('p', { class: 'desk-trouble', role: 'status' });
    return make(
      'section',
      { class: 'desk-naming', 'aria-label': 'The label' },
      make(
        'h2',
        {},
        make('span', { class: 'number' }, `#${item.feature}`),
        item.practice ? make('span', { class: 'tag' }, 'practice') : null,
      ),
      item.problem ? make('p', { class: 'notice bad' }, item.problem) : null,
      make('div', { class: 'field' }, make('label', { for: 'desk-label' }, 'Label ', key('e')), this.input),
      make('datalist', { id: 'desk-words' }, ...words.map(word => make('option', { value: word }))),
      this.proposal,
      this.verdicts,
      make(
        'div',
        { class: 'desk-more' },
        make(
          'div',
          { class: 'field' },
          make(
            'span',
            { class: 'desk-name', title: '1: fits nearly everything. 5: fits this feature alone.' },
            'Specificity ',
            key('Shift+1', 'Shift+5'),
          ),
          this.specificity,
        ),
        make('div', { class: 'field' }, make('label', { for: 'desk-tags' }, 'Tags, with commas'), this.tags),
        make('div', { class: 'field' }, make('label', { for: 'desk-note' }, 'Note'), this.note),
      ),
      this.trouble,
      make(
        'div',
        { class: 'desk-actions' },
        make('button', { type: 'button', class: 'primary', 'data-desk': 'submit', onclick: () => acts.submit() }, 'Submit ', key('Enter')),
        make('button', { type: 'button', class: 'quiet', 'data-desk': 'skip', onclick: () => acts.skip() }, 'Skip ', key('k')),
        make('button', { type: 'button', class: 'quiet', 'data-desk': 'back', onclick: () => acts.back() }, 'Previous ', key('Backspace')),
      ),
    );
  }

  strongest() {
    return this.listening('example', 'Strongest clips', 'coloured where the feature fires');
  }

  judging() {
    return this.listening('vote', 'Does the label fit?', 'other clips, in no order; some fire, some do not');
  }

  // A part of the clips; null: there are none of them.
  listening(kind, title, more) {
    const clips = this.clips.filter(clip => clip.kind === kind);
    if (clips.length === 0) return null;
    return make(
      'section',
      { class: 'desk-listening', 'data-part': kind, 'aria-label': title },
      make('h2', {}, `${title} `, make('span', { class: 'muted small' }, more)),
      make('ol', { class: kind === 'vote' ? 'desk-clips votes' : 'desk-clips' }, ...clips.map(clip => this.row(clip))),
    );
  }

  row(clip) {
    const { item, acts } = this,
      number = this.clips.indexOf(clip) + 1,
      name = clip.kind === 'example' ? `Strongest clip ${number}` : `Clip ${number}`,
      wave = make('clip-wave', { 'play-id': playId(item, clip), label: name });
    if (clip.kind === 'example') wave.setAttribute('src', relative(clip.drawing));
    // Without the activation: where the feature fires would say how to vote.
    else
      wave.given = {
        duration: clip.seconds ?? 10,
        frameRate: 50,
        frames: [],
        values: null,
        sound: clip.sound && relative(clip.sound),
        peaksAddress: clip.peaks && relative(clip.peaks),
      };
    const parts = [
      clip.sound
        ? make('button', {
            type: 'button',
            class: 'play-button',
            'aria-label': `Play ${name}`,
            'data-play-id': playId(item, clip),
            html: icon('play'),
            onclick: () => acts.play(clip),
          })
        : null,
      make('span', { class: 'number small muted' }, number <= 9 ? String(number) : ''),
      wave,
    ];
    if (clip.kind === 'vote') {
      const group = make('div', { class: 'desk-votes', role: 'radiogroup', 'aria-label': `${name}: does the label fit?` });
      for (const [what, [letter, word]] of Object.entries(VOTE_WORDS))
        group.append(
          make(
            'button',
            {
              type: 'button',
              role: 'radio',
              'aria-checked': 'false',
              'data-vote': what,
              title: `${word} (${letter})`,
              'data-key-title': `Annotate ${letter}`,
              onclick: () => acts.vote(clip.row, what),
            },
            word,
          ),
        );
      parts.push(group);
    }
    return make('li', { 'data-clip': clip.row, 'data-kind': clip.kind }, ...parts);
  }

  // Brings everything up to date with what was said.
  show(work, trouble = '') {
    if (this.input.value !== work.label) this.input.value = work.label;
    if (document.activeElement !== this.tags) this.tags.value = work.tags.join(', ');
    if (document.activeElement !== this.note) this.note.value = work.note;
    for (const button of this.verdicts.children) button.setAttribute('aria-checked', button.dataset.verdict === work.verdict);
    for (const button of this.specificity.children)
      button.setAttribute('aria-checked', Number(button.dataset.specificity) === work.specificity);
    for (const row of this.element.querySelectorAll('[data-kind=vote]'))
      for (const button of row.querySelectorAll('[data-vote]'))
        button.setAttribute('aria-checked', work.votes[row.dataset.clip] === button.dataset.vote);
    this.trouble.textContent = trouble;
    this.showProposal(work);
  }

  showProposal(work) {
    const { item, mode, acts } = this,
      words = proposed(item),
      shown = shows(item, work, mode),
      state = `${shown} ${words}`;
    if (this.proposal.dataset.state === state) return;
    this.proposal.dataset.state = state;
    if (words === null) this.proposal.replaceChildren(make('span', { class: 'muted' }, 'Nothing is suggested for this feature.'));
    else if (!shown)
      this.proposal.replaceChildren(
        make('span', { class: 'muted' }, 'Listen and type first: the suggestion is shown afterwards. '),
        make('button', { type: 'button', class: 'text-button', onclick: () => acts.reveal() }, 'Show it now'),
      );
    else
      this.proposal.replaceChildren(
        make('span', { class: 'muted' }, item.label ? `Labelled by ${item.label.author}: ` : 'Suggested: '),
        make('b', { class: item.label ? '' : 'unnamed' }, words),
        ' ',
        make(
          'button',
          { type: 'button', class: 'text-button', 'data-desk': 'accept', onclick: () => acts.choose('accept', true) },
          'Accept, next item ',
          key('a'),
        ),
      );
  }

  // Which clip sounds, or is the one to judge.
  mark(row, kind) {
    for (const element of this.element.querySelectorAll('[data-clip]'))
      element.toggleAttribute('data-at', Number(element.dataset.clip) === row && element.dataset.kind === kind);
    this.element.querySelector('[data-clip][data-at]')?.scrollIntoView({ block: 'nearest' });
  }
}
