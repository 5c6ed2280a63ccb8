import { beforeAll, expect, it } from '@jest/globals';
import { expectUndocumentedResponses } from '../contract/violations.js';
import { at, until } from '../support/gateway.js';
import { describeInBrowser, type Playground, type SandboxGateway } from './browser.js';
import { openRecorded, PATIENCE_MS, resultsPanel, shown } from './results-panel.js';

expectUndocumentedResponses('an image without a usable URL must do no harm');

const CREATE = `mutation ($text: String!) {
  createPrompt(tuneId: "2690418", input: { text: $text, numImages: 2 }) { prompt { id } }
}`;
describeInBrowser('the results panel', (browser) => {
  let gateway: SandboxGateway;
  let playground: Playground;
  const sent: string[] = [];
  beforeAll(async () => {
    gateway = await browser.startGateway();
    playground = await openRecorded(browser, gateway, sent);
  });

  const panel = () => resultsPanel(playground);
  const card = (text: string) => panel().getByRole('listitem').filter({ hasText: text });
  const lightbox = () => playground.page.getByRole('dialog', { name: 'Enlarged image' });

  const ask = (query: string, variables = {}, headers = {}) => playground.ask(query, { variables, headers });

  it('explains itself before the first run, and reports a run with nothing to show', async () => {
    const before = panel().getByText('Images of prompts, the progress of replications');
    await shown(before);
    await ask('{ portkeyPrompts(first: 1) { nodes { name } } }');
    await shown(panel().getByText('This response contains nothing to show.'));
    expect(await before.count()).toBe(0);
  });

  it('shows and loads the images of the prompts in a response', async () => {
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

  it('enlarges an image by keyboard', async () => {
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

  it('keeps the focus in the enlarged image, however often Tab is pressed', async () => {
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

  it('loads no unsafe URLs of an upstream, but still opens the other images', async () => {
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

  it('shows 24 images of a prompt, and the number of further images', async () => {
    const images = Array.from({ length: 30 }, () => `${gateway.sandbox.url}/images/1/0.png`);
    gateway.sandbox.astria.addPrompt({ text: 'of many images', images });
    await ask('{ prompts(first: 1) { nodes { text images } } }');
    await shown(card('of many images').getByText('And 6 more images in the response.'));
    expect(await card('of many images').getByRole('button').count()).toBe(24);
  });

  it('marks an image that cannot be loaded', async () => {
    gateway.sandbox.astria.addPrompt({ text: 'gone', images: [`${gateway.sandbox.url}/images/0/0.png`] });
    await ask('{ prompts(first: 1) { nodes { text images } } }');
    await shown(card('gone').getByText('cannot be shown'));
  });

  it('follows a new prompt until its images are ready', async () => {
    await ask(CREATE, { text: 'followed by the panel' });
    await shown(card('followed by the panel').getByText('Rendering'));
    await shown(card('followed by the panel').getByText('Succeeded'));
    expect(await card('followed by the panel').getByRole('img').count()).toBe(2);
    await until(
      () => panel().getByRole('log').textContent(),
      (words) => /^Prompt \d+ succeeded$/.test(words ?? ''),
    );
  });

  it('shows the error of a failed prompt', async () => {
    gateway.sandbox.astria.addPrompt({ text: 'has failed', user_error: 'No face was found' });
    await ask('{ prompts(first: 1) { nodes { text status error images } } }');
    await shown(card('has failed').getByText('No face was found'));
  });

  it('shows 200 prompts and the number of further prompts, which it does not follow', async () => {
    const hidden = gateway.sandbox.astria.addPrompt({ text: 'not drawn', images: null });
    for (let n = 0; n < 203; n += 1) gateway.sandbox.astria.addPrompt({ text: `one of many ${n}` });
    const drawn = gateway.sandbox.astria.addPrompt({ text: 'drawn', images: null });
    await ask('{ prompts(first: 205) { nodes { id text status images } } }');
    await shown(panel().getByText('And 5 more prompts in the response.'));
    expect(await panel().getByRole('list', { name: 'Prompts' }).getByRole('listitem').count()).toBe(200);
    await until(
      () => sent,
      (frames) => frames.some((frame) => frame.includes(`"${drawn.id}"`)),
    );
    expect(sent.filter((frame) => frame.includes(`"${hidden.id}"`))).toEqual([]);
    for (const { id } of [hidden, drawn]) gateway.sandbox.astria.settle(id);
  });

  it('announces the last 20 of many prompts that settle together', async () => {
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

  it('stops following the prompts of a replaced run', async () => {
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

  it('explains a rejected key, and links to the keys', async () => {
    await ask('{ prompts { nodes { id } } }', {}, { 'x-astria-api-key': 'wrong' });
    const alert = panel().getByRole('alert');
    await shown(alert.getByText('Astria rejected the key'));
    expect(await alert.getByText(/rejected/).count()).toBe(1);
    await shown(alert.getByText('UPSTREAM_UNAUTHENTICATED'));
    await alert.getByRole('button', { name: 'Open keys' }).click();
    await shown(playground.page.getByRole('dialog'));
    await playground.page.keyboard.press('Escape');
  });

  it('lists 20 errors, and the number of further errors', async () => {
    const fields = Array.from({ length: 23 }, (_, n) => `unheardOf${n}`);
    await ask(`{ ${fields.join(' ')} }`);
    const alert = panel().getByRole('alert');
    await shown(alert.getByText('And 3 more in the response.'));
    expect(await alert.getByRole('listitem').count()).toBe(20);
    expect(playground.takeFaults()).toEqual([expect.stringContaining('400')]);
  });

  it('shows user errors with their fields', async () => {
    await ask(
      'mutation { createPrompt(tuneId: "1", input: { text: "x", steps: 99 }) { userErrors { code message field } } }',
    );
    await shown(panel().getByRole('alert').getByText('input.steps'));
  });
});
