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

/** A gateway whose playground is looked at, over upstreams that it emulates itself. */
export interface SandboxGateway {
  /** Such as `http://127.0.0.1:4000`. */
  readonly url: string;
  readonly sandbox: Sandbox;
  close(): Promise<void>;
}

export interface PageOptions {
  /** What the system of the person is set to; light unless said otherwise. */
  readonly colorScheme?: 'light' | 'dark';
  /** In CSS pixels; 1280x800 unless said otherwise. */
  readonly viewport?: { readonly width: number; readonly height: number };
  /** Such as `gzip`; the browser's own unless said otherwise. */
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
  // A page that asks another host for something gets nothing, and is found out.
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
];
export const NO_BROWSER = `there is no ${NAMES.join(', no ')}`;
/** The machine may be busy with other tests as well. */
const PATIENCE_MS = 30_000;

/** Starts the browser that the tests use. @throws Error where there is none. */
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
    if (!sandbox) throw new Error('the gateway has no sandbox');
    return { url, sandbox, close: () => close().then(clearAway) };
  } catch (error) {
    await clearAway();
    throw error;
  }
}

/** Opens an empty page in a new profile, for the playground of a gateway. */
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

/** Opens a new profile for the playground at a URL. */
export async function newContext(
  browser: Browser,
  baseURL: string,
  { colorScheme = 'light', viewport = { width: 1280, height: 800 }, acceptEncoding }: PageOptions,
): Promise<BrowserContext> {
  const extraHTTPHeaders = acceptEncoding === undefined ? {} : { 'accept-encoding': acceptEncoding };
  const context = await browser.newContext({
    baseURL,
    colorScheme,
    viewport,
    extraHTTPHeaders,
    // What fades in has no colours that could be judged, and what moves cannot be clicked at.
    reducedMotion: 'reduce',
  });
  context.setDefaultTimeout(PATIENCE_MS);
  return context;
}

/** The first browser of the PATH that the tests can use; null where there is none. */
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
