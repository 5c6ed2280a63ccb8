import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { renderDocuments } from '../../playground/build/documents.js';
import { describeGateway } from '../support/describe-gateway.js';
import { ask } from '../support/plain-request.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
/** Pattern of the links and sources in a page. */
const LINKS = /\s(?:href|src)="([^"]+)"/g;

const gateway = describeGateway();

/** Fetches every page that links lead to from the first one, by its path. */
async function crawl(): Promise<ReadonlyMap<string, Response & { readonly content: string }>> {
  const seen = new Map<string, Response & { readonly content: string }>();
  const waiting = ['/docs/readme.html'];
  for (let url = waiting.pop(); url !== undefined; url = waiting.pop()) {
    if (seen.has(url)) continue;
    const response = await fetch(gateway.url + url);
    const content = await response.text();
    seen.set(url, Object.assign(response, { content }));
    if (!url.startsWith('/docs/') || !content.startsWith('<!doctype html>')) continue;
    for (const [, link = ''] of content.matchAll(LINKS)) {
      const { origin, pathname } = new URL(link, gateway.url + url);
      if (origin === gateway.url) waiting.push(pathname);
    }
  }
  return seen;
}

describe('documents', () => {
  it('the documents are all reachable, and have no broken links', async () => {
    const pages = await crawl();
    for (const [url, { status }] of pages) expect([url, status]).toEqual([url, 200]);
    expect([...pages.keys()]).toEqual(expect.arrayContaining(['/', '/schema.graphql', '/docs/license.txt']));
    const shown = [...pages.values()].map(({ content }) => content);
    const folders = ['', 'docs/', 'bench/'].map(async (folder) =>
      (await readdir(ROOT + folder)).filter((name) => name.endsWith('.md')).map((name) => folder + name),
    );
    for (const source of (await Promise.all(folders)).flat()) {
      const [, title] = /^# (.*)$/m.exec(await readFile(ROOT + source, 'utf8')) ?? [];
      const ofTitle = shown.filter((content) => content.includes(`<title>${title}</title>`));
      expect([source, ofTitle.length]).toEqual([source, 1]);
    }
  });

  it('the documents have every heading that a link points to', async () => {
    const pages = await crawl();
    let count = 0;
    for (const [url, { content }] of pages) {
      if (!content.startsWith('<!doctype html>')) continue;
      for (const [, link = ''] of content.matchAll(LINKS)) {
        const { origin, pathname, hash } = new URL(link, gateway.url + url);
        if (origin !== gateway.url || hash === '') continue;
        count += 1;
        expect([url, link, pages.get(pathname)?.content.includes(` id="${hash.slice(1)}"`)]).toEqual([
          url,
          link,
          true,
        ]);
      }
    }
    expect(count).toBeGreaterThan(3);
  });

  it('the documents start at the README, with or without a trailing slash', async () => {
    for (const [url, location] of [
      ['/docs', 'docs/readme.html'],
      ['/docs/', 'readme.html'],
      ['/docs/?a=/b', 'readme.html'],
      ['/docs?a=b/', 'docs/readme.html'],
    ] as const) {
      const response = await fetch(gateway.url + url, { redirect: 'manual' });
      expect([url, response.status, response.headers.get('location')]).toEqual([url, 302, location]);
    }
  });

  it('the documents are revalidated each time, and sent only if they have changed', async () => {
    for (const url of [
      '/docs/readme.html',
      '/docs/security.html',
      '/docs/documents.css',
      '/docs/document-script.js',
    ]) {
      const packed = { 'accept-encoding': 'br' };
      const { headers } = await ask(gateway.url, url, packed);
      expect(headers).toMatchObject({ 'cache-control': 'no-cache', 'content-encoding': 'br' });
      const again = await ask(gateway.url, url, { ...packed, 'if-none-match': headers.etag ?? '' });
      expect([url, again.status, again.body.length]).toEqual([url, 304, 0]);
    }
  });
});

