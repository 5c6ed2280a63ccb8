import { beforeAll, expect, it } from '@jest/globals';
import type { Locator } from 'playwright-core';
import { at, until } from '../support/gateway.js';
import { describeInBrowser, type Playground, type SandboxGateway, type ShownAnswer } from './browser.js';
import { EXAMPLES, type ExampleFiles } from './examples.js';

const TABS = Object.values(EXAMPLES).map(({ tab }) => tab);

async function openExample(playground: Playground, { tab, query }: ExampleFiles): Promise<void> {
  await playground.openTab(tab);
  expect(await playground.text('query')).toBe(query);
}

/** Runs a ready-made tab as it stands. */
async function runExample(playground: Playground, example: ExampleFiles): Promise<ShownAnswer> {
  await openExample(playground, example);
  return playground.run();
}

describeInBrowser('the playground at the first visit', (browser) => {
  let gateway: SandboxGateway;
  let playground: Playground;

  beforeAll(async () => {
    gateway = await browser.startGateway();
    playground = await browser.open(gateway);
  });

  it('shows the ready-made tabs, the first with its query and its variables', async () => {
    expect(await playground.tabNames()).toEqual(TABS);
    expect(await playground.text('query')).toBe(EXAMPLES.browse.query);
    expect(await playground.text('variables')).toBe(EXAMPLES.browse.variables);
    await playground.page.locator('.graphiql-editor-tool').getByText('"firstTunes"').waitFor();
  });

  it('asks for the schema as text, and nothing else of the gateway', async () => {
    const paths = () => playground.requests.map(({ method, url }) => `${method} ${new URL(url).pathname}`);
    await until(paths, (seen) => seen.includes('GET /schema.graphql'));
    expect(paths().filter((path) => path.endsWith('/graphql'))).toEqual([]);
    expect(paths().filter((path) => !/^GET \/($|schema\.graphql$|assets\/)/.test(path))).toEqual([]);
  });

  it('completes what is typed from the schema', async () => {
    const { page } = playground;
    await page.locator('.graphiql-tab-add').click();
    await until(
      () => playground.text('query'),
      (text) => text !== EXAMPLES.browse.query,
    );
    await playground.setText('query', '');
    await playground.queryInput.focus();
    await page.keyboard.type('{ portkeyPro');
    const suggestion = page.locator('.suggest-widget.visible .monaco-list-row', {
      hasText: /^portkeyPrompts/,
    });
    await suggestion.waitFor();
    await suggestion.click();
    await until(
      () => playground.text('query'),
      (text) => text.includes('{ portkeyPrompts'),
    );
  });

  it('documents the schema', async () => {
    const { page } = playground;
    await page.getByRole('button', { name: 'Show Documentation Explorer' }).click();
    const docs = page.locator('.graphiql-doc-explorer');
    await docs.getByRole('link', { name: 'Query', exact: true }).click();
    await docs.getByRole('link', { name: 'portkeyPrompts', exact: true }).waitFor();
    await page.getByRole('button', { name: 'Hide Documentation Explorer' }).click();
    await docs.waitFor({ state: 'detached' });
  });

  it('builds an operation by ticking fields', async () => {
    const { page } = playground;
    await playground.setText('query', 'query Built { __typename }');
    await page
      .locator('.graphiql-sidebar')
      .getByRole('button', { name: /Show .*Explorer$/ })
      .last()
      .click();
    const explorer = page.locator('.graphiql-explorer-root, .docExplorerWrap').first();
    await explorer.getByText('portkeyPrompts', { exact: true }).click();
    await explorer.getByText('totalCount', { exact: true }).click();
    const built = await until(
      () => playground.text('query'),
      (text) => text.includes('totalCount'),
    );
    expect(built.replaceAll(/\s+/g, ' ')).toContain('portkeyPrompts { totalCount');
    expect(at((await playground.run()).data, 'portkeyPrompts.totalCount')).toBeGreaterThan(100);
    await page
      .locator('.graphiql-sidebar')
      .getByRole('button', { name: /Hide .*Explorer$/ })
      .last()
      .click();
  });

  it('keeps a history of what was run', async () => {
    const { page } = playground;
    await playground.setText('query', 'query ForTheHistory { tunes(first: 1) { nodes { id } } }');
    await playground.run();
    await page.getByRole('button', { name: 'Show History' }).click();
    await page.locator('.graphiql-history-item-label', { hasText: 'ForTheHistory' }).first().waitFor();
    await page.getByRole('button', { name: 'Hide History' }).click();
  });

  it('says that it is a sandbox, and leads to the README', async () => {
    const { page } = playground;
    const opened = page.waitForEvent('popup');
    await page.getByRole('link', { name: 'README' }).click();
    const readme = await opened;
    await readme.getByRole('heading', { level: 1, name: 'Promptgate' }).waitFor();
    const badge = await page.getByRole('link', { name: 'sandbox' }).getAttribute('href');
    const { href, hash } = new URL(badge ?? '', `${gateway.url}/`);
    await readme.goto(href);
    await readme.locator(hash).waitFor({ state: 'attached' });
    await readme.close();
  });

  it('has its tabs, queries and variables after a reload', async () => {
    await openExample(playground, EXAMPLES.library);
    await playground.setText('variables', '{ "first": 3 }');
    await playground.setText('query', `${EXAMPLES.library.query}# mine`);
    await until(
      () => playground.page.evaluate('localStorage.getItem("graphiql:tabState")'),
      (kept) => typeof kept === 'string' && kept.includes('# mine') && kept.includes('\\"first\\": 3'),
    );
    await playground.reload();
    expect((await playground.tabNames()).slice(0, TABS.length)).toEqual(TABS);
    expect(await playground.text('query')).toBe(`${EXAMPLES.library.query}# mine`);
    expect(await playground.text('variables')).toBe('{ "first": 3 }');
  });
});

