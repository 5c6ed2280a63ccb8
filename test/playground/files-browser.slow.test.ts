import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Page, WebSocket } from 'playwright-core';
import { encodePng } from '../../src/sandbox/pictures/png.js';
import { type Token, TokensOnDisk } from '../access/tokens-on-disk.js';
import { at, until } from '../support/gateway.js';
import { describeInBrowser, type Playground, type SandboxGateway } from './browser.js';
import { EXAMPLES, openExample } from './examples.js';

const SAMPLES = ['sample-input.png', 'sample-mask.png'];
const INPUT = 'input.inputImage';
const URL_INSTEAD = 'https://images.example/elsewhere.png';
const TUNES = '{ tunes(first: 1) { nodes { id } } }';

const panel = (page: Page) => page.getByRole('region', { name: 'Files' });
const names = (page: Page) => panel(page).locator('.pg-upload-name').allTextContents();
const shows = (page: Page, wanted: readonly string[]) =>
  until(
    () => names(page),
    (shown) => shown.join() === wanted.join(),
  );

/** Waits for the browser's messages about failed requests, and checks that there are no others. */
async function takeFailures(playground: Playground, words: string): Promise<void> {
  const faults = await until(
    () => playground.takeFaults(),
    (some) => some.length > 0,
  );
  expect(faults.filter((fault) => !fault.includes(words))).toEqual([]);
}

describeInBrowser('the files of a run', (browser) => {
  let gateway: SandboxGateway;
  let playground: Playground;
  let page: Page;
  beforeAll(async () => {
    gateway = await browser.startGateway();
    playground = await browser.open(gateway);
    page = playground.page;
    await openExample(playground, EXAMPLES.create);
    await shows(page, SAMPLES);
  });

  /** Runs the tab. @returns The fields and names of the files that the sandbox's Astria received, and the request body. */
  async function sent() {
    gateway.sandbox.clearRequests();
    const { data, errors } = await playground.run();
    expect([errors, at(data, 'createPrompt.userErrors')]).toEqual([undefined, []]);
    const [request] = gateway.sandbox.requests({ upstream: 'astria', method: 'POST' });
    const files = gateway.sandbox.astria
      .findUploads(Number(at(data, 'createPrompt.prompt.id')))
      .map(({ field, filename }) => `${field} ${filename}`);
    return { files, body: JSON.stringify(request?.body) };
  }

  const bothSamples = SAMPLES.map((name, index) => `${['input', 'mask'][index]}_image ${name}`);

  async function withUrl(): Promise<void> {
    const variables = JSON.parse(EXAMPLES.create.variables);
    variables.input.inputImage = { url: URL_INSTEAD };
    await playground.setText('variables', JSON.stringify(variables));
  }

  it('are sent even if the schema could not be reloaded', async () => {
    await page.route('**/schema.graphql', (route) => route.abort(), { times: 1 });
    const failed = page.waitForEvent('requestfailed');
    await page.getByRole('button', { name: 'Re-fetch GraphQL schema' }).click();
    await failed;
    expect((await sent()).files).toEqual(bothSamples);
    await takeFailures(playground, 'ERR_FAILED');
  });

  it('are sent even if the headers editor sets another content type', async () => {
    await playground.setText('headers', '{ "Content-Type": "application/json" }');
    expect((await sent()).files).toEqual(bothSamples);
    await playground.setText('headers', '');
  });

  it('are samples only where the variables have no URL', async () => {
    await withUrl();
    await shows(page, SAMPLES.slice(1));
    const { files, body } = await sent();
    expect(files).toEqual(bothSamples.slice(1));
    expect(body).toContain(URL_INSTEAD);
    await playground.setText('variables', EXAMPLES.create.variables);
    await shows(page, SAMPLES);
  });

  it('are the samples again after a reload of an unchanged tab', async () => {
    await playground.reload();
    await shows(page, SAMPLES);
    expect((await sent()).files).toEqual(bothSamples);
  });

  it('replace a URL if the user has chosen them, with a note', async () => {
    await withUrl();
    const own = { name: 'own.png', mimeType: 'image/png', buffer: encodePng(1, 1, Buffer.alloc(3)) };
    await panel(page).getByLabel(INPUT, { exact: true }).setInputFiles(own);
    await shows(page, ['own.png', SAMPLES[1] ?? '']);
    await panel(page).getByText('replaces the url').waitFor();
    const { files, body } = await sent();
    expect(files).toEqual(['input_image own.png', bothSamples[1]]);
    expect(body).not.toContain(URL_INSTEAD);
  });

  it('of the user are removed by a reload, with a note, and not replaced by samples', async () => {
    await playground.reload();
    await panel(page).getByRole('status').getByText('choose them again').waitFor();
    await openExample(playground, EXAMPLES.browse);
    await openExample(playground, EXAMPLES.create);
    expect(await names(page)).toEqual([]);
    const { files, body } = await sent();
    expect(files).toEqual([]);
    expect(body).toContain(URL_INSTEAD);
  });
});

