import { beforeAll, expect, it } from '@jest/globals';
import type { Locator } from 'playwright-core';
import { describeGateway } from '../support/describe-gateway.js';
import { until } from '../support/gateway.js';
import { describeInBrowser, type SandboxGateway } from './browser.js';
import { EXAMPLES, openExample, runExample } from './examples.js';

describeInBrowser('the playground', (browser) => {
  let gateway: SandboxGateway;
  const live = describeGateway();

  beforeAll(async () => {
    gateway = await browser.sharedGateway();
  });

  it('follows the light or dark theme of the system, also after a change', async () => {
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

  it('fits a wide screen, and only its parts scroll', async () => {
    const playground = await browser.open(gateway);
    await runExample(playground, EXAMPLES.browse);
    const size =
      'const { scrollWidth, scrollHeight } = document.documentElement; [scrollWidth, scrollHeight]';
    expect(await playground.page.evaluate(size)).toEqual([1280, 800]);
  });

  it('shows everything on a narrow screen', async () => {
    const playground = await browser.open(gateway, { viewport: { width: 360, height: 740 } });
    const { page } = playground;
    const width = () => page.evaluate<number>('document.documentElement.scrollWidth');
    const reachable = async (target: Locator) => {
      await target.scrollIntoViewIfNeeded();
      // Check that a click would reach the element.
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

  it('shows readable panels on a narrow screen, which cover the editors', async () => {
    const { page } = await browser.open(gateway, { viewport: { width: 360, height: 740 } });
    const sidebar = page.locator('.graphiql-sidebar');
    for (const plugin of ['Documentation Explorer', 'History', 'GraphiQL Explorer', 'Examples']) {
      await sidebar.getByRole('button', { name: `Show ${plugin}` }).click();
      const { x = 0, width = 0 } = (await page.locator('.graphiql-plugin').boundingBox()) ?? {};
      expect([plugin, width > 270, x + width <= 360]).toEqual([plugin, true, true]);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360);
      await sidebar.getByRole('button', { name: `Hide ${plugin}` }).click();
    }
    const editor = await page.locator('.graphiql-query-editor').boundingBox();
    expect(editor?.width).toBeGreaterThan(200);
  });

  it('shows the sandbox badge only for a sandbox', async () => {
    const { page } = await browser.open(live);
    await page.getByRole('link', { name: 'README' }).waitFor();
    expect(await page.getByText('sandbox', { exact: true }).count()).toBe(0);
  });

  it('transfers less than 2.2 MB on the first visit, and less with brotli than with gzip', async () => {
    const sizes: number[] = [];
    for (const acceptEncoding of ['gzip', 'br']) {
      const playground = await browser.open(gateway, { acceptEncoding });
      sizes.push(await playground.transferred());
    }
    const [gzip = 0, brotli = 0] = sizes;
    expect(gzip).toBeGreaterThan(200_000);
    expect(gzip).toBeLessThan(2_200_000);
    expect(brotli).toBeLessThan(gzip);
  });

  it('cannot request another host or log an error without failing the test', async () => {
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

/** Returns the lightness of an element's background, from 0 (black) to 1 (white). */
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
