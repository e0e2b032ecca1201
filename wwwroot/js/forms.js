// Moves the focus to the first field of a form that says it is wrong.
export function focusFirstWrong(form) {
  form.querySelector('[aria-invalid=true]')?.focus();
}
