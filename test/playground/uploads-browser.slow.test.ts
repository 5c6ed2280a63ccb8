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

/** A real PNG that no other test sends. */
function png(name: string, width = 40, height = 30): Picture {
  return { name, mimeType: 'image/png', buffer: encodePng(width, height, randomBytes(width * height * 3)) };
}

/** Globals of a page that tests know by what they use of them. */
interface PageGlobals {
  readonly DataTransfer: new () => { readonly items: { add(file: File): void } };
  readonly ClipboardEvent: new (type: string, init: object) => Event;
  readonly Image: new () => { src: string; onload: () => void; onerror: () => void };
}

/** What Ctrl+V does where the clipboard has a file; a real clipboard would encode the picture anew. */
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

/** The browser itself drags files over the middle of an element. @returns Lets go of them. */
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

describeInBrowser('the panel of files', (browser) => {
  let gateway: SandboxGateway;
  let playground: Playground;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'promptgate-test-'));
    gateway = await browser.sharedGateway();
    playground = await browser.open(gateway);
    await playground.openTab(CREATE);
    // The samples of the ready-made tab.
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

  /** Creates a prompt. @returns The files that the sandbox's Astria has got for it. */
  async function sent() {
    const { data, errors } = await playground.run();
    expect([errors, at(data, 'createPrompt.userErrors')]).toEqual([undefined, []]);
    const id = Number(at(data, 'createPrompt.prompt.id'));
    return gateway.sandbox.astria
      .findUploads(id)
      .map(({ field, filename, bytes }) => [field, filename, bytes?.toString('base64')]);
  }
  const asSent = (field: string, { name, buffer }: Picture) => [field, name, buffer.toString('base64')];

  it('sends two pictures that are chosen, byte for byte, and what is there of each is told', async () => {
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

  it('sends a picture that is dropped on a slot, in place of the address in the variables', async () => {
    const before = await playground.text('variables');
    const url = 'https://images.example/elsewhere.png';
    const variables = JSON.parse(before);
    variables.input = { ...variables.input, inputImage: { url }, maskImage: { url } };
    await playground.setText('variables', JSON.stringify(variables));
    const [first, second] = [png('first.png'), png('second.png')];
    // Each is written once: a browser gives up a file that changes.
    const [firstFile, secondFile] = [await stored(first), await stored(second)];
    const letGo = await drag(slot(MASK), [firstFile]);
    await panel().getByText('Let go to attach it').waitFor();
    await letGo();
    await until(said, (text) => text === `Attached first.png to ${MASK}.`);
    expect(await panel().getByText('Let go to attach it').count()).toBe(0);
    await (await drag(slot(INPUT), [secondFile, firstFile]))();
    await until(said, (text) =>
      /^Attached second.png to .*one file; the others were left out.$/.test(text ?? ''),
    );
    expect(await sent()).toEqual([asSent('input_image', second), asSent('mask_image', first)]);
    await playground.setText('variables', before);
  });

  it('sends pictures that are pasted: into the first empty slot, or the one that has the focus', async () => {
    const [first, second, third] = [png('first.png'), png('second.png'), png('third.png')];
    const body = playground.page.locator('body');
    await paste(body, first);
    expect(await said()).toBe(`Attached first.png to ${INPUT}.`);
    await paste(body, second);
    expect(await said()).toBe(`Attached second.png to ${MASK}.`);
    await paste(body, third);
    expect(await said()).toMatch(/^Every place has its file/);
    await slot(INPUT).focus();
    await paste(playground.page.locator(':focus'), third);
    expect(await said()).toBe(`Attached third.png to ${INPUT}.`);
    expect(await sent()).toEqual([asSent('input_image', third), asSent('mask_image', second)]);
  });

  it('leaves alone what is pasted into an editor', async () => {
    await paste(playground.queryInput, png('first.png'));
    expect(await names()).toEqual([]);
  });

  it('does nothing with files that are dropped beside the slots, and stays on the page', async () => {
    const query = await playground.text('query');
    const { page } = playground;
    const file = await stored(png('stray.png'));
    for (const place of ['.graphiql-query-editor', '.pg-uploads-title', '.pg-upload-help'])
      await (await drag(page.locator(place).first(), [file]))();
    // A page that is left, or another one that is opened, would be there before this drop has come.
    await (await drag(slot(INPUT), [file]))();
    await until(names, (shown) => shown.length === 1);
    expect(await playground.text('query')).toBe(query);
    expect([page.url(), page.context().pages().length]).toEqual([`${gateway.url}/`, 1]);
  });

  it('takes a picture away again: it is not sent, its address is given back, the focus goes on', async () => {
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
    // Whoever chooses the same file again: a browser only tells of a change.
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

  it('marks what the browser cannot draw, and sends it all the same', async () => {
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

  it('shows the slots of the operation as it is now, each tab with its files', async () => {
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
