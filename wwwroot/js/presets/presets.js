// Bringing a preset: a file chosen with <input type=file data-preset-import> or dropped on [data-preset-drop] goes to the site by HTTP,
// and what it says comes back to the page in [data-preset-answer]. Copying a link: <button data-copy-link="presets/…">.
import './arm-buttons.js';
import './preset-player.js';
import { settingsIn } from '../audio/wav-settings.js';

const MOST = 2 * 1024 * 1024,
  MOST_LINES = 64 * 1024 * 1024;

function say(text, failed) {
  const place = document.querySelector('[data-preset-answer]');
  if (!place) return;
  place.textContent = text;
  place.classList.toggle('bad', failed);
  place.hidden = text === '';
}

// "Taiko.wav is here already as “Taiko”: open the one you have, or import it again".
function sayKnown(file, body) {
  say(`${file.name} is here already as “${body.name}”: `, false);
  const place = document.querySelector('[data-preset-answer]'),
    link = document.createElement('a'),
    again = document.createElement('button');
  link.href = body.page;
  link.className = 'text-link';
  link.textContent = 'open the one you have';
  again.type = 'button';
  again.className = 'text-button';
  again.textContent = 'import it again';
  again.addEventListener('click', () => importPreset(file, true));
  place?.append(link, ' or ', again);
}

// An exported file (JSON Lines): presets with what people say of them.
async function importLines(file) {
  if (file.size > MOST_LINES) {
    say(`${file.name} has ${file.size.toLocaleString('en')} bytes; a file to import has at most ${MOST_LINES.toLocaleString('en')}.`, true);
    return null;
  }
  say(`Reading ${file.name}…`, false);
  try {
    const answer = await fetch(`api/v1/import?file=${encodeURIComponent(file.name)}`, { method: 'POST', body: file }),
      body = await answer.json().catch(() => null);
    say(answer.ok ? `${file.name}: ${body.message}` : (body?.detail ?? `The site answered ${answer.status}.`), !answer.ok);
  } catch {
    say(`The site could not be reached: ${file.name} was not imported.`, true);
  }
  return null;
}

export async function importPreset(file, again = false) {
  if (/\.jsonl$/i.test(file.name)) return importLines(file);
  const isWav = /\.wav$/i.test(file.name) || file.type.startsWith('audio/');
  // Of a sound only the settings in it are sent.
  const sent = isWav ? await settingsIn(file).catch(() => null) : file;
  if (!sent) {
    say(`${file.name} carries no settings. Choose a WAV file that was downloaded from a take, or a preset's file.`, true);
    return null;
  }
  if (sent.size > MOST) {
    say(
      `${file.name} has ${file.size.toLocaleString('en')} bytes; a preset has at most ${MOST.toLocaleString('en')}. Is it a preset at all?`,
      true,
    );
    return null;
  }
  say(`Reading ${file.name}…`, false);
  try {
    const answer = await fetch(`api/v1/presets/import?file=${encodeURIComponent(file.name)}${again ? '&again=true' : ''}`, {
      method: 'POST',
      body: sent,
      headers: { 'Content-Type': isWav ? 'audio/wav' : 'application/json' },
    });
    const body = await answer.json().catch(() => null);
    if (!answer.ok) {
      say(body?.detail ?? `The site answered ${answer.status}.`, true);
      return null;
    }
    if (body.known) sayKnown(file, body);
    else {
      say('', false);
      globalThis.Blazor.navigateTo(body.page);
    }
    return body.id;
  } catch {
    say(`The site could not be reached: ${file.name} was not imported.`, true);
    return null;
  }
}

// A comment's moment: the preset plays from there.
document.addEventListener('click', event => {
  const button = event.target.closest?.('[data-preset-at]');
  if (button) document.querySelector('preset-player')?.playAt(Number(button.dataset.presetAt));
  // The other way round: the moment at which the player is goes into a field.
  const now = event.target.closest?.('[data-preset-now]'),
    field = now && document.getElementById(now.dataset.presetNow);
  if (!field) return;
  field.value = (document.querySelector('preset-player')?.position ?? 0).toFixed(2);
  field.dispatchEvent(new Event('change', { bubbles: true }));
});

document.addEventListener('change', event => {
  const input = event.target.closest?.('[data-preset-import]');
  const [file] = input?.files ?? [];
  if (!file) return;
  importPreset(file);
  input.value = '';
});

const dropZone = event => event.target.closest?.('[data-preset-drop]');
document.addEventListener('dragover', event => {
  if (dropZone(event) && event.dataTransfer?.types.includes('Files')) event.preventDefault();
});
document.addEventListener('drop', event => {
  const [file] = event.dataTransfer?.files ?? [];
  if (!dropZone(event) || !file) return;
  event.preventDefault();
  importPreset(file);
});

document.addEventListener('click', async event => {
  const button = event.target.closest?.('[data-copy-link]');
  if (!button) return;
  const text = new URL(button.dataset.copyLink, document.baseURI).href;
  const label = button.querySelector('span') ?? button,
    before = label.textContent,
    icon = button.querySelector('use');
  try {
    await navigator.clipboard.writeText(text);
    label.textContent = 'Copied';
    icon?.setAttribute('href', 'lib/icons.svg#check');
  } catch {
    // Over plain HTTP from another host there is no clipboard: the link to copy by hand.
    globalThis.prompt('Copy this link:', text);
    return;
  }
  setTimeout(() => {
    label.textContent = before;
    icon?.setAttribute('href', 'lib/icons.svg#link');
  }, 2000);
});
