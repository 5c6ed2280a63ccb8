import { beforeAll, beforeEach, expect, it } from '@jest/globals';
import type { Locator, Page } from 'playwright-core';
import { at, until } from '../support/gateway.js';
import { describeInBrowser, type Playground } from './browser.js';
import { EXAMPLES } from './examples.js';

/** Upper limit of the tab stops of the page. */
const MOST_STOPS = 150;

const isFocused = (target: Locator) =>
  target.evaluate((element) => element.ownerDocument.activeElement === element);

/** Moves the focus to an element with the Tab key. @throws Error if it cannot be reached. */
async function tabTo(page: Page, target: Locator, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
  for (let stop = 0; stop < MOST_STOPS; stop += 1) {
    if (await isFocused(target)) return;
    await page.keyboard.press(key);
  }
  throw new Error(`The Tab key does not reach ${target}.`);
}

describeInBrowser('the Tab key in the playground', (browser) => {
  let playground: Playground;
  let page: Page;

  beforeAll(async () => {
    playground = await browser.open(await browser.sharedGateway());
    page = playground.page;
  });
  // A new visitor starts without a focused element.
  beforeEach(() => page.evaluate('document.activeElement.blur()'));

  it('goes around the page without a trap, with a visible focus at each stop', async () => {
    const first = page.getByRole('link', { name: 'README' });
    await tabTo(page, first);
    const unseen = new Set<string>();
    await page.keyboard.press('Tab');
    let stops = 1;
    for (; !(await isFocused(first)); stops += 1) {
      expect(stops).toBeLessThan(MOST_STOPS);
      const { name, isShown } = await focusShown(page);
      if (!isShown) unseen.add(name);
      await page.keyboard.press('Tab');
    }
    expect([...unseen]).toEqual([]);
    expect(stops).toBeGreaterThan(20);
  });

  it('reaches another example tab and the run button', async () => {
    const tab = page.locator('.graphiql-tab-button', { hasText: EXAMPLES.library.tab });
    await tabTo(page, tab);
    await page.keyboard.press('Enter');
    await until(
      () => playground.text('query'),
      (text) => text === EXAMPLES.library.query,
    );
    await tabTo(page, playground.executeButton);
    await page.keyboard.press('Enter');
    const { data } = await playground.answer((answer) => answer.data !== undefined);
    expect(at(data, 'portkeyPrompts.nodes')).toHaveLength(20);
  });

  it('reaches the query editor, which runs the query and which Escape leaves', async () => {
    const editor = page.locator('.graphiql-query-editor .graphiql-editor');
    await playground.openTab(EXAMPLES.browse.tab);
    await playground.setText('response', '');
    await tabTo(page, editor);
    await page.keyboard.press('Enter');
    await until(
      () => isFocused(playground.queryInput),
      (isIn) => isIn,
    );
    await page.keyboard.press('Control+Enter');
    const { data } = await playground.answer((answer) => answer.data !== undefined);
    expect(at(data, 'tunes.nodes')).toHaveLength(5);
    const before = await playground.text('query');
    await page.keyboard.press('Escape');
    await until(
      () => isFocused(playground.queryInput),
      (isIn) => !isIn,
    );
    await tabTo(page, playground.executeButton);
    expect(await playground.text('query')).toBe(before);
  });

  it('reaches an image, which regains the focus after it was enlarged', async () => {
    await playground.openTab(EXAMPLES.browse.tab);
    await playground.run();
    const image = page.locator('.pg-thumb').first();
    await tabTo(page, image);
    await page.keyboard.press('Enter');
    const shown = page.locator('.yarl__slide_current img');
    const first = await shown.getAttribute('src');
    await page.keyboard.press('ArrowRight');
    await until(
      () => shown.getAttribute('src'),
      (src) => src !== null && src !== first,
    );
    await page.keyboard.press('Escape');
    await page.locator('.yarl__root').waitFor({ state: 'detached' });
    await until(
      () => isFocused(image),
      (isBack) => isBack,
    );
  });

  it('reaches the file input and the button that removes a file', async () => {
    await playground.openTab(EXAMPLES.create.tab);
    await page.getByText('mask.png').waitFor();
    const files = page.getByRole('region', { name: 'Files' });
    const input = files.locator('input[type="file"]').first();
    await tabTo(page, input);
    const choosing = page.waitForEvent('filechooser');
    await page.keyboard.press('Enter');
    await (await choosing).setFiles([]);
    const remove = files.getByRole('button', { name: /^Remove sample-mask\.png/ });
    await tabTo(page, remove);
    await page.keyboard.press('Enter');
    await remove.waitFor({ state: 'detached' });
    expect(await isFocused(files.locator('input[type="file"]').last())).toBe(true);
  });

  it.each(['Documentation Explorer', 'History', 'GraphiQL Explorer', 'Examples'])(
    'reaches the button that opens and closes the panel %s',
    async (plugin) => {
      const sidebar = page.locator('.graphiql-sidebar');
      await tabTo(page, sidebar.getByRole('button', { name: `Show ${plugin}` }));
      await page.keyboard.press('Enter');
      const hide = sidebar.getByRole('button', { name: `Hide ${plugin}` });
      await hide.waitFor();
      await page.locator('.graphiql-plugin').getByText(/\w/).first().waitFor();
      await tabTo(page, hide, 'Shift+Tab');
      await page.keyboard.press('Enter');
      await hide.waitFor({ state: 'detached' });
    },
  );

  it('reaches a field in the operation builder', async () => {
    await playground.openTab(EXAMPLES.watch.tab);
    await playground.setText('query', 'query ByKeyboard { __typename }');
    const sidebar = page.locator('.graphiql-sidebar');
    await sidebar.getByRole('button', { name: 'Show GraphiQL Explorer' }).click();
    await tabTo(page, page.locator('.graphiql-explorer-root [data-field-name="portkeyPrompts"]'));
    await page.keyboard.press('Enter');
    await tabTo(page, page.locator('.graphiql-explorer-root [data-field-name="totalCount"]'));
    await page.keyboard.press('Space');
    await until(
      () => playground.text('query'),
      (text) => /portkeyPrompts \{\s+totalCount/.test(text),
    );
    await sidebar.getByRole('button', { name: 'Hide GraphiQL Explorer' }).click();
  });

  it('reaches the keys panel, and the button regains the focus after Escape', async () => {
    const button = page.getByRole('button', { name: 'Keys', exact: true });
    await tabTo(page, button);
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog');
    await tabTo(page, dialog.getByLabel('Portkey key'));
    await page.keyboard.type('pk-typed');
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
    expect(await isFocused(button)).toBe(true);
  });
});

/** Returns the focused element, and if its focus is visible, by comparing its style with and without the focus. */
function focusShown(page: Page): Promise<{ name: string; isShown: boolean }> {
  return page.evaluate(`(() => {
    const element = document.activeElement;
    const name = element.tagName + ' ' + (element.getAttribute('aria-label') ?? element.textContent.slice(0, 40)) + ' .' + element.className;
    if (element === document.body) return { name, isShown: true };
    // An invisible file input and an editor show the focus on their surrounding elements.
    const shown = [element, element.parentElement, element.closest('.graphiql-editor, .monaco-editor')].filter(Boolean);
    const look = (each) => {
      const { outlineStyle, outlineWidth, boxShadow, borderColor, backgroundColor } = getComputedStyle(each);
      const outline = outlineStyle === 'none' ? '' : outlineStyle + outlineWidth;
      return [outline, boxShadow, borderColor, backgroundColor].join();
    };
    const focused = shown.map(look).join();
    element.blur();
    const blurred = shown.map(look).join();
    element.focus({ focusVisible: true });
    return { name, isShown: focused !== blurred };
  })()`);
}
