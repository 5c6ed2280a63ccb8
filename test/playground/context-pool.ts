import type { Browser, BrowserContext, Page } from 'playwright-core';
import { newContext, type PageOptions } from './chromium.js';

/** Events of a context that `Playground` listens to. */
const EVENTS = ['request', 'console', 'weberror'] as const;

/**
 * Contexts of a browser that are used one after the other. The next page of the same gateway finds the storage empty, but the
 * scripts in the HTTP cache. To load and compile them takes most of the time of a first visit.
 */
export class ContextPool {
  readonly #idle = new Map<string, BrowserContext[]>();

  constructor(readonly browser: Browser) {}

  /** Opens an empty page for the gateway at this URL. */
  async openPage(url: string, options: PageOptions): Promise<Page> {
    // A first visit is measured with an empty cache.
    if (options.acceptEncoding !== undefined) return (await newContext(this.browser, url, options)).newPage();
    const { colorScheme, viewport } = options;
    const context = this.#idle.get(url)?.pop() ?? (await newContext(this.browser, url, {}));
    const page = await context.newPage();
    const session = await context.newCDPSession(page);
    await session.send('Storage.clearDataForOrigin', { origin: url, storageTypes: 'all' });
    await session.detach();
    if (colorScheme) await page.emulateMedia({ colorScheme });
    if (viewport) await page.setViewportSize(viewport);
    return page;
  }

  /** Closes the pages of a context, which the next page of the gateway may use then. */
  async release(url: string, context: BrowserContext, { acceptEncoding }: PageOptions): Promise<void> {
    if (acceptEncoding !== undefined) return context.close();
    for (const page of context.pages()) await page.close();
    for (const event of EVENTS) context.removeAllListeners(event);
    await context.clearPermissions();
    await context.clearCookies();
    const idle = this.#idle.get(url);
    if (idle) idle.push(context);
    else this.#idle.set(url, [context]);
  }
}
