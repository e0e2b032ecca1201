// What happens on the page of a queue: the item that is shown, what was said of it, and where it goes. Nothing here waits for the site: items are
// fetched ahead, and what is said is kept in the browser until the site has it.
import { player } from '../audio/player.js';
import { ItemSource, overHttp, relative } from './item-source.js';
import { ItemView, clipsOf, playId } from './desk-view.js';
import { Outbox, newId } from './outbox.js';
import * as work from './work.js';
import { forget, recall, remember } from './work-kept.js';

const DRAFT_AFTER = 800; // ms without a change after which a draft is sent
const seconds = () => performance.now() / 1000;
const draftKey = (queue, feature) => `draft ${queue}:${feature}`;

export class Desk {
  // person: who is at this browser. What another person said here waits for them. release: gives the outbox back. askName: asks an unnamed person
  // for a name.
  constructor(queue, mode, { person = '', api = overHttp, outbox = null, source = null, release = null, askName = () => {} } = {}) {
    this.queue = queue;
    this.mode = mode;
    this.person = person;
    this.api = api;
    this.source = source ?? new ItemSource(queue, api);
    this.outbox = outbox ?? new Outbox({ name: `sae-outbox ${person}`.trim() });
    this.release = release ?? (() => this.outbox.close());
    this.askName = askName;
    this.unnamed = false;
    this.history = []; // what was sent here: { item, work, id }, the last one last
    this.listeners = new Set();
    this.view = null;
    this.message = '';
  }

  async open() {
    await this.outbox.open();
    this.outbox.holdDesk();
    this.leaveAnswers = this.outbox.onAnswer((key, answer) => this.answered(key, answer));
    this.leaveOutbox = this.outbox.subscribe(state => {
      this.sending = state;
      this.changed();
    });
    this.source.keep(error => this.lost(error));
    // What was said before the page was opened again, and is still here, is not asked a second time.
    for (const { method, address, body } of await this.outbox.all())
      if (method === 'PUT' && address.startsWith('api/v1/annotations/') && body.queue === this.queue) this.source.done.add(body.feature);
    await this.load();
  }

  close() {
    if (this.closed) return;
    this.saveDraft();
    this.closed = true;
    this.leaveOutbox?.();
    this.source.end();
    this.leaveAnswers?.();
    if (this.leaveOutbox) this.outbox.endDesk();
    this.release();
  }

