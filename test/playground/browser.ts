import { afterAll, afterEach, beforeEach, describe, expect } from '@jest/globals';
import { atSuiteEnd } from '../jest/suite-end.js';
import {
  allowedUrls,
  findBrowser,
  launchBrowser,
  NO_BROWSER,
  type PageOptions,
  type SandboxGateway,
  startSandboxGateway,
} from './chromium.js';
import { PagePool } from './page-pool.js';
import { Playground } from './playground.js';

export type { PageOptions, SandboxGateway } from './chromium.js';
export type { Playground } from './playground.js';

/** Browser for the tests of a file. Closes its gateways and pages when they have ended. */
export interface TestBrowser {
  /** Starts a separate gateway on a free port, in sandbox mode. */
  startGateway(env?: Record<string, string>): Promise<SandboxGateway>;
  /** Returns a sandbox gateway that other tests share, for tests that do not depend on its data. */
  sharedGateway(): Promise<SandboxGateway>;
  /** Opens the playground with empty storage, and waits until its query editor accepts input. */
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
    beforeEach(() => pages.beginTest());
    afterEach(() => pages.endTest());
    afterAll(() => pages.close());
    tests(pages);
  });
}

/** The browser and the gateway that all tests of a Jest file share. */
class Shared {
  #pages: Promise<PagePool> | null = null;
  #gateway: Promise<SandboxGateway> | null = null;

  pages(): Promise<PagePool> {
    this.#pages ??= this.#launch();
    return this.#pages;
  }

  gateway(): Promise<SandboxGateway> {
    this.#gateway ??= this.#startGateway();
    return this.#gateway;
  }

  async #launch(): Promise<PagePool> {
    const browser = await launchBrowser(executable);
    atSuiteEnd(() => browser.close());
    return new PagePool(browser);
  }

  async #startGateway(): Promise<SandboxGateway> {
    const gateway = await startSandboxGateway();
    atSuiteEnd(() => gateway.close());
    return gateway;
  }
}

const shared = new Shared();

class Pages implements TestBrowser {
  /** The open pages, each with the action that closes it. */
  readonly #open = new Map<Playground, () => Promise<void>>();
  readonly #ofThisTest = new Set<Playground>();
  readonly #gateways: SandboxGateway[] = [];
  #isInTest = false;

  async startGateway(env: Record<string, string> = {}): Promise<SandboxGateway> {
    const gateway = await startSandboxGateway(env);
    this.#gateways.push(gateway);
    return gateway;
  }

  async sharedGateway(): Promise<SandboxGateway> {
    const gateway = await shared.gateway();
    gateway.sandbox.clearRequests();
    gateway.sandbox.clearFaults();
    return gateway;
  }

  async open(gateway: SandboxGateway, options: PageOptions = {}): Promise<Playground> {
    const playground = await this.openBlank(gateway, options);
    await playground.load();
    return playground;
  }

  async openBlank(gateway: SandboxGateway, options: PageOptions = {}): Promise<Playground> {
    const pages = await shared.pages();
    const page = await pages.openPage(gateway.url, options);
    const playground = new Playground(page, allowedUrls(gateway));
    this.#open.set(playground, () => pages.release(gateway.url, page, options));
    if (this.#isInTest) this.#ofThisTest.add(playground);
    return playground;
  }

  beginTest(): void {
    this.#isInTest = true;
  }

  /** Closes the pages that the test opened; the others stay open for the next test. */
  async endTest(): Promise<void> {
    this.#isInTest = false;
    const faults = [...this.#open.keys()].flatMap((playground) => playground.takeFaults());
    for (const playground of this.#ofThisTest) await this.#close(playground);
    this.#ofThisTest.clear();
    expect(faults).toEqual([]);
  }

  async close(): Promise<void> {
    for (const playground of [...this.#open.keys()]) await this.#close(playground);
    await Promise.all(this.#gateways.map((gateway) => gateway.close()));
  }

  async #close(playground: Playground): Promise<void> {
    const close = this.#open.get(playground);
    this.#open.delete(playground);
    await close?.();
  }
}
