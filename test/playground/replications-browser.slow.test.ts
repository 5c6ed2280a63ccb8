import { beforeAll, expect, it } from '@jest/globals';
import { until } from '../support/gateway.js';
import { describeInBrowser, type Playground, type SandboxGateway } from './browser.js';
import { openRecorded, resultsPanel, shown } from './results-panel.js';

const REPLICATE = `mutation ($model: String!, $name: String!, $dryRun: Boolean!) {
  replicatePrompts(targetModel: $model, dryRun: $dryRun, options: { concurrency: 2, nameTemplate: $name }) {
    replication { id }
    userErrors { message }
  }
}`;

describeInBrowser('the results panel', (browser) => {
  let gateway: SandboxGateway;
  let playground: Playground;
  const sent: string[] = [];
  beforeAll(async () => {
    gateway = await browser.startGateway();
    playground = await openRecorded(browser, gateway, sent);
  });

  const panel = () => resultsPanel(playground);

  const replicate = (model: string, dryRun = false) =>
    playground.ask(REPLICATE, { variables: { model, name: `{name}-${model}`, dryRun } });

  /** Returns the cells of the table's rows without its head. */
  const rows = () =>
    panel()
      .locator('tbody tr')
      .evaluateAll((all: { readonly children: Iterable<{ readonly textContent: string }> }[]) =>
        all.map(({ children }) => [...children].map(({ textContent }) => textContent)),
      );

  it('follows a replication to its end, with a table of its items', async () => {
    const delay = { upstream: 'portkey', kind: 'slow-body', method: 'POST', delayMs: 150, times: 0 } as const;
    gateway.sandbox.addFault(delay);
    await replicate('followed');
    await shown(panel().getByRole('progressbar'));
    await shown(panel().getByRole('heading', { name: 'Replication to followed' }).getByText('Running'));
    gateway.sandbox.clearFaults();
    await shown(panel().getByRole('heading', { name: 'Replication to followed' }).getByText('Completed'));
    await shown(panel().getByText('(100 %)'));
    await until(
      () => panel().getByRole('log').textContent(),
      (words) => words === 'Replication completed, 3 failed',
    );
    expect(await panel().getByRole('columnheader').allTextContents()).toEqual([
      'Source',
      'Action',
      'Status',
      'Replica',
    ]);
    const items = await rows();
    expect(items).toHaveLength(100);
    for (const [source, action, status, replica] of items)
      if (status === 'Created') expect([action, replica]).toEqual(['Create', `${source}-followed`]);
    expect(items.filter(([, , status]) => status === 'Created').length).toBeGreaterThan(50);
  });

  it('pages through the items of a replication, and filters them by status', async () => {
    await replicate('pages', true);
    await shown(panel().getByText('Dry run'));
    const [first] = await until(rows, (all) => all.length === 100);
    await panel().getByRole('button', { name: 'Next' }).click();
    await shown(panel().getByText(/^101 to \d+ of \d+$/));
    expect((await rows()).map(([source]) => source)).not.toContain(first?.[0]);
    await panel().getByRole('button', { name: 'Previous' }).click();
    await shown(panel().getByText(/^1 to 100 of \d+$/));
    expect((await rows())[0]).toEqual(first);
    await panel().getByLabel('Items').and(playground.page.locator('select')).selectOption('FAILED');
    const failed = await until(
      rows,
      (all) => all.length > 0 && all.every(([, , status = 'Failed']) => status === 'Failed'),
    );
    expect(failed).toHaveLength(6);
    for (const [words, ...others] of failed.filter((_, index) => index % 2 === 1))
      expect([words, others]).toEqual([expect.stringMatching(/^Error: [A-Z_]+ ./), []]);
  });

  it('highlights failed items of a replication, and links to them', async () => {
    await replicate('partly');
    const heading = panel().getByRole('heading', { name: 'Replication to partly' });
    await shown(heading.getByText('Completed, 3 failed'));
    expect(await heading.locator('.pg-chip-partly-failed').count()).toBe(1);
    const share = await panel()
      .getByRole('progressbar')
      .evaluate((bar: { style: { getPropertyValue(name: string): string } }) =>
        bar.style.getPropertyValue('--pg-failed'),
      );
    expect(Number.parseFloat(share)).toBeGreaterThan(0);
    await panel().getByRole('button', { name: '3 failed' }).click();
    await until(rows, (all) => all.length === 6 && all[0]?.[2] === 'Failed');
    const table = panel().getByRole('region', { name: 'Items' });
    const { scrollWidth, clientWidth } = await table.evaluate(
      ({ scrollWidth, clientWidth }: { scrollWidth: number; clientWidth: number }) => ({
        scrollWidth,
        clientWidth,
      }),
    );
    expect(scrollWidth).toBeLessThanOrEqual(clientWidth);
  });

  it('polls a replication when no WebSocket connects', async () => {
    const cutOff = await browser.openBlank(gateway);
    await cutOff.page.routeWebSocket(/graphql/, (socket) => socket.close({ code: 4400, reason: 'not here' }));
    await cutOff.load();
    let toRefuse = 2;
    await cutOff.page.route(
      (url) => url.pathname === '/graphql',
      (route) => {
        const isPoll = route.request().postData()?.includes('replication(id') === true;
        if (isPoll) toRefuse -= 1;
        if (!isPoll || toRefuse < 0) return route.fallback();
        return route.fulfill({ status: 503, json: { errors: [{ message: 'too much to do' }] } });
      },
    );
    await cutOff.setText('query', REPLICATE);
    await cutOff.setText(
      'variables',
      JSON.stringify({ model: 'polled', name: '{name}-polled', dryRun: false }),
    );
    await cutOff.run();
    await shown(cutOff.page.getByText(/^too much to do\. Next attempt in \d s\.$/));
    const heading = cutOff.page.getByRole('heading', { name: 'Replication to polled' });
    await shown(heading.getByText('Completed'));
    expect(await cutOff.page.getByText('Next attempt').count()).toBe(0);
    // The browser logs each response with an error status.
    expect(cutOff.takeFaults()).toEqual([expect.stringContaining('503'), expect.stringContaining('503')]);
  });
});
