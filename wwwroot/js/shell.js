// The top bar's controls that need no server.
export function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  localStorage.setItem('theme', theme);
  // Canvases draw with the tokens' colours: they listen and draw again.
  document.dispatchEvent(new CustomEvent('sae:theme', { detail: theme }));
}

document.addEventListener('click', event => {
  const action = event.target.closest('[data-action]')?.dataset.action;
  if (action === 'theme') setTheme(document.documentElement.dataset.theme === 'light' ? 'dark' : 'light');
});

matchMedia('(prefers-color-scheme: light)').addEventListener('change', event => {
  if (!localStorage.getItem('theme')) document.documentElement.dataset.theme = event.matches ? 'light' : 'dark';
});
