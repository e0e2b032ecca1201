// <comment-form sae="demo" feature="1337">: the fields of a comment. They are made here, so that typing waits for no circuit, and what is typed
// survives a reload. The page lists the comments; [data-comment-edit="ID"] opens one here, with its text and span from the row's attributes.
import { player } from '../audio/player.js';
import { commentDrafts, saveComment } from './comment-store.js';

const fresh = () => ({ text: '', row: null, from: null, to: null, id: null, version: null });

const option = (text, value) => Object.assign(document.createElement('option'), { textContent: text, value: String(value) });

// Where someone was typing when the element was taken away: Blazor makes the page again when its circuit connects, and typing continues.
let typing = null;

class CommentForm extends HTMLElement {
  static observedAttributes = ['feature'];

  connectedCallback() {
    if (!this.form) this.build();
    this.onClick = event => {
      const id = event.target.closest?.('[data-comment-edit]')?.dataset.commentEdit;
      if (id) this.edit(id);
    };
    document.addEventListener('click', this.onClick);
    this.leave = player.subscribe(() => this.follow());
    this.open();
    this.takeUp();
  }

  disconnectedCallback() {
    if (this.hadFocus) {
      typing = { feature: this.feature, start: this.text.selectionStart, end: this.text.selectionEnd, at: performance.now() };
      // The one that replaces it may be there already.
      document.querySelector('comment-form')?.takeUp?.();
    }
    document.removeEventListener('click', this.onClick);
    this.leave();
  }

  takeUp() {
    if (typing?.feature !== this.feature || performance.now() - typing.at > 2000) return;
    this.open();
    this.text.focus();
    this.text.setSelectionRange(typing.start, typing.end);
    typing = null;
  }

  attributeChangedCallback(name, before, now) {
    if (this.form && before !== null && before !== now) this.open();
  }

  get sae() {
    return this.getAttribute('sae');
  }

  get feature() {
    return this.getAttribute('feature');
  }

