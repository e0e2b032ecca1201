// <label-editor sae="demo">: the fields in which a feature is labelled. They are in the page before the key is pressed and are opened here,
// so that the letters after "e" are never taken for shortcuts, however far away the server is. The feature is the one the list has marked,
// even while the page still shows the last one. A press of [data-edit-label] opens it too. Saving goes by HTTP; the page follows.
import { bind } from '../keys.js';
import { fetchLabel, labelDrafts, saveLabel } from './label-store.js';

// What is being edited. Kept outside the element: Blazor makes the page again when its circuit connects, and typing continues.
let editing = null; // { sae, feature, text, note, basedOn, had, problem, conflict }

// What is on its way, by feature: its draft is not left over.
const sending = new Map();

const FOLLOWS = 5000; // ms in which the page shows what was saved

class LabelEditor extends HTMLElement {
  connectedCallback() {
    if (!this.form) this.build();
    // What was saved here and is not shown yet: feature → { before, text, revision, until }, before being the revision that the page showed.
    this.saved ??= new Map();
    this.unbind = bind('Feature', {
      e: { label: 'Label the feature', run: () => this.edit(this.marked) },
      a: { label: 'Accept the suggested label', run: () => this.accept(this.marked) },
    });
    this.onClick = event => {
      if (event.target.closest?.('[data-edit-label]')) this.edit(this.marked);
      const accept = event.target.closest?.('[data-accept-label]');
      if (accept) this.accept(this.marked, accept.dataset.acceptLabel);
    };
    document.addEventListener('click', this.onClick);
    this.show();
    if (editing?.sae === this.sae) this.focusText(false);
  }

  disconnectedCallback() {
    this.unbind();
    document.removeEventListener('click', this.onClick);
    this.reading?.abort();
  }

  get sae() {
    return this.getAttribute('sae');
  }

  // The feature that the keys are at: the list's, or the one that is open.
  get marked() {
    const row = document.querySelector('tr[data-marked]') ?? document.querySelector('tr[data-feature][aria-current=true]');
    const feature = row?.dataset.feature ?? document.querySelector('feature-room')?.getAttribute('open');
    return feature ? Number(feature) : null;
  }

  // Another feature is open: its draft, if one was left, is what one wants to see.
  opened(feature) {
    if (editing?.sae === this.sae && (editing.feature === feature || this.contains(document.activeElement))) return;
    editing = null;
    const draft = sending.has(feature) ? null : labelDrafts.read(this.sae, feature);
    // The page was closed before the answer came.
    if (draft && draft.text.trim() === this.facts(feature).label) labelDrafts.write(this.sae, feature, null);
    else if (draft)
      editing = {
        sae: this.sae,
        feature,
        had: true,
        ...draft,
        problem: 'This label was not saved. Save it now, or discard it with Cancel.',
      };
    this.show();
  }

  edit(feature) {
    if (feature === null) return;
    if (editing?.sae === this.sae && editing.feature === feature) {
      this.focusText(true);
      return;
    }
    const { label, revision, hint } = this.facts(feature);
    // What is on its way is not left over; its revision comes with the answer.
    const sent = sending.get(feature);
    const draft = sent ? null : labelDrafts.read(this.sae, feature);
    editing = {
      sae: this.sae,
      feature,
      had: !!(sent ?? { text: label }).text,
      hint,
      text: sent?.text ?? label,
      note: sent?.note,
      basedOn: revision,
      ...draft,
    };
    this.show();
    this.focusText(true);
    if (editing.note === undefined) this.readNote(editing);
  }

  // Takes a suggestion as the label, the first unless another is given; a feature that has a label already keeps it.
  accept(feature, words) {
    const { label, hint } = this.facts(feature);
    const text = words || hint;
    if (feature === null || label || !text || editing) return;
    editing = { sae: this.sae, feature, had: false, text, note: undefined, basedOn: 0 };
    this.text.value = text;
    this.save();
  }

  // What the page says about a feature's label. Above the open feature it is what the person sees; its row may follow a moment later.
  facts(feature) {
    const { label = '', revision = '', hint } = [...document.querySelectorAll(`[data-label-of="${feature}"]`)].at(-1)?.dataset ?? {};
    const mine = this.saved.get(feature);
    if (mine && mine.before === Number(revision) && performance.now() < mine.until)
      return { label: mine.text, revision: mine.revision, hint };
    return { label, revision: Number(revision), hint };
  }

  // The list does not carry notes. What is typed into the field before the note is here replaces it.
  async readNote(mine) {
    this.reading?.abort();
    this.reading = new AbortController();
    try {
      const label = await fetchLabel(this.sae, mine.feature, this.reading.signal);
      if (editing !== mine || mine.note !== undefined) return;
      mine.note = label.note ?? '';
      this.note.value = mine.note;
    } catch {
      // Without an answer the note stays as it is on the site.
    }
  }

