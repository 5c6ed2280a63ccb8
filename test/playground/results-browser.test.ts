import { beforeAll, expect, it } from '@jest/globals';
import type { Locator } from 'playwright-core';
import { at, until } from '../support/gateway.js';
import { describeInBrowser, type Playground, type SandboxGateway } from './browser.js';

const PATIENCE_MS = 30_000;
const CREATE = `mutation ($text: String!) {
  createPrompt(tuneId: "2690418", input: { text: $text, numImages: 2 }) { prompt { id } }
}`;
const REPLICATE = `mutation ($model: String!, $name: String!, $dryRun: Boolean!) {
  replicatePrompts(targetModel: $model, dryRun: $dryRun, options: { concurrency: 2, nameTemplate: $name }) {
    replication { id }
    userErrors { message }
  }
}`;

describeInBrowser('the panel of results', (browser) => {
  let gateway: SandboxGateway;
  let playground: Playground;
  const sent: string[] = [];
  beforeAll(async () => {
    gateway = await browser.startGateway();
    playground = await browser.openBlank(gateway);
    playground.page.on('websocket', (socket) => {
      socket.on('framesent', ({ payload }) => void sent.push(String(payload)));
    });
    await playground.load();
  });

  const panel = () => playground.page.getByRole('region', { name: 'Results', exact: true });
  const card = (text: string) => panel().getByRole('listitem').filter({ hasText: text });
  const lightbox = () => playground.page.getByRole('dialog', { name: 'Image in large' });
  const shown = (locator: Locator) => locator.waitFor({ timeout: PATIENCE_MS });

  async function ask(query: string, variables: Record<string, unknown> = {}, headers = {}) {
    await playground.setText('query', query);
    await playground.setText('variables', JSON.stringify(variables));
    await playground.setText('headers', JSON.stringify(headers));
    return playground.run();
  }

  const replicate = (model: string, dryRun = false) =>
    ask(REPLICATE, { model, name: `{name}-${model}`, dryRun });

  /** The cells of the table's rows, without its head. */
  const rows = () =>
    panel()
      .locator('tbody tr')
      .evaluateAll((all: { readonly children: Iterable<{ readonly textContent: string }> }[]) =>
        all.map(({ children }) => [...children].map(({ textContent }) => textContent)),
      );

  it('says what appears in it before there is anything, and of a run that there is nothing', async () => {
    const before = panel().getByText('Images of prompts, the progress of replications');
    await shown(before);
    await ask('{ portkeyPrompts(first: 1) { nodes { name } } }');
    await shown(panel().getByText('Nothing to look at in this answer.'));
    expect(await before.count()).toBe(0);
  });

  it('shows the images of the prompts in an answer, and they load', async () => {
    const { data } = await ask('{ prompts(first: 12) { nodes { words: text pics: images } } }');
    const nodes = at(data, 'prompts.nodes') as { words: string; pics: string[] }[];
    const images = panel().getByRole('img');
    await until(
      () => images.count(),
      (count) => count === nodes.flatMap(({ pics }) => pics).length,
    );
    for (const image of await images.all()) await image.scrollIntoViewIfNeeded();
    const widths = () =>
      images.evaluateAll((all: { naturalWidth: number }[]) => all.map((one) => one.naturalWidth));
    await until(widths, (all) => all.length > 0 && all.every((width) => width > 0), PATIENCE_MS);
    const first = nodes.find(({ pics }) => pics.length > 1);
    await shown(
      panel()
        .getByRole('button', { name: `${first?.words}, image 2` })
        .first(),
    );
  });

  it('opens an image in large, by keyboard alone', async () => {
    await ask('{ prompts(first: 12) { nodes { text images } } }');
    const thumbnail = panel()
      .getByRole('button', { name: /, image 1$/ })
      .first();
    await thumbnail.focus();
    await playground.page.keyboard.press('Enter');
    const current = lightbox().locator('.yarl__slide_current img');
    await shown(current);
    const first = await current.getAttribute('src');
    await playground.page.keyboard.press('ArrowRight');
    await until(
      () => current.getAttribute('src'),
      (src) => src !== first,
    );
    await playground.page.keyboard.press('ArrowLeft');
    await until(
      () => current.getAttribute('src'),
      (src) => src === first,
    );
    await playground.page.keyboard.press('Escape');
    await lightbox().waitFor({ state: 'detached' });
    expect(await thumbnail.evaluate((element) => element.ownerDocument.activeElement === element)).toBe(true);
  });

  it('keeps the focus in the large image, however often Tab is pressed', async () => {
    await ask('{ prompts(first: 12) { nodes { text images } } }');
    const thumbnail = panel()
      .getByRole('button', { name: /, image 2$/ })
      .first();
    await thumbnail.focus();
    await playground.page.keyboard.press('Enter');
    await shown(lightbox());
    const focused = () => lightbox().locator(':focus').getAttribute('aria-label');
    const there: (string | null)[] = [];
    for (const key of ['Tab', 'Tab', 'Tab', 'Tab', 'Shift+Tab', 'Shift+Tab']) {
      await playground.page.keyboard.press(key);
      there.push(await focused());
    }
    const [first, second, third] = there;
    expect(new Set([first, second, third]).size).toBe(3);
    expect(there.slice(3)).toEqual([first, third, second]);
    await playground.page.keyboard.press('Escape');
    await lightbox().waitFor({ state: 'detached' });
    expect(await thumbnail.evaluate((element) => element.ownerDocument.activeElement === element)).toBe(true);
  });

  it('asks for nothing that an upstream must not name, and opens the images beside it', async () => {
    const { data } = await ask('{ prompts(first: 12) { nodes { images } } }');
    const nodes = at(data, 'prompts.nodes') as { images: string[] }[];
    const good = nodes.flatMap(({ images }) => images)[0] ?? '';
    const images = ['javascript:alert(1)', 'data:image/png;base64,AAAA', 'file:///etc/passwd', good, good];
    gateway.sandbox.astria.addPrompt({ text: 'of a foe', images });
    await ask('{ prompts(first: 1) { nodes { text images } } }');
    await shown(card('of a foe').getByText('not shown').first());
    expect(await card('of a foe').getByText('not shown').count()).toBe(3);
    expect(await card('of a foe').getByRole('img').count()).toBe(2);
    await card('of a foe').getByRole('button', { name: 'of a foe, image 5' }).click();
    await shown(lightbox().getByText('of a foe (5 of 5)'));
    await playground.page.keyboard.press('Escape');
    await lightbox().waitFor({ state: 'detached' });
  });

  it('draws 24 images of a prompt, and says how many more there are', async () => {
    const images = Array.from({ length: 30 }, () => `${gateway.sandbox.url}/images/1/0.png`);
    gateway.sandbox.astria.addPrompt({ text: 'of many images', images });
    await ask('{ prompts(first: 1) { nodes { text images } } }');
    await shown(card('of many images').getByText('And 6 more images in the answer.'));
    expect(await card('of many images').getByRole('button').count()).toBe(24);
  });

  it('marks an image that cannot be loaded', async () => {
    gateway.sandbox.astria.addPrompt({ text: 'gone', images: [`${gateway.sandbox.url}/images/0/0.png`] });
    await ask('{ prompts(first: 1) { nodes { text images } } }');
    await shown(card('gone').getByText('cannot be shown'));
  });

  it('follows a new prompt until its images are there', async () => {
    await ask(CREATE, { text: 'followed by the panel' });
    await shown(card('followed by the panel').getByText('Rendering'));
    await shown(card('followed by the panel').getByText('Succeeded'));
    expect(await card('followed by the panel').getByRole('img').count()).toBe(2);
    await until(
      () => panel().getByRole('log').textContent(),
      (words) => /^Prompt \d+ succeeded$/.test(words ?? ''),
    );
  });

  it('shows why a prompt has failed', async () => {
    gateway.sandbox.astria.addPrompt({ text: 'has failed', user_error: 'No face was found' });
    await ask('{ prompts(first: 1) { nodes { text status error images } } }');
    await shown(card('has failed').getByText('No face was found'));
  });

  it('draws 200 prompts, says how many more there are, and does not follow these', async () => {
    const hidden = gateway.sandbox.astria.addPrompt({ text: 'not drawn', images: null });
    for (let n = 0; n < 203; n += 1) gateway.sandbox.astria.addPrompt({ text: `one of many ${n}` });
    const drawn = gateway.sandbox.astria.addPrompt({ text: 'drawn', images: null });
    await ask('{ prompts(first: 205) { nodes { id text status images } } }');
    await shown(panel().getByText('And 5 more prompts in the answer.'));
    expect(await panel().getByRole('list', { name: 'Prompts' }).getByRole('listitem').count()).toBe(200);
    await until(
      () => sent,
      (frames) => frames.some((frame) => frame.includes(`"${drawn.id}"`)),
    );
    expect(sent.filter((frame) => frame.includes(`"${hidden.id}"`))).toEqual([]);
    for (const { id } of [hidden, drawn]) gateway.sandbox.astria.settle(id);
  });

  it('announces the last 20 of many that settle at once', async () => {
    const prompts = Array.from({ length: 25 }, (_, n) =>
      gateway.sandbox.astria.addPrompt({ text: `announced ${n}`, images: null }),
    );
    await ask('{ prompts(first: 25) { nodes { id text status images } } }');
    await until(
      () => sent,
      (frames) => prompts.every(({ id }) => frames.some((frame) => frame.includes(`"${id}"`))),
    );
    for (const { id } of prompts) gateway.sandbox.astria.settle(id);
    await until(
      () => card('announced').getByText('Succeeded').count(),
      (count) => count === 25,
      PATIENCE_MS,
    );
    expect(await panel().getByRole('log').locator('p').count()).toBe(20);
  });

  it('no longer follows prompts of a run that another one has replaced', async () => {
    const { id } = gateway.sandbox.astria.addPrompt({ text: 'still running', images: null });
    await ask('query ($id: ID!) { prompt(id: $id) { id status } }', { id });
    await shown(card(`${id}`).getByText('Rendering'));
    const subscribed = () =>
      sent.find((frame) => frame.includes('promptUpdated') && frame.includes(`"${id}"`));
    await until(subscribed, (frame) => frame !== undefined);
    const subscription = JSON.parse(subscribed() ?? '').id;
    await ask('{ tunes(first: 1) { nodes { id } } }');
    await until(
      () => sent,
      (frames) => frames.some((frame) => frame.includes('"complete"') && frame.includes(subscription)),
    );
  });

  it('follows a replication to its end, with a table of its items', async () => {
    const delay = { upstream: 'portkey', kind: 'slow-body', method: 'POST', delayMs: 150, times: 0 } as const;
    gateway.sandbox.addFault(delay);
    await replicate('followed');
    await shown(panel().getByRole('progressbar'));
    await shown(panel().getByRole('heading', { name: 'Replication to followed' }).getByText('Running'));
    gateway.sandbox.clearFaults();
    await shown(panel().getByRole('heading', { name: 'Replication to followed' }).getByText('Completed'));
    await shown(panel().getByText('(100 %)'));
    await until(
      () => panel().getByRole('log').textContent(),
      (words) => words === 'Replication completed, 3 failed',
    );
    expect(await panel().getByRole('columnheader').allTextContents()).toEqual([
      'Source',
      'Action',
      'Status',
      'Replica',
    ]);
    const items = await rows();
    expect(items).toHaveLength(100);
    for (const [source, action, status, replica] of items)
      if (status === 'Created') expect([action, replica]).toEqual(['Create', `${source}-followed`]);
    expect(items.filter(([, , status]) => status === 'Created').length).toBeGreaterThan(50);
  });

  it('turns the pages of its items, and shows those of one status', async () => {
    await replicate('pages', true);
    await shown(panel().getByText('Dry run'));
    const [first] = await until(rows, (all) => all.length === 100);
    await panel().getByRole('button', { name: 'Next' }).click();
    await shown(panel().getByText(/^101 to \d+ of \d+$/));
    expect((await rows()).map(([source]) => source)).not.toContain(first?.[0]);
    await panel().getByRole('button', { name: 'Previous' }).click();
    await shown(panel().getByText(/^1 to 100 of \d+$/));
    expect((await rows())[0]).toEqual(first);
    await panel().getByLabel('Items').and(playground.page.locator('select')).selectOption('FAILED');
    const failed = await until(
      rows,
      (all) => all.length > 0 && all.every(([, , status = 'Failed']) => status === 'Failed'),
    );
    expect(failed).toHaveLength(6);
    for (const [words, ...others] of failed.filter((_, index) => index % 2 === 1))
      expect([words, others]).toEqual([expect.stringMatching(/^Error: [A-Z_]+ ./), []]);
  });

  it('does not look all green where items have failed, and leads to these', async () => {
    await replicate('partly');
    const heading = panel().getByRole('heading', { name: 'Replication to partly' });
    await shown(heading.getByText('Completed, 3 failed'));
    expect(await heading.locator('.pg-chip-partly-failed').count()).toBe(1);
    const share = await panel()
      .getByRole('progressbar')
      .evaluate((bar: { style: { getPropertyValue(name: string): string } }) =>
        bar.style.getPropertyValue('--pg-failed'),
      );
    expect(Number.parseFloat(share)).toBeGreaterThan(0);
    await panel().getByRole('button', { name: '3 failed' }).click();
    await until(rows, (all) => all.length === 6 && all[0]?.[2] === 'Failed');
    const table = panel().getByRole('region', { name: 'Items' });
    const { scrollWidth, clientWidth } = await table.evaluate(
      ({ scrollWidth, clientWidth }: { scrollWidth: number; clientWidth: number }) => ({
        scrollWidth,
        clientWidth,
      }),
    );
    expect(scrollWidth).toBeLessThanOrEqual(clientWidth);
  });

  it('asks for a replication again and again where no WebSocket comes through', async () => {
    const cutOff = await browser.openBlank(gateway);
    await cutOff.page.routeWebSocket(/graphql/, (socket) => socket.close({ code: 4400, reason: 'not here' }));
    await cutOff.load();
    let toRefuse = 2;
    await cutOff.page.route(
      (url) => url.pathname === '/graphql',
      (route) => {
        const isPoll = route.request().postData()?.includes('replication(id') === true;
        if (isPoll) toRefuse -= 1;
        if (!isPoll || toRefuse < 0) return route.fallback();
        return route.fulfill({ status: 503, json: { errors: [{ message: 'too much to do' }] } });
      },
    );
    await cutOff.setText('query', REPLICATE);
    await cutOff.setText(
      'variables',
      JSON.stringify({ model: 'polled', name: '{name}-polled', dryRun: false }),
    );
    await cutOff.run();
    await shown(cutOff.page.getByText(/^too much to do\. Asked again in \d s\.$/));
    const heading = cutOff.page.getByRole('heading', { name: 'Replication to polled' });
    await shown(heading.getByText('Completed'));
    expect(await cutOff.page.getByText('Asked again').count()).toBe(0);
    // A browser reports each answer that is none.
    expect(cutOff.takeFaults()).toEqual([expect.stringContaining('503'), expect.stringContaining('503')]);
  });

  it('tells in words of a key that was refused, and leads to the keys', async () => {
    await ask('{ prompts { nodes { id } } }', {}, { 'x-astria-api-key': 'wrong' });
    const alert = panel().getByRole('alert');
    await shown(alert.getByText('Astria refused the key'));
    expect(await alert.getByText(/refused/).count()).toBe(1);
    await shown(alert.getByText('UPSTREAM_UNAUTHENTICATED'));
    await alert.getByRole('button', { name: 'Open keys' }).click();
    await shown(playground.page.getByRole('dialog'));
    await playground.page.keyboard.press('Escape');
  });

  it('lists 20 faults, and says how many more there are', async () => {
    const fields = Array.from({ length: 23 }, (_, n) => `unheardOf${n}`);
    await ask(`{ ${fields.join(' ')} }`);
    const alert = panel().getByRole('alert');
    await shown(alert.getByText('And 3 more in the answer.'));
    expect(await alert.getByRole('listitem').count()).toBe(20);
    expect(playground.takeFaults()).toEqual([expect.stringContaining('400')]);
  });

  it('tells of faults in what was asked for', async () => {
    await ask(
      'mutation { createPrompt(tuneId: "1", input: { text: "x", steps: 99 }) { userErrors { code message field } } }',
    );
    await shown(panel().getByRole('alert').getByText('input.steps'));
  });
});