describeInBrowser('the ready-made tabs', (browser) => {
  let playground: Playground;

  beforeAll(async () => {
    playground = await browser.open(await browser.startGateway());
  });

  it('browse tunes and prompts', async () => {
    const { data, errors } = await runExample(playground, EXAMPLES.browse);
    expect(errors).toBeUndefined();
    expect(at(data, 'tunes.nodes')).toHaveLength(5);
    expect(at(data, 'prompts.nodes')).toHaveLength(12);
  });

  it('create a prompt with an input and a mask image', async () => {
    await openExample(playground, EXAMPLES.create);
    await playground.page.getByText('mask.png').waitFor();
    const { data, errors } = await playground.run();
    expect(errors).toBeUndefined();
    expect(at(data, 'createPrompt.userErrors')).toEqual([]);
    expect(at(data, 'createPrompt.prompt.id')).toMatch(/^\d+$/);
  });

  it('duplicate a prompt with another seed', async () => {
    const { data, errors } = await runExample(playground, EXAMPLES.duplicate);
    expect(errors).toBeUndefined();
    expect(at(data, 'duplicatePrompt.userErrors')).toEqual([]);
    expect(at(data, 'duplicatePrompt.prompt.seed')).toBe(7);
  });

  it('run as they are shown, also right after going there', async () => {
    await openExample(playground, EXAMPLES.browse);
    const { page } = playground;
    await playground.setText('response', '');
    const index = TABS.indexOf(EXAMPLES.library.tab);
    await page.evaluate(`
      document.querySelectorAll('.graphiql-tab-button')[${index}].click();
      document.querySelector('.graphiql-execute-button').click();
    `);
    const { data, errors } = await playground.answer(() => true);
    expect(errors).toBeUndefined();
    expect(at(data, 'portkeyPrompts.totalCount')).toBeGreaterThan(100);
  });

  it('list the Portkey library', async () => {
    const { data, errors } = await runExample(playground, EXAMPLES.library);
    expect(errors).toBeUndefined();
    expect(at(data, 'portkeyPrompts.nodes')).toHaveLength(20);
  });

  it('replicate: dry run, run, watch', async () => {
    const planned = await runExample(playground, EXAMPLES.dryRun);
    expect(at(planned.data, 'replicatePrompts.userErrors')).toEqual([]);
    expect(at(planned.data, 'replicatePrompts.replication.status')).toBe('PLANNED');
    const total = at(planned.data, 'replicatePrompts.replication.counts.total');
    const begun = await runExample(playground, EXAMPLES.replicate);
    expect(at(begun.data, 'replicatePrompts.userErrors')).toEqual([]);
    const id = at(begun.data, 'replicatePrompts.replication.id');
    await openExample(playground, EXAMPLES.watch);
    // Nobody has to copy it.
    await until(
      () => playground.text('variables'),
      (text) => text.includes(String(id)),
    );
    await playground.start();
    const { data } = await playground.answer(
      (answer) => at(answer.data, 'replicationProgress.status') === 'COMPLETED',
    );
    expect(at(data, 'replicationProgress.counts.created')).toBe(total);
  });
});

