import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import {
  findBrokenLinks,
  findMissingFiles,
  findUntestedCommands,
  testedCommands,
} from './language/documents.js';
import { EXCEPTIONS } from './language/exceptions.js';
import { type Finding, format } from './language/finding.js';
import { findWording } from './language/prose.js';
import { DOCSTRING, RULES } from './language/rules.js';
import { ROOT } from './support/document-commands.js';

const FOLDERS = ['.ci', 'bench', 'docs', 'playground', 'schema', 'src', 'test'];
/** Files of the rules themselves. */
const RULE_FILES = /^test\/language(?:\/|\.test\.ts$)/;
/** Documents for contributors. Their commands change the checkout, so no test runs them. */
const FOR_CONTRIBUTORS = /^docs\/contributing\//;

const HAS_PROSE = /\.(?:[cm]?[jt]s|tsx|css|html|md|graphql|grit)$|^\.ci\/\w+$/;

/** Reads all files with prose. The others have an empty text. */
function readFiles(): ReadonlyMap<string, string> {
  const top = readdirSync(ROOT).filter((name) => name.endsWith('.md') || name === 'LICENSE');
  const below = FOLDERS.flatMap((folder) =>
    readdirSync(ROOT + folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => `${entry.parentPath}/${entry.name}`.slice(ROOT.length).replaceAll('\\', '/')),
  );
  const read = (file: string) => (HAS_PROSE.test(file) ? readFileSync(ROOT + file, 'utf8') : '');
  return new Map([...top, ...below].map((file) => [file, read(file)]));
}

const files = readFiles();
const documents = [...files.keys()].filter((file) => file.endsWith('.md'));
const wording = [...files]
  .filter(([file]) => !file.includes('__generated__') && !RULE_FILES.test(file))
  .flatMap(([file, text]) => findWording(file, text));

const lineOf = ({ file, line }: Finding) => files.get(file)?.split('\n')[line - 1] ?? '';
const isExcepted = (finding: Finding) =>
  EXCEPTIONS.some(({ file, text }) => file === finding.file && lineOf(finding).includes(text));

describe('repository', () => {
  it('the repository is written in plain English', () => {
    const findings = wording.filter((finding) => !isExcepted(finding));
    expect(findings.map(format)).toEqual([]);
  });

  it('the repository needs each exception', () => {
    const unused = EXCEPTIONS.filter(
      ({ file, text }) => !wording.some((finding) => finding.file === file && lineOf(finding).includes(text)),
    );
    expect(unused).toEqual([]);
  });

  it('the repository has documents whose links and paths exist', () => {
    const broken = documents.flatMap((file) => [
      ...findBrokenLinks(files, file),
      ...findMissingFiles(files, file),
    ]);
    expect(broken.map(format)).toEqual([]);
  });

  it('the repository has documents whose commands are run by a test', () => {
    const pages = documents.filter(
      (file) => /^README\.md$|^docs\//.test(file) && !FOR_CONTRIBUTORS.test(file),
    );
    const untested = pages.flatMap((file) =>
      findUntestedCommands(file, files.get(file) ?? '', testedCommands(file)),
    );
    expect(untested.map(format)).toEqual([]);
    expect(testedCommands('README.md').length).toBeGreaterThan(3);
  });
});

/** Phrase and word that rules reject. */
const [PHRASE, WORD] = ['under way', 'told'];

