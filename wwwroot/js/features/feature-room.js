// <feature-room open="1782">: the list of features and the open one. A feature that is opened is shown from its top, and its row is in view.
class FeatureRoom extends HTMLElement {
  static observedAttributes = ['open'];

  connectedCallback() {
    this.opened();
  }

  attributeChangedCallback(name, before, now) {
    if (before !== now && this.isConnected) this.opened();
  }

  // Once the elements are here: Blazor inserts an element before its children.
  opened() {
    queueMicrotask(() => {
      const feature = this.getAttribute('open');
      if (feature === null) return;
      const pane = this.querySelector('.room-feature');
      if (pane && pane.scrollHeight > pane.clientHeight && getComputedStyle(pane).overflowY !== 'visible') pane.scrollTop = 0;
      else if (this.shown !== undefined && this.shown !== feature) scrollTo(0, 0);
      this.shown = feature;
      this.querySelector('label-editor')?.opened?.(Number(feature));
    });
  }
}

customElements.define('feature-room', FeatureRoom);
