// Evaluated in a page: what is wrong with its layout, as sentences. Empty when all is well.
async () => {
  const faults = [];
  const name = element => {
    const label = element.getAttribute('aria-label') || element.textContent.trim().slice(0, 30) || element.getAttribute('name') || '';
    return `<${element.localName}${element.id ? '#' + element.id : ''}${element.className && typeof element.className === 'string' ? '.' + element.className.trim().split(/\s+/).join('.') : ''}> "${label}"`;
  };

  // 1. Nothing scrolls sideways but what is meant to (its own overflow-x is auto or scroll).
  const width = document.documentElement.clientWidth;
  if (document.scrollingElement.scrollWidth > width + 1) faults.push(`the page is ${document.scrollingElement.scrollWidth} px wide in a window of ${width}`);
  const clipped = element => {
    for (let parent = element.parentElement; parent && parent !== document.body; parent = parent.parentElement) {
      if (getComputedStyle(parent).overflowX !== 'visible') return true;
    }
    return false;
  };
  for (const element of document.body.querySelectorAll('*')) {
    if (!element.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true })) continue;
    const box = element.getBoundingClientRect();
    if (box.width > 1 && box.right > width + 1 && !clipped(element)) { faults.push(`${name(element)} ends at ${Math.round(box.right)} px in a window of ${width}`); break; }
  }
  const main = document.querySelector('main');
  if (main && main.scrollWidth > main.clientWidth + 1) faults.push(`the page's content is ${main.scrollWidth} px wide in ${main.clientWidth}`);

  // 2. No control overlaps another: the point in its middle is its own.
  const controls = document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary, [role=slider], [role=button], [role=radio]');
  for (const control of controls) {
    if (!control.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true })) continue;
    if (control.matches('.skip') || control.closest('[inert], [aria-hidden=true]')) continue;
    let box = control.getClientRects()[0];
    if (!box || box.width < 2 || box.height < 2 || getComputedStyle(control).clipPath !== 'none') continue;
    control.scrollIntoView({ block: 'center', inline: 'center', behavior: 'instant' });
    box = control.getClientRects()[0];
    const x = box.left + box.width / 2;
    const y = box.top + box.height / 2;
    if (x < 0 || y < 0 || x >= innerWidth || y >= innerHeight) { faults.push(`${name(control)} cannot be brought into the window`); continue; }
    const top = document.elementFromPoint(x, y);
    if (!top || top === control || control.contains(top)) continue;
    const label = control.closest('label') ?? (control.id && document.querySelector(`label[for="${control.id}"]`));
    if (label && (label === top || label.contains(top))) continue;
    if (top.contains(control) && getComputedStyle(control).pointerEvents === 'none') continue; // its parent is the control
    // What is on top must be another control's or a panel's: a control inside a control (a star in its group) is fine.
    if (top.shadowRoot?.contains(control) || control.getRootNode().host === top) continue;
    faults.push(`${name(control)} is covered by ${name(top)} at ${Math.round(x)},${Math.round(y)}`);
  }
  scrollTo({ top: 0, behavior: 'instant' });
  return faults;
}
