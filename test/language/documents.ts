import { posix } from 'node:path';
import { Marked } from 'marked';
import { getHeadingList, gfmHeadingId } from 'marked-gfm-heading-id';
import { commandBlocks, userDocuments } from '../support/document-commands.js';
import { erase, type Finding, lineAt } from './finding.js';

/** Files of the repository by path. Only those of documents need a text. */
export type Files = ReadonlyMap<string, string>;

const FENCE = /^([ \t]*)(```|~~~)([^\n]*)\n(.*?)^\1\2[ \t]*$/gms;
/** Languages of shell commands. Only blocks with the first one are run by a test. */
const SHELLS = ['sh', 'bash', 'console', 'shell', 'shell-session', 'zsh'];
/** Programs of the commands in the documents. Variables may stand before them. */
const COMMAND =
  /^[ \t]*(?:\$ )?(?:[A-Z_]+=\S+ )*(?:npm|npx|node|curl|git|docker|bash|redis-server|promptgate) /m;

const LINK = /\]\(([^)\s]+)|^\[[^\]\n]+\]:[ \t]*(\S+)|\s(?:href|src|srcset)="([^"]+)"/gm;
/** Matches paths of the repository. They may have braces and stars. */
const PATH = /`((?:src|test|bench|docs|schema|playground|\.ci)\/[\w./*{},-]*)`/g;
/** A page that is generated from the schema. */
const GENERATED = new Set(['docs/schema.md']);

/** Ids of headings, by the text of their document. */
const anchors = new Map<string, ReadonlySet<string>>();
function anchorsOf(document: string): ReadonlySet<string> {
  const known = anchors.get(document);
  if (known) return known;
  new Marked(gfmHeadingId()).parse(document, { async: false });
  const ids = new Set(getHeadingList().map(({ id }) => id));
  anchors.set(document, ids);
  return ids;
}

const exists = (files: Files, path: string): boolean =>
  files.has(path) || GENERATED.has(path) || [...files.keys()].some((file) => file.startsWith(`${path}/`));

/** Returns the error of a link, or null. */
function linkError(files: Files, from: string, href: string): string | null {
  const [path = '', anchor] = href.split('#');
  const target = path === '' ? from : posix.join(posix.dirname(from), path).replace(/\/$/, '');
  if (!exists(files, target)) return `${target} does not exist. Correct the link.`;
  const document = files.get(target);
  if (anchor === undefined || document === undefined || !target.endsWith('.md')) return null;
  return anchorsOf(document).has(anchor) ? null : `${target} does not have this heading. Correct the link.`;
}

/** Finds relative links of a document to files and headings that do not exist. */
export function findBrokenLinks(files: Files, file: string): Finding[] {
  const text = files.get(file) ?? '';
  const prose = text.replace(FENCE, erase).replace(/`[^`\n]*`/g, erase);
  return [...prose.matchAll(LINK)].flatMap(({ 0: match, 1: inline, 2: reference, 3: html, index }) => {
    const href = inline ?? reference ?? html ?? '';
    const advice = /^(?:[a-z]+:|\/\/)/i.test(href) ? null : linkError(files, file, href);
    return advice === null
      ? []
      : [{ file, line: lineAt(text, index + match.indexOf(href)), found: href, advice }];
  });
}

/** Converts a path with braces and stars to a pattern. */
function patternOf(path: string): RegExp {
  const source = path
    .replace(/\./g, '\\.')
    .replace(/\*\*?/g, (star) => (star === '*' ? '[^/]*' : '.*'))
    .replace(/\{([^}]*)\}/g, (_braces, names: string) => `(?:${names.replaceAll(',', '|')})`);
  return new RegExp(`^${source.replace(/\/$/, '')}(?:/|$)`);
}

/** Finds paths in backticks to files and folders that do not exist. */
export function findMissingFiles(files: Files, file: string): Finding[] {
  const text = files.get(file) ?? '';
  return [...text.replace(FENCE, erase).matchAll(PATH)].flatMap(({ 1: path = '', index }) => {
    const names = /\{([^}]*)\}/.exec(path)?.[1]?.split(',') ?? [''];
    const missing = names.filter((name) => {
      const pattern = patternOf(path.replace(/\{[^}]*\}/, name));
      return ![...files.keys()].some((each) => pattern.test(each));
    });
    const advice = 'This file does not exist. Correct the path.';
    return missing.map((name) => ({
      ...{ file, line: lineAt(text, index), found: path.replace(/\{[^}]*\}/, name), advice },
    }));
  });
}

/** Returns the blocks of commands in a document that `test/commands.slow.test.ts` runs. */
export const testedCommands = (document: string): string[] =>
  userDocuments().includes(document) ? commandBlocks(document).map(({ commands }) => commands) : [];

/** Finds the blocks of shell commands in a document that are not among those that a test runs. */
export function findUntestedCommands(file: string, text: string, tested: readonly string[]): Finding[] {
  return [...text.matchAll(FENCE)].flatMap(({ 3: language = '', 4: commands = '', index }) => {
    if (!SHELLS.includes(language.trim()) && !COMMAND.test(commands)) return [];
    const advice =
      'No test runs this command. Fence it with ```sh, without indentation, in README.md or a page like docs/errors.md.';
    const found = commands.trim().split('\n')[0] ?? '';
    return tested.includes(commands) ? [] : [{ file, line: lineAt(text, index) + 1, found, advice }];
  });
}
