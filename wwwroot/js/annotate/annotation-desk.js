// <annotation-desk queue="queue-…" mode="blindFirst" person="…" words="…">: where one annotates. Blazor renders the frame of the page; this is the rest.
import { bind } from '../keys.js';
import { player } from '../audio/player.js';
import { show as showButton } from '../audio/buttons.js';
import { Desk } from './desk.js';
import { share } from './shared-outbox.js';
import { VERDICT_WORDS, VOTE_WORDS, key as keyCap, make } from './desk-view.js';

const GONE = 5000; // ms after which an element that was taken away does not come back

// One desk for each queue: when the page becomes interactive its elements are made again, and the work continues.
let kept = null; // { queue, desk, timer }

function deskOf(queue, mode, person) {
  if (kept?.queue === queue && kept.desk.person === person) {
    clearTimeout(kept.timer);
    return kept.desk;
  }
  kept?.desk.close();
  const desk = new Desk(queue, mode, { person, ...share(person), askName: () => document.querySelector('button.person')?.click() });
  kept = { queue, desk, timer: null };
  desk.open().catch(error => {
    desk.problem = `This browser keeps nothing on this page (${error.message}). Leave the private window, or allow the site to store data.`;
    desk.changed();
  });
  return desk;
}

class AnnotationDesk extends HTMLElement {
  static observedAttributes = ['unnamed', 'name'];

  connectedCallback() {
    this.desk = deskOf(this.getAttribute('queue'), this.getAttribute('mode'), this.getAttribute('person') ?? '');
    this.desk.words = (this.getAttribute('words') ?? '').split('\n').filter(Boolean);
    this.desk.unnamed = this.hasAttribute('unnamed');
    this.build();
    this.leave = [this.desk.subscribe(() => this.show()), player.subscribe(state => this.showSound(state)), bind('Annotate', this.keys())];
    this.onKey = event => this.key(event);
    this.addEventListener('keydown', this.onKey);
    this.onHide = () => this.desk.saveDraft();
    addEventListener('pagehide', this.onHide);
    this.show();
  }

  disconnectedCallback() {
    for (const each of this.leave) each();
    this.removeEventListener('keydown', this.onKey);
    removeEventListener('pagehide', this.onHide);
    this.desk.saveDraft();
    const mine = kept;
    if (mine?.desk === this.desk)
      mine.timer = setTimeout(() => {
        mine.desk.close();
        if (kept === mine) kept = null;
      }, GONE);
  }

  attributeChangedCallback(name, before, now) {
    if (name === 'name' && this.person) this.showPerson();
    if (name !== 'unnamed' || !this.desk || this.desk.unnamed === (now !== null)) return;
    if (now === null) this.desk.named();
    else this.desk.unnamed = true;
  }

  build() {
    this.progress = make('div', { class: 'desk-progress' });
    this.notices = make('div', { class: 'desk-notices', role: 'status' });
    this.place = make('div', { class: 'desk-place' });
    this.person = make(
      'p',
      { class: 'small muted desk-person' },
      make('span'),
      ' ',
      make('button', { type: 'button', class: 'quiet', onclick: () => this.desk.askName() }, 'Someone else?'),
    );
    this.replaceChildren(this.progress, this.person, this.notices, this.place);
    this.showPerson();
  }

  keys() {
    const { desk } = this,
      keys = {};
    for (const [verdict, [letter, word]] of Object.entries(VERDICT_WORDS))
      keys[letter] = {
        label: verdict === 'accept' ? 'Accept the suggestion; next item' : verdict === 'edit' ? 'Type a label' : word,
        run: () => desk.choose(verdict, verdict === 'accept'),
      };
    for (const [vote, [letter, word]] of Object.entries(VOTE_WORDS))
      keys[letter] = {
        label: `This clip: ${word.toLowerCase()}; on to the next. Plays the first clip to judge where none was heard`,
        run: () => desk.judge(vote),
      };
    for (let number = 1; number <= 9; number++) keys[number] = { label: `Play clip ${number}`, run: () => desk.playNumber(number) };
    for (let value = 1; value <= 5; value++)
      keys[`Shift+${value}`] = { label: `Specificity ${value}`, run: () => desk.acts.specificity(value) };
    return {
      ...keys,
      ArrowDown: { label: 'Next clip', run: () => desk.step(1) },
      ArrowUp: { label: 'Previous clip', run: () => desk.step(-1) },
      Enter: { label: 'Submit; next item', run: () => desk.submit() },
      k: { label: 'Skip this item', run: () => desk.skip() },
      Backspace: { label: 'Back to the item before', run: () => desk.back() },
      'Ctrl+Z': { label: 'Take back what was sent last', run: () => desk.back() },
    };
  }

