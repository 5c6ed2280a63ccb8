import { beforeAll, beforeEach, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { at, until } from '../support/gateway.js';
import { describeInBrowser, type Playground, type SandboxGateway } from './browser.js';
import { EXAMPLES, openExample } from './examples.js';

const TABS = Object.values(EXAMPLES).map(({ tab }) => tab);
const TUNES = '{ tunes(first: 1) { nodes { id } } }';
const CREATE = 'mutation { createPrompt(tuneId: "2690418", input: { text: "kept" }) { prompt { id } } }';
/** Delay that leaves time for other actions during a run. */
const SLOW = { upstream: 'astria', kind: 'slow-body', delayMs: 1500 } as const;

const results = (page: Page) => page.getByRole('region', { name: 'Results', exact: true });
const isRunning = (page: Page) => results(page).getByText('Running…');

/** Presses the button of a tab without waiting. */
const goTo = (page: Page, tab: string) =>
  page.evaluate(`document.querySelectorAll('.graphiql-tab-button')[${TABS.indexOf(tab)}].click()`);

const keptTabs = (page: Page) => page.evaluate<string>('localStorage.getItem("graphiql:tabState") ?? ""');

describeInBrowser('the tabs after a reload', (browser) => {
  let playground: Playground;
  beforeAll(async () => {
    playground = await browser.open(await browser.sharedGateway());
  });

  const active = () => playground.page.locator('.graphiql-tab-active').textContent();

  it('are unchanged, with the same active tab and unchanged variables', async () => {
    const variables = '{\n\n  // mine\n  "headers": { "a":1 },   "first": 3,\n}';
    await openExample(playground, EXAMPLES.library);
    await playground.setText('variables', variables);
    await until(
      () => keptTabs(playground.page),
      (kept) => kept.includes(JSON.stringify(variables)),
    );
    for (const example of [EXAMPLES.duplicate, EXAMPLES.library]) await openExample(playground, example);
    for (let visit = 0; visit < 2; visit += 1) {
      await playground.reload();
      expect(await playground.tabNames()).toEqual(TABS);
      expect(await active()).toContain(EXAMPLES.library.tab);
      expect(await playground.text('query')).toBe(EXAMPLES.library.query);
      expect(await playground.text('variables')).toBe(variables);
    }
  });

  it.each([0, 300])('are the same %s ms after a change of tabs', async (ms) => {
    const { page } = playground;
    const [before, after] = ms === 0 ? (['library', 'browse'] as const) : (['browse', 'duplicate'] as const);
    await openExample(playground, EXAMPLES[before]);
    await page.evaluate(`
      document.querySelectorAll('.graphiql-tab-button')[${TABS.indexOf(EXAMPLES[after].tab)}].click();
      new Promise((resolve) => setTimeout(resolve, ${ms}));
    `);
    await playground.reload();
    expect(await playground.tabNames()).toEqual(TABS);
    expect(await active()).toContain(EXAMPLES[after].tab);
    expect(await playground.text('query')).toBe(EXAMPLES[after].query);
  });
});

describeInBrowser('a run', (browser) => {
  let gateway: SandboxGateway;
  let playground: Playground;
  let page: Page;
  beforeAll(async () => {
    gateway = await browser.sharedGateway();
    playground = await browser.open(gateway);
    page = playground.page;
  });
  beforeEach(async () => {
    gateway.sandbox.clearFaults();
    gateway.sandbox.clearRequests();
    await playground.setText('headers', '');
  });

  const creates = () => gateway.sandbox.requests({ upstream: 'astria', method: 'POST' }).length;

  /** Starts a slow operation, and waits until it is in progress. */
  async function begin(query: string): Promise<void> {
    gateway.sandbox.addFault(SLOW);
    await playground.setText('query', query);
    await playground.start();
    await until(
      () => gateway.sandbox.requests({ upstream: 'astria' }).length,
      (count) => count > 0,
    );
    await isRunning(page).waitFor();
  }

  it('that is stopped is cancelled and shows nothing', async () => {
    await openExample(playground, EXAMPLES.browse);
    await begin(TUNES);
    const cancelled = page.waitForEvent('requestfailed');
    await page.getByRole('button', { name: /^Stop/ }).click();
    await isRunning(page).waitFor({ state: 'detached' });
    expect((await cancelled).url()).toMatch(/graphql$/);
    expect(await playground.text('response')).toBe('');
    expect(await results(page).getByRole('alert').getByRole('listitem').count()).toBe(0);
    expect(at((await playground.run()).data, 'tunes.nodes')).toHaveLength(1);
  });

  it('never shows its response in another tab', async () => {
    await playground.openTab('<untitled>');
    await begin(TUNES);
    const cancelled = page.waitForEvent('requestfailed');
    await goTo(page, EXAMPLES.library.tab);
    await cancelled;
    expect(await playground.text('response')).toBe('');
    await playground.openTab('<untitled>');
    await isRunning(page).waitFor({ state: 'detached' });
    expect(await playground.text('response')).toBe('');
  });

  it('of a mutation continues in its tab while another tab is active', async () => {
    await begin(CREATE);
    const answered = page.waitForResponse(/graphql$/);
    await goTo(page, EXAMPLES.library.tab);
    await (await answered).finished();
    expect(await playground.text('response')).toBe('');
    expect(await results(page).getByRole('listitem').count()).toBe(0);
    await playground.openTab('<untitled>');
    await results(page).getByRole('listitem').first().waitFor();
    expect(await results(page).getByRole('list', { name: 'Prompts' }).getByRole('listitem').count()).toBe(1);
    expect(creates()).toBe(1);
  });

  it.each([
    ['a query', TUNES],
    ['a subscription', 'subscription { promptUpdated(id: "1") { id } }'],
  ])('names an invalid header of %s', async (_kind, query) => {
    await playground.setText('query', query);
    await playground.setText('headers', '{ "x no name": "1" }');
    const { errors } = await playground.run();
    expect(errors?.[0]?.message).toMatch(/"x no name".*headers editor/);
    await results(page).getByRole('alert').getByText('"x no name"').first().waitFor();
  });
});

describeInBrowser('the tab that watches a replication', (browser) => {
  let gateway: SandboxGateway;
  let playground: Playground;
  let page: Page;
  beforeAll(async () => {
    gateway = await browser.startGateway();
    playground = await browser.open(gateway);
    page = playground.page;
  });

  /** Starts a replication like another user. @returns The id of the replication. */
  async function replicate(targetModel: string): Promise<string> {
    const query = `mutation { replicatePrompts(targetModel: "${targetModel}", selection: { sourceModel: "gpt-4o-mini" }
      options: { nameTemplate: "{name}-{model}" }) { replication { id } } }`;
    const body = JSON.stringify({ query });
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${gateway.url}/graphql`, { method: 'POST', headers, body });
    return String(at(await response.json(), 'data.replicatePrompts.replication.id'));
  }

  /** Waits until the page has processed earlier responses. */
  const settle = () => page.evaluate("fetch('/schema.graphql').then((response) => response.text())");

  const showsId = (id: string) =>
    until(
      () => playground.text('variables'),
      (text) => text.includes(`"${id}"`),
    );

  it('does not overwrite the user input during the search for the newest replication', async () => {
    await replicate('gpt-5');
    let goOn = () => {};
    const isHeld = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    await page.route('**/graphql', (route) => isHeld.then(() => route.continue()), { times: 1 });
    const asked = page.waitForRequest(/\/graphql$/);
    await goTo(page, EXAMPLES.watch.tab);
    const request = await asked;
    await playground.setText('variables', '{ "id": "mine" }');
    goOn();
    await (await request.response())?.finished();
    await settle();
    expect(await playground.text('variables')).toBe('{ "id": "mine" }');
    await until(
      () => keptTabs(page),
      (kept) => kept.includes('mine'),
    );
  });

  it("keeps the user's id, and inserts the newest one only if there was none", async () => {
    await openExample(playground, EXAMPLES.browse);
    await openExample(playground, EXAMPLES.watch);
    await settle();
    expect(await playground.text('variables')).toBe('{ "id": "mine" }');
    const id = await replicate('gpt-5-mini');
    await playground.setText('variables', EXAMPLES.watch.variables);
    await showsId(id);
  });

  it('has the id of the newest replication after a reload', async () => {
    await until(
      () => keptTabs(page),
      (kept) => !kept.includes('mine') && !kept.includes('"{\\n  \\"id\\": \\"\\"'),
    );
    const id = await replicate('gpt-5-nano');
    await playground.reload();
    await showsId(id);
    expect(await playground.tabNames()).toEqual(TABS);
  });
});

describeInBrowser('a stopped gateway', (browser) => {
  it('is reported as unreachable, and responds after a restart', async () => {
    const gateway = await browser.startGateway();
    const playground = await browser.open(gateway);
    await playground.setText('query', TUNES);
    expect((await playground.run()).errors).toBeUndefined();
    await gateway.close();
    const { errors } = await playground.run();
    expect(errors).toEqual([{ message: 'The gateway cannot be reached. Is it running?' }]);
    await results(playground.page).getByRole('alert').getByText('cannot be reached').waitFor();
    expect(playground.takeFaults()).toEqual([expect.stringContaining('ERR_CONNECTION_REFUSED')]);
    await browser.startGateway({ PORT: new URL(gateway.url).port });
    expect(at((await playground.run()).data, 'tunes.nodes')).toHaveLength(1);
  });
});
