import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { renderDocuments } from '../../playground/build/documents.js';
import { describeGateway } from '../support/describe-gateway.js';
import { ask } from '../support/plain-request.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
/** What a page refers to. */
const LINKS = /\s(?:href|src)="([^"]+)"/g;

const gateway = describeGateway();

/** Every page of the documents that can be reached from the first, by its address. */
async function crawl(): Promise<ReadonlyMap<string, Response & { readonly content: string }>> {
  const seen = new Map<string, Response & { readonly content: string }>();
  const waiting = ['/docs/readme.html'];
  for (let address = waiting.pop(); address !== undefined; address = waiting.pop()) {
    if (seen.has(address)) continue;
    const response = await fetch(gateway.url + address);
    const content = await response.text();
    seen.set(address, Object.assign(response, { content }));
    if (!address.startsWith('/docs/') || !content.startsWith('<!doctype html>')) continue;
    for (const [, link = ''] of content.matchAll(LINKS)) {
      const { origin, pathname } = new URL(link, gateway.url + address);
      if (origin === gateway.url) waiting.push(pathname);
    }
  }
  return seen;
}

describe('the documents', () => {
  it('are all there, and lead to nothing that is not', async () => {
    const pages = await crawl();
    for (const [address, { status }] of pages) expect([address, status]).toEqual([address, 200]);
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

  it('have the headings that links lead to', async () => {
    const pages = await crawl();
    let count = 0;
    for (const [address, { content }] of pages) {
      if (!content.startsWith('<!doctype html>')) continue;
      for (const [, link = ''] of content.matchAll(LINKS)) {
        const { origin, pathname, hash } = new URL(link, gateway.url + address);
        if (origin !== gateway.url || hash === '') continue;
        count += 1;
        expect([address, link, pages.get(pathname)?.content.includes(` id="${hash.slice(1)}"`)]).toEqual([
          address,
          link,
          true,
        ]);
      }
    }
    expect(count).toBeGreaterThan(3);
  });

  it('begin with the README, with a slash or without', async () => {
    for (const [address, location] of [
      ['/docs', 'docs/readme.html'],
      ['/docs/', 'readme.html'],
      ['/docs/?a=/b', 'readme.html'],
      ['/docs?a=b/', 'docs/readme.html'],
    ] as const) {
      const response = await fetch(gateway.url + address, { redirect: 'manual' });
      expect([address, response.status, response.headers.get('location')]).toEqual([address, 302, location]);
    }
  });

  it('are asked for anew each time, and sent if they have changed', async () => {
    for (const address of [
      '/docs/readme.html',
      '/docs/security.html',
      '/docs/documents.css',
      '/docs/document-script.js',
    ]) {
      const packed = { 'accept-encoding': 'br' };
      const { headers } = await ask(gateway.url, address, packed);
      expect(headers).toMatchObject({ 'cache-control': 'no-cache', 'content-encoding': 'br' });
      const again = await ask(gateway.url, address, { ...packed, 'if-none-match': headers.etag ?? '' });
      expect([address, again.status, again.body.length]).toEqual([address, 304, 0]);
    }
  });
});

describe('a repository of documents', () => {
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

  it('becomes pages that lead to each other', async () => {
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

  it('has the pictures that are shown', async () => {
    const { files } = await rendered('# A');
    expect(String(files.get('docs/a.html'))).toContain('<img src="pictures-a.png" alt="shot">');
    expect(String(files.get('docs/pictures-a.png'))).toBe('PNG');
  });

  it('has a reference of the schema', async () => {
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

  it('has tables of contents, and a script that knows the URL of the gateway', async () => {
    const { files } = await rendered('# A\n\n## B\n\n## C\n\n## D\n\n## `E`\n');
    const page = String(files.get('docs/readme.html'));
    expect(page).toContain('<li><a href="#e"><code>E</code></a></li>');
    expect(page).toContain('<script src="document-script.js" defer></script>');
    expect(String(files.get('docs/document-script.js'))).toBe('// none');
    expect(String(files.get('docs/bench.html'))).not.toContain('On this page');
  });

  it('has its links that lead nowhere found, each of them', async () => {
    const links = [
      'nowhere.md',
      'SECURITY.md#nothing',
      '#nothing',
      '../outside.md',
      'src/a.ts',
      'docs/b.png',
    ];
    const { faults } = await rendered(links.map((link) => `[x](${link})`).join(' '));
    expect([...faults].sort()).toEqual(
      links.map((link) => `README.md: the link ${link} leads nowhere`).sort(),
    );
  });
});
