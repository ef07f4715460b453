import {fileURLToPath} from 'node:url';

import tseslint from 'typescript-eslint';

export default tseslint.config(
  {ignores: ['out', 'node_modules', '*.mjs', 'plain.js']},
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: {project: true, tsconfigRootDir: fileURLToPath(new URL('.', import.meta.url))},
    },
    rules: {
      // Strings of strangers become text: nothing here may parse them.
      'no-restricted-properties': [
        'error',
        ...['innerHTML', 'outerHTML', 'insertAdjacentHTML', 'write'].map(property => ({property})),
      ],
      'max-lines': ['error', 500],
      'max-lines-per-function': ['error', 60],
      'max-len': ['error', {code: 100, ignoreUrls: true}],
      eqeqeq: 'error',
    },
  },
  {
    // Cases are named by sentences; node's test() returns a promise that nobody awaits.
    files: ['tests/**'],
    rules: {'@typescript-eslint/no-floating-promises': 'off', 'max-lines-per-function': 'off'},
  },
);
