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

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Path below src to text. */
type Sources = ReadonlyMap<string, string>;

/** From the top down; layers of one rank do not know each other. */
const RANKS = [
  ['http'],
  ['graphql'],
  ['services'],
  ['sources', 'backplane'],
  ['upstream'],
  ['async'],
  ['domain'],
] as const;
/** These put the layers together, and may know all of them. */
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
/** What installing, building and following the README leave behind. */
const LEFT_BEHIND = new Set([
  ...['node_modules', 'dist', 'data', 'coverage'],
  ...['input.png', 'mask.png', 'mapping.csv', 'tokens.json'],
]);
const MAX_LINES = 300;

function readSources(): Sources {
  const files = readdirSync(`${ROOT}src`, { recursive: true, encoding: 'utf8' });
  const paths = files.filter((path) => path.endsWith('.ts')).map((path) => path.replaceAll('\\', '/'));
  return new Map(paths.map((path) => [path, readFileSync(`${ROOT}src/${path}`, 'utf8')]));
}

/** The files of src that a file imports, types included. */
function importsOf(path: string, text: string): string[] {
  const found = text.matchAll(/(?:\bfrom|\bimport|\bimport\()\s*['"](\.{1,2}\/[^'"]+)['"]/g);
  return [...found].map(([, specifier = '']) =>
    posix.join(posix.dirname(path), specifier).replace(/\.js$/, '.ts'),
  );
}

const layerOf = (path: string) => path.split('/')[0] ?? '';
const rankOf = (layer: string) => RANKS.findIndex((layers) => layers.some((name) => name === layer));

function breaches(sources: Sources): string[] {
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

/** Each cycle once, as the files on it. */
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

function dangling(sources: Sources): string[] {
  return [...sources].flatMap(([path, text]) =>
    importsOf(path, text)
      .filter((target) => !sources.has(target))
      .map((target) => `${path} imports ${target}, which is not there`),
  );
}

/** Runs git in a folder. In a hook, git's own variables would point it at another repository. */
function git(folder: string, ...args: readonly string[]): string {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_')));
  return execFileSync('git', ['-C', folder, ...args], {
    ...{ env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
  });
}

/** True for the top of a checkout if git is installed. An unpacked archive may lie within another checkout. */
function isCheckout(folder: string): boolean {
  try {
    return realpathSync(git(folder, 'rev-parse', '--show-toplevel').trim()) === realpathSync(folder);
  } catch {
    return false;
  }
}

/** The names at the top of a folder that are in its repository or could be committed; outside a checkout, all of them. */
function committable(folder: string): string[] {
  if (!isCheckout(folder)) return readdirSync(folder).filter((name) => !LEFT_BEHIND.has(name));
  const files = git(folder, 'ls-files', '-z', '--cached', '--others', '--exclude-standard').split('\0');
  return [...new Set(files.map(layerOf))].filter((name) => name !== '' && existsSync(`${folder}/${name}`));
}

const sources = readSources();

describe('the layers', () => {
  it('are all there, and their imports are found', () => {
    const layers = new Set([...sources.keys()].map(layerOf));
    for (const layer of RANKS.flat()) expect(layers).toContain(layer);
    expect(importsOf('main.ts', sources.get('main.ts') ?? '')).toContain('cli/program.ts');
    expect(dangling(sources)).toEqual([]);
  });

  it('import downwards only', () => {
    expect(breaches(sources)).toEqual([]);
  });

  it('have no import cycles', () => {
    expect(cycles(sources)).toEqual([]);
  });
});

describe('the checks themselves', () => {
  const fine: [string, string][] = [
    ['main.ts', "import { a } from './http/a.js';"],
    ['http/a.ts', "import { b } from '../domain/b.js';\nimport type { C } from './c.js';"],
    ['http/c.ts', 'export type C = 1;'],
    ['domain/b.ts', 'export const b = 1;'],
    ['sandbox/s.ts', "import http from 'node:http';\nimport { z } from 'zod';"],
  ];
  it('let what is fine pass', () => {
    expect(breaches(new Map(fine))).toEqual([]);
    expect(cycles(new Map(fine))).toEqual([]);
  });

  it.each([
    ['up', 'sources/x.ts', "import { y } from '../services/y.js';"],
    ['up, for a type', 'domain/x.ts', "import type { Y } from '../upstream/y.js';"],
    ['up, to re-export', 'upstream/x.ts', "export * from '../sources/y.js';"],
    ['up, when it runs', 'upstream/x.ts', "const y = await import('../graphql/y.js');"],
    ['up, for its effects', 'services/x.ts', "import '../http/y.js';"],
    ['up, over several lines', 'services/x.ts', "import {\n  y,\n  z,\n} from '../graphql/y.js';"],
    ['sideways', 'sources/x.ts', "import { y } from '../backplane/y.js';"],
    ['the top', 'http/x.ts', "import { config } from '../config.js';"],
    ['out of the sandbox', 'sandbox/deep/x.ts', "import { y } from '../../domain/y.js';"],
    ['into the sandbox', 'graphql/x.ts', "import { y } from '../sandbox/index.js';"],
  ])('find an import that goes %s', (_name, path, text) => {
    expect(breaches(new Map([...fine, [path, text]]))).toHaveLength(1);
  });

  it('find a folder that is no layer', () => {
    expect(breaches(new Map([['utils/x.ts', '']]))).toEqual(['utils/x.ts is in no layer']);
  });

  it('find a cycle', () => {
    const cycle: [string, string][] = [
      ['domain/a.ts', "import './b.js';"],
      ['domain/b.ts', "export * from './c.js';"],
      ['domain/c.ts', "import type { A } from './a.js';"],
    ];
    expect(cycles(new Map([...fine, ...cycle]))).toEqual(['domain/a.ts, domain/b.ts, domain/c.ts']);
  });
});

describe('the names at the top of a folder', () => {
  const folders: string[] = [];
  afterEach(() => {
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
  });
  /** A folder in which the README was followed, and one file that does not belong there. */
  const followed = () => {
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

  (hasGit ? it : it.skip)('are those that git would commit', () => {
    const folder = followed();
    git(folder, 'init', '--quiet');
    expect(committable(folder).sort()).toEqual(['.gitignore', 'src', 'stray.txt']);
  });

  it('leave out what following the README leaves behind, in a folder that is not a checkout', () => {
    expect(committable(followed()).sort()).toEqual(['.gitignore', 'src', 'stray.txt']);
  });
});

describe('the lint rule on the wall clock', () => {
  /** Files of a copy of the project in which it finds something. */
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
    'finds %s in every other file',
    (code) => {
      expect(findings(`export const now = ${code};\n`, [...FILES, ...CLOCKS])).toEqual(FILES);
    },
  );

  it('lets a given time pass', () => {
    expect(findings('export const date = new Date(0);\n', FILES)).toEqual([]);
  });
});

describe('the repository', () => {
  it('reads the environment in one place', () => {
    const code = [...sources].map(
      ([path, text]) => [path, text.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')] as const,
    );
    const readers = code.filter(([, text]) =>
      /\bprocess\s*(\.|\?\.|\[)\s*['"]?env\b|from 'node:process'/.test(text),
    );
    expect(readers.map(([path]) => path)).toEqual(['main.ts']);
  });

  it('has files that can be read at a sitting', () => {
    const long = [...sources]
      .filter(([path]) => !path.includes('__generated__'))
      .map(([path, text]) => [path, text.trimEnd().split('\n').length] as const)
      .filter(([, lines]) => lines > MAX_LINES);
    expect(long).toEqual([]);
  });

  it('has nothing unexpected at its top', () => {
    const unexpected = committable(ROOT).filter((name) => !name.startsWith('.') && !TOP_LEVEL.has(name));
    expect(unexpected).toEqual([]);
    for (const folder of ['schema', 'src', 'test'])
      expect(statSync(`${ROOT}${folder}`).isDirectory()).toBe(true);
    expect(existsSync(`${ROOT}package.json`)).toBe(true);
  });
});
