import { once } from 'node:events';
import http from 'node:http';
import { connect } from 'node:net';
import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { readJob, replicate, resume } from '../replication/replicating.js';
import { Deployment } from '../support/deployment.js';
import { at, type TestGateway, until } from '../support/gateway.js';
import { GatewayProcess } from '../support/gateway-process.js';
import { type RawUpstream, startRawUpstream } from '../support/raw-upstream.js';
import {
  BareSocket,
  endSoon,
  JSON_TYPE,
  MULTIPART,
  open,
  SSE,
  sseEvents,
  startJob,
  WATCH,
} from '../support/streams.js';

const opened: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0)) await close();
});

async function start(env: Record<string, string> = {}): Promise<GatewayProcess> {
  const gateway = await GatewayProcess.start(env);
  opened.push(() => gateway.stop());
  return gateway;
}

async function addFault(gateway: GatewayProcess, fault: Record<string, unknown>): Promise<void> {
  const body = JSON.stringify(fault);
  await fetch(`${gateway.sandboxUrl}/_sandbox/faults`, { method: 'POST', headers: JSON_TYPE, body });
}

const slowCreates = { upstream: 'portkey', kind: 'slow-body', method: 'POST', delayMs: 300, times: 0 };
const requestsOf = async (gateway: GatewayProcess) =>
  (await fetch(`${gateway.sandboxUrl}/_sandbox/requests`)).text();

/** Ends a gateway whose upstream never responds, and returns its exit code. */
async function endWithoutUpstream(): Promise<number | null> {
  const upstream: RawUpstream = await startRawUpstream(() => {});
  const gateway = await GatewayProcess.start({
    ASTRIA_BASE_URL: upstream.url,
    ASTRIA_API_KEY: 'a',
    PORTKEY_BASE_URL: upstream.url,
    PORTKEY_API_KEY: 'p',
    UPSTREAM_TIMEOUT_MS: '60000',
  });
  const hanging = [
    gateway.graphql('{ tunes(first: 1) { nodes { id } } }').catch(() => null),
    gateway
      .graphql('mutation { replicatePrompts(targetModel: "m") { userErrors { message } } }')
      .catch(() => null),
  ];
  const stream = await new BareSocket(gateway.url).init();
  stream.subscribe('q', '{ portkeyPrompts(first: 1) { nodes { id } } }');
  await until(
    () => upstream.requests.length,
    (count) => count >= 2,
  );
  await endSoon(gateway, 20_000);
  await Promise.all(hanging);
  await upstream.close();
  return gateway.exitCode;
}

