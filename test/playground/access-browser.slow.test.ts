import { beforeAll, expect, it } from '@jest/globals';
import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { until } from '../support/gateway.js';
import { describeInBrowser, type Playground } from './browser.js';
import { EXAMPLES } from './examples.js';

/** Maximum number of reported elements per rule, since hundreds may break it in the same way. */
const NAMED = 3;

interface Violation {
  readonly id: string;
  readonly impact: string | null;
  readonly nodes: readonly { readonly target: readonly string[]; readonly failureSummary: string }[];
}

/** Returns the accessibility violations of the current page, each with its elements and its reason. */
async function barriers(page: Page): Promise<string[]> {
  // Evaluated by the debugger, which the page's content security policy does not concern.
  await page.evaluate(`typeof axe === 'undefined' && (() => { ${axe.source} })()`);
  const violations = await page.evaluate<Violation[]>(
    "axe.run(document, { resultTypes: ['violations'] }).then((found) => found.violations)",
  );
  const grave = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  return grave.map(({ id, nodes }) => {
    const some = nodes
      .slice(0, NAMED)
      .map(({ target, failureSummary }) => `${target.join(' ')}: ${failureSummary}`);
    return `${id} (${nodes.length}): ${some.join('; ').replaceAll(/\s+/g, ' ')}`;
  });
}

interface Look {
  readonly colorScheme: 'light' | 'dark';
  readonly viewport: { readonly width: number; readonly height: number };
}

const WIDE = { width: 1280, height: 800 };
const LOOKS: Record<string, Look> = {
  light: { colorScheme: 'light', viewport: WIDE },
  dark: { colorScheme: 'dark', viewport: WIDE },
  narrow: { colorScheme: 'light', viewport: { width: 360, height: 740 } },
};
const NO_BARRIERS = Object.fromEntries(Object.keys(LOOKS).map((look) => [look, []]));

async function setLook(page: Page, { colorScheme, viewport }: Look): Promise<void> {
  await page.emulateMedia({ colorScheme });
  await page.setViewportSize(viewport);
  const editor = page.locator('.graphiql-query-editor .monaco-editor');
  await until(
    () => editor.getAttribute('class'),
    (names) => names?.includes('vs-dark') === (colorScheme === 'dark'),
  );
  // Axe cannot judge colours in transition.
  await page.evaluate(`
    const transitions = document.getAnimations().filter((each) => each instanceof CSSTransition);
    Promise.allSettled(transitions.map(({ finished }) => finished));
  `);
}

/** Returns the violations of the page in each look. The page keeps the last look. */
async function barriersByLook(page: Page): Promise<Record<string, string[]>> {
  const found: Record<string, string[]> = {};
  for (const [name, look] of Object.entries(LOOKS)) {
    await setLook(page, look);
    found[name] = await barriers(page);
  }
  return found;
}

describeInBrowser(
  'the playground has no accessibility violations in the light, dark and narrow looks',
  (browser) => {
    let playground: Playground;
    let page: Page;

    beforeAll(async () => {
      playground = await browser.open(await browser.sharedGateway());
      page = playground.page;
      // The editor colours the text shortly after it shows it.
      await page.locator('.graphiql-query-editor .view-line [class^="mtk"]:not(.mtk1)').first().waitFor();
    });

    it('on the first visit', async () => {
      expect(await barriersByLook(page)).toEqual(NO_BARRIERS);
    });

    it('with images', async () => {
      await playground.run();
      await page.locator('.pg-thumb').first().locator('img').waitFor();
      expect(await barriersByLook(page)).toEqual(NO_BARRIERS);
    });

    it('with an enlarged image', async () => {
      await page.locator('.pg-thumb').first().click();
      await page.locator('.yarl__slide_current img').waitFor();
      expect(await barriersByLook(page)).toEqual(NO_BARRIERS);
      await page.keyboard.press('Escape');
      await page.locator('.yarl__root').waitFor({ state: 'detached' });
    });

    it('with files', async () => {
      await playground.openTab(EXAMPLES.create.tab);
      await page.getByText('mask.png').waitFor();
      expect(await barriersByLook(page)).toEqual(NO_BARRIERS);
    });

    it('with a new prompt', async () => {
      await playground.run();
      await page.locator('.pg-card').first().waitFor();
      expect(await barriersByLook(page)).toEqual(NO_BARRIERS);
    });

    it('with a replication', async () => {
      await playground.openTab(EXAMPLES.replicate.tab);
      await playground.run();
      await page.getByRole('region', { name: 'Results' }).getByRole('row').nth(1).waitFor();
      expect(await barriersByLook(page)).toEqual(NO_BARRIERS);
    });

    it('with errors', async () => {
      await playground.openTab(EXAMPLES.duplicate.tab);
      await playground.setText('variables', '{ "id": "1" }');
      await playground.run();
      await page.getByRole('region', { name: 'Results' }).getByRole('alert').getByRole('listitem').waitFor();
      expect(await barriersByLook(page)).toEqual(NO_BARRIERS);
    });

    it('in the keys panel', async () => {
      await page.getByRole('button', { name: 'Keys', exact: true }).click();
      await page.getByLabel('Astria key').fill('not a key');
      expect(await barriersByLook(page)).toEqual(NO_BARRIERS);
      await page.keyboard.press('Escape');
    });

    it.each(['Documentation Explorer', 'History', 'GraphiQL Explorer', 'Examples'])(
      'in the panel %s',
      async (plugin) => {
        const sidebar = page.locator('.graphiql-sidebar');
        await sidebar.getByRole('button', { name: `Show ${plugin}` }).click();
        expect(await barriersByLook(page)).toEqual(NO_BARRIERS);
        await sidebar.getByRole('button', { name: `Hide ${plugin}` }).click();
      },
    );

    it('in the documentation of a type', async () => {
      const sidebar = page.locator('.graphiql-sidebar');
      await sidebar.getByRole('button', { name: 'Show Documentation Explorer' }).click();
      const docs = page.locator('.graphiql-doc-explorer');
      await docs.getByRole('link', { name: 'Mutation', exact: true }).click();
      await docs.getByRole('link', { name: 'createPrompt', exact: true }).click();
      expect(await barriersByLook(page)).toEqual(NO_BARRIERS);
      await sidebar.getByRole('button', { name: 'Hide Documentation Explorer' }).click();
    });

    it.each(['short keys', 'settings'])("in GraphiQL's %s dialog", async (dialog) => {
      await page.getByRole('button', { name: `Open ${dialog} dialog` }).click();
      await page.getByRole('dialog').waitFor();
      expect(await barriersByLook(page)).toEqual(NO_BARRIERS);
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
    });
  },
);
