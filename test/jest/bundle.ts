import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type Plugin, rolldown } from 'rolldown';

// Bundles the compiled tests to CommonJS files, which Jest loads without a transform. Jest evaluates every module anew for each
// file that it runs. So `npm test` runs the files of a folder as one.
const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const OUTPUT = path.join(ROOT, 'dist/jest');
/** Test files that run as one. A larger number means less loading, but workers that end at different times. */
const GROUP_SIZE = 20;

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
    // Native addons, Jest itself, and packages that read files of their own folder.
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

/** Jest starts the concurrent tests of all files of a group together, before everything else in it. */
const isConcurrent = (file: string) =>
  readFileSync(path.join(ROOT, 'test', `${file}.ts`), 'utf8').includes('it.concurrent');

/** Groups files by folder. @returns Names of suites with their files. */
function group(files: readonly string[]): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  const folders = new Map<string, string[]>();
  for (const file of files) {
    if (isConcurrent(file)) {
      groups.set(nameOf(file), [file]);
      continue;
    }
    const folder = file.includes('/') ? file.slice(0, file.indexOf('/')) : 'others';
    folders.set(folder, [...(folders.get(folder) ?? []), file]);
  }
  for (const [folder, members] of folders) {
    const count = Math.ceil(members.length / GROUP_SIZE);
    // Every nth file, as neighbours in the alphabet often take long for the same reason.
    for (let n = 0; n < count; n += 1) {
      const name = count === 1 ? folder : `${folder}-${n + 1}`;
      groups.set(
        name,
        members.filter((_, index) => index % count === n),
      );
    }
  }
  return groups;
}

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
for (const [name, members] of group(files.filter((file) => !isSlow(file)))) writeSuite('fast', name, members);
for (const file of files) {
  writeSuite('file', nameOf(file), [file]);
  if (isSlow(file) || isSampled(file)) writeSuite('slow', nameOf(file), [file]);
}