  // Inside the fields.
  key(event) {
    const { desk } = this;
    if (!event.target.closest('input, textarea') || !desk.view) return;
    const act =
      event.key === 'Enter' && event.ctrlKey
        ? () => {
            event.target.blur();
            desk.typed();
            desk.submit();
          }
        : event.key === 'Enter' && event.target === desk.view.input
          ? () => {
              event.target.blur();
              desk.typed();
            }
          : event.key === ' ' && event.shiftKey
            ? () => player.toggle()
            : event.altKey && event.key === 'ArrowDown'
              ? () => desk.step(1)
              : event.altKey && event.key === 'ArrowUp'
                ? () => desk.step(-1)
                : null;
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }

  show() {
    const { desk } = this;
    this.showProgress();
    this.showNotices();
    // While the next item is being made ready, the last one stays.
    const wanted =
      desk.view?.element ??
      (desk.source.current && this.place.firstElementChild?.matches('.desk-item') ? this.place.firstElementChild : this.state());
    if (wanted !== this.place.firstElementChild) this.place.replaceChildren(wanted);
    this.toggleAttribute('ready', wanted.matches('.desk-item'));
    this.showSound(player.state);
  }

  showSound(state) {
    for (const button of this.querySelectorAll('.play-button')) showButton(button, state);
  }

  showProgress() {
    const { source, sending } = this.desk,
      { progress } = source;
    if (!progress) {
      this.progress.replaceChildren();
      return;
    }
    const mine = progress.mine,
      pace = mine?.itemsPerHour ? `, ${Math.round(mine.itemsPerHour)} an hour` : '',
      count = number => number.toLocaleString('en');
    const saved =
      !sending || sending.waiting === 0
        ? 'Saved'
        : sending.away
          ? `The site is away: ${sending.waiting} kept in this browser`
          : `${sending.waiting} waiting`;
    const words = `${count(progress.done)} of ${count(progress.total)} done. Yours: ${count(mine?.done ?? 0)}${pace}`;
    this.progress.replaceChildren(
      make('progress', { max: Math.max(1, progress.total), value: progress.done, 'aria-label': 'Items done' }),
      make('span', { class: 'small' }, words),
      make('span', { class: `small ${sending?.away ? 'warn' : 'muted'}`, 'data-saved': sending?.waiting ?? 0, role: 'status' }, saved),
    );
  }

  // A browser that is new here is taken for the person who was named last.
  showPerson() {
    const name = this.getAttribute('name');
    this.person.hidden = !name;
    if (name) this.person.firstElementChild.textContent = `You vote as ${name}.`;
  }

  showNotices() {
    const { desk } = this;
    const shown = [];
    if (desk.problem) shown.push(make('p', { class: 'notice bad' }, desk.problem));
    if (desk.leaseLost)
      shown.push(
        make(
          'p',
          { class: 'notice' },
          `${desk.leaseLost} What you typed is kept as your draft. `,
          make('button', { type: 'button', onclick: () => desk.leaveLost() }, 'Take the next item'),
        ),
      );
    for (const { key, body, problem } of desk.sending?.refused ?? [])
      if (!body?.queue || body.queue === desk.queue) shown.push(this.refusal(key, body, problem));
    if (desk.unnamed)
      shown.push(
        make(
          'p',
          { class: 'notice', 'data-unnamed': true },
          'Your votes carry your name, and you have none here yet. ',
          make('button', { type: 'button', onclick: () => desk.askName() }, 'Say your name'),
        ),
      );
    if (desk.practised) shown.push(this.practice());
    this.notices.replaceChildren(...shown);
  }

