// What eslint checks: the modules that pages load and their tests. Formatting is prettier's.
import js from '@eslint/js';
import globals from 'globals';

export default [
  { ignores: ['wwwroot/lib/', 'wwwroot/.lib-*/', 'artifacts/', 'data/', 'src/', 'demo/'] },
  js.configs.recommended,
  {
    files: ['**/*.js'],
    languageOptions: { ecmaVersion: 2024, sourceType: 'module' },
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-var': 'error',
      'prefer-const': ['error', { destructuring: 'all' }],
      'no-implicit-globals': 'error',
      'no-unused-expressions': 'error',
      'no-shadow': ['error', { builtinGlobals: false }],
      'no-throw-literal': 'error',
      'no-eval': 'error',
      'no-implied-eval': 'error',
      'array-callback-return': 'error',
      'require-atomic-updates': 'off',
    },
  },
  // Blazor and signalR are globals of the scripts that App.razor loads.
  { files: ['wwwroot/js/**/*.js'], languageOptions: { globals: { ...globals.browser, Blazor: 'readonly', signalR: 'readonly' } } },
  { files: ['wwwroot/js/theme.js'], languageOptions: { sourceType: 'script' } },
  { files: ['wwwroot/js/audio/worklet.js'], languageOptions: { globals: globals.audioWorklet } },
  { files: ['tests/javascript/**/*.js'], languageOptions: { globals: { ...globals.browser, ...globals.node } } },
  { files: ['*.config.js'], languageOptions: { globals: globals.node } },
];
