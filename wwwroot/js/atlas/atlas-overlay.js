// What is drawn over the points: names, rings around the feature that is focused or pointed at, and the line of a lasso.
import { importance, placeNames } from './name-placement.js';

const FONT = '12px "Instrument Sans Variable", system-ui, sans-serif';

export class AtlasOverlay {
  constructor(canvas) {
    this.canvas = canvas;
    this.pen = canvas.getContext('2d');
    this.widths = new Map();
    this.order = [];
    // What was written last, for tests.
    this.placed = [];
  }

  // Whose names may be written: computed when names or filters change, not for every frame.
  setNames(atlas, names, accepts) {
    this.names = names;
    this.order = names ? importance(atlas, names, accepts) : [];
    this.widths.clear();
  }

  draw(view, ratio, atlas, { focus, hover, lasso, radius, colours, sized }) {
    const { canvas, pen } = this;
    const [wide, high] = [Math.round(view.width * ratio), Math.round(view.height * ratio)];
    if (canvas.width !== wide || canvas.height !== high) {
      canvas.width = wide;
      canvas.height = high;
    }
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, view.width, view.height);
    if (!atlas) return;
    this.writeNames(
      view,
      atlas,
      colours,
      radius,
      [focus, hover].filter((feature, i, all) => feature !== null && all.indexOf(feature) === i),
    );
    for (const feature of [hover, focus])
      if (feature !== null) this.ring(view, atlas, feature, radius * sized(feature), colours, feature === focus);
    if (lasso) this.line(view, lasso, colours);
  }

  writeNames(view, atlas, colours, radius, first) {
    const { pen } = this;
    pen.font = FONT;
    pen.textBaseline = 'middle';
    pen.lineWidth = 3;
    pen.lineJoin = 'round';
    pen.strokeStyle = colours.background;
    const text = feature => this.names?.label[feature] ?? this.names?.hint[feature] ?? `#${feature}`;
    const short = feature => (text(feature).length > 28 ? `${text(feature).slice(0, 27)}…` : text(feature));
    const width = feature => {
      if (!this.widths.has(feature)) this.widths.set(feature, pen.measureText(short(feature)).width);
      return this.widths.get(feature);
    };
    // A few names where everything is shown, more the closer one looks.
    const most = Math.round(Math.min(120, (12 + (view.width * view.height) / 40_000) * Math.max(1, view.zoom ** 0.7)));
    this.placed = placeNames(this.order, atlas.positions, view, width, { most, first, offset: 1.6 * radius + 5 });
    for (const { feature, left, top } of this.placed) {
      pen.fillStyle = this.names?.label[feature] != null || first.includes(feature) ? colours.text : colours.muted;
      pen.strokeText(short(feature), left, top);
      pen.fillText(short(feature), left, top);
    }
  }

  ring(view, atlas, feature, radius, colours, isFocus) {
    const { pen } = this,
      [x, y] = view.toScreen(atlas.positions[2 * feature], atlas.positions[2 * feature + 1]);
    for (const [width, style] of [
      [isFocus ? 5 : 4, colours.background],
      [isFocus ? 2 : 1.5, colours.focus],
    ]) {
      pen.beginPath();
      pen.arc(x, y, radius + 4, 0, 2 * Math.PI);
      pen.lineWidth = width;
      pen.strokeStyle = style;
      pen.stroke();
    }
  }

  line(view, lasso, colours) {
    const { pen } = this;
    pen.beginPath();
    for (let i = 0; i < lasso.length; i += 2) pen.lineTo(...view.toScreen(lasso[i], lasso[i + 1]));
    pen.closePath();
    pen.fillStyle = `color-mix(in srgb, ${colours.focus} 8%, transparent)`;
    pen.fill();
    pen.lineWidth = 1.5;
    pen.setLineDash([5, 4]);
    pen.strokeStyle = colours.focus;
    pen.stroke();
    pen.setLineDash([]);
  }
}
