// <strength-fader value="2.5" least="-6" most="6" neutral="0" p99="0.42" unit="p99" band="-2,2.5" label="Taiko">: how far a feature is turned, with a tick
// at every whole number. Arrows .1 (with Shift .01), Page .5, Home/End the ends, 0 or a double click: back to neutral; the wheel while it has the focus.
// marks="audible:4 strong:8 breaks:32": where its strength ladder says that it begins to be heard, is strong, breaks the music; on both sides of 0.
// In its strip, [data-figure] is a field in which a number can be typed and [data-raw] the raw value. band: the tested strengths, where known.
// "change" events (element.value), at most 20 a second, the last one always. seen: the number of the last of them that the value has in it, paced-change.js;
// "sae:seen" says that it was the last there is. forced: when it changes, the fader takes up its value at once.
import { PacedChange } from './paced-change.js';
import { parseStrength, signed, strengthText } from './strength.js';

// In the order in which they come as a feature is turned.
const words = { audible: 'audible', strong: 'strong', breaks: 'breaks the music' };

class StrengthFader extends HTMLElement {
  changes = new PacedChange(this);

  static observedAttributes = ['value', 'least', 'most', 'neutral', 'p99', 'unit', 'label', 'band', 'marks', 'forced', 'seen'];

  connectedCallback() {
    if (!this.thumb) {
      this.innerHTML =
        '<i class="fader-band"></i><i class="fader-track"></i><i class="fader-ticks"></i><i class="fader-marks"></i><i class="fader-zero"></i><i class="fader-fill"></i><i class="fader-thumb"></i>';
      [this.bandMark, , this.ticks, this.places, this.zero, this.fill, this.thumb] = this.children;
      this.setAttribute('role', 'slider');
      this.tabIndex = 0;
      this.addEventListener('pointerdown', event => this.press(event));
      this.addEventListener('pointermove', event => {
        if (this.dragging) this.drag(event);
      });
      for (const kind of ['pointerup', 'pointercancel'])
        this.addEventListener(kind, () => {
          this.dragging = false;
        });
      this.addEventListener('dblclick', () => this.set(this.number('neutral', 0)));
      this.addEventListener('keydown', event => this.key(event));
      this.addEventListener(
        'wheel',
        event => {
          if (document.activeElement !== this) return;
          event.preventDefault();
          this.set(this.now + (event.deltaY < 0 ? 0.1 : -0.1));
        },
        { passive: false },
      );
    }
    this.now ??= this.number('value', 0);
    this.draw();
    // The figures stand behind it and may not be there yet.
    requestAnimationFrame(() => {
      this.typing();
      this.draw();
    });
  }

  // A number typed into its field.
  typing() {
    const field = this.closest('.strip')?.querySelector('input[data-figure]');
    if (!field || field === this.field) return;
    this.field = field;
    field.addEventListener('change', event => {
      // The strip's own changes are the fader's.
      event.stopPropagation();
      const typed = parseStrength(field.value),
        wrong = typed === null || typed < this.least || typed > this.most;
      field.setCustomValidity(wrong ? `Type a number from ${this.least} to ${this.most}.` : '');
      if (wrong) {
        field.reportValidity();
        return;
      }
      this.set(typed);
      this.draw();
    });
    field.addEventListener('keydown', event => {
      if (event.key === 'Enter') field.dispatchEvent(new Event('change', { bubbles: true }));
      else if (event.key === 'Escape') {
        field.value = strengthText(this.now);
        field.setCustomValidity('');
      }
    });
    field.addEventListener('input', () => field.setCustomValidity(''));
    field.addEventListener('focus', () => field.select());
    field.addEventListener('blur', () => {
      field.setCustomValidity('');
      this.draw();
    });
  }

  attributeChangedCallback(name) {
    if (name === 'forced' && this.thumb) {
      this.changes.forget();
      this.now = this.number('value', 0);
    }
    if ((name === 'value' || name === 'seen') && !this.dragging && !this.changes.waits) this.now = this.number('value', 0);
    if (this.thumb) this.draw();
    if (name === 'seen' && !this.changes.waits) this.dispatchEvent(new Event('sae:seen', { bubbles: true }));
  }

  number(name, otherwise) {
    const value = Number.parseFloat(this.getAttribute(name));
    return Number.isFinite(value) ? value : otherwise;
  }

  get least() {
    return this.number('least', -6);
  }
  get most() {
    return this.number('most', 6);
  }
  get value() {
    return this.changes.numbered(String(this.now));
  }
  // Whether the page does not know yet where the hand has put it.
  get ahead() {
    return this.changes.waits;
  }

  press(event) {
    if (event.button !== 0) return;
    this.focus();
    this.dragging = true;
    this.setPointerCapture(event.pointerId);
    // A hand on the thumb moves it from where it is; elsewhere the thumb comes to the hand.
    const box = this.thumb.getBoundingClientRect(),
      middle = box.left + box.width / 2;
    this.hold = Math.abs(event.clientX - middle) < 14 ? event.clientX - middle : 0;
    if (this.hold === 0) this.drag(event);
  }

