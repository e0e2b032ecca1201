// Evaluated in a page after a key press: the controls on which the focus cannot be seen, as sentences. Empty when every one shows it.
() => {
  const look = element => {
    const style = getComputedStyle(element);
    const outline = style.outlineStyle === 'none' || parseFloat(style.outlineWidth) < 1 ? 'none' : `${style.outlineStyle} ${style.outlineWidth} ${style.outlineColor}`;
    return [outline, style.boxShadow].join('; ');
  };
  const seen = new Set();
  const faults = [];
  for (const control of document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]')) {
    if (control.disabled || !control.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true }) || control.closest('[inert], [aria-hidden=true]')) continue;
    document.activeElement?.blur();
    const before = look(control);
    control.focus({ preventScroll: true });
    if (document.activeElement !== control) continue;
    // Controls that are parts of another one may show the focus there: the star in its group, the box around a field.
    const shown = look(control) !== before || (control.parentElement?.matches(':focus-within') && look(control.parentElement) !== 'none; none');
    const kind = `<${control.localName} class="${control.className}">`;
    if (!shown && !seen.has(kind)) {
      seen.add(kind);
      faults.push(`${kind} "${(control.getAttribute('aria-label') || control.textContent).trim().slice(0, 30)}" looks the same with the focus`);
    }
  }
  document.activeElement?.blur();
  return faults;
}
