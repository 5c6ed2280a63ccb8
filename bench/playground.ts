import type { Browser } from 'playwright-core';
import { launchBrowser, openPage } from '../test/playground/chromium.js';
import { GatewayProcess } from '../test/support/gateway-process.js';

const RUNS = 5;
const BOUNDS = { typeMs: 2_000, gzipBytes: 2_200_000 };
/** Typed text, which does not occur elsewhere on the page. */
const TYPED = 'typedHere';

interface Visit {
  /** Time from the request of the page until the typed text appears in the query editor. */
  readonly typeMs: number;
  /** Bytes transferred, with headers. */
  readonly bytes: number;
}

const print = (line: string) => process.stdout.write(`${line}\n`);
const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(2)} MB`;

/** Visits the playground with an empty browser cache. */
async function visit(browser: Browser, gateway: GatewayProcess, acceptEncoding: string): Promise<Visit> {
  const sandbox = { url: gateway.sandboxUrl };
  const playground = await openPage(browser, { url: gateway.url, sandbox }, { acceptEncoding });
  const { page, queryInput } = playground;
  try {
    const startedAt = performance.now();
    await page.goto('/', { waitUntil: 'commit' });
    await queryInput.focus();
    await page.keyboard.insertText(TYPED);
    await page.locator('.graphiql-query-editor .view-lines', { hasText: TYPED }).waitFor();
    const typeMs = performance.now() - startedAt;
    return { typeMs, bytes: await playground.transferred() };
  } finally {
    await playground.close();
  }
}

function verdict(isWithinBounds: boolean, measured: string, bound: string): boolean {
  print(`  ${isWithinBounds ? 'ok' : 'OVER THE BOUND'}: ${measured}, bound ${bound}`);
  return isWithinBounds;
}

/** @returns True if all values are within their bounds. */
async function run(browser: Browser, gateway: GatewayProcess): Promise<boolean> {
  const visits: Visit[] = [];
  for (let n = 0; n < RUNS; n += 1) visits.push(await visit(browser, gateway, 'gzip'));
  const brotli = await visit(browser, gateway, 'br');
  const times = visits.map(({ typeMs }) => typeMs).sort((a, b) => a - b);
  const median = times[Math.floor(RUNS / 2)] ?? Number.POSITIVE_INFINITY;
  const bytes = Math.max(...visits.map((each) => each.bytes));
  print(`${RUNS} first visits, until typed: ${times.map((time) => time.toFixed(0)).join(', ')} ms`);
  print(`transfer: gzip ${megabytes(bytes)}, brotli ${megabytes(brotli.bytes)}`);
  return [
    verdict(median <= BOUNDS.typeMs, `median ${median.toFixed(0)} ms`, `${BOUNDS.typeMs} ms`),
    verdict(bytes <= BOUNDS.gzipBytes, `gzip ${megabytes(bytes)}`, megabytes(BOUNDS.gzipBytes)),
    verdict(brotli.bytes < bytes, `brotli ${megabytes(brotli.bytes)}`, 'less than gzip'),
  ].every(Boolean);
}

const gateway = await GatewayProcess.start();
const browser = await launchBrowser();
try {
  if (!(await run(browser, gateway))) process.exitCode = 1;
} finally {
  await browser.close();
  await gateway.stop();
}