  drag(event) {
    const box = this.getBoundingClientRect(),
      reach = box.width - 12;
    const raw = this.least + ((event.clientX - this.hold - box.left - 6) / reach) * (this.most - this.least),
      neutral = this.number('neutral', 0);
    this.set(Math.abs(raw - neutral) < (this.most - this.least) / 120 ? neutral : Math.round(raw * 20) / 20);
  }

  key(event) {
    const fine = event.shiftKey ? 0.01 : 0.1;
    const to = {
      ArrowRight: this.now + fine,
      ArrowUp: this.now + fine,
      ArrowLeft: this.now - fine,
      ArrowDown: this.now - fine,
      PageUp: this.now + 0.5,
      PageDown: this.now - 0.5,
      Home: this.least,
      End: this.most,
      0: this.number('neutral', 0),
    }[event.key];
    if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.set(to);
  }

  set(value) {
    const now = Math.round(Math.min(this.most, Math.max(this.least, value)) * 100) / 100;
    if (now === this.now) return;
    this.now = now;
    this.draw();
    this.changes.send();
  }

  draw() {
    const { least, most } = this,
      share = value => (value - least) / (most - least);
    const neutral = this.number('neutral', 0),
      at = share(this.now),
      zero = share(neutral),
      x = part => `calc(6px + ${part} * (100% - 12px))`;
    this.thumb.style.left = x(at);
    this.zero.style.left = x(zero);
    this.fill.style.left = x(Math.min(at, zero));
    this.fill.style.width = `calc(${Math.abs(at - zero)} * (100% - 12px))`;
    this.drawScale(least, most, neutral, share, x);
    const p99 = this.number('p99', 0),
      raw = this.now * p99,
      inP99 = (this.getAttribute('unit') ?? 'p99') === 'p99',
      band = this.band;
    const beyond = !band ? '' : this.now > band[1] ? ', above the tested band' : this.now < band[0] ? ', below the tested band' : '';
    const values = {
      'aria-valuemin': least,
      'aria-valuemax': most,
      'aria-valuenow': this.now,
      'aria-label': this.getAttribute('label') ?? 'Strength',
      'aria-valuetext': (inP99 ? `${signed(this.now)} times p99, raw ${signed(raw)}` : `times ${this.now}`) + this.heard + beyond,
    };
    for (const [name, value] of Object.entries(values)) if (this.getAttribute(name) !== String(value)) this.setAttribute(name, value);
    const strip = this.closest('.strip'),
      figure = strip?.querySelector('[data-figure]'),
      rawFigure = strip?.querySelector('[data-raw]');
    // What is being typed stays until it is taken or left.
    if (figure && (figure !== document.activeElement || parseStrength(figure.value) === this.now))
      figure.value = inP99 ? signed(this.now) : strengthText(this.now);
    if (rawFigure) rawFigure.textContent = inP99 ? `raw ${signed(raw)}` : '';
  }

  get band() {
    const [low, high] = (this.getAttribute('band') ?? '').split(',').map(Number.parseFloat);
    return Number.isFinite(low) && Number.isFinite(high) ? [low, high] : null;
  }

  get marks() {
    return (this.getAttribute('marks') ?? '')
      .split(' ')
      .map(mark => mark.split(':'))
      .map(([kind, at]) => ({ kind, at: Number.parseFloat(at) }))
      .filter(({ kind, at }) => kind in words && Number.isFinite(at) && at !== 0);
  }

  // What the ladder says of the strength it is at.
  get heard() {
    if (this.now === 0 || !this.hasAttribute('marks')) return '';
    const reached = this.marks.filter(({ at }) => Math.sign(at) === Math.sign(this.now) && Math.abs(this.now) >= Math.abs(at));
    const last = Object.keys(words).findLast(kind => reached.some(mark => mark.kind === kind));
    return `, ${last ? words[last] : 'not surely heard'}`;
  }

  // Ticks at whole numbers, a longer one at every third; the tested band behind them.
  drawScale(least, most, neutral, share, x) {
    const { band } = this,
      of = `${least} ${most} ${neutral} ${band} ${this.getAttribute('marks')}`;
    if (of === this.scale) return;
    this.scale = of;
    this.ticks.replaceChildren(
      ...Array.from({ length: Math.floor(most) - Math.ceil(least) + 1 }, (_, i) => {
        const tick = document.createElement('i'),
          at = Math.ceil(least) + i;
        tick.style.left = x(share(at));
        if (at % 3 === 0) tick.className = 'long';
        return tick;
      }),
    );
    this.places.replaceChildren(
      ...this.marks
        .filter(({ at }) => at >= least && at <= most)
        .map(({ kind, at }) => {
          const mark = document.createElement('i');
          mark.className = kind;
          mark.title = `${words[kind]} from ${signed(at)} × p99 on`;
          mark.style.left = x(share(at));
          return mark;
        }),
    );
    this.bandMark.hidden = !band;
    if (!band) return;
    const [low, high] = band.map(value => share(Math.min(most, Math.max(least, value))));
    this.bandMark.style.left = x(low);
    this.bandMark.style.width = `calc(${high - low} * (100% - 12px))`;
  }
}

customElements.define('strength-fader', StrengthFader);
