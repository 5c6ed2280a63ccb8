import type { Browser, Page } from 'playwright-core';
import { newContext, type PageOptions, VIEWPORT } from './chromium.js';

/** Events that `Playground` and the tests listen to. */
const CONTEXT_EVENTS = ['request', 'console', 'weberror'] as const;
const PAGE_EVENTS = ['console', 'crash', 'filechooser', 'websocket'] as const;

/**
 * Pages of a browser that are used one after the other. The next test of the same gateway finds the storage empty, but the
 * scripts compiled: V8 keeps them as long as the page stays in its process. A load then takes a third of the CPU time.
 */
export class PagePool {
  readonly #idle = new Map<string, Page[]>();

  constructor(readonly browser: Browser) {}

  /** Returns a page for the gateway at this URL that has not loaded the playground. */
  async openPage(url: string, options: PageOptions): Promise<Page> {
    const { colorScheme = 'light', viewport = VIEWPORT, acceptEncoding } = options;
    // A first visit is measured with an empty cache.
    const page = acceptEncoding === undefined ? this.#idle.get(url)?.pop() : undefined;
    if (!page) return (await newContext(this.browser, url, options)).newPage();
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize(viewport);
    return page;
  }

  /** Takes a page back, with the others of its context, which it closes. */
  async release(url: string, page: Page, { acceptEncoding }: PageOptions): Promise<void> {
    const context = page.context();
    if (acceptEncoding !== undefined || !(await this.#reset(url, page))) return context.close();
    const idle = this.#idle.get(url);
    if (idle) idle.push(page);
    else this.#idle.set(url, [page]);
  }

  /** Clears all that a test has left in a page and its context. Returns false if that fails, as after the gateway has stopped. */
  async #reset(url: string, page: Page): Promise<boolean> {
    const context = page.context();
    for (const event of CONTEXT_EVENTS) context.removeAllListeners(event);
    for (const event of PAGE_EVENTS) page.removeAllListeners(event);
    for (const other of context.pages()) if (other !== page) await other.close();
    try {
      await page.unrouteAll();
      await page.goto(`${url}/livez`);
      // `clearDataForOrigin` leaves the storage of a tab.
      await page.evaluate('sessionStorage.clear()');
      const session = await context.newCDPSession(page);
      await session.send('Storage.clearDataForOrigin', { origin: url, storageTypes: 'all' });
      await session.detach();
    } catch {
      return false;
    }
    await context.clearPermissions();
    await context.clearCookies();
    return true;
  }
}