  subscribe(listener) {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  changed() {
    for (const listener of this.listeners) listener(this);
  }

  // Fetches items and shows the first, if none is shown.
  async load() {
    try {
      await this.source.fill();
      this.problem = null;
    } catch (error) {
      this.problem = error.message;
      clearTimeout(this.retrying);
      this.retrying = setTimeout(() => this.load(), 3000);
    }
    if (!this.item) await this.showNext();
    this.changed();
  }

  get item() {
    return this.view?.item ?? null;
  }

  async showNext(sound = true) {
    const item = this.source.current;
    this.view = null;
    if (!item) {
      this.changed();
      return;
    }
    await this.showItem(item, sound);
  }

  async showItem(item, sound, said = null) {
    // A draft that still waits here is newer than the site's.
    const waiting = said ? null : await this.outbox.find(draftKey(item.queue, item.feature));
    this.work = said ?? work.begin(item, recall(item, this.person) ?? waiting?.body ?? item.draft, seconds());
    this.work.active = seconds();
    this.message = '';
    this.at = null;
    this.practised = null;
    this.view = new ItemView(item, this.mode, this.acts, this.words);
    this.refresh();
    this.changed();
    const [first] = clipsOf(item);
    if (sound && first?.sound) this.play(first);
  }

  get acts() {
    return {
      choose: (verdict, send) => this.choose(verdict, send),
      type: text => this.update({ label: text }),
      vote: (row, what) => this.vote(row, what),
      play: clip => this.play(clip, true),
      specificity: value => this.update({ specificity: this.work.specificity === value ? null : value }),
      tags: text =>
        this.update({
          tags: text
            .split(',')
            .map(tag => tag.trim())
            .filter(Boolean),
        }),
      note: text => this.update({ note: text }),
      reveal: () => this.update({ revealed: true }),
      submit: () => this.submit(),
      skip: () => this.skip(),
      back: () => this.back(),
    };
  }

  update(change) {
    if (!this.view) return;
    this.work = { ...work.touch(this.work, seconds()), ...change };
    this.message = '';
    this.refresh();
    // At once: a reload waits for nothing.
    remember(this.item, work.draftOf(this.item, this.work), this.person);
    clearTimeout(this.drafting);
    this.drafting = setTimeout(() => this.saveDraft(), DRAFT_AFTER);
  }

  refresh() {
    this.view?.show(this.work, this.message);
  }

  say(message) {
    this.message = message;
    this.refresh();
  }

  // The draft goes the way of everything else, so that it cannot overtake what is sent.
  saveDraft() {
    clearTimeout(this.drafting);
    this.drafting = null;
    if (this.closed || !this.view || this.practised || !work.isBegun(this.work)) return null;
    const { item } = this;
    return this.outbox.put({
      key: draftKey(item.queue, item.feature),
      method: 'PUT',
      address: `${this.source.address}/items/${item.feature}/draft`,
      body: work.draftOf(item, this.work),
    });
  }

  // The label that was typed is left: in a blind queue the suggestion is shown now.
  typed() {
    if (this.work.label.trim())
      this.update({
        revealed: true,
        verdict: this.work.verdict === 'reject' || this.work.verdict === 'unsure' ? 'edit' : this.work.verdict,
      });
  }

  choose(verdict, send = false) {
    if (!this.view || this.practised) return;
    if (verdict === 'accept' && !work.shows(this.item, this.work, this.mode)) {
      this.say(
        work.proposed(this.item)
          ? 'Listen and type first, or show the suggestion: then it can be accepted.'
          : 'There is no label to accept: type one.',
      );
      return;
    }
    // A second press takes a verdict back; a second e edits the label again.
    this.update({ verdict: this.work.verdict === verdict && !send && verdict !== 'edit' ? null : verdict });
    if (verdict === 'edit') this.view.input.focus();
    if (send) this.submit();
  }

  vote(row, what) {
    if (!this.view || this.practised) return;
    this.update({ votes: work.vote(this.work, row, what).votes });
  }

  // Votes on the clip that sounds, or was heard last, and plays the next one without a vote.
  judge(what) {
    if (!this.view) return;
    const clips = clipsOf(this.item).filter(clip => clip.kind === 'vote');
    if (this.at?.kind === 'vote') this.vote(this.at.row, what);
    const next = work.nextToJudge(this.item, this.work, this.at?.kind === 'vote' ? this.at.row : null);
    const clip = clips.find(each => each.row === next);
    if (clip && this.at?.kind !== 'vote') this.say('Hear this clip first, then press the key again to judge it.');
    if (clip) this.play(clip);
    else if (clips.length > 0 && this.at?.kind === 'vote') this.say('Every clip has a vote.');
  }

  playNumber(number) {
    const clip = this.view && clipsOf(this.item)[number - 1];
    if (clip?.sound) this.play(clip, true);
  }

  // The clip after, or before, the one that sounds.
  step(by) {
    if (!this.view) return;
    const clips = clipsOf(this.item).filter(clip => clip.sound);
    const at = clips.findIndex(clip => clip.kind === this.at?.kind && clip.row === this.at?.row);
    const clip = clips[Math.min(clips.length - 1, Math.max(0, at < 0 ? 0 : at + by))];
    if (clip) this.play(clip);
  }

  // toggles: a second press on the same clip pauses it.
  play(clip, toggles = false) {
    this.at = clip;
    this.view.mark(clip.row, clip.kind);
    const id = playId(this.item, clip),
      url = relative(clip.sound),
      title = clip.kind === 'example' ? `#${this.item.feature}, a strongest clip` : `#${this.item.feature}, a clip to judge`;
    if (toggles && player.state.id === id) player.toggle();
    else player.playArms({ id, title, page: null, arms: { '': this.source.soundOf(url).source ?? url }, arm: '', from: clip.from });
    this.work = work.touch(this.work, seconds());
  }

  async submit() {
    if (!this.view) return;
    if (this.practised) {
      await this.goOn();
      return;
    }
    const { item } = this,
      missing = work.obstacle(item, this.work);
    if (missing) {
      this.say(missing);
      return;
    }
    // Nobody else could tell whose vote it is. It is sent when the name is there.
    if (this.unnamed) {
      this.asked = true;
      this.say('Your votes carry your name: type it first.');
      this.askName();
      return;
    }
    clearTimeout(this.drafting);
    const said = work.touch(this.work, seconds()),
      entry = { item, work: said, id: newId(), request: work.request(item, said, this.mode) };
    this.history.push(entry);
    forget(item, this.person);
    await this.outbox.withdraw(draftKey(item.queue, item.feature));
    await this.outbox.put(this.requestOf(entry));
    if (item.practice) {
      this.practised = { entry, answer: null };
      this.changed();
      return;
    }
    await this.goOn();
  }

  // The person has a name now: what they wanted to send goes out.
  named() {
    this.unnamed = false;
    this.say('');
    if (this.asked) this.submit();
    this.asked = false;
    this.changed();
  }

  requestOf({ id, request }) {
    return { key: id, method: 'PUT', address: `api/v1/annotations/${id}`, body: request };
  }

  async goOn() {
    this.practised = null;
    this.source.finish(this.item.feature);
    await this.showNext();
    this.load();
  }

  skip() {
    if (!this.view) return;
    const { item } = this;
    this.saveDraft();
    this.source.skip(item.feature);
    this.api('DELETE', `${this.source.address}/items/${item.feature}/lease`).catch(() => {});
    this.showNext();
    this.load();
  }

  showSkipped() {
    this.source.again();
    this.load();
  }

  // The last item that was sent here comes back with what was said of it, and what was sent is withdrawn.
  async back() {
    const last = this.history.pop();
    if (!last) {
      this.say('Nothing was sent from here yet.');
      return;
    }
    this.saveDraft();
    if (!(await this.outbox.withdraw(last.id)))
      await this.outbox.put({ key: `withdraw ${last.id}`, method: 'DELETE', address: `api/v1/annotations/${last.id}` });
    remember(last.item, work.draftOf(last.item, last.work), this.person);
    this.source.bringBack({ ...last.item, draft: null });
    await this.showItem(last.item, false, last.work);
    this.say('Taken back. Change it and submit it again.');
  }

  answered(key, answer) {
    if (this.practised?.entry.id === key) {
      this.practised = { ...this.practised, answer };
      this.changed();
    }
    if (!key.startsWith('draft ')) this.load();
  }

  // What the site refused: the person decides. current: what is there now.
  async resolve(key, decision) {
    const refused = this.sending.refused.find(each => each.key === key);
    if (!refused) return;
    await this.outbox.withdraw(key);
    if (decision === 'drop') {
      this.changed();
      return;
    }
    if (decision === 'replace') {
      // What was sent in another tab, or before, is withdrawn, and this is sent instead.
      const { id } = refused.problem.current,
        fresh = newId();
      await this.outbox.put({ key: `withdraw ${id}`, method: 'DELETE', address: `api/v1/annotations/${id}` });
      await this.outbox.put({ key: fresh, method: 'PUT', address: `api/v1/annotations/${fresh}`, body: refused.body });
      return;
    }
    const body = {
      ...refused.body,
      ...(decision === 'theirs' ? { writesLabel: false } : { seenRevision: refused.problem.current.revision }),
    };
    await this.outbox.put({ key, method: 'PUT', address: `api/v1/annotations/${key}`, body });
  }

  lost(error) {
    this.saveDraft();
    this.leaseLost = error.message;
    this.changed();
  }

  async leaveLost() {
    const { item } = this;
    this.leaseLost = null;
    if (item) this.source.skip(item.feature);
    await this.showNext();
    this.load();
  }
}
