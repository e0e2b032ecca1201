// <strength-fader value="2.5" least="-6" most="6" neutral="0" p99="0.42" unit="p99" label="Taiko">: how far a feature is turned. Arrows .1 (with Shift
// .01), Page .5, Home/End the ends, 0 or a double click: back to neutral. "change" events (element.value), at most 20 a second, the last one always.
const every = 50;

class StrengthFader extends HTMLElement {
  static observedAttributes = ['value', 'least', 'most', 'neutral', 'p99', 'unit', 'label'];

  connectedCallback() {
    if (!this.thumb) {
      this.innerHTML = '<i class="fader-track"></i><i class="fader-zero"></i><i class="fader-fill"></i><i class="fader-thumb"></i>';
      [, this.zero, this.fill, this.thumb] = this.children;
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
    requestAnimationFrame(() => this.draw());
  }

  attributeChangedCallback(name) {
    // What the server says comes late while a hand is on the fader.
    if (name === 'value' && !this.dragging && !(performance.now() - this.movedAt < 600)) this.now = this.number('value', 0);
    if (this.thumb) this.draw();
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
    return String(this.now);
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
    this.movedAt = performance.now();
    this.draw();
    this.send();
  }

  send() {
    if (this.timer) {
      this.late = true;
      return;
    }
    this.dispatchEvent(new Event('change', { bubbles: true }));
    this.timer = setTimeout(() => {
      this.timer = null;
      if (this.late) {
        this.late = false;
        this.send();
      }
    }, every);
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
    const p99 = this.number('p99', 0),
      raw = this.now * p99,
      unit = this.getAttribute('unit') ?? 'p99';
    const signed = value => (value < 0 ? '−' : value > 0 ? '+' : '') + Math.abs(value).toFixed(2).replace(/0$/, '');
    const values = {
      'aria-valuemin': least,
      'aria-valuemax': most,
      'aria-valuenow': this.now,
      'aria-label': this.getAttribute('label') ?? 'Strength',
      'aria-valuetext': unit === 'p99' ? `${signed(this.now)} times p99, raw ${signed(raw)}` : `times ${this.now}`,
    };
    for (const [name, value] of Object.entries(values)) if (this.getAttribute(name) !== String(value)) this.setAttribute(name, value);
    // The numbers next to it follow the pointer, not the server.
    const strip = this.closest('.strip'),
      figure = strip?.querySelector('[data-figure]'),
      rawFigure = strip?.querySelector('[data-raw]');
    if (figure) figure.textContent = unit === 'p99' ? `${signed(this.now)} × p99` : `× ${this.now.toFixed(2).replace(/0$/, '')}`;
    if (rawFigure) rawFigure.textContent = unit === 'p99' ? `raw ${signed(raw)}` : '';
  }
}

customElements.define('strength-fader', StrengthFader);
