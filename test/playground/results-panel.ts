import type { Locator } from 'playwright-core';
import type { Playground, SandboxGateway, TestBrowser } from './browser.js';

export const PATIENCE_MS = 30_000;

/** Opens the playground, and adds its outgoing WebSocket messages to `sent`. */
export async function openRecorded(
  browser: TestBrowser,
  gateway: SandboxGateway,
  sent: string[],
): Promise<Playground> {
  const playground = await browser.openBlank(gateway);
  playground.page.on('websocket', (socket) => {
    socket.on('framesent', ({ payload }) => void sent.push(String(payload)));
  });
  await playground.load();
  return playground;
}

export const resultsPanel = ({ page }: Playground): Locator =>
  page.getByRole('region', { name: 'Results', exact: true });

export const shown = (locator: Locator): Promise<void> => locator.waitFor({ timeout: PATIENCE_MS });
