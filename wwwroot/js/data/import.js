// Bringing labels, ratings and presets: a file chosen with <input type=file data-written-import> goes to the site by HTTP, and what the site
// answers is shown in [data-written-answer].
const MAX_BYTES = 64 * 1024 * 1024;

function say(text, failed) {
  const place = document.querySelector('[data-written-answer]');
  if (!place) return;
  place.textContent = text;
  place.classList.toggle('bad', failed);
  place.hidden = text === '';
}

async function importFile(file) {
  if (file.size > MAX_BYTES) {
    say(`${file.name} has ${file.size.toLocaleString('en')} bytes; a file to import has at most ${MAX_BYTES.toLocaleString('en')}.`, true);
    return;
  }
  say(`Reading ${file.name}…`, false);
  try {
    const answer = await fetch(`api/v1/import?file=${encodeURIComponent(file.name)}`, {
      method: 'POST',
      body: file,
      headers: { 'Content-Type': 'application/jsonl' },
    });
    const body = await answer.json().catch(() => null);
    if (answer.ok) say(`${file.name}: ${body.message}`, false);
    else say(body?.detail ?? `The site answered ${answer.status}; ${file.name} was not imported.`, true);
  } catch {
    say(`The site could not be reached: ${file.name} was not imported.`, true);
  }
}

document.addEventListener('change', event => {
  const input = event.target.closest?.('[data-written-import]');
  const [file] = input?.files ?? [];
  if (!file) return;
  importFile(file);
  input.value = '';
});
