import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from '@jest/globals';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Source code by path below src. */
type Sources = ReadonlyMap<string, string>;

/** Layers from the top down. Layers of the same rank do not import each other. */
const RANKS = [
  ['http'],
  ['graphql'],
  ['services'],
  ['sources', 'storage'],
  ['upstream'],
  ['async'],
  ['domain'],
] as const;
/** Files and folders that compose the layers and may import all of them. */
const TOP = new Set([
  'main.ts',
  'config.ts',
  'config-fields.ts',
  'gateway.ts',
  'composition',
  'log.ts',
  'cli',
]);
const TOP_LEVEL = new Set([
  ...['schema', 'src', 'test', 'playground', 'bench', 'docs'],
  ...['package.json', 'package-lock.json', 'tsconfig.json', 'codegen.yml'],
  ...['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'SECURITY.md', 'LICENSE'],
]);
/** Files and folders that appear when a user installs, builds and follows the README. */
const LEFTOVERS = new Set([
  ...['node_modules', 'dist', 'data', 'coverage'],
  ...['input.png', 'mask.png', 'mapping.csv', 'tokens.json'],
]);
const MAX_LINES = 300;

function readSources(): Sources {
  const files = readdirSync(`${ROOT}src`, { recursive: true, encoding: 'utf8' });
  const paths = files.filter((path) => path.endsWith('.ts')).map((path) => path.replaceAll('\\', '/'));
  return new Map(paths.map((path) => [path, readFileSync(`${ROOT}src/${path}`, 'utf8')]));
}

/** Returns the files of src that a file imports, type imports included. */
function importsOf(path: string, text: string): string[] {
  const found = text.matchAll(/(?:\bfrom|\bimport|\bimport\()\s*['"](\.{1,2}\/[^'"]+)['"]/g);
  return [...found].map(([, specifier = '']) =>
    posix.join(posix.dirname(path), specifier).replace(/\.js$/, '.ts'),
  );
}

const layerOf = (path: string) => path.split('/')[0] ?? '';
const rankOf = (layer: string) => RANKS.findIndex((layers) => layers.some((name) => name === layer));

function violations(sources: Sources): string[] {
  return [...sources].flatMap(([path, text]) => {
    const from = layerOf(path);
    if (from !== 'sandbox' && !TOP.has(from) && rankOf(from) === -1) return [`${path} is in no layer`];
    return importsOf(path, text).flatMap((target) => {
      const to = layerOf(target);
      if (from === to || TOP.has(from)) return [];
      const isDown = from !== 'sandbox' && rankOf(to) > rankOf(from);
      return isDown ? [] : [`${path} imports ${target}`];
    });
  });
}

/** Returns each import cycle once, as a list of its files. */
function cycles(sources: Sources): string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]) => {
    if (trail.includes(path)) found.push(trail.slice(trail.indexOf(path)).sort().join(', '));
    if (trail.includes(path) || done.has(path)) return;
    for (const target of importsOf(path, sources.get(path) ?? '')) visit(target, [...trail, path]);
    done.add(path);
  };
  for (const path of sources.keys()) visit(path, []);
  return found;
}

function missingImports(sources: Sources): string[] {
  return [...sources].flatMap(([path, text]) =>
    importsOf(path, text)
      .filter((target) => !sources.has(target))
      .map((target) => `${path} imports ${target}, which is not there`),
  );
}