describe('repository of documents', () => {
  let root: string;
  beforeAll(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'promptgate-documents-'));
    for (const folder of ['docs/pictures', 'bench', 'src', 'schema', 'playground/build'])
      await mkdir(path.join(root, folder), { recursive: true });
    const texts = {
      ...{
        'SECURITY.md': '# Security\n\n## Both & `one`\n',
        'CONTRIBUTING.md': '# C',
        'CHANGELOG.md': '# D',
      },
      ...{ 'bench/README.md': '# Bench\n\n[up](../README.md)', 'playground/build/documents.css': 'a {}' },
      'playground/build/document-script.js': '// none',
      'schema/a.graphql':
        '"All."\ntype Query {\n  "One `a|b`."\n  one(id: ID!, of: Kind): [Kind!]\n}\n"A kind."\nenum Kind {\n  "The first."\n  A\n}\n',
      ...{ 'docs/A.md': '# A\n\n![shot](pictures/a.png)', 'docs/pictures/a.png': 'PNG', 'src/a.ts': '' },
    };
    for (const [name, text] of Object.entries(texts)) await writeFile(path.join(root, name), text);
  });
  afterAll(() => rm(root, { recursive: true }));

  const rendered = async (readme: string) => {
    await writeFile(path.join(root, 'README.md'), readme);
    return renderDocuments(root);
  };

  it('a repository of documents is rendered as pages that link to each other', async () => {
    const { files } = await rendered(
      '# A & `B`\n\n[a](SECURITY.md#both--one) [b](docs/A.md) [c](bench/README.md) [d](https://x.example/y) <a href="docs/A.md">e</a>\n\n## Here\n\n[f](#here)',
    );
    const readme = String(files.get('docs/readme.html'));
    expect([...readme.matchAll(/<p>.*<\/p>/gs)].join()).toMatch(
      /"security\.html#both--one".*"a\.html".*"bench\.html".*"https:\/\/x\.example\/y".*"a\.html".*"#here"/s,
    );
    expect(readme).toContain('<title>A &amp; B</title>');
    expect(String(files.get('docs/bench.html'))).toContain('<a href="readme.html">up</a>');
  });

  it('a repository of documents includes the pictures of its pages', async () => {
    const { files } = await rendered('# A');
    expect(String(files.get('docs/a.html'))).toContain('<img src="pictures-a.png" alt="shot">');
    expect(String(files.get('docs/pictures-a.png'))).toBe('PNG');
  });

  it('a repository of documents includes a reference of the schema', async () => {
    const { files } = await rendered('# A\n\n[schema](docs/schema.md)');
    expect(String(files.get('docs/readme.html'))).toContain('<a href="schema.html">schema</a>');
    const page = String(files.get('docs/schema.html'));
    expect(page).toContain('<h3 id="kind">Kind</h3>\n<p>A kind.</p>');
    expect(page).toContain(
      '<td><code>one</code> (<code>id:</code> <code>ID!</code>, <code>of:</code> <a href="#kind"><code>Kind</code></a>) <a href="#kind"><code>[Kind!]</code></a></td>',
    );
    expect(page).toContain('<td>One <code>a|b</code>.</td>');
    expect(page).toContain('<td><code>A</code></td>\n<td>The first.</td>');
  });

  it('a repository of documents includes tables of contents and the script of the documents', async () => {
    const { files } = await rendered('# A\n\n## B\n\n## C\n\n## D\n\n## `E`\n');
    const page = String(files.get('docs/readme.html'));
    expect(page).toContain('<li><a href="#e"><code>E</code></a></li>');
    expect(page).toContain('<script src="document-script.js" defer></script>');
    expect(String(files.get('docs/document-script.js'))).toBe('// none');
    expect(String(files.get('docs/bench.html'))).not.toContain('On this page');
  });

  it('a repository of documents reports each of its broken links', async () => {
    const links = [
      'nowhere.md',
      'SECURITY.md#nothing',
      '#nothing',
      '../outside.md',
      'src/a.ts',
      'docs/b.png',
    ];
    const { brokenLinks } = await rendered(links.map((link) => `[x](${link})`).join(' '));
    expect([...brokenLinks].sort()).toEqual(
      links.map((link) => `README.md: The link ${link} is broken. Correct its target.`).sort(),
    );
  });
});
