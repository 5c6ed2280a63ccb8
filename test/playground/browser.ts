import { afterAll, afterEach, beforeAll, beforeEach, describe, expect } from '@jest/globals';
import type { Browser } from 'playwright-core';
import {
  findBrowser,
  launchBrowser,
  NO_BROWSER,
  openPage,
  type PageOptions,
  type SandboxGateway,
  startSandboxGateway,
} from './chromium.js';
import type { Playground } from './playground.js';

export type { PageOptions, SandboxGateway } from './chromium.js';
export type { Playground } from './playground.js';

/** What the tests of a file are given. All that comes of it is closed when they are done. */
export interface TestBrowser {
  /** Starts a gateway of its own on a free port, in sandbox mode. */
  startGateway(env?: Record<string, string>): Promise<SandboxGateway>;
  /** Opens the playground with an empty profile, and waits until its query editor can be typed into. */
  open(gateway: SandboxGateway, options?: PageOptions): Promise<Playground>;
  /** The same without waiting for anything: where the page itself is measured. */
  openBlank(gateway: SandboxGateway, options?: PageOptions): Promise<Playground>;
}

const executable = findBrowser();
if (executable === null) process.stderr.write(`the playground's browser tests are skipped: ${NO_BROWSER}\n`);

/**
 * Groups tests that need a browser; they are skipped where there is none. After each test every page that is open must be
 * clean: see `Playground.takeFaults`.
 */
export function describeInBrowser(name: string, tests: (browser: TestBrowser) => void): void {
  const group = executable === null ? describe.skip : describe;
  group(executable === null ? `${name} (no browser)` : name, () => {
    const pages = new Pages();
    beforeAll(() => pages.launch(executable));
    beforeEach(() => pages.beginTest());
    afterEach(() => pages.endTest());
    afterAll(() => pages.close());
    tests(pages);
  });
}

class Pages implements TestBrowser {
  readonly #open = new Set<Playground>();
  readonly #ofThisTest = new Set<Playground>();
  readonly #gateways: SandboxGateway[] = [];
  #browser: Browser | null = null;
  #isInTest = false;

  async launch(executablePath: string | null): Promise<void> {
    this.#browser = await launchBrowser(executablePath);
  }

  async startGateway(env: Record<string, string> = {}): Promise<SandboxGateway> {
    const gateway = await startSandboxGateway(env);
    this.#gateways.push(gateway);
    return gateway;
  }

  async open(gateway: SandboxGateway, options: PageOptions = {}): Promise<Playground> {
    const playground = await this.openBlank(gateway, options);
    await playground.load();
    return playground;
  }

  async openBlank(gateway: SandboxGateway, options: PageOptions = {}): Promise<Playground> {
    if (!this.#browser) throw new Error('the browser is not there yet');
    const playground = await openPage(this.#browser, gateway, options);
    this.#open.add(playground);
    if (this.#isInTest) this.#ofThisTest.add(playground);
    return playground;
  }

  beginTest(): void {
    this.#isInTest = true;
  }

  /** Pages that a test has opened end with it, the others stay for the next one. */
  async endTest(): Promise<void> {
    this.#isInTest = false;
    const faults = [...this.#open].flatMap((playground) => playground.takeFaults());
    for (const playground of this.#ofThisTest) {
      this.#open.delete(playground);
      await playground.close();
    }
    this.#ofThisTest.clear();
    expect(faults).toEqual([]);
  }

  async close(): Promise<void> {
    await this.#browser?.close();
    await Promise.all(this.#gateways.map((gateway) => gateway.close()));
  }
}
