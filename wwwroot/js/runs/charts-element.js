// What elements with charts share: the colours follow the theme, the size the page, and whatever arrives between two frames is drawn once.
// Theirs are charts (each recolour(), resize()), build() once, take() when they are put into the page or an attribute changed, leave(), paint().
export class ChartsElement extends HTMLElement {
  connectedCallback() {
    if (!this.made) {
      this.made = true;
      this.build();
    }
    this.recolour = () => this.eachChart(chart => chart.recolour());
    document.addEventListener('sae:theme', this.recolour);
    this.sizes = new ResizeObserver(() => this.eachChart(chart => chart.resize()));
    this.sizes.observe(this);
    this.take();
  }

  disconnectedCallback() {
    document.removeEventListener('sae:theme', this.recolour);
    this.sizes.disconnect();
    this.leave();
  }

  attributeChangedCallback(name, before, now) {
    if (this.made && this.isConnected && before !== now) this.take();
  }

  eachChart(act) {
    for (const chart of this.charts.values()) act(chart);
  }

  // The line under the mouse, in all charts but the one it is over.
  hover(x, from) {
    this.eachChart(chart => {
      if (chart !== from) chart.setHover(x);
    });
  }

  paintSoon() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      if (this.isConnected) this.paint();
    });
  }
}
