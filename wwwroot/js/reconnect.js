// After a restart of the site its circuits are gone for good: the page waits until the site answers, then loads itself again at the same
// address. While the site lives and only the connection broke, the framework's own script reconnects.
const dialog = document.getElementById('components-reconnect-modal');

async function returnWhenReady() {
  for (;;) {
    try {
      const answer = await fetch('health/ready', { cache: 'no-store' });
      if (answer.ok) { location.reload(); return; }
    } catch { /* still away */ }
    await new Promise(done => setTimeout(done, 500));
  }
}

let waiting = false;
dialog?.addEventListener('components-reconnect-state-changed', async event => {
  const state = event.detail.state;
  if (state === 'show') dialog.open || dialog.show();
  else if (state === 'hide') dialog.close();
  else if ((state === 'failed' || state === 'rejected') && !waiting) { waiting = true; await returnWhenReady(); }
});
