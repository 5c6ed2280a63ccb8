import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Locator, Page } from 'playwright-core';
import { until } from '../support/gateway.js';
import { describeInBrowser, type SandboxGateway } from './browser.js';

const PHONE = { width: 360, height: 740 };
const PANELS = ['Documentation Explorer', 'History', 'GraphiQL Explorer', 'Examples'];

/** Returns the scrollable size of the page. */
const pageSize = (page: Page) =>
  page.evaluate<[number, number]>(
    'const { scrollWidth, scrollHeight } = document.documentElement; [scrollWidth, scrollHeight]',
  );

async function boxOf(place: Locator) {
  const box = await place.boundingBox();
  if (!box) throw new Error(`${place} is not visible.`);
  return { ...box, right: box.x + box.width, bottom: box.y + box.height };
}

const openKeys = (page: Page) => page.getByRole('banner').getByRole('button', { name: /^Keys/ }).click();

describeInBrowser('the playground on a small screen', (browser) => {
  let page: Page;
  beforeAll(async () => {
    page = (await browser.open(await browser.sharedGateway())).page;
  });

  it('is not longer than the screen before the first run', async () => {
    await page.locator('.graphiql-response .monaco-editor').waitFor();
    expect(await pageSize(page)).toEqual([1280, 800]);
  });

  it.each([360, 900])(
    'covers the editors with panels at a width of %i px, and the editors keep their size',
    async (width) => {
      await page.setViewportSize({ width, height: PHONE.height });
      const editor = page.locator('.graphiql-query-editor');
      const [size, before] = [await pageSize(page), await boxOf(editor)];
      for (const name of PANELS) {
        await page.getByRole('button', { name: `Show ${name}` }).click();
        const panel = page.locator('.graphiql-plugin');
        await panel.getByText(/\w/).first().waitFor();
        const [icons, { x, right }] = [await boxOf(page.locator('.graphiql-sidebar')), await boxOf(panel)];
        expect([name, x, right]).toEqual([name, icons.right, width]);
        expect([name, ...(await pageSize(page))]).toEqual([name, ...size]);
        expect(await editor.isVisible()).toBe(false);
        await page.getByRole('button', { name: `Hide ${name}` }).click();
        await editor.waitFor();
        expect(await boxOf(editor)).toEqual(before);
      }
    },
  );

  it('has a link from the header to the results below the editors', async () => {
    await page.setViewportSize(PHONE);
    const results = page.getByRole('complementary', { name: 'Files and results' });
    expect((await boxOf(results)).y).toBeGreaterThan(PHONE.height);
    const header = page.getByRole('banner');
    await header.getByRole('link', { name: 'Results' }).click();
    await until(
      () => boxOf(results),
      ({ bottom }) => bottom <= PHONE.height,
    );
    await page.setViewportSize({ width: 1280, height: 800 });
    expect(await header.getByRole('link').allInnerTexts()).toEqual(['sandbox', 'README']);
  });

  it('shows all parts of the header in one row, even with keys', async () => {
    await page.setViewportSize(PHONE);
    await openKeys(page);
    for (const field of await page.getByRole('dialog').getByRole('textbox').all())
      await field.fill('sd_sandbox');
    await page.getByRole('button', { name: 'Use these' }).click();
    const parts = page.getByRole('banner').locator('a, button');
    expect(await parts.allInnerTexts()).toEqual(['sandbox', 'README', 'Results', 'Keys (3)']);
    let end = 0;
    for (const part of await parts.all()) {
      const { x, right } = await boxOf(part);
      expect(x).toBeGreaterThan(end);
      end = right;
    }
    expect(end).toBeLessThanOrEqual(PHONE.width);
  });

  it.each([PHONE, { width: 740, height: 360 }])(
    'shows all buttons of the keys panel on $width x $height px',
    async (viewport) => {
      await page.setViewportSize(viewport);
      await openKeys(page);
      const dialog = page.getByRole('dialog');
      const { bottom } = await boxOf(dialog);
      expect(bottom).toBeLessThanOrEqual(viewport.height);
      const buttons = await dialog.getByRole('button').all();
      expect(buttons).toHaveLength(3);
      for (const button of buttons) expect((await boxOf(button)).bottom).toBeLessThan(bottom - 8);
      await dialog.getByLabel('Portkey key').focus();
      const above = (await boxOf(dialog.getByRole('button').first())).y;
      expect((await boxOf(dialog.getByLabel('Portkey key'))).bottom).toBeLessThan(above);
      await page.keyboard.press('Escape');
    },
  );

  it('shows a scrollbar if there are more tabs than fit', async () => {
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.getByRole('button', { name: 'Show Examples' }).click();
    const bar = await page.locator('.graphiql-tabs').evaluate((tabs) => {
      const { display, height } = tabs.ownerDocument.defaultView.getComputedStyle(
        tabs,
        '::-webkit-scrollbar',
      );
      return { hasMore: tabs.scrollWidth > tabs.clientWidth, display, height };
    });
    expect(bar).toEqual({ hasMore: true, display: 'block', height: '4px' });
  });
});