describe('wording check', () => {
  const breaches = [...RULES, DOCSTRING].flatMap(({ advice, breaches }) =>
    breaches.map((breach) => [breach, advice] as const),
  );

  it.each(breaches)('the wording check reports %j', (breach, advice) => {
    const comment = breach.startsWith('/**') ? breach : `/**\n * ${breach}\n */`;
    const found = findWording('src/x.ts', `const a = 1;\n${comment}\n`);
    expect(found.map(({ advice }) => advice)).toEqual([advice]);
    expect(found[0]?.line).toBe(breach.startsWith('/**') ? 2 : 3);
  });

  it.each([
    ['a string', 'src/x.ts', `log('The job is ${PHRASE}');`],
    ['the title of a test', 'test/x.test.ts', `it('is ${PHRASE}', () => {});`],
    ['a template', 'src/x.ts', `log(\`\${count} jobs are ${PHRASE}\`);`],
    ['a line comment that is broken', 'src/x.ts', `// The job is ${PHRASE.replace(' ', '\n// ')}.`],
    ['an element', 'playground/x.tsx', `const a = <b>\n  Calls ${PHRASE}\n</b>;`],
    ['a document', 'docs/x.md', `# A\n\nEach page is\n${PHRASE.replace(' ', '\n')}.`],
    ['a description of the schema', 'schema/x.graphql', `"Jobs ${PHRASE}."\ntype A { b: Int }`],
    ['a style sheet', 'playground/x.css', `/* Layout ${PHRASE}. */\na {}`],
    ['a script', '.ci/x', `# Jobs ${PHRASE}.\nexit`],
  ])('the wording check reads %s', (_name, file, text) => {
    expect(findWording(file, text)).toHaveLength(1);
  });

  it.each([
    ['code', 'src/x.ts', `const ${WORD} = ${WORD} / 1; call(${WORD}, '${WORD}');`],
    ['a regular expression', 'src/x.ts', `const a = /${WORD} 'me/; const b = /[/'] ${WORD}/g;`],
    ['code in a comment', 'src/x.ts', `// \`${PHRASE}\``],
    ['code in a string', 'src/x.ts', `log('Call \`${WORD}\` first');`],
    [
      'code in a template',
      'src/x.ts',
      `log(\`It is \${${WORD} as string} here, \${a.map((${WORD}) => \` \${${WORD}}\`).join(' ${WORD} ')}\`);`,
    ],
    ['a block of a document', 'docs/x.md', `\`\`\`text\n${WORD} ${PHRASE}\n\`\`\`\n`],
    ['two paragraphs', 'docs/x.md', PHRASE.replace(' ', '\n\n')],
    [
      'a comment that begins like a docstring',
      'src/x.ts',
      '/* What it is. */\n// What it is.\n/** Whatever. */',
    ],
    [
      'good English',
      'docs/x.md',
      'As long as it does. Nothing else. No more than 3, but for tunes. A create request.',
    ],
  ])('the wording check lets %s pass', (_name, file, text) => {
    expect(findWording(file, text)).toEqual([]);
  });

  it('the wording check names the place and what to write', () => {
    const [finding] = findWording('src/x.ts', "a();\n\nlog('It goes on');\n");
    expect(finding && format(finding)).toBe('src/x.ts:3: "goes on". Write "continue".');
  });
});

describe('check of documents', () => {
  const repository = new Map([
    ['README.md', '# Read me\n\n## Both & `one`\n'],
    ['docs/a.md', '# A'],
    ['src/cli/table.ts', ''],
    ['src/cli/token.ts', ''],
  ]);
  const withDocument = (text: string) => new Map([...repository, ['docs/x.md', text]]);
  const brokenIn = (text: string) => findBrokenLinks(withDocument(text), 'docs/x.md');
  const missingIn = (text: string) => findMissingFiles(withDocument(text), 'docs/x.md');

  it('the check of documents lets links to files, folders and headings pass', () => {
    const links = [
      'a.md',
      '../README.md',
      '../README.md#both--one',
      '#x',
      '../src/cli',
      'https://x.example/y',
    ];
    expect(brokenIn(`# X\n\n${links.map((link) => `[x](${link})`).join('\n')}`)).toEqual([]);
    expect(brokenIn('```text\n[x](nowhere.md)\n```\n`[x](nowhere.md)`')).toEqual([]);
  });

  it.each([
    '[x](nowhere.md)',
    '![x](x.png)',
    '[x](../docs/b.md)',
    '[x](a.md#nothing)',
    '[x](#nothing)',
    '[x]: nowhere.md',
    '<a href="nowhere.md">x</a>',
  ])('the check of documents reports %s', (link) => {
    expect(brokenIn(`# X\n\n${link}`)).toMatchObject([{ file: 'docs/x.md', line: 3 }]);
  });

  it('the check of documents reports paths that do not exist', () => {
    expect(missingIn('`src/cli`, `src/cli/*.ts`, `src/cli/{table,token}.ts`, `src/**/token.ts`')).toEqual([]);
    expect(missingIn('\n`src/cli/{table,tables}.ts`')).toMatchObject([
      { line: 2, found: 'src/cli/tables.ts' },
    ]);
    expect(missingIn('`src/cli/*.md`')).toHaveLength(1);
  });

  it('the check of documents reports commands that no test runs', () => {
    const tested = ['npm start\n'];
    const block = (language: string, commands: string) => `# A\n\n\`\`\`${language}\n${commands}\n\`\`\`\n`;
    expect(findUntestedCommands('docs/x.md', block('sh', 'npm start'), tested)).toEqual([]);
    expect(findUntestedCommands('docs/x.md', block('text', 'Promptgate is listening'), tested)).toEqual([]);
    for (const text of [
      block('sh', 'ls'),
      block('bash', 'ls'),
      block('', 'PORT=1 npm start'),
      block('text', '$ curl x'),
    ])
      expect(findUntestedCommands('docs/x.md', text, tested)).toMatchObject([{ line: 4 }]);
  });
});
