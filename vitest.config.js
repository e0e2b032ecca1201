import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['tests/javascript/**/*.test.js'],
    // A file that needs a page says so itself: // @vitest-environment happy-dom
    environment: 'node',
    pool: 'threads',
    // A test that asserts nothing cannot fail.
    expect: { requireAssertions: true },
    restoreMocks: true,
    unstubGlobals: true,
  },
});
