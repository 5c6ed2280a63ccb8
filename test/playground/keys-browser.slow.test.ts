import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { type Token, TokensOnDisk } from '../access/tokens-on-disk.js';
import { at, until } from '../support/gateway.js';
import { describeInBrowser, type Playground, type SandboxGateway } from './browser.js';
import { EXAMPLES } from './examples.js';

const WRONG = { 'Portkey key': 'pk-wrong-0815', 'Astria key': 'sd_wrong_4711' } as const;

/** Returns the entries of one of the browser's two storages by name. */
function stored({ page }: Playground, store: 'sessionStorage' | 'localStorage') {
  return page.evaluate<Record<string, string>>(`({ ...${store} })`);
}

/** Enters a key in the panel and uses it. */
async function giveKey({ page }: Playground, label: string, key: string, remember = false): Promise<void> {
  const dialog = page.getByRole('dialog');
  if (!(await dialog.isVisible())) await page.getByRole('button', { name: /^Keys/ }).first().click();
  await dialog.getByLabel(label, { exact: true }).fill(key);
  await dialog.getByRole('checkbox').setChecked(remember);
  await dialog.getByRole('button', { name: 'Use these' }).click();
  await dialog.waitFor({ state: 'hidden' });
}

async function forgetKeys({ page }: Playground): Promise<void> {
  await page.getByRole('button', { name: /^Keys/ }).first().click();
  await page.getByRole('dialog').getByRole('button', { name: 'Forget all' }).click();
}

describeInBrowser("the user's keys", (browser) => {
  let playground: Playground;

  beforeAll(async () => {
    playground = await browser.open(await browser.sharedGateway());
  });
  beforeEach(() => forgetKeys(playground));

  it.each([
    ['Portkey key', EXAMPLES.library],
    ['Astria key', EXAMPLES.browse],
  ] as const)('are reported as wrong, with a button to change them: %s', async (label, { tab }) => {
    const { page } = playground;
    await playground.openTab(tab);
    await giveKey(playground, label, WRONG[label]);
    const { errors } = await playground.run();
    expect(errors?.[0]?.extensions?.code).toBe('UPSTREAM_UNAUTHENTICATED');
    const results = page.getByRole('region', { name: 'Results' });
    await results.getByRole('alert').getByText('UPSTREAM_UNAUTHENTICATED').first().waitFor();
    await results.getByRole('button', { name: 'Open keys' }).click();
    expect(await page.getByRole('dialog').getByLabel(label, { exact: true }).inputValue()).toBe(WRONG[label]);
    await page.getByRole('dialog').getByRole('button', { name: 'Forget all' }).click();
    expect((await playground.run()).errors).toBeUndefined();
  });

  it('are stored only in the session, and survive a reload', async () => {
    await playground.openTab(EXAMPLES.library.tab);
    await giveKey(playground, 'Portkey key', WRONG['Portkey key']);
    await playground.run();
    await playground.reload();
    expect((await playground.run()).errors).toHaveLength(1);
    expect(JSON.stringify(await stored(playground, 'sessionStorage'))).toContain(WRONG['Portkey key']);
    expect(JSON.stringify(await stored(playground, 'localStorage'))).not.toContain(WRONG['Portkey key']);
    expect(playground.requests.filter(({ url }) => url.includes('wrong'))).toEqual([]);
  });

  it('are stored only in the browser if the user wants them remembered', async () => {
    await giveKey(playground, 'Portkey key', WRONG['Portkey key'], true);
    const kept = Object.entries(await stored(playground, 'localStorage'));
    const places = kept.filter(([, text]) => text.includes(WRONG['Portkey key'])).map(([name]) => name);
    expect(places).toHaveLength(1);
    expect(places[0]).not.toMatch(/^graphiql:/);
    expect(JSON.stringify(await stored(playground, 'sessionStorage'))).not.toContain(WRONG['Portkey key']);
    await forgetKeys(playground);
    expect(JSON.stringify(await stored(playground, 'localStorage'))).not.toContain(WRONG['Portkey key']);
  });

  it('can come from the headers editor, and are not stored then', async () => {
    const { page } = playground;
    await playground.openTab(EXAMPLES.library.tab);
    await page.getByRole('button', { name: 'Headers', exact: true }).click();
    await playground.setText('headers', '{ "x-portkey-api-key": "pk-typed-1234" }');
    const { errors } = await playground.run();
    expect(errors?.[0]?.extensions?.code).toBe('UPSTREAM_UNAUTHENTICATED');
    await playground.openTab(EXAMPLES.browse.tab);
    await playground.setText('query', '{ tunes(first: 1) { nodes { id } } } # kept');
    await until(
      () => stored(playground, 'localStorage'),
      (kept) => kept['graphiql:tabState']?.includes('# kept') === true,
    );
    for (const store of ['localStorage', 'sessionStorage'] as const)
      expect(JSON.stringify(await stored(playground, store))).not.toContain('pk-typed');
  });
});

describeInBrowser('the playground of a gateway that requires a token', (browser) => {
  const tokens = new TokensOnDisk();
  const ALICE: Token = { name: 'alice', secret: 'pg_alice_secret', scopes: ['read', 'create', 'replicate'] };
  let gateway: SandboxGateway;
  let playground: Playground;

  beforeAll(async () => {
    await tokens.write(ALICE);
    gateway = await browser.startGateway({ AUTH_TOKENS_FILE: tokens.file });
    playground = await browser.open(gateway);
  });
  afterAll(() => tokens.remove());

  it('asks for the token if it is missing', async () => {
    const dialog = playground.page.getByRole('dialog');
    await dialog.getByRole('alert').getByText(/token/).waitFor();
    await dialog.getByLabel('Gateway token').waitFor();
    // The browser logs the response with status 401.
    await until(
      () => playground.takeFaults(),
      (faults) => faults.length > 0 && faults.every((fault) => fault.includes('status of 401')),
    );
  });

  it('loads the schema once it has the token', async () => {
    const { page } = playground;
    await giveKey(playground, 'Gateway token', ALICE.secret);
    await page.getByRole('button', { name: 'Show Documentation Explorer' }).click();
    await page.locator('.graphiql-doc-explorer').getByRole('link', { name: 'Query', exact: true }).waitFor();
    await page.getByRole('button', { name: 'Hide Documentation Explorer' }).click();
    expect((await playground.run()).errors).toBeUndefined();
  });

  it('sends the token over the WebSocket too', async () => {
    await playground.openTab(EXAMPLES.create.tab);
    const { data } = await playground.run();
    const id = at(data, 'createPrompt.prompt.id');
    await playground.openTab(EXAMPLES.browse.tab);
    await playground.setText('query', `subscription { promptUpdated(id: "${id}") { id status } }`);
    await playground.start();
    const response = await playground.answer((each) => at(each.data, 'promptUpdated.status') === 'SUCCEEDED');
    expect(response.errors).toBeUndefined();
    expect(playground.requests.some(({ method }) => method === 'WebSocket')).toBe(true);
    expect(playground.requests.filter(({ url }) => url.includes('alice'))).toEqual([]);
  });
});