describeInBrowser('the playground of a gateway that hides its schema', (browser) => {
  let gateway: SandboxGateway;
  let playground: Playground;
  let page: Page;
  beforeAll(async () => {
    gateway = await browser.startGateway({ INTROSPECTION: 'false' });
    playground = await browser.open(gateway);
    page = playground.page;
  });

  it('shows a note about it', async () => {
    await page.getByText('This gateway does not show its schema.').waitFor();
    await takeFailures(playground, 'status of 404');
  });

  it('sends no operation whose files have no known variable', async () => {
    const samples = SAMPLES.map((name) =>
      page.waitForResponse(new RegExp(name.replace(/^sample-|\.png/g, ''))),
    );
    await openExample(playground, EXAMPLES.create);
    await Promise.all(samples.map(async (response) => (await response).finished()));
    const { errors } = await playground.run();
    expect(errors?.[0]?.message).toMatch(/^The operation was not sent\. The gateway hides its schema/);
    await page.getByRole('region', { name: 'Results', exact: true }).getByText('was not sent').waitFor();
    expect(gateway.sandbox.requests()).toEqual([]);
  });

  it('can still send a query', async () => {
    await openExample(playground, EXAMPLES.browse);
    expect(at((await playground.run()).data, 'tunes.nodes')).toHaveLength(5);
  });
});

describeInBrowser('new keys', (browser) => {
  const tokens = new TokensOnDisk();
  const [ALICE, BOB] = ['alice', 'bob'].map(
    (name): Token => ({ name, secret: `pg_${name}_secret`, scopes: ['read', 'create', 'replicate'] }),
  ) as [Token, Token];
  let gateway: SandboxGateway;
  let playground: Playground;
  let page: Page;
  beforeAll(async () => {
    await tokens.write(ALICE, BOB);
    gateway = await browser.startGateway({ AUTH_TOKENS_FILE: tokens.file });
    playground = await browser.openBlank(gateway);
    page = playground.page;
  });
  afterAll(() => tokens.remove());

  async function give(keys: Record<string, string>): Promise<void> {
    await page.getByRole('button', { name: /^Keys/ }).first().click();
    const dialog = page.getByRole('dialog');
    for (const [label, key] of Object.entries(keys))
      await dialog.getByLabel(label, { exact: true }).fill(key);
    await dialog.getByRole('button', { name: 'Use these' }).click();
    await dialog.waitFor({ state: 'hidden' });
  }

  /** Waits for the response to a schema request with a token. */
  const schemaFor = ({ secret }: Token) =>
    page.waitForResponse(
      (response) =>
        response.url().endsWith('/schema.graphql') &&
        response.request().headers().authorization === `Bearer ${secret}`,
    );

  it('make the page ignore a late rejection of the previous keys', async () => {
    let goOn = () => {};
    const isHeld = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    await page.route('**/schema.graphql', (route) => isHeld.then(() => route.continue()), { times: 1 });
    const former = page.waitForRequest(/schema\.graphql$/);
    await playground.load();
    const request = await former;
    const known = schemaFor(ALICE);
    await give({ 'Gateway token': ALICE.secret });
    expect((await known).status()).toBe(200);
    goOn();
    const refused = await request.response();
    expect(refused?.status()).toBe(401);
    await refused?.finished();
    await takeFailures(playground, 'status of 401');
    await openExample(playground, EXAMPLES.create);
    await shows(page, SAMPLES);
    expect((await playground.run()).errors).toBeUndefined();
    expect(await page.getByRole('dialog').isVisible()).toBe(false);
    expect(await page.locator('.pg-note').count()).toBe(0);
  });

  it('are overridden by the headers editor', async () => {
    await give({ 'Astria key': 'sd_wrong_4711' });
    await playground.setText('query', TUNES);
    expect((await playground.run()).errors?.[0]?.extensions?.code).toBe('UPSTREAM_UNAUTHENTICATED');
    await playground.setText('headers', '{ "X-Astria-Api-Key": "sd_sandbox" }');
    expect((await playground.run()).errors).toBeUndefined();
    await playground.setText('headers', '');
  });

  it('close the WebSocket of the previous keys, and reload the schema', async () => {
    const opened = new Promise<WebSocket>((resolve) => void page.once('websocket', resolve));
    const { id } = gateway.sandbox.astria.addPrompt({ text: 'still running', images: null });
    await playground.setText('query', `subscription { promptUpdated(id: "${id}") { id status } }`);
    await give({ 'Astria key': '' });
    await playground.start();
    const socket = await opened;
    await until(
      () => playground.text('response'),
      (text) => text.includes(`${id}`),
    );
    const closed = socket.waitForEvent('close');
    const known = schemaFor(BOB);
    await give({ 'Gateway token': BOB.secret });
    await closed;
    expect((await known).status()).toBe(200);
  });

  it('are not requested after the user has removed all keys', async () => {
    const refused = page.waitForResponse(/schema\.graphql$/);
    await page.getByRole('button', { name: /^Keys/ }).first().click();
    await page.getByRole('dialog').getByRole('button', { name: 'Forget all' }).click();
    expect((await refused).status()).toBe(401);
    await playground.setText('query', TUNES);
    expect((await playground.run()).errors?.[0]?.extensions?.code).toBe('UNAUTHENTICATED');
    expect(await page.getByRole('dialog').isVisible()).toBe(false);
    await takeFailures(playground, 'status of 401');
  });
});
