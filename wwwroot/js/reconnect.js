// After a restart of the site its circuits are gone for good: the page waits until the site answers, then loads itself again at the same
// address. While the site lives and only the connection broke, it reconnects. The framework's own script says by classes on the notice
// what it sees; its back-off grows to half a minute, so the site is asked here, twice a second.
const dialog = document.getElementById('components-reconnect-modal');
let waiting = false;

async function siteAnswers() {
  try {
    return (await fetch('health/ready', { cache: 'no-store' })).ok;
  } catch {
    return false; // still away
  }
}

async function comeBack() {
  if (waiting) return;
  waiting = true;
  while (dialog.open) {
    await new Promise(done => setTimeout(done, 500));
    if (!dialog.open || !(await siteAnswers())) continue;
    try {
      if (!(await Blazor.reconnect())) location.reload();
    } catch {
      continue; // the connection broke again
    }
    break;
  }
  waiting = false;
}

function look() {
  const { classList } = dialog;
  const away = ['show', 'retrying', 'failed', 'rejected'].some(state => classList.contains(`components-reconnect-${state}`));
  // Not show(), which would take the focus out of the field that is being typed in.
  if (away !== dialog.open) dialog.toggleAttribute('open', away);
  document.documentElement.toggleAttribute('data-away', away);
  if (classList.contains('components-reconnect-rejected')) location.reload();
  else if (away) comeBack();
}

if (dialog) new MutationObserver(look).observe(dialog, { attributes: true, attributeFilter: ['class'] });
