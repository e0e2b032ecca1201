// A browser may hold sound back until the first press or key: a notice says so, and any press lets it out.
import { player } from './player.js';

const notice = document.createElement('button');
notice.type = 'button';
notice.className = 'primary tap-to-hear';
notice.textContent = 'Tap to hear';
notice.hidden = true;
document.body.append(notice);

function wake() {
  if (player.state.blocked) player.resume();
}
for (const kind of ['pointerdown', 'keydown']) document.addEventListener(kind, wake, { capture: true });
notice.addEventListener('click', wake);

// Starting takes a moment even where nothing holds it back.
let timer = 0;
player.subscribe(({ blocked }) => {
  if (!blocked) {
    clearTimeout(timer);
    timer = 0;
    notice.hidden = true;
  } else
    timer ||= setTimeout(() => {
      notice.hidden = !player.state.blocked;
    }, 400);
});

// What went wrong with a sound is said where people look: a line that goes by itself.
const failed = document.createElement('p');
failed.className = 'sound-error';
failed.setAttribute('role', 'alert');
failed.hidden = true;
document.body.append(failed);
let failedTimer = 0;
document.addEventListener('sae:sound-error', event => {
  failed.textContent = event.detail;
  failed.hidden = false;
  clearTimeout(failedTimer);
  failedTimer = setTimeout(() => {
    failed.hidden = true;
  }, 8000);
});
