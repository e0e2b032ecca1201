// Moves the focus to the first field of a form that says it is wrong.
export function focusFirstWrong(form) {
  form.querySelector('[aria-invalid=true]')?.focus();
}

// Says of the header of an expansion panel that it is a button, and whether its panel is open.
export function describePanel(panel, expanded) {
  const header = panel?.querySelector('.mud-expand-panel-header');
  header?.setAttribute('role', 'button');
  header?.setAttribute('aria-expanded', String(expanded));
}
