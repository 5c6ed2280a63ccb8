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

/** Browser for the tests of a file. Closes its gateways and pages when they have ended. */
export interface TestBrowser {
  /** Starts a separate gateway on a free port, in sandbox mode. */
  startGateway(env?: Record<string, string>): Promise<SandboxGateway>;
  /** Opens the playground with an empty profile, and waits until its query editor accepts input. */
  open(gateway: SandboxGateway, options?: PageOptions): Promise<Playground>;
  /** Opens a page without loading the playground, so that a test can observe the load. */
  openBlank(gateway: SandboxGateway, options?: PageOptions): Promise<Playground>;
}

const executable = findBrowser();
if (executable === null) process.stderr.write(`The playground's browser tests are skipped. ${NO_BROWSER}\n`);

/**
 * Groups tests that need a browser; without one, they are skipped. After each test, no open page may have problems:
 * see `Playground.takeFaults`.
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
    if (!this.#browser) throw new Error('The browser has not started yet.');
    const playground = await openPage(this.#browser, gateway, options);
    this.#open.add(playground);
    if (this.#isInTest) this.#ofThisTest.add(playground);
    return playground;
  }

  beginTest(): void {
    this.#isInTest = true;
  }

  /** Closes the pages that the test opened; the others stay open for the next test. */
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
