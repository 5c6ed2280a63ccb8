import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import type { Locator } from 'playwright-core';
import { encodePng } from '../../src/sandbox/pictures/png.js';
import { at, until } from '../support/gateway.js';
import { PICTURES } from '../support/upload-pictures.js';
import { describeInBrowser, type Playground, type SandboxGateway } from './browser.js';

const CREATE = 'CreatePrompt';
const WITHOUT_FILES = 'Library';
const INPUT = 'input.inputImage';
const MASK = 'input.maskImage';

interface Picture {
  readonly name: string;
  readonly mimeType: string;
  readonly buffer: Buffer;
}

/** Builds a real, unique PNG. */
function png(name: string, width = 40, height = 30): Picture {
  return { name, mimeType: 'image/png', buffer: encodePng(width, height, randomBytes(width * height * 3)) };
}

/** Globals of a page that the tests use. */
interface PageGlobals {
  readonly DataTransfer: new () => { readonly items: { add(file: File): void } };
  readonly ClipboardEvent: new (type: string, init: object) => Event;
  readonly Image: new () => { src: string; onload: () => void; onerror: () => void };
}

/** Simulates Ctrl+V with a file. A real clipboard would encode the image again. */
async function paste(target: Locator, { name, mimeType, buffer }: Picture): Promise<void> {
  await target.evaluate(
    (element: EventTarget, file) => {
      const { DataTransfer, ClipboardEvent } = globalThis as unknown as PageGlobals;
      const clipboardData = new DataTransfer();
      clipboardData.items.add(new File([new Uint8Array(file.bytes)], file.name, { type: file.type }));
      const init = { bubbles: true, cancelable: true, composed: true, clipboardData };
      element.dispatchEvent(new ClipboardEvent('paste', init));
    },
    { name, type: mimeType, bytes: [...buffer] },
  );
}

/** Drags files over the middle of an element in the browser. @returns A function that drops them. */
async function drag(target: Locator, files: readonly string[]): Promise<() => Promise<unknown>> {
  const page = target.page();
  await target.scrollIntoViewIfNeeded();
  const { x = 0, y = 0, width = 0, height = 0 } = (await target.boundingBox()) ?? {};
  const session = await page.context().newCDPSession(page);
  const data = { items: [], files: [...files], dragOperationsMask: 1 };
  const send = (type: 'dragEnter' | 'dragOver' | 'drop') =>
    session.send('Input.dispatchDragEvent', { type, x: x + width / 2, y: y + height / 2, data });
  await send('dragEnter');
  await send('dragOver');
  return () => send('drop').then(() => session.detach());
}