  build() {
    this.innerHTML = `
      <form hidden novalidate>
        <span class="number small muted"></span>
        <!-- Nothing is cut: the server says how long a label or a note may be. -->
        <input type="text" id="label-text" class="label" autocomplete="off" aria-label="Label">
        <input type="text" id="label-note" class="remark" autocomplete="off" aria-label="Note" placeholder="Note: exceptions, other sounds (optional)">
        <span class="actions">
          <button type="submit"><span>Save label</span> <kbd>↵</kbd></button>
          <button type="button" class="quiet" data-cancel>Cancel</button>
        </span>
        <p class="problem" role="alert"></p>
      </form>
      <p class="saving small muted" role="status"></p>`;
    this.form = this.querySelector('form');
    this.text = this.querySelector('.label');
    this.note = this.querySelector('.remark');
    this.problem = this.querySelector('.problem');
    this.saving = this.querySelector('.saving');
    this.form.addEventListener('submit', event => {
      event.preventDefault();
      this.save();
    });
    this.form.addEventListener('input', () => this.typed());
    this.form.addEventListener('keydown', event => {
      if (event.key !== 'Escape') return;
      event.stopPropagation();
      this.cancel();
    });
    this.querySelector('[data-cancel]').addEventListener('click', () => this.cancel());
  }

  show() {
    const mine = editing?.sae === this.sae ? editing : null;
    const was = !this.form.hidden && this.shown === mine?.feature;
    this.form.hidden = !mine;
    this.shown = mine?.feature;
    if (!mine) return;
    this.form.querySelector('.number').textContent = `#${mine.feature}`;
    if (!was) {
      this.text.value = mine.text;
      this.note.value = mine.note ?? '';
    }
    this.text.placeholder = mine.hint ? `What do you hear? Perhaps ${mine.hint}` : 'What do you hear?';
    this.problem.textContent = mine.problem ?? '';
    this.problem.hidden = !mine.problem;
    this.form.querySelector('[type=submit] span').textContent = mine.conflict
      ? 'Save mine instead'
      : mine.problem
        ? 'Try again'
        : 'Save label';
  }

  focusText(select) {
    this.text.focus();
    if (select) this.text.select();
  }

  typed() {
    editing.touched = true;
    editing.text = this.text.value;
    if (this.note.value !== (editing.note ?? '')) editing.note = this.note.value;
    labelDrafts.write(this.sae, editing.feature, { text: editing.text, note: editing.note, basedOn: editing.basedOn });
  }

  cancel() {
    labelDrafts.write(this.sae, editing.feature, null);
    editing = null;
    if (this.form.contains(document.activeElement)) document.activeElement.blur();
    this.show();
  }

  // The field closes at once and the next feature can be labelled. A label that was refused opens it again, if no other is being typed.
  async save() {
    const mine = editing;
    mine.text = this.text.value.trim();
    if (!mine.text && !mine.had) {
      this.cancel();
      return;
    }
    const { sae, feature } = mine;
    labelDrafts.write(sae, feature, { text: mine.text, note: mine.note, basedOn: mine.basedOn });
    editing = null;
    document.activeElement?.blur();
    this.show();
    this.say(`Saving #${feature}…`);
    sending.set(feature, mine);
    try {
      const before = this.facts(feature).revision;
      const { text, revision } = await saveLabel(sae, feature, mine);
      this.saved.set(feature, { before, text, revision, until: performance.now() + FOLLOWS });
      // The next change of the same label was begun before the answer came: it is based on what was saved, and its draft is its own.
      const again = editing?.sae === sae && editing.feature === feature ? editing : null;
      if (again) again.basedOn = revision;
      if (again?.touched) labelDrafts.write(sae, feature, { text: this.text.value, note: again.note, basedOn: revision });
      else labelDrafts.write(sae, feature, null);
      this.say('');
    } catch (error) {
      mine.problem = error.message;
      mine.conflict = !!error.current;
      // Saving again is then a decision against what the message shows.
      if (error.current) mine.basedOn = error.current.revision;
      labelDrafts.write(sae, feature, { text: mine.text, note: mine.note, basedOn: mine.basedOn });
      if (editing) {
        this.say(`#${feature} was not saved: ${error.message} It is kept: open the feature to try again.`);
        return;
      }
      this.say('');
      editing = mine;
      this.show();
    } finally {
      sending.delete(feature);
    }
  }

  say(text) {
    this.saving.textContent = text;
  }
}

customElements.define('label-editor', LabelEditor);
