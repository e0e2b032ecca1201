// Runs before the first paint, so that a page never flashes in the other theme.
(() => {
  const kept = localStorage.getItem('theme');
  const theme = kept ?? (matchMedia('(prefers-color-scheme: light)').matches ? 'light' : 'dark');
  document.documentElement.dataset.theme = theme;
})();
