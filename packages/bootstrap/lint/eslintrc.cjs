const path = require('path');

/*
 * The one lint of the whole repository that no package's own configuration can
 * switch off: the import arrows. Run as
 *   eslint --no-eslintrc --config packages/bootstrap/lint/eslintrc.cjs \
 *     --rulesdir packages/bootstrap/lint/rules packages plugins test
 */
module.exports = {
  root: true,
  parser: '@typescript-eslint/parser',
  parserOptions: {
    ecmaVersion: 'latest',
    sourceType: 'module',
    ecmaFeatures: { jsx: true },
  },
  ignorePatterns: [
    'node_modules',
    'dist',
    'dist-types',
    'coverage',
    'packages/app/public',
  ],
  rules: {
    'import-arrows': ['error', { root: path.resolve(__dirname, '../../..') }],
  },
  overrides: [
    {
      // Plain Node, outside of Backstage's own lint.
      files: ['packages/bootstrap/**/*.{mjs,cjs}', 'test/**/*.mjs'],
      env: { node: true, es2022: true },
      extends: ['eslint:recommended'],
      globals: { fetch: 'readonly', AbortSignal: 'readonly' },
    },
    {
      // What stands inside of page.evaluate() runs in the browser.
      files: ['test/e2e/**/*.mjs'],
      env: { browser: true },
    },
  ],
};