describeInBrowser('the files panel', (browser) => {
  let gateway: SandboxGateway;
  let playground: Playground;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'promptgate-test-'));
    gateway = await browser.sharedGateway();
    playground = await browser.open(gateway);
    await playground.openTab(CREATE);
    // Wait for the samples of the example tab.
    await until(names, (shown) => shown.length === 2);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  beforeEach(async () => {
    const buttons = panel().getByRole('button', { name: /^Remove / });
    while ((await buttons.count()) > 0) await buttons.first().click();
  });

  const panel = () => playground.page.getByRole('region', { name: 'Files' });
  const slot = (label: string) => panel().getByLabel(label, { exact: true });
  const names = () => panel().locator('.pg-upload-name').allTextContents();
  const said = () => panel().getByRole('status').textContent();

  async function stored({ name, buffer }: Picture): Promise<string> {
    const file = path.join(folder, name);
    await writeFile(file, buffer);
    return file;
  }

  async function choose(label: string, files: readonly Picture[]): Promise<void> {
    const opening = playground.page.waitForEvent('filechooser');
    await slot(label).click();
    await (await opening).setFiles([...files]);
  }

  /** Creates a prompt. @returns The files that the sandbox's Astria received for it. */
  async function sent() {
    const { data, errors } = await playground.run();
    expect([errors, at(data, 'createPrompt.userErrors')]).toEqual([undefined, []]);
    const id = Number(at(data, 'createPrompt.prompt.id'));
    return gateway.sandbox.astria
      .findUploads(id)
      .map(({ field, filename, bytes }) => [field, filename, bytes?.toString('base64')]);
  }
  const asSent = (field: string, { name, buffer }: Picture) => [field, name, buffer.toString('base64')];

  it('sends two chosen images byte for byte, and shows their details', async () => {
    const [first, second] = [png('père noël.png', 400, 300), png('mask.png')];
    await choose(INPUT, [first]);
    await choose(MASK, [second]);
    expect(await names()).toEqual([first.name, second.name]);
    await until(
      () => panel().locator('.pg-upload-kind').allTextContents(),
      ([kind]) => /^\d+ kB · image\/png · 400\u00a0×\u00a0300$/.test(kind ?? ''),
    );
    expect(await panel().getByRole('heading').textContent()).toBe('Files 2 attached');
    expect(await sent()).toEqual([asSent('input_image', first), asSent('mask_image', second)]);
  });

  it('sends an image that is dropped on a slot instead of the URL in the variables', async () => {
    const before = await playground.text('variables');
    const url = 'https://images.example/elsewhere.png';
    const variables = JSON.parse(before);
    variables.input = { ...variables.input, inputImage: { url }, maskImage: { url } };
    await playground.setText('variables', JSON.stringify(variables));
    const [first, second] = [png('first.png'), png('second.png')];
    // Write each file once, since a browser rejects a file that changes.
    const [firstFile, secondFile] = [await stored(first), await stored(second)];
    const letGo = await drag(slot(MASK), [firstFile]);
    await panel().getByText('Release to attach the file').waitFor();
    await letGo();
    await until(said, (text) => text === `Attached first.png to ${MASK}.`);
    expect(await panel().getByText('Release to attach the file').count()).toBe(0);
    await (await drag(slot(INPUT), [secondFile, firstFile]))();
    await until(said, (text) =>
      /^Attached second.png to .*one file. The others were ignored.$/.test(text ?? ''),
    );
    expect(await sent()).toEqual([asSent('input_image', second), asSent('mask_image', first)]);
    await playground.setText('variables', before);
  });

  it('sends images that are pasted into the focused slot or the first empty slot', async () => {
    const [first, second, third] = [png('first.png'), png('second.png'), png('third.png')];
    const body = playground.page.locator('body');
    await paste(body, first);
    expect(await said()).toBe(`Attached first.png to ${INPUT}.`);
    await paste(body, second);
    expect(await said()).toBe(`Attached second.png to ${MASK}.`);
    await paste(body, third);
    expect(await said()).toMatch(/^Every slot already has a file/);
    await slot(INPUT).focus();
    await paste(playground.page.locator(':focus'), third);
    expect(await said()).toBe(`Attached third.png to ${INPUT}.`);
    expect(await sent()).toEqual([asSent('input_image', third), asSent('mask_image', second)]);
  });

  it('ignores an image that is pasted into an editor', async () => {
    await paste(playground.queryInput, png('first.png'));
    expect(await names()).toEqual([]);
  });

  it('ignores files that are dropped outside the slots, and the page stays open', async () => {
    const query = await playground.text('query');
    const { page } = playground;
    const file = await stored(png('stray.png'));
    for (const place of ['.graphiql-query-editor', '.pg-uploads-title', '.pg-upload-help'])
      await (await drag(page.locator(place).first(), [file]))();
    // If a stray drop opened a file, that would happen before this drop.
    await (await drag(slot(INPUT), [file]))();
    await until(names, (shown) => shown.length === 1);
    expect(await playground.text('query')).toBe(query);
    expect([page.url(), page.context().pages().length]).toEqual([`${gateway.url}/`, 1]);
  });

  it('removes an image and its object URL, and moves the focus', async () => {
    const [first, second] = [png('first.png'), png('second.png')];
    await choose(INPUT, [first]);
    await choose(MASK, [second]);
    const thumbnail = panel().locator('img').nth(1);
    const address = (await until(() => thumbnail.getAttribute('src'), Boolean)) ?? '';
    expect(await canBeDrawn(address)).toBe(true);
    await panel()
      .getByRole('button', { name: `Remove second.png from ${MASK}` })
      .press('Enter');
    expect(await said()).toBe(`Removed second.png from ${MASK}.`);
    expect(await slot(MASK).evaluate((input) => input.matches(':focus'))).toBe(true);
    expect(await canBeDrawn(address)).toBe(false);
    expect(playground.takeFaults()).toEqual([expect.stringContaining('ERR_FILE_NOT_FOUND')]);
    expect(await sent()).toEqual([asSent('input_image', first)]);
    // An empty input allows the same file to be chosen again, since a browser only reports changes.
    expect(await slot(MASK).inputValue()).toBe('');
  });

  function canBeDrawn(address: string): Promise<boolean> {
    return playground.page.evaluate((src) => {
      const { Image } = globalThis as unknown as PageGlobals;
      return new Promise<boolean>((resolve) => {
        const image = new Image();
        image.onload = () => resolve(true);
        image.onerror = () => resolve(false);
        image.src = src;
      });
    }, address);
  }

  it('marks an image that the browser cannot show, and still sends it', async () => {
    const heic = {
      name: 'a.heic',
      mimeType: 'image/heic',
      buffer: PICTURES['image/heic'] ?? Buffer.alloc(0),
    };
    await choose(INPUT, [heic]);
    await panel().getByText('no preview').waitFor();
    expect(await panel().locator('img').count()).toBe(0);
    expect(await sent()).toEqual([asSent('input_image', heic)]);
  });

  it('shows the slots of the current operation, and keeps the files of each tab', async () => {
    const create = await playground.text('query');
    await choose(INPUT, [png('kept.png')]);
    await playground.openTab(WITHOUT_FILES);
    await panel().waitFor({ state: 'detached' });
    await playground.openTab(CREATE);
    await until(names, (shown) => shown.length === 1 && shown[0] === 'kept.png');
    await playground.setText('query', 'query Several($files: [Upload!]!) { __typename }');
    await slot('files').waitFor();
    expect(await slot('files').count()).toBe(1);
    await choose('files', [png('a.png'), png('b.png')]);
    await (await drag(slot('files'), [await stored(png('c.png'))]))();
    await until(names, (shown) => shown.join() === 'a.png,b.png,c.png');
    await panel().getByRole('button', { name: 'Remove b.png from files' }).click();
    expect(await names()).toEqual(['a.png', 'c.png']);
    await playground.setText('query', create);
    await slot(INPUT).waitFor();
  });
});
