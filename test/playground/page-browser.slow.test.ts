import { beforeAll, expect, it } from '@jest/globals';
import { at, until } from '../support/gateway.js';
import { describeInBrowser, type Playground, type SandboxGateway } from './browser.js';
import { EXAMPLES, openExample, runExample } from './examples.js';

const TABS = Object.values(EXAMPLES).map(({ tab }) => tab);

describeInBrowser('the playground on the first visit', (browser) => {
  let gateway: SandboxGateway;
  let playground: Playground;

  beforeAll(async () => {
    gateway = await browser.sharedGateway();
    playground = await browser.open(gateway);
  });

  it('shows the example tabs, and the first one with its query and variables', async () => {
    expect(await playground.tabNames()).toEqual(TABS);
    expect(await playground.text('query')).toBe(EXAMPLES.browse.query);
    expect(await playground.text('variables')).toBe(EXAMPLES.browse.variables);
    await playground.page.locator('.graphiql-editor-tool').getByText('"firstTunes"').waitFor();
  });

  it('requests only the schema as text and its own files from the gateway', async () => {
    const paths = () => playground.requests.map(({ method, url }) => `${method} ${new URL(url).pathname}`);
    await until(paths, (seen) => seen.includes('GET /schema.graphql'));
    expect(paths().filter((path) => path.endsWith('/graphql'))).toEqual([]);
    expect(paths().filter((path) => !/^GET \/($|schema\.graphql$|assets\/)/.test(path))).toEqual([]);
  });

  it('completes input from the schema', async () => {
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

  it('builds an operation from selected fields', async () => {
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

  it('keeps a history of runs', async () => {
    const { page } = playground;
    await playground.setText('query', 'query ForTheHistory { tunes(first: 1) { nodes { id } } }');
    await playground.run();
    await page.getByRole('button', { name: 'Show History' }).click();
    await page.locator('.graphiql-history-item-label', { hasText: 'ForTheHistory' }).first().waitFor();
    await page.getByRole('button', { name: 'Hide History' }).click();
  });

  it('shows the sandbox badge, and links to the README', async () => {
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

  it('links to documents whose commands have the URL of this gateway and can be copied', async () => {
    const { page } = playground;
    const document = await page.context().newPage();
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'], { origin: gateway.url });
    await document.goto(`${gateway.url}/docs/subscriptions.html`);
    const commands = document.locator('pre').filter({ hasText: 'webSocketImpl: WebSocket' });
    const text = (await commands.allTextContents()).join();
    expect(text).toContain(`url: "${gateway.url.replace('http', 'ws')}/graphql"`);
    await document.getByRole('button', { name: 'Copy' }).nth(1).click();
    await document.getByRole('button', { name: 'Copied' }).waitFor();
    const copied = await document.evaluate<string>('navigator.clipboard.readText()');
    expect(copied.trim()).toBe(text.trim());
    await document.close();
  });

  it('restores its tabs, queries and variables after a reload', async () => {
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

describeInBrowser('the example tabs', (browser) => {
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

  it('run their own operation even just after a change of tabs', async () => {
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

  it('plan, run and watch a replication', async () => {
    const planned = await runExample(playground, EXAMPLES.dryRun);
    expect(at(planned.data, 'replicatePrompts.userErrors')).toEqual([]);
    expect(at(planned.data, 'replicatePrompts.replication.status')).toBe('PLANNED');
    const total = at(planned.data, 'replicatePrompts.replication.counts.total');
    const begun = await runExample(playground, EXAMPLES.replicate);
    expect(at(begun.data, 'replicatePrompts.userErrors')).toEqual([]);
    const id = at(begun.data, 'replicatePrompts.replication.id');
    await openExample(playground, EXAMPLES.watch);
    // The page inserts the id.
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
