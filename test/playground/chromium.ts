import { accessSync, constants } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Browser, type BrowserContext, chromium } from 'playwright-core';
import { parseConfig } from '../../src/config.js';
import { startGateway } from '../../src/gateway.js';
import { createLog } from '../../src/log.js';
import type { Sandbox } from '../../src/sandbox/index.js';
import { Playground } from './playground.js';

/** Gateway of the playground under test, which emulates its upstreams. */
export interface SandboxGateway {
  /** URL of the gateway, such as `http://127.0.0.1:4000`. */
  readonly url: string;
  readonly sandbox: Sandbox;
  close(): Promise<void>;
}

export interface PageOptions {
  /** Colour scheme of the user's system. Light by default. */
  readonly colorScheme?: 'light' | 'dark';
  /** Size in CSS pixels. 1280x800 by default. */
  readonly viewport?: { readonly width: number; readonly height: number };
  /** Header value, such as `gzip`. The browser's default if missing. */
  readonly acceptEncoding?: string;
}

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];
const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // Requests to other hosts fail, and the test reports them.
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
];
export const NO_BROWSER = `Chromium is not installed (${NAMES.join(', ')}).`;
/** Time limit while other tests keep the machine busy. */
const PATIENCE_MS = 30_000;

/** Starts the browser. @throws Error if none is installed. */
export function launchBrowser(executablePath: string | null = findBrowser()): Promise<Browser> {
  if (executablePath === null) throw new Error(NO_BROWSER);
  return chromium.launch({ executablePath, args: ARGS, timeout: PATIENCE_MS });
}

/** Starts a gateway in sandbox mode on a free port. */
export async function startSandboxGateway(env: Record<string, string> = {}): Promise<SandboxGateway> {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'promptgate-test-'));
  const clearAway = () => rm(dataDir, { recursive: true, force: true });
  try {
    const config = parseConfig({ SANDBOX: 'true', PORT: '0', DATA_DIR: dataDir, ...env });
    const { url, sandbox, close } = await startGateway(config, createLog('fatal', { write: () => {} }));
    if (!sandbox) throw new Error('The gateway has no sandbox.');
    return { url, sandbox, close: () => close().then(clearAway) };
  } catch (error) {
    await clearAway();
    throw error;
  }
}

/** Opens an empty page with a new profile for the playground of a gateway. */
export async function openPage(
  browser: Browser,
  gateway: { readonly url: string; readonly sandbox: { readonly url: string } },
  options: PageOptions = {},
): Promise<Playground> {
  const context = await newContext(browser, gateway.url, options);
  return new Playground(await context.newPage(), allowedUrls(gateway));
}

/** Prefixes of the URLs that the playground of a gateway may request. */
export const allowedUrls = ({ url, sandbox }: { url: string; sandbox: { url: string } }): string[] => [
  `${url}/`,
  `${sandbox.url}/images/`,
];

/** Size of a page, in CSS pixels. */
export const VIEWPORT = { width: 1280, height: 800 };

/** Opens a new profile for the playground at a URL. */
export async function newContext(
  browser: Browser,
  baseURL: string,
  { colorScheme = 'light', viewport = VIEWPORT, acceptEncoding }: PageOptions,
): Promise<BrowserContext> {
  const extraHTTPHeaders = acceptEncoding === undefined ? {} : { 'accept-encoding': acceptEncoding };
  const context = await browser.newContext({
    baseURL,
    colorScheme,
    viewport,
    extraHTTPHeaders,
    // Animations would hide the final colours and move elements away from clicks.
    reducedMotion: 'reduce',
  });
  context.setDefaultTimeout(PATIENCE_MS);
  return context;
}

/** Returns the path of the first suitable browser in PATH, or null. */
export function findBrowser(): string | null {
  const folders = (process.env.PATH ?? '').split(path.delimiter).filter((folder) => folder !== '');
  const places = NAMES.flatMap((name) => folders.map((folder) => path.join(folder, name)));
  return places.find(isExecutable) ?? null;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