/** Runs git in a folder, without the variables of a git hook that name another repository. */
function git(folder: string, ...args: readonly string[]): string {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_')));
  return execFileSync('git', ['-C', folder, ...args], {
    ...{ env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
  });
}

/** Returns true for the top of a git checkout. An unpacked archive may lie within another checkout. */
function isCheckout(folder: string): boolean {
  try {
    return realpathSync(git(folder, 'rev-parse', '--show-toplevel').trim()) === realpathSync(folder);
  } catch {
    return false;
  }
}

/** Returns the top-level names that git tracks or could commit; outside a checkout, all except leftovers. */
function committable(folder: string): string[] {
  if (!isCheckout(folder)) return readdirSync(folder).filter((name) => !LEFTOVERS.has(name));
  const files = git(folder, 'ls-files', '-z', '--cached', '--others', '--exclude-standard').split('\0');
  return [...new Set(files.map(layerOf))].filter((name) => name !== '' && existsSync(`${folder}/${name}`));
}

const sources = readSources();

describe('layers', () => {
  it('the layers exist, and their imports resolve', () => {
    const layers = new Set([...sources.keys()].map(layerOf));
    for (const layer of RANKS.flat()) expect(layers).toContain(layer);
    expect(importsOf('main.ts', sources.get('main.ts') ?? '')).toContain('cli/program.ts');
    expect(missingImports(sources)).toEqual([]);
  });

  it('the layers import only from lower layers', () => {
    expect(violations(sources)).toEqual([]);
  });

  it('the layers have no import cycles', () => {
    expect(cycles(sources)).toEqual([]);
  });
});

describe('checks of the layers', () => {
  const allowed: [string, string][] = [
    ['main.ts', "import { a } from './http/a.js';"],
    ['http/a.ts', "import { b } from '../domain/b.js';\nimport type { C } from './c.js';"],
    ['http/c.ts', 'export type C = 1;'],
    ['domain/b.ts', 'export const b = 1;'],
    ['sandbox/s.ts', "import http from 'node:http';\nimport { z } from 'zod';"],
  ];
  it('the checks of the layers accept allowed imports', () => {
    expect(violations(new Map(allowed))).toEqual([]);
    expect(cycles(new Map(allowed))).toEqual([]);
  });

  it.each([
    ['an import from a higher layer', 'sources/x.ts', "import { y } from '../services/y.js';"],
    ['a type import from a higher layer', 'domain/x.ts', "import type { Y } from '../upstream/y.js';"],
    ['a re-export from a higher layer', 'upstream/x.ts', "export * from '../sources/y.js';"],
    ['a dynamic import from a higher layer', 'upstream/x.ts', "const y = await import('../graphql/y.js');"],
    ['a side-effect import from a higher layer', 'services/x.ts', "import '../http/y.js';"],
    ['an import over several lines', 'services/x.ts', "import {\n  y,\n  z,\n} from '../graphql/y.js';"],
    ['an import from a layer of the same rank', 'sources/x.ts', "import { y } from '../storage/y.js';"],
    ['an import of a composing file', 'http/x.ts', "import { config } from '../config.js';"],
    [
      'an import of gateway code by the sandbox',
      'sandbox/deep/x.ts',
      "import { y } from '../../domain/y.js';",
    ],
    ['an import of the sandbox by a layer', 'graphql/x.ts', "import { y } from '../sandbox/index.js';"],
  ])('the checks of the layers report %s', (_case, path, text) => {
    expect(violations(new Map([...allowed, [path, text]]))).toHaveLength(1);
  });

  it('the checks of the layers report a folder that is not a layer', () => {
    expect(violations(new Map([['utils/x.ts', '']]))).toEqual(['utils/x.ts is in no layer']);
  });

  it('the checks of the layers report an import cycle', () => {
    const cycle: [string, string][] = [
      ['domain/a.ts', "import './b.js';"],
      ['domain/b.ts', "export * from './c.js';"],
      ['domain/c.ts', "import type { A } from './a.js';"],
    ];
    expect(cycles(new Map([...allowed, ...cycle]))).toEqual(['domain/a.ts, domain/b.ts, domain/c.ts']);
  });
});

describe('committable names of a folder', () => {
  const folders: string[] = [];
  afterEach(() => {
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
  });
  /** Creates a folder with everything that following the README creates, and one stray file. */
  const createFolder = () => {
    const folder = mkdtempSync(`${tmpdir()}/promptgate-test-`);
    folders.push(folder);
    for (const name of ['dist', 'data', 'src']) {
      mkdirSync(`${folder}/${name}`);
      writeFileSync(`${folder}/${name}/file`, '');
    }
    for (const name of ['input.png', 'mask.png', 'mapping.csv', 'tokens.json', 'stray.txt'])
      writeFileSync(`${folder}/${name}`, '');
    writeFileSync(`${folder}/.gitignore`, readFileSync(`${ROOT}.gitignore`));
    return folder;
  };
  const hasGit = spawnSync('git', ['--version']).status === 0;

  (hasGit ? it : it.skip)('are the names that git would commit', () => {
    const folder = createFolder();
    git(folder, 'init', '--quiet');
    expect(committable(folder).sort()).toEqual(['.gitignore', 'src', 'stray.txt']);
  });

  it('the committable names of a folder exclude the files that following the README creates, outside a git checkout', () => {
    expect(committable(createFolder()).sort()).toEqual(['.gitignore', 'src', 'stray.txt']);
  });
});

describe('lint rule against the wall clock', () => {
  /** Returns the files with a lint finding, in a copy of the project. */
  function findings(content: string, files: readonly string[]): string[] {
    const folder = mkdtempSync(`${tmpdir()}/promptgate-test-`);
    try {
      for (const path of ['.biome.json', '.ci/lint'])
        cpSync(`${ROOT}${path}`, `${folder}/${path}`, { recursive: true });
      for (const file of files) {
        mkdirSync(posix.dirname(`${folder}/${file}`), { recursive: true });
        writeFileSync(`${folder}/${file}`, content);
      }
      const biome = `${ROOT}node_modules/@biomejs/biome/bin/biome`;
      const args = [biome, 'lint', '--vcs-enabled=false', '--colors=off', '.'];
      const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
      return files.filter((file) => (stdout + stderr).includes(`${file}:1:`));
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
  const FILES = ['playground/x.ts', 'src/http/x.ts', 'src/sandbox/x.ts'];
  const CLOCKS = ['src/domain/clock.ts', 'src/sandbox/clock.ts'];

  it.each(['Date.now()', 'new Date()', 'Date.now', 'performance.timeOrigin'])(
    'the lint rule against the wall clock reports %s in every file except the two clocks',
    (code) => {
      expect(findings(`export const now = ${code};\n`, [...FILES, ...CLOCKS])).toEqual(FILES);
    },
  );

  it('the lint rule against the wall clock accepts a Date of a given time', () => {
    expect(findings('export const date = new Date(0);\n', FILES)).toEqual([]);
  });
});

describe('repository', () => {
  it('the repository reads the environment only in main.ts', () => {
    const code = [...sources].map(
      ([path, text]) => [path, text.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')] as const,
    );
    const readers = code.filter(([, text]) =>
      /\bprocess\s*(\.|\?\.|\[)\s*['"]?env\b|from 'node:process'/.test(text),
    );
    expect(readers.map(([path]) => path)).toEqual(['main.ts']);
  });

  it(`the repository has source files of at most ${MAX_LINES} lines`, () => {
    const long = [...sources]
      .filter(([path]) => !path.includes('__generated__'))
      .map(([path, text]) => [path, text.trimEnd().split('\n').length] as const)
      .filter(([, lines]) => lines > MAX_LINES);
    expect(long).toEqual([]);
  });

  it('the repository has no unexpected files at its top level', () => {
    const unexpected = committable(ROOT).filter((name) => !name.startsWith('.') && !TOP_LEVEL.has(name));
    expect(unexpected).toEqual([]);
    for (const folder of ['schema', 'src', 'test'])
      expect(statSync(`${ROOT}${folder}`).isDirectory()).toBe(true);
    expect(existsSync(`${ROOT}package.json`)).toBe(true);
  });
});
