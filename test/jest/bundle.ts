import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type Plugin, rolldown } from 'rolldown';

// Bundles the compiled tests to CommonJS files, which Jest loads without a transform. Jest evaluates every module again for each
// file that it runs, which takes two to three seconds. So a suite contains many test files.
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const OUTPUT = path.join(ROOT, 'dist/jest');
/** Number of suites by project. Fewer means less loading, but workers that end at different times. */
const FAST_SUITES = 8;
const SLOW_SUITES = 16;
/** Number of suites of browser tests. The files of each share a browser and a gateway. */
const BROWSER_SUITES = 3;

/** Keeps the URL and the source map of a compiled module that becomes part of a bundle. */
const compiledModules: Plugin = {
  name: 'compiled-modules',
  load: {
    filter: { id: /[\\/]dist[\\/](src|test)[\\/].*\.js$/ },
    handler: (id) => ({
      code: readFileSync(id, 'utf8').replaceAll('import.meta.url', JSON.stringify(pathToFileURL(id).href)),
      map: readFileSync(`${id}.map`, 'utf8'),
    }),
  },
};

/** Returns the test files relative to `test`, sorted, without their extension, like `upstream/json.test`. */
function findTestFiles(): string[] {
  return readdirSync(path.join(ROOT, 'test'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => file.replaceAll('\\', '/').slice(0, -'.ts'.length))
    .sort();
}

const nameOf = (file: string) => file.slice(0, -'.test'.length);

/** Bundles each test file to `dist/jest/modules`. They share their common modules. */
async function bundle(files: readonly string[]): Promise<void> {
  const compiled = path.join(ROOT, 'dist/test');
  const build = await rolldown({
    input: Object.fromEntries(
      [...files, 'jest/describe-file'].map((file) => [file, path.join(compiled, `${file}.js`)]),
    ),
    platform: 'node',
    // Native addons, Jest itself, and packages that read files next to their code.
    external: [
      /^@jest\/globals$/,
      /^libsql$/,
      /^playwright-core$/,
      /^axe-core$/,
      /^@apollo\/utils\.createhash$/,
    ],
    plugins: [compiledModules],
    logLevel: 'silent',
  });
  await build.write({
    dir: path.join(OUTPUT, 'modules'),
    format: 'cjs',
    exports: 'named',
    sourcemap: true,
    chunkFileNames: 'chunks/[name]-[hash].js',
  });
}

/** Returns the files of `count` suites: every nth file, as neighbours in the alphabet often take long for the same reason. */
const group = (files: readonly string[], count: number): string[][] =>
  Array.from({ length: count }, (_, n) => files.filter((_file, index) => index % count === n));

/** Writes a file for Jest into the folder of a project, which declares the tests of the files given. */
function writeSuite(project: string, name: string, files: readonly string[]): void {
  const target = path.join(OUTPUT, project, `${name}.test.js`);
  const modules = path.relative(path.dirname(target), path.join(OUTPUT, 'modules')).replaceAll('\\', '/');
  const calls = files.map((file) => {
    const title = JSON.stringify(nameOf(file));
    return `describeFile(${title}, () => require(${JSON.stringify(`${modules}/${file}.js`)}));\n`;
  });
  mkdirSync(path.dirname(target), { recursive: true });
  writeFileSync(
    target,
    `const { describeFile } = require('${modules}/jest/describe-file.js');\n${calls.join('')}`,
  );
}

rmSync(OUTPUT, { recursive: true, force: true });
const files = findTestFiles();
await bundle(files);
writeFileSync(path.join(OUTPUT, 'package.json'), '{ "type": "commonjs" }\n');
const isSlow = (file: string) => file.endsWith('.slow.test');
/** The project of slow tests runs all cases of these, the other one a sample. */
const isSampled = (file: string) => file.endsWith('.sampled.test');
const isBrowser = (file: string) => file.endsWith('-browser.slow.test');
function writeSuites(project: string, prefix: string, count: number, members: readonly string[]): void {
  for (const [n, each] of group(members, count).entries()) writeSuite(project, `${prefix}-${n + 1}`, each);
}
writeSuites(
  'fast',
  'group',
  FAST_SUITES,
  files.filter((file) => !isSlow(file)),
);
writeSuites('slow', 'browser', BROWSER_SUITES, files.filter(isBrowser));
writeSuites(
  'slow',
  'group',
  SLOW_SUITES,
  files.filter((file) => (isSlow(file) && !isBrowser(file)) || isSampled(file)),
);
for (const file of files) writeSuite('file', nameOf(file), [file]);
