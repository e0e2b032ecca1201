// A WAV file of a take restores its set-up: dropped on [data-wav-drop], or chosen in <input type=file data-take-wav>. What the site says of it comes
// into [data-wav-answer].
import { settingsIn } from '../audio/wav-settings.js';

function say(text, failed) {
  const place = document.querySelector('[data-wav-answer]');
  if (!place) return;
  place.textContent = text;
  place.classList.toggle('bad', failed);
  place.hidden = text === '';
}

export async function openWav(file) {
  const settings = await settingsIn(file).catch(() => null);
  if (!settings) {
    say(
      `${file.name} carries no settings. Choose a WAV file that was downloaded from a take, or press “Continue a sound” and drop it there to continue it.`,
      true,
    );
    return null;
  }
  try {
    const answer = await fetch(`api/v1/takes/settings?file=${encodeURIComponent(file.name)}`, {
      method: 'POST',
      body: settings,
      headers: { 'Content-Type': 'audio/wav' },
    });
    const body = await answer.json().catch(() => null);
    if (!answer.ok) {
      say(body?.detail ?? `The site answered ${answer.status}.`, true);
      return null;
    }
    say('', false);
    globalThis.Blazor.navigateTo(body.page.slice(1));
    return body;
  } catch {
    say(`The site could not be reached: ${file.name} was not opened.`, true);
    return null;
  }
}

const zone = event => event.target.closest?.('[data-wav-drop]');
document.addEventListener('dragover', event => {
  if (zone(event) && event.dataTransfer?.types.includes('Files')) event.preventDefault();
});
document.addEventListener('drop', event => {
  const [file] = event.dataTransfer?.files ?? [];
  // Another place on the page may have its own use for a sound.
  if (!zone(event) || !file || event.defaultPrevented) return;
  event.preventDefault();
  openWav(file);
});
document.addEventListener('change', event => {
  const input = event.target.closest?.('[data-take-wav]');
  const [file] = input?.files ?? [];
  if (!file) return;
  openWav(file);
  input.value = '';
});
