// Copies what a button names: <button data-copy="9a48…" aria-label="Copy the hash">. The button says "Copied" for a moment.
const SHOWN_MS = 1500;

document.addEventListener('click', async event => {
  const button = event.target.closest?.('[data-copy]');
  if (!button) return;
  const copied = await copy(button.dataset.copy);
  button.dataset.copied = copied ? 'Copied' : 'Select it and press Ctrl+C';
  clearTimeout(button.copyTimer);
  button.copyTimer = setTimeout(() => delete button.dataset.copied, SHOWN_MS);
  announce(button.dataset.copied);
});

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Over plain HTTP from another host there is no clipboard; the older way still works there.
    const field = document.createElement('textarea');
    field.value = text;
    field.style.cssText = 'position:fixed;opacity:0';
    document.body.append(field);
    field.select();
    const done = document.execCommand('copy');
    field.remove();
    return done;
  }
}

function announce(text) {
  let status = document.getElementById('copy-status');
  if (!status) {
    status = document.createElement('div');
    status.id = 'copy-status';
    status.className = 'visually-hidden';
    status.setAttribute('role', 'status');
    document.body.append(status);
  }
  status.textContent = text;
}
