import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';

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
  ['domain'],
] as const;
/** These put the layers together, and may know all of them. */
const TOP = new Set([
  'main.ts',
  'config.ts',
  'config-fields.ts',
  'gateway.ts',
  'parts.ts',
  'door.ts',
  'log.ts',
  'cli',
]);
const TOP_LEVEL = new Set([
  ...['schema', 'src', 'test', 'playground', 'bench', 'docs'],
  ...['package.json', 'package-lock.json', 'tsconfig.json', 'codegen.yml'],
  ...['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'SECURITY.md', 'LICENSE'],
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
    const ignored = readFileSync(`${ROOT}.gitignore`, 'utf8')
      .split('\n')
      .map((line) => line.replace(/\/$/, ''))
      .filter(Boolean)
      .map((glob) => new RegExp(`^${glob.replaceAll('.', '\\.').replaceAll('*', '.*')}$`));
    const unexpected = readdirSync(ROOT).filter(
      (name) => !name.startsWith('.') && !TOP_LEVEL.has(name) && !ignored.some((glob) => glob.test(name)),
    );
    expect(unexpected).toEqual([]);
    for (const folder of ['schema', 'src', 'test'])
      expect(statSync(`${ROOT}${folder}`).isDirectory()).toBe(true);
    expect(existsSync(`${ROOT}package.json`)).toBe(true);
  });
});
