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
    for (const address of ['/docs/readme.html', '/docs/security.html', '/docs/documents.css']) {
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
    for (const folder of ['docs/pictures', 'bench', 'src', 'playground/build'])
      await mkdir(path.join(root, folder), { recursive: true });
    const texts = {
      ...{
        'SECURITY.md': '# Security\n\n## Both & `one`\n',
        'CONTRIBUTING.md': '# C',
        'CHANGELOG.md': '# D',
      },
      ...{ 'bench/README.md': '# Bench\n\n[up](../README.md)', 'playground/build/documents.css': 'a {}' },
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