  refusal(key, body, problem) {
    const { desk } = this,
      decide = (words, decision) => make('button', { type: 'button', onclick: () => desk.resolve(key, decision) }, words);
    const label = problem.reason === 'label',
      twice = problem.reason === 'judgedAlready' && problem.current?.id,
      other = twice && VERDICT_WORDS[problem.current.verdict][1].toLowerCase();
    return make(
      'p',
      { class: 'notice', 'data-refused': key },
      make('span', {}, `${body?.feature !== undefined ? `#${body.feature}: ` : ''}${problem.detail} `),
      ...(label
        ? [
            decide(problem.current?.text ? `Keep “${problem.current.text}”` : 'Leave it without a label', 'theirs'),
            decide(`Use “${body.label}”`, 'mine'),
          ]
        : twice
          ? [
              make(
                'span',
                {},
                `In another tab, or before, you said “${problem.current.label ? `${other}: ${problem.current.label}` : other}”.`,
              ),
              decide('Keep that', 'drop'),
              decide('Use it here', 'replace'),
            ]
          : [decide('Close', 'drop')]),
    );
  }

  practice() {
    const { answer, entry } = this.desk.practised;
    if (!answer) return make('p', { class: 'notice' }, 'Checking your answer…');
    const { expected } = answer,
      word = verdict => VERDICT_WORDS[verdict][1].toLowerCase();
    const right = expected && expected.verdict === answer.verdict;
    return make(
      'p',
      { class: 'notice', 'data-practice': right ? 'right' : 'other' },
      make(
        'span',
        {},
        !expected
          ? 'Practice item done. '
          : right
            ? `As expected: ${word(expected.verdict)}. `
            : `You said ${word(entry.request.verdict)}; expected was ${word(expected.verdict)}. `,
      ),
      expected?.why ? make('span', {}, `${expected.why} `) : null,
      make('button', { type: 'button', class: 'primary', onclick: () => this.desk.submit() }, 'Next item ', keyCap('Enter')),
    );
  }

  // What there is to say when no item is shown.
  state() {
    const { source, problem } = this.desk;
    const queues = make('a', { class: 'button', href: 'annotate' }, 'All queues');
    const said = (title, text, ...actions) =>
      make(
        'div',
        { class: 'desk-state' },
        make('h2', {}, title),
        make('p', { class: 'muted' }, text),
        make('div', { class: 'actions' }, ...actions),
      );
    switch (source.state) {
      case null:
      case 'items':
        return said(
          problem ? 'The site does not answer' : 'Loading…',
          problem ? 'This page asks again by itself.' : 'Your next items are being fetched.',
        );
      case 'sending':
        return said('Sending…', 'The next items come when the site has what you sent.');
      case 'skipped':
        return said(
          'You skipped what is left',
          'No one else is at work on it.',
          make('button', { type: 'button', class: 'primary', onclick: () => this.desk.showSkipped() }, 'Show it again'),
          queues,
        );
      case 'othersAtWork':
        return said(
          'Others are at work on what is left',
          'An item comes free when its annotator leaves it for 15 minutes.',
          make('button', { type: 'button', class: 'primary', onclick: () => this.desk.load() }, 'Look again'),
          queues,
        );
      case 'waitsForAdjudicator':
        return said(
          'Everything here is judged',
          `${source.waiting} ${source.waiting === 1 ? 'item waits' : 'items wait'} for a person who has not judged ${source.waiting === 1 ? 'it' : 'them'}.`,
          source.toDecide > 0
            ? make('a', { class: 'button primary', href: `annotate/${this.desk.queue}/decide` }, `Decide ${source.toDecide}`)
            : null,
          queues,
        );
      case 'archived':
        return said('This queue is archived', 'Its author can open it again.', queues);
      default:
        if (source.progress?.done < source.progress?.total)
          return said(
            'Your part is done',
            `${source.progress.total - source.progress.done} of ${source.progress.total} items still need another person.`,
            queues,
          );
        return said('Everything here is done', 'Each item was judged by as many people as the queue asks for.', queues);
    }
  }
}

customElements.define('annotation-desk', AnnotationDesk);
