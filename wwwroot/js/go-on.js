// <go-on from="features" to="features/demo">: opens another page in this one's place, if this one is still what is open.
customElements.define(
  'go-on',
  class extends HTMLElement {
    connectedCallback() {
      const at = new URL(this.getAttribute('from'), document.baseURI).pathname;
      if (location.pathname === at) globalThis.Blazor?.navigateTo(this.getAttribute('to'), { replaceHistoryEntry: true });
    }
  },
);
