// Pointer, wheel and fingers on a map: drag moves, wheel and pinch zoom, a press on a point chooses it, Shift or the lasso tool draws around points.
const STILL = 4; // pixels: less is a press, not a drag

export class AtlasPointer {
  // on: { view(), hover(x, y, kind), leave(), press(x, y, kind), moved(), lasso(line, adds), drawing(line | null), lassoTool() }
  constructor(canvas, on) {
    this.on = on;
    this.canvas = canvas;
    this.down = new Map();
    this.listen = new AbortController();
    const { signal } = this.listen;
    for (const [kind, handle] of Object.entries({
      pointerdown: event => this.press(event),
      pointermove: event => this.move(event),
      pointerup: event => this.release(event),
      pointercancel: event => this.cancel(event),
      pointerleave: event => {
        if (!this.down.has(event.pointerId)) on.leave();
      },
    }))
      canvas.addEventListener(kind, handle, { signal });
    canvas.addEventListener(
      'wheel',
      event => {
        event.preventDefault();
        const [x, y] = this.at(event),
          lines = event.deltaMode === 1 ? 16 : 1;
        // A pinch on a touchpad comes as a wheel with Ctrl, in small steps.
        on.view().zoomAt(x, y, Math.exp(-event.deltaY * lines * (event.ctrlKey ? 0.01 : 0.0016)));
        on.moved();
      },
      { signal, passive: false },
    );
  }

  at(event) {
    const box = this.canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  press(event) {
    if (event.button !== 0) return;
    const [x, y] = this.at(event);
    this.canvas.setPointerCapture(event.pointerId);
    this.down.set(event.pointerId, { x, y });
    if (this.down.size === 1) {
      this.start = { x, y, moved: false, adds: event.shiftKey };
      this.line = this.on.lassoTool() || event.shiftKey ? this.on.view().toMap(x, y) : null;
    } else {
      this.line = null;
      this.on.drawing(null);
      if (this.start) this.start.moved = true;
    }
  }

  move(event) {
    const [x, y] = this.at(event),
      before = this.down.get(event.pointerId);
    if (!before) {
      this.on.hover(x, y, event.pointerType);
      return;
    }
    if (Math.hypot(x - this.start.x, y - this.start.y) > STILL) this.start.moved = true;
    if (this.down.size === 2) this.pinch(event.pointerId, x, y);
    else if (this.line) {
      this.line.push(...this.on.view().toMap(x, y));
      this.on.drawing(this.line);
    } else if (this.start.moved) {
      this.on.view().pan(x - before.x, y - before.y);
      this.on.moved();
    } else return;
    Object.assign(before, { x, y });
  }

  // What is between the fingers stays between them.
  pinch(id, x, y) {
    const other = [...this.down].find(([each]) => each !== id)[1],
      before = this.down.get(id),
      apart = (one, two) => Math.max(1, Math.hypot(one.x - two.x, one.y - two.y));
    this.on.view().pan((x - before.x) / 2, (y - before.y) / 2);
    this.on.view().zoomAt((x + other.x) / 2, (y + other.y) / 2, apart({ x, y }, other) / apart(before, other));
    this.on.moved();
  }

  release(event) {
    if (!this.down.delete(event.pointerId)) return;
    if (this.down.size > 0) return;
    const { line, start } = this;
    this.line = null;
    this.on.drawing(null);
    if (line && start.moved) this.on.lasso(line, start.adds);
    else if (!start.moved) this.on.press(start.x, start.y, event.pointerType);
  }

  cancel(event) {
    this.down.delete(event.pointerId);
    this.line = null;
    this.on.drawing(null);
  }

  // Whether the map is being moved or drawn on.
  get isBusy() {
    return this.down.size > 0;
  }

  end() {
    this.listen.abort();
  }
}
