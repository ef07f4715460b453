// node build.mjs [--tests]: out/app.js and out/style.css, or the unit tests as out/tests/*.mjs.
import {readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';

import {build} from 'esbuild';

const common = {bundle: true, charset: 'utf8', logLevel: 'warning', target: 'es2020'};

if (process.argv.includes('--tests')) {
  await build({
    ...common,
    entryPoints: readdirSync('tests')
      .filter(name => /_test|against_cpp/.test(name))
      .map(name => join('tests', name)),
    outdir: 'out/tests',
    outExtension: {'.js': '.mjs'},
    format: 'esm',
    platform: 'node',
  });
} else {
  // A classic script: file:// allows no modules.
  await build({
    ...common,
    entryPoints: ['src/main.ts'],
    outfile: 'out/app.js',
    format: 'iife',
    minify: true,
  });
  writeFileSync(
    'out/style.css',
    readFileSync('style.css', 'utf8') + readFileSync('app.css', 'utf8'),
  );
}
