import { type IntervalHistogram, monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks';
import { describe, expect, it, jest } from '@jest/globals';
import { describeGateway } from '../support/describe-gateway.js';
import { calls, startTestGateway, until } from '../support/gateway.js';
import { BareSocket, FOLLOW, open, SSE } from '../support/streams.js';
import { type Exposition, readExposition } from './exposition.js';

const gateway = describeGateway({ sandbox: { settleMs: 60_000 } });

async function scrape({ url }: { url: string } = gateway): Promise<Exposition> {
  const response = await fetch(`${url}/metrics`);
  expect(response.status).toBe(200);
  return readExposition(await response.text());
}

/** Returns the growth of each series, without that of /metrics. The gateway counts a response after the client has it. */
async function grown(before: Exposition, pattern: RegExp): Promise<Record<string, number>> {
  const { samples } = await scrape();
  const now = [...samples].filter(([series]) => pattern.test(series) && !series.includes('route="/metrics"'));
  return Object.fromEntries(
    now
      .map(([series, value]) => [series, value - (before.samples.get(series) ?? 0)] as const)
      .filter(([, growth]) => growth !== 0),
  );
}

async function expectGrowth(
  pattern: RegExp,
  act: () => Promise<unknown>,
  expected: Record<string, number>,
): Promise<void> {
  const before = await scrape();
  await act();
  const hasAll = (seen: Record<string, number>) => Object.keys(expected).every((series) => series in seen);
  expect(await until(() => grown(before, pattern), hasAll)).toEqual(expected);
}

const TUNES = '{ tunes(first: 1) { nodes { id } } }';
const INVALID_CREATE =
  'mutation { createPrompt(tuneId: "2690418", input: { text: "" }) { userErrors { code } } }';

describe('metrics', () => {
  const requests = (route: string, method: string, status: string) =>
    `promptgate_http_requests_total{route="${route}",method="${method}",status="${status}"}`;
  const operations = (type: string, outcome: string) =>
    `promptgate_graphql_operations_total{type="${type}",outcome="${outcome}"}`;

  it('the metrics count each request once, under its route and never under its path', async () => {
    const act = async () => {
      for (let n = 0; n < 3; n += 1) await gateway.graphql(TUNES);
      await gateway.graphql('{ nothing }');
      for (const path of ['/livez', '/no/such/path', '/%', '/webhooks/astria/prompts/1/secret-17'])
        await (await fetch(gateway.url + path)).text();
      const { status } = await fetch(`${gateway.url}/graphql`, { method: 'DELETE' });
      expect(status).toBe(405);
    };
    await expectGrowth(/^promptgate_http_requests_total/, act, {
      [requests('/graphql', 'POST', '2xx')]: 3,
      [requests('/graphql', 'POST', '4xx')]: 1,
      [requests('none', 'DELETE', '4xx')]: 1,
      [requests('/livez', 'GET', '2xx')]: 1,
      [requests('none', 'GET', '4xx')]: 3,
    });
  });

  it('the metrics measure the duration of requests, except streams', async () => {
    const act = async () => {
      await gateway.graphql(TUNES);
      const stream = await open(gateway.url, { query: FOLLOW, variables: { id: '0' } }, SSE);
      await stream.whole();
    };
    await expectGrowth(/^promptgate_http_request(s_total|_duration_seconds_count)/, act, {
      [requests('/graphql', 'POST', '2xx')]: 2,
      'promptgate_http_request_duration_seconds_count{route="/graphql",method="POST",status="2xx"}': 1,
    });
  });

  it('the metrics count requests whose client disconnects before the response', async () => {
    gateway.sandbox.addFault({ upstream: 'astria', kind: 'stall-headers', path: '/tunes' });
    const act = async () => {
      const leaving = new AbortController();
      const body = JSON.stringify({ query: TUNES });
      const headers = { 'content-type': 'application/json' };
      const { signal } = leaving;
      const request = fetch(`${gateway.url}/graphql`, { method: 'POST', headers, body, signal });
      gateway.sandbox.clearRequests();
      await until(() => gateway.sandbox.requests().length, Boolean);
      leaving.abort();
      await expect(request).rejects.toThrow();
    };
    await expectGrowth(/^promptgate_http_requests_total/, act, {
      [requests('/graphql', 'POST', 'aborted')]: 1,
    });
  });

  it('the metrics count operations by type and outcome, over every transport', async () => {
    const act = async () => {
      await gateway.graphql(TUNES);
      await gateway.graphql(INVALID_CREATE);
      await gateway.graphql(TUNES, {}, { 'x-astria-api-key': 'wrong' });
      await gateway.graphql('{ nothing }');
      await gateway.graphql('{ not graphql');
      gateway.sandbox.addFault({ upstream: 'astria', kind: 'html', times: 0 });
      await gateway.graphql(TUNES);
      gateway.sandbox.clearFaults();
      const stream = await open(gateway.url, { query: FOLLOW, variables: { id: '0' } }, SSE);
      await stream.whole();
      const client = await new BareSocket(gateway.url).init();
      client.subscribe('1', TUNES);
      client.subscribe('2', FOLLOW, { id: '0' });
      await Promise.all([client.finished('1'), client.finished('2')]);
      client.socket.close();
    };
    await expectGrowth(/^promptgate_graphql_operations_total/, act, {
      [operations('query', 'ok')]: 2,
      [operations('mutation', 'ok')]: 1,
      [operations('subscription', 'ok')]: 2,
      [operations('query', 'UPSTREAM_UNAUTHENTICATED')]: 1,
      [operations('query', 'UPSTREAM_BAD_RESPONSE')]: 1,
      [operations('unknown', 'GRAPHQL_VALIDATION_FAILED')]: 1,
      [operations('unknown', 'GRAPHQL_PARSE_FAILED')]: 1,
    });
  });

  it('the metrics count each attempt of an upstream call by endpoint and status', async () => {
    const attempts = (upstream: string, endpoint: string, status: number | string) =>
      `promptgate_upstream_attempts_total{upstream="${upstream}",endpoint="${endpoint}",status="${status}"}`;
    const { sandbox } = gateway;
    const id = await running();
    sandbox.clearRequests();
    const act = async () => {
      // The gateway retries this call, so one of two attempts fails.
      sandbox.addFault({ upstream: 'astria', kind: '502', path: '/tunes' });
      await gateway.graphql(TUNES);
      sandbox.addFault({ upstream: 'astria', kind: 'status', status: 599, path: '/prompts/*', times: 0 });
      sandbox.addFault({ upstream: 'portkey', kind: 'drop-before', path: '/prompts', times: 0 });
      await gateway.graphql(`{ prompt(id: "${id}") { id } portkeyPrompts(first: 1) { nodes { id } } }`);
    };
    const before = await scrape();
    await act();
    const seen = await grown(before, /^promptgate_upstream_attempts_total/);
    expect(seen).toEqual({
      [attempts('astria', 'GET /tunes', 502)]: 1,
      [attempts('astria', 'GET /tunes', 200)]: 1,
      [attempts('astria', 'GET /prompts/:id.json', 'other')]: expect.any(Number),
      [attempts('portkey', 'GET /prompts', 'none')]: expect.any(Number),
    });
    const made = { astria: calls(sandbox, 'astria'), portkey: calls(sandbox, 'portkey') };
    expect(seen[attempts('portkey', 'GET /prompts', 'none')]).toBe(made.portkey.length);
    expect(await grown(before, /^promptgate_upstream_attempt_duration_seconds_count/)).toEqual({
      'promptgate_upstream_attempt_duration_seconds_count{upstream="astria",endpoint="GET /tunes"}': 2,
      'promptgate_upstream_attempt_duration_seconds_count{upstream="astria",endpoint="GET /prompts/:id.json"}':
        made.astria.length - 2,
      'promptgate_upstream_attempt_duration_seconds_count{upstream="portkey",endpoint="GET /prompts"}':
        made.portkey.length,
    });
  });

  it('the metrics show open streams, open WebSockets and followed subjects, until they end', async () => {
    const openNow = async () => {
      const { samples } = await scrape();
      return ['open_streams', 'open_websockets', 'followed_subjects'].map((name) =>
        samples.get(`promptgate_${name}`),
      );
    };
    const isNothing = (now: readonly unknown[]) => now.every((count) => count === 0);
    await until(openNow, isNothing);
    const stream = await open(gateway.url, { query: FOLLOW, variables: { id: await running() } }, SSE);
    const client = await new BareSocket(gateway.url).init();
    await until(openNow, (now) => now.every((count) => count === 1));
    stream.vanish();
    client.socket.close();
    await until(openNow, isNothing);
  });
});

/** Creates a prompt that is still rendering, and returns its id. */
async function running(): Promise<string> {
  const { data } = await gateway.graphql(
    'mutation { createPrompt(tuneId: "2690418", input: { text: "a" }) { prompt { id } } }',
  );
  return JSON.stringify(data).replace(/\D/g, '');
}

it('/metrics is text for Prometheus with units in the names, and must not be cached', async () => {
  const response = await fetch(`${gateway.url}/metrics`);
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  expect(response.headers.get('cache-control')).toBe('no-store');
  const { types, samples } = readExposition(await response.text());
  for (const upstream of ['astria', 'portkey'])
    for (const state of ['closed', 'half-open', 'open']) {
      const series = `promptgate_upstream_breaker_state{upstream="${upstream}",state="${state}"}`;
      expect([series, samples.get(series)]).toEqual([series, state === 'closed' ? 1 : 0]);
    }
  for (const [name, type] of types) {
    expect(name).toMatch(/^(promptgate|process|nodejs)_[a-z0-9_]+$/);
    if (type === 'counter') expect(name).toMatch(/_total$/);
    if (type === 'histogram') expect(name).toMatch(/_seconds$/);
  }
  expect([...types.keys()]).toEqual(
    expect.arrayContaining(['process_cpu_seconds_total', 'process_resident_memory_bytes']),
  );
  expect((await fetch(`${gateway.url}/metrics`, { method: 'POST' })).status).toBe(405);
});

it('no client can add a series to /metrics', async () => {
  const act = async (n: number) => {
    const word = `w${n}x${Math.random().toString(36).slice(2)}`;
    const send = async (path: string, init: RequestInit = {}) =>
      (await fetch(gateway.url + path, init)).text();
    const method = ['GET', 'POST', 'PUT', 'PROPFIND'][n % 4] ?? '';
    await Promise.all([
      send(`/${word}`, { method }),
      send(`/webhooks/astria/prompts/${word}/${word}`, { method: 'POST', body: word }),
      send(`/graphql?query=query+${word}{replications(first:1){nodes{id}}}`, {
        headers: { accept: 'application/json', 'x-apollo-operation-name': word },
      }),
      gateway.graphql(`query ${word} { ${word}: replications(first: 1) { nodes { id } } }`),
      gateway.graphql(`{ ${word} }`, {}, { 'user-agent': word }),
      gateway.graphql(`{ prompt(id: "${word}") { id } }`, {}, { 'x-astria-api-key': word }),
    ]);
    return word;
  };
  const series = async () =>
    [...(await scrape()).samples.keys()].filter((each) => !/^nodejs_(gc|active)_/.test(each));
  for (let n = 0; n < 4; n += 1) await act(n);
  const before = await until(series, (all) => all.some((each) => each.includes('method="other"')));
  const words: string[] = [];
  for (let n = 0; n < 34; n += 1) words.push(await act(n));
  const after = await series();
  expect(after).toEqual(before);
  expect(words.filter((word) => after.join().includes(word))).toEqual([]);
});

describe('gateways in one process', () => {
  it('gateways in one process have separate metrics, and count the requests that they reject', async () => {
    const other = await startTestGateway({ env: { RATE_LIMIT_PER_ADDRESS: '2' } });
    try {
      const before = await scrape();
      const statuses = [await other.graphql(TUNES), await other.graphql(TUNES), await other.graphql(TUNES)];
      expect(statuses.map(({ status }) => status)).toEqual([200, 200, 429]);
      const counted = async () => {
        const { samples } = await scrape(other);
        return [
          samples.get('promptgate_graphql_operations_total{type="query",outcome="ok"}'),
          samples.get('promptgate_http_refusals_total{reason="rate_limited"}'),
          samples.get('promptgate_http_refusals_total{reason="shed"}'),
        ];
      };
      await until(counted, (counts) => counts.join() === '2,1,0');
      expect(await grown(before, /^promptgate/)).toEqual({});
    } finally {
      await other.close();
    }
  });

  it('gateways in one process share the observers of the process', async () => {
    const delays = Object.getPrototypeOf(monitorEventLoopDelay()) as Pick<IntervalHistogram, 'enable'>;
    const begun = [jest.spyOn(PerformanceObserver.prototype, 'observe'), jest.spyOn(delays, 'enable')];
    const other = await startTestGateway();
    const { samples } = await scrape(other);
    await other.close();
    expect(samples.get('nodejs_eventloop_lag_p99_seconds')).toBeGreaterThan(0);
    expect(begun.map(({ mock }) => mock.calls.length)).toEqual([0, 0]);
    jest.restoreAllMocks();
  });

  it('gateways in one process show their open resources without a call that can abort the process', async () => {
    const names = [...(await scrape()).samples.keys()];
    expect(names).toContain('nodejs_active_resources_total');
    expect(names.filter((name) => /^nodejs_active_(handles|requests)/.test(name))).toEqual([]);
  });

  it('gateways in one process show how long the event loop was blocked since the last scrape', async () => {
    const lag = async () => (await scrape()).samples.get('nodejs_eventloop_lag_max_seconds');
    await lag();
    await new Promise((resolve) => setTimeout(resolve, 50));
    const end = performance.now() + 100;
    while (performance.now() < end);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await lag()).toBeGreaterThan(0.05);
  });
});