describeInBrowser('the keys of a page', (browser) => {
  let gateway: SandboxGateway;
  beforeAll(async () => {
    gateway = await browser.sharedGateway();
  });

  it('are removed when another page removes them', async () => {
    const { page } = await browser.open(gateway);
    const other = await page.context().newPage();
    await other.goto('/');
    await openKeys(page);
    await page.getByLabel('Astria key').fill('sd_sandbox');
    await page.getByLabel('Remember them').check();
    await page.getByRole('button', { name: 'Use these' }).click();
    await other.getByRole('button', { name: 'Keys (1)' }).waitFor();
    await openKeys(other);
    expect(await other.getByLabel('Astria key').inputValue()).toBe('sd_sandbox');
    expect(await other.getByLabel('Remember them').isChecked()).toBe(true);
    await other.getByRole('button', { name: 'Forget all' }).click();
    await page.getByRole('button', { name: 'Keys', exact: true }).waitFor();
    await openKeys(page);
    expect(await page.getByLabel('Astria key').inputValue()).toBe('');
  });

  it('come with a warning if the browser cannot remember them', async () => {
    const { page } = await browser.open(gateway);
    // Fill the storage completely.
    await page.evaluate(`
      for (let size = 2 ** 22; size >= 1; size /= 2)
        try { for (;;) localStorage.setItem('filler' + Math.random(), 'x'.repeat(size)); } catch {}
    `);
    await openKeys(page);
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Astria key').fill('sd_sandbox');
    await dialog.getByLabel('Remember them').check();
    await dialog.getByRole('button', { name: 'Use these' }).click();
    await dialog.getByRole('alert').getByText('could not save them').waitFor();
    expect(await dialog.getByLabel('Remember them').isChecked()).toBe(false);
    await dialog.getByRole('button', { name: 'Use these' }).click();
    await dialog.waitFor({ state: 'hidden' });
    await page.getByRole('button', { name: 'Keys (1)' }).waitFor();
  });

  it('are hidden on the screen without being password fields', async () => {
    const playground = await browser.openBlank(gateway);
    const { page } = playground;
    const said: string[] = [];
    page.on('console', (message) => said.push(message.text()));
    await playground.load();
    await openKeys(page);
    const fields = await page.getByRole('dialog').getByRole('textbox').all();
    expect(fields).toHaveLength(3);
    for (const field of fields)
      expect(
        await field.evaluate(
          (input) => input.ownerDocument.defaultView.getComputedStyle(input)['-webkit-text-security'],
        ),
      ).toBe('disc');
    // The browser warns about password fields.
    expect(said.filter((text) => /password/i.test(text))).toEqual([]);
  });
});

describeInBrowser('the theme', (browser) => {
  const surfaces = ['.pg-header', '.pg-side', '.graphiql-query-editor'] as const;
  let gateway: SandboxGateway;
  beforeAll(async () => {
    gateway = await browser.sharedGateway();
  });

  it.each(['light', 'dark'] as const)(
    'has readable comments in the %s colour scheme',
    async (colorScheme) => {
      const { page } = await browser.open(gateway, { colorScheme });
      const comment = page.locator('.graphiql-query-editor .view-line span span', { hasText: /^#/ }).first();
      await until(
        () => contrastOf(comment),
        (contrast) => contrast >= 4.5,
      );
    },
  );

  describe.each([
    ['Light', 'dark'],
    ['Dark', 'light'],
  ] as const)('set to %s in a %s system', (chosen, system) => {
    it('applies to the whole page, even after the system changes', async () => {
      const { page } = await browser.open(gateway, { colorScheme: system });
      const scheme = () => page.evaluate<string>('getComputedStyle(document.body).colorScheme');
      const isDark = () => Promise.all(surfaces.map((place) => isDarkAt(page.locator(place))));
      const isEditorDark = async () =>
        (await page.locator('.graphiql-query-editor .monaco-editor').getAttribute('class'))?.includes(
          'vs-dark',
        );
      await page.getByRole('button', { name: 'Open settings dialog' }).click();
      await page.getByRole('dialog').getByRole('button', { name: chosen, exact: true }).click();
      const wanted = chosen === 'Dark';
      for (const colorScheme of [system, chosen === 'Dark' ? 'dark' : 'light', system] as const) {
        await page.emulateMedia({ colorScheme });
        expect(await isDark()).toEqual(surfaces.map(() => wanted));
        expect([await isEditorDark(), await scheme()]).toEqual([wanted, chosen.toLowerCase()]);
      }
      await page.getByRole('dialog').getByRole('button', { name: 'System', exact: true }).click();
      const turned = wanted ? 'dark' : 'light';
      for (const colorScheme of [turned, system] as const) {
        await page.emulateMedia({ colorScheme });
        await until(isEditorDark, (dark) => dark === (colorScheme === 'dark'));
      }
    });
  });
});

/** Returns the WCAG contrast of a text with the base colour of the page. */
function contrastOf(text: Locator): Promise<number> {
  return text.evaluate((element) => {
    const { defaultView, documentElement } = element.ownerDocument;
    const base = documentElement.querySelector('.graphiql-editors');
    const luminance = (colour: string) => {
      const linear = (colour.match(/[\d.]+/g) ?? []).slice(0, 3).map((part) => {
        const share = Number(part) / 255;
        return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      });
      const [red = 0, green = 0, blue = 0] = linear;
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const [darker = 0, lighter = 0] = [
      luminance(defaultView.getComputedStyle(element).color),
      luminance(defaultView.getComputedStyle(base).backgroundColor),
    ].sort((one, other) => one - other);
    return (lighter + 0.05) / (darker + 0.05);
  });
}

/** Returns true if the background of an element is dark. */
function isDarkAt(place: Locator): Promise<boolean> {
  return place.evaluate((element) => {
    const { defaultView } = element.ownerDocument;
    for (let at = element; at !== null; at = at.parentElement) {
      const [red = 0, green = 0, blue = 0, alpha = 1] = (
        defaultView.getComputedStyle(at).backgroundColor.match(/[\d.]+/g) ?? []
      ).map(Number);
      if (alpha > 0.5) return red + green + blue < (3 * 255) / 2;
    }
    return false;
  });
}