describe('SIGTERM', () => {
  let withoutUpstream: ReturnType<typeof endWithoutUpstream>;
  beforeAll(() => {
    // Start early, because the gateway mostly waits.
    withoutUpstream = endWithoutUpstream();
    withoutUpstream.catch(() => {});
  });

  it('SIGTERM ends an idle gateway immediately, even with connected clients', async () => {
    const gateway = await start();
    const agent = new http.Agent({ keepAlive: true });
    const kept = await open(gateway.url, { query: '{ __typename }' }, JSON_TYPE, agent);
    await kept.whole();
    const { hostname, port } = new URL(gateway.url);
    const silent = connect(Number(port), hostname).on('error', () => {});
    await once(silent, 'connect');
    const socket = await new BareSocket(gateway.url).init();
    const uninitiated = await new BareSocket(gateway.url).opened();
    await endSoon(gateway);
    expect(gateway.exitCode).toBe(0);
    for (const each of [socket, uninitiated]) expect(await each.end()).toMatchObject({ code: 1001 });
    agent.destroy();
    expect(gateway.takeComplaints()).toBe('');
  });

  it('SIGTERM completes the streams, and stops the job that they show at an item boundary', async () => {
    const gateway = await start();
    await addFault(gateway, slowCreates);
    const id = await startJob(gateway);
    const body = { query: WATCH, variables: { id } };
    const events = await open(gateway.url, body, SSE);
    const parts = await open(gateway.url, body, MULTIPART);
    const socket = await new BareSocket(gateway.url).init();
    socket.subscribe('s', WATCH, { id });
    await until(
      () => [events.text(), parts.text(), JSON.stringify(socket.messages)],
      (texts) => texts.every((text) => text.includes('RUNNING')),
    );
    await endSoon(gateway);
    expect(gateway.exitCode).toBe(0);
    expect(sseEvents(await events.whole()).at(-1)).toEqual({ event: 'complete', data: null });
    expect((await parts.whole()).endsWith('\r\n--graphql--\r\n')).toBe(true);
    expect(events.hasEnded() && parts.hasEnded()).toBe(true);
    expect(await socket.end()).toEqual({ code: 1001, reason: 'Going away' });
  });

  it('SIGTERM completes the queries in progress, over HTTP and WebSocket, and accepts nothing new', async () => {
    const gateway = await start();
    await addFault(gateway, { upstream: 'astria', kind: 'slow-body', delayMs: 1_500, times: 0 });
    const query = '{ tunes(first: 1) { nodes { id } } }';
    const response = gateway.graphql(query);
    const inStream = open(gateway.url, { query: query.replace('1', '2') }, SSE);
    const socket = await new BareSocket(gateway.url).init();
    socket.subscribe('q', query.replace('1', '3'));
    await until(
      () => requestsOf(gateway),
      (text) => text.split('"path":"/tunes').length >= 4,
    );
    gateway.terminate();
    const { hostname, port } = new URL(gateway.url);
    await until(
      () =>
        new Promise((resolve) => {
          const late = connect(Number(port), hostname);
          late.on('connect', () => late.destroy()).on('error', () => resolve('refused'));
          late.on('close', () => resolve('taken'));
        }),
      (outcome) => outcome === 'refused',
    );
    // The query still waits.
    expect(socket.of('q')).toEqual([]);
    socket.subscribe('late', '{ __typename }');
    expect(await socket.finished('late')).toMatchObject([
      { type: 'error', payload: [{ message: 'The gateway is shutting down. Connect again.' }] },
    ]);
    expect(at((await response).data, 'tunes.nodes.length')).toBe(1);
    expect(sseEvents(await (await inStream).whole())).toHaveLength(2);
    expect(await socket.finished('q')).toMatchObject([{ payload: { data: {} } }, { type: 'complete' }]);
    expect(await socket.end()).toMatchObject({ code: 1001 });
    await until(
      () => gateway.isAlive,
      (isAlive) => !isAlive,
    );
    expect(gateway.exitCode).toBe(0);
  });

  it('SIGTERM does not wait for a client that reads nothing', async () => {
    const gateway = await start();
    await addFault(gateway, slowCreates);
    const id = await startJob(gateway);
    const stream = await open(gateway.url, { query: WATCH, variables: { id } }, SSE);
    const socket = await new BareSocket(gateway.url).init();
    socket.subscribe('s', WATCH, { id });
    await until(() => socket.of('s').length, Boolean);
    socket.socket.pause();
    await endSoon(gateway);
    expect(gateway.exitCode).toBe(0);
    stream.vanish();
    socket.socket.terminate();
  });

  it('SIGTERM does not wait for an upstream that never responds', async () => {
    expect(await withoutUpstream).toBe(0);
  });
});

it('a job stops at an item boundary, is interrupted, and continues when it is resumed', async () => {
  const deployment = await Deployment.open();
  opened.push(() => deployment.close());
  for (let n = 0; n < 30; n += 1) deployment.sandbox.portkey.addPrompt({ name: `p${n}` });
  const fault = { upstream: 'portkey', kind: 'slow-body', method: 'POST', delayMs: 100, times: 0 } as const;
  deployment.sandbox.addFault(fault);
  const caller = { 'x-portkey-api-key': deployment.sandbox.portkeyKey };
  // The job uses the key of the client, so the gateway does not resume it by itself.
  const env = { PORTKEY_API_KEY: 'pk-sandbox-other' };
  const first = await deployment.startHere(env);
  const started = await replicate(first, { awaitSeconds: 0 }, caller);
  const read = async (gateway: TestGateway) => readJob(gateway, started.id, caller);
  await until(
    () => read(first),
    (job) => (job?.counts.created ?? 0) > 2,
  );
  await first.stop();
  deployment.sandbox.clearFaults();
  const second = await deployment.startHere(env);
  const stopped = await read(second);
  expect(stopped).toMatchObject({ status: 'INTERRUPTED' });
  // No item has an unknown outcome.
  expect(stopped?.items.filter(({ status }) => status === 'RUNNING')).toEqual([]);
  await resume(second, started.id, caller);
  await until(
    () => read(second),
    (job) => job?.status === 'COMPLETED',
  );
  expect((await read(second))?.counts).toMatchObject({ created: 30, failed: 0 });
});
