// <feature-picker>: around the picker's field and its list. ↓ from the field and ↑ ↓ in the list walk the features; Enter in the field takes the first,
// on a feature that feature; Space on a feature plays its strongest clip. Nothing waits for the server.
class FeaturePicker extends HTMLElement {
  connectedCallback() {
    if (this.listening) return;
    this.listening = true;
    this.addEventListener('keydown', event => this.key(event));
    // A button is pressed when Space comes up.
    this.addEventListener('keyup', event => {
      if (event.key === ' ' && event.target.matches('.found')) event.preventDefault();
    });
  }

  get items() {
    return [...this.querySelectorAll('.found:not(:disabled)')];
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const { items } = this,
      field = event.target.matches('input'),
      row = event.target.closest('li'),
      at = items.findIndex(item => item.closest('li') === row);
    if (!field && !row) return;
    if (event.key === 'ArrowDown') items[Math.min(field ? 0 : at + 1, items.length - 1)]?.focus();
    else if (event.key === 'ArrowUp' && !field) (items[at - 1] ?? this.querySelector('input')).focus();
    else if (event.key === 'Enter' && field) items[0]?.click();
    else if (event.key === ' ' && event.target.matches('.found')) row.querySelector('[data-play]')?.click();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}

customElements.define('feature-picker', FeaturePicker);