  build() {
    this.innerHTML = `
      <form novalidate>
        <textarea id="comment-text" rows="2" aria-label="Comment" placeholder="Add a comment" data-key="c" data-key-label="Comment on the feature"></textarea>
        <div class="about">
          <label for="comment-clip">About</label>
          <select id="comment-clip"></select>
          <span class="span">
            <label for="comment-from">from</label> <input type="number" id="comment-from" min="0" step="0.1">
            <label for="comment-to">to</label> <input type="number" id="comment-to" min="0" step="0.1"> <span>s</span>
          </span>
          <button type="button" class="quiet" data-mark="from" title="Take the second that plays as the start">Start here</button>
          <button type="button" class="quiet" data-mark="to" title="Take the second that plays as the end">End here</button>
        </div>
        <p class="problem" role="alert" hidden></p>
        <div class="actions">
          <button type="submit">Save comment</button>
          <button type="button" class="quiet" data-cancel>Cancel</button>
        </div>
      </form>`;
    this.form = this.querySelector('form');
    [this.text, this.clip, this.from, this.to] = ['text', 'clip', 'from', 'to'].map(name => this.querySelector(`#comment-${name}`));
    this.problem = this.querySelector('.problem');
    this.form.addEventListener('submit', event => {
      event.preventDefault();
      this.save();
    });
    this.form.addEventListener('input', () => this.typed());
    this.text.addEventListener('focus', () => (this.hadFocus = true));
    // The focus of an element that is removed is lost after it has gone.
    this.text.addEventListener('blur', () => (this.hadFocus = !this.isConnected));
    this.form.addEventListener('keydown', event => {
      if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) this.save();
      else if (event.key === 'Escape') event.target.blur();
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
    this.clip.addEventListener('pointerdown', () => this.offerClips());
    this.clip.addEventListener('focus', () => this.offerClips());
    for (const button of this.querySelectorAll('[data-mark]')) button.addEventListener('click', () => this.mark(button.dataset.mark));
    this.querySelector('[data-cancel]').addEventListener('click', () => this.show(fresh(), true));
  }

  // Another feature is open: what was left typed there is what one wants to see.
  open() {
    const draft = commentDrafts.read(this.sae, this.feature);
    if (draft && this.isSaved(draft)) commentDrafts.write(this.sae, this.feature, null);
    this.show(commentDrafts.read(this.sae, this.feature) ?? fresh(), false);
  }

  // The page was left between the save and its answer: the comment is in the list, and the draft would be saved a second time.
  isSaved({ id, text, row, version }) {
    const isIt = ({ comment, version: now }) => !id || (comment === id && now !== String(version));
    const says = data => data.text === text.trim() && data.row === (row === null ? undefined : String(row));
    return [...document.querySelectorAll('[data-comment]')].some(({ dataset }) => isIt(dataset) && says(dataset));
  }

  show(draft, keep) {
    this.draft = { ...fresh(), ...draft };
    this.text.value = this.draft.text;
    this.offerClips();
    this.from.value = this.draft.from ?? '';
    this.to.value = this.draft.to ?? '';
    this.fail('');
    this.arrange();
    if (keep) this.keep();
  }

  // What depends on what is typed.
  arrange() {
    const { id, row, text } = this.draft;
    this.querySelector('.span').hidden = row === null;
    this.querySelector('[type=submit]').textContent = id ? 'Save change' : 'Save comment';
    this.querySelector('[data-cancel]').hidden = !id && !text && row === null;
    this.follow();
  }

  keep() {
    const { id, text, row } = this.draft;
    commentDrafts.write(this.sae, this.feature, id || text || row !== null ? this.draft : null);
  }

  typed() {
    const number = field => (field.value === '' ? null : Number(field.value));
    Object.assign(this.draft, { text: this.text.value, row: this.clip.value === '' ? null : Number(this.clip.value) });
    Object.assign(this.draft, this.draft.row === null ? { from: null, to: null } : { from: number(this.from), to: number(this.to) });
    this.arrange();
    this.keep();
  }

  // The clips that the page shows now, and the one that is chosen.
  offerClips() {
    const clips = new Map();
    for (const wave of document.querySelectorAll('.room-feature clip-wave')) {
      if (wave.clip) clips.set(wave.clip.row, `clip ${wave.clip.row}: ${wave.getAttribute('label') ?? ''}`);
    }
    const { row } = this.draft;
    if (row !== null && !clips.has(row)) clips.set(row, `clip ${row}`);
    this.clip.replaceChildren(option('the feature', ''), ...[...clips].map(([value, label]) => option(label, value)));
    this.clip.value = String(row ?? '');
  }

  // The wave whose sound is loaded, if it is of this feature.
  get sounding() {
    const { id } = player.state;
    return id === null
      ? undefined
      : [...document.querySelectorAll('.room-feature clip-wave')].find(wave => wave.clip && wave.playId === id);
  }

  follow() {
    const idle = !this.sounding;
    for (const button of this.querySelectorAll('[data-mark]')) if (button.disabled !== idle) button.disabled = idle;
  }

  mark(end) {
    const wave = this.sounding;
    if (!wave) return;
    const second = Math.round(player.state.position * 10) / 10;
    const other = wave.clip.row === this.draft.row;
    Object.assign(this.draft, other ? { [end]: second } : { row: wave.clip.row, from: null, to: null, [end]: second });
    // The other end of a span that has one yet: a second further, or the clip's own.
    const { duration } = wave.clip;
    if (end === 'from' && !(this.draft.to > second)) this.draft.to = Math.min(Math.floor(duration * 10) / 10, second + 1);
    if (end === 'to' && (this.draft.from === null || this.draft.from >= second))
      this.draft.from = Math.max(0, Math.round((second - 1) * 10) / 10);
    this.show({ ...this.draft, text: this.text.value }, true);
  }

  edit(id) {
    const row = document.querySelector(`[data-comment="${CSS.escape(id)}"]`);
    if (!row) return;
    const { text, version, row: clip, from, to } = row.dataset;
    const number = value => (value ? Number(value) : null);
    this.show({ text, id, version: Number(version), row: number(clip), from: number(from), to: number(to) }, true);
    this.scrollIntoView({ block: 'nearest' });
    this.text.focus();
  }

  fail(why) {
    this.problem.textContent = why;
    this.problem.hidden = !why;
  }

  async save() {
    const { sae, feature } = this,
      mine = { ...this.draft, text: this.text.value.trim() };
    if (!mine.text) {
      this.fail('Type the comment first.');
      this.text.focus();
      return;
    }
    const button = this.querySelector('[type=submit]');
    button.disabled = true;
    try {
      await saveComment(sae, feature, mine);
      commentDrafts.write(sae, feature, null);
      // The answer may come when another feature is open, or more was typed.
      if (this.sae === sae && this.feature === feature && this.text.value.trim() === mine.text) this.show(fresh(), false);
    } catch (error) {
      if (this.feature !== feature) return;
      // Saving again is then a decision against what the message shows.
      if (error.current) this.draft.version = error.current.version;
      this.fail(error.message);
      this.keep();
    } finally {
      button.disabled = false;
    }
  }
}

customElements.define('comment-form', CommentForm);
