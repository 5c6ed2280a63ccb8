import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { launchBrowser, openPage, type PageOptions, startSandboxGateway } from './chromium.js';
import { EXAMPLES } from './examples.js';
import type { Playground } from './playground.js';

/** Screenshots of the README. `npm run screenshots` updates them. */
const FOLDER = fileURLToPath(new URL('../../../docs/playground/', import.meta.url));
const DESK = { width: 1440, height: 810 };

const PICTURES: Record<string, { options: PageOptions; show(playground: Playground): Promise<unknown> }> = {
  browse: {
    options: { viewport: DESK },
    async show(playground) {
      await playground.run();
      await playground.page.waitForLoadState('networkidle');
    },
  },
  create: {
    options: { viewport: DESK, colorScheme: 'dark' },
    async show(playground) {
      await playground.openTab(EXAMPLES.create.tab);
      await playground.page.getByText('2 attached').waitFor();
      await playground.run();
      await playground.page.getByRole('region', { name: 'Results' }).getByRole('img').first().waitFor();
      await playground.page.waitForLoadState('networkidle');
    },
  },
  replicate: {
    options: { viewport: DESK },
    async show(playground) {
      await playground.openTab(EXAMPLES.replicate.tab);
      await playground.run();
      await playground.page.getByRole('cell', { name: 'Created' }).nth(13).waitFor();
    },
  },
};

async function takeAll(browser: Browser): Promise<void> {
  await mkdir(FOLDER, { recursive: true });
  for (const [name, { options, show }] of Object.entries(PICTURES)) {
    const gateway = await startSandboxGateway();
    try {
      const playground = await openPage(browser, gateway, options);
      await playground.load();
      await show(playground);
      await playground.page.screenshot({ path: `${FOLDER}${name}.png` });
    } finally {
      await gateway.close();
    }
  }
}

const browser = await launchBrowser();
await takeAll(browser).finally(() => browser.close());
