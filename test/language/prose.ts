import { erase, type Finding, lineAt } from './finding.js';
import { DOCSTRING, RULES } from './rules.js';

/** Matches comments, regular expressions and strings. Regular expressions only follow certain characters and words. */
const TOKENS =
  /\/\*[\s\S]*?\*\/|\/\/.*|(?<=(?:^|[(,=:[!&|?{};>]|\breturn|\bcase)\s*)\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[dgimsuvy]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/gm;
const CODE = /[^\n]+/g;
/** Matches the text between two JSX elements as a group, and any other character. */
const JSX_TEXT = /((?<=>)[^<>{}();=]*\w \w[^<>{}();=]*(?=[<{]))|[^\n]/g;
/** Matches code in a template. Templates in this code split it into several tokens. */
const INTERPOLATION = /\$\{[^}]*(?:\}|`$)|^`[^{}]*\}/g;
const isComment = (token: string) => /^\/[/*]/.test(token);

/** Returns the comments, and the strings of at least two words. Code and names of parameters are left out. */
function proseOfToken(token: string): string {
  if (token.startsWith('`')) return /\S \S/.test(token) ? token.replace(INTERPOLATION, erase) : erase(token);
  const isProse = isComment(token) || /^['"].*\S \S/.test(token);
  return isProse ? token.replace(/`[^`\n]*`|@param \w+/g, erase) : erase(token);
}

/** Removes everything but the line breaks, and the texts between JSX elements. */
const proseOfRest = (code: string, isJsx: boolean): string =>
  isJsx ? code.replace(JSX_TEXT, (_match, text: string | undefined) => text ?? '') : code.replace(CODE, '');

/** Removes everything but the comments, the strings and the texts between JSX elements of a source file. */
function proseOfCode(text: string, isJsx: boolean): string {
  let prose = '';
  let end = 0;
  for (const { 0: token, index } of text.matchAll(TOKENS)) {
    prose += proseOfRest(text.slice(end, index), isJsx) + proseOfToken(token);
    end = index + token.length;
  }
  return prose + proseOfRest(text.slice(end), isJsx);
}

/** Erases the code in a Markdown document, a schema or a script. */
const proseOfText = (text: string): string =>
  text.replace(/^[ \t]*```[\s\S]*?^[ \t]*```/gm, erase).replace(/`[^`\n]*`/g, erase);

/** Returns the prose of a file, with all line breaks of the file. */
function proseOf(file: string, text: string): string {
  if (/\.(?:[cm]?[jt]s|tsx|css)$/.test(file)) return proseOfCode(text, file.endsWith('.tsx'));
  return proseOfText(text);
}

/** Replaces single line breaks, and what begins a comment or a quotation on the next line, by spaces. */
const joinLines = (prose: string): string =>
  prose.replace(/\n[ \t]*(?:\*(?!\/)|\/\/|>|#)?(?=[ \t]*[^\s*/>#])/g, (lineBreak) =>
    ' '.repeat(lineBreak.length),
  );

/** Finds unclear wording in a file. */
export function findWording(file: string, text: string): Finding[] {
  const prose = proseOf(file, text);
  const sentences = joinLines(prose);
  const rules = RULES.filter(({ allowedIn }) => !allowedIn?.test(file));
  const findings = rules.flatMap(({ pattern, advice }) =>
    [...sentences.matchAll(pattern)].map(({ 0: found, index }) => ({
      ...{ file, line: lineAt(prose, index), found: found.trim(), advice },
    })),
  );
  const docstrings = [...prose.matchAll(DOCSTRING.pattern)].map(({ 0: found, index }) => ({
    ...{ file, line: lineAt(prose, index), found, advice: DOCSTRING.advice },
  }));
  return [...findings, ...docstrings];
}