describeInBrowser('the looks of the playground', (browser) => {
  let gateway: SandboxGateway;

  beforeAll(async () => {
    gateway = await browser.startGateway();
  });

  it('is light or dark as the system is, also when that changes', async () => {
    const { page } = await browser.open(gateway, { colorScheme: 'dark' });
    const places = ['.graphiql-container', '.graphiql-query-editor', '.pg-side'];
    const lightness = () => Promise.all(places.map((place) => lightnessBehind(page.locator(place).first())));
    const editor = page.locator('.graphiql-query-editor .monaco-editor');
    await until(lightness, (all) => all.every((each) => each < 0.3));
    expect(await editor.getAttribute('class')).toContain('vs-dark');
    await page.emulateMedia({ colorScheme: 'light' });
    await until(lightness, (all) => all.every((each) => each > 0.9));
    await until(
      () => editor.getAttribute('class'),
      (names) => names?.includes('vs-dark') === false,
    );
  });

  it('fits a wide screen: what is longer scrolls within its own place', async () => {
    const playground = await browser.open(gateway);
    await runExample(playground, EXAMPLES.browse);
    const size =
      'const { scrollWidth, scrollHeight } = document.documentElement; [scrollWidth, scrollHeight]';
    expect(await playground.page.evaluate(size)).toEqual([1280, 800]);
  });

  it('cuts nothing off on a narrow screen', async () => {
    const playground = await browser.open(gateway, { viewport: { width: 360, height: 740 } });
    const { page } = playground;
    const width = () => page.evaluate<number>('document.documentElement.scrollWidth');
    const reachable = async (target: Locator) => {
      await target.scrollIntoViewIfNeeded();
      // Whether a click would reach it.
      await target.click({ trial: true });
      const { x = -1, width = 0 } = (await target.boundingBox()) ?? {};
      expect({ target: `${target}`, isCut: x < 0 || x + width > 360 }).toEqual({
        target: `${target}`,
        isCut: false,
      });
    };
    expect(await width()).toBeLessThanOrEqual(360);
    await runExample(playground, EXAMPLES.browse);
    const image = page.locator('.pg-side img').first();
    await reachable(image);
    await openExample(playground, EXAMPLES.create);
    await reachable(page.locator('.pg-side input[type="file"]').first());
    for (const name of ['Keys', 'New tab', 'Prettify query (Shift-Ctrl-P)', 'Show History'])
      await reachable(page.getByRole('button', { name, exact: true }));
    await reachable(playground.executeButton);
    for (const place of ['.graphiql-query-editor', '.graphiql-editor-tool', '.graphiql-response'])
      await reachable(page.locator(`${place} .monaco-editor`).first());
    await reachable(page.getByRole('link', { name: 'README' }));
    await openExample(playground, EXAMPLES.watch);
    expect(await width()).toBeLessThanOrEqual(360);
  });

  it('takes less than 2.2 MB at the first visit, with brotli less than with gzip', async () => {
    const sizes: number[] = [];
    for (const acceptEncoding of ['gzip', 'br']) {
      const playground = await browser.open(gateway, { acceptEncoding });
      await playground.page.waitForLoadState('networkidle');
      sizes.push(await playground.transferred());
    }
    const [gzip = 0, brotli = 0] = sizes;
    expect(gzip).toBeGreaterThan(200_000);
    expect(gzip).toBeLessThan(2_200_000);
    expect(brotli).toBeLessThan(gzip);
  });

  it('is found out when it asks another host for something, or complains', async () => {
    const playground = await browser.open(gateway);
    await playground.page.evaluate(`
      new Image().src = 'https://elsewhere.test/picture.png';
      fetch('https://elsewhere.test/data').catch(() => {});
      console.error('a complaint');
      setTimeout(() => { throw new Error('nobody catches this'); });
    `);
    const faults: string[] = [];
    const isNamed = (text: string) => faults.some((fault) => fault.includes(text));
    await until(
      () => faults.push(...playground.takeFaults()),
      () =>
        [
          'foreign request: GET https://elsewhere.test/picture.png',
          'Content Security Policy',
          'a complaint',
          'nobody catches this',
        ].every(isNamed),
    );
  });
});

/** From 0 (black) to 1 (white), of the colour that something is drawn on. */
function lightnessBehind(place: Locator): Promise<number> {
  return place.evaluate((element) => {
    const { defaultView } = element.ownerDocument;
    for (let at = element; at !== null; at = at.parentElement) {
      const [red = 0, green = 0, blue = 0, alpha = 1] = (
        defaultView.getComputedStyle(at).backgroundColor.match(/[\d.]+/g) ?? []
      ).map(Number);
      if (alpha > 0.5) return (red + green + blue) / 3 / 255;
    }
    return 1;
  });
}
