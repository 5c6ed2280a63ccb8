import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { beforeAll, expect, it } from '@jest/globals';
import { createClient } from 'graphql-sse';
import {
  type ConcreteRequest,
  Environment,
  Network,
  Observable,
  RecordSource,
  requestSubscription,
  Store,
} from 'relay-runtime';
import { at, type TestGateway, until } from '../support/gateway.js';
import {
  isWholeStory,
  multipartPayloads,
  slowDown,
  sseEvents,
  startJob,
  startStreamingGateway,
  untilUnderWay,
  WATCH,
} from '../support/streams.js';

const statusOf = (result: unknown) => at(result, 'data.replicationProgress.status');

async function useGraphqlSse(gateway: TestGateway): Promise<void> {
  const client = createClient({ url: `${gateway.url}/graphql`, retryAttempts: 0 });
  const statuses = [];
  const variables = { id: await startJob(gateway, 'whole') };
  for await (const result of client.iterate({ query: WATCH, variables })) statuses.push(statusOf(result));
  expect(isWholeStory(statuses)).toBe(true);
  const early = { id: await startJob(gateway, 'early') };
  for await (const result of client.iterate({ query: WATCH, variables: early })) {
    expect(statusOf(result)).toBeDefined();
    break;
  }
  await untilUnderWay(gateway, 0);
  const wrong = await client.iterate({ query: 'subscription { secrets }' }).next();
  expect(at(wrong, 'value.errors.0.extensions.code')).toBe('GRAPHQL_VALIDATION_FAILED');
  client.dispose();
}

const SELECTIONS = [
  {
    alias: null,
    args: [{ kind: 'Variable', name: 'id', variableName: 'id' }],
    concreteType: 'Replication',
    kind: 'LinkedField',
    name: 'replicationProgress',
    plural: false,
    selections: [
      { alias: null, args: null, kind: 'ScalarField', name: 'id', storageKey: null },
      { alias: null, args: null, kind: 'ScalarField', name: 'status', storageKey: null },
    ],
    storageKey: null,
  },
] as const;
const DEFINITIONS = [{ defaultValue: null, kind: 'LocalArgument', name: 'id' }] as const;
const REQUEST: ConcreteRequest = {
  fragment: {
    argumentDefinitions: DEFINITIONS,
    kind: 'Fragment',
    metadata: null,
    name: 'Watch',
    selections: SELECTIONS,
    type: 'Subscription',
    abstractKey: null,
  },
  kind: 'Request',
  operation: { argumentDefinitions: DEFINITIONS, kind: 'Operation', name: 'Watch', selections: SELECTIONS },
  params: {
    cacheID: 'watch',
    id: null,
    metadata: {},
    name: 'Watch',
    operationKind: 'subscription',
    text: 'subscription Watch($id: ID!) { replicationProgress(id: $id) { id status } }',
  },
};

async function useRelay(gateway: TestGateway): Promise<void> {
  const client = createClient({ url: `${gateway.url}/graphql`, retryAttempts: 0 });
  const environment = new Environment({
    store: new Store(new RecordSource()),
    network: Network.create(
      () => Observable.create(() => {}),
      ({ text }, variables) =>
        Observable.create((sink) =>
          client.subscribe(
            { query: text ?? '', variables },
            {
              next: ({ data }) => sink.next({ data: Object(data) }),
              error: (error) => sink.error(error instanceof Error ? error : new Error('failed')),
              complete: () => sink.complete(),
            },
          ),
        ),
    ),
  });
  const statuses: unknown[] = [];
  const id = await startJob(gateway, 'whole');
  await new Promise<void>((resolve, reject) => {
    requestSubscription(environment, {
      subscription: REQUEST,
      variables: { id },
      onNext: (data) => statuses.push(at(data, 'replicationProgress.status')),
      onError: reject,
      onCompleted: () => resolve(),
    });
  });
  expect(isWholeStory(statuses)).toBe(true);
  let count = 0;
  const early = requestSubscription(environment, {
    subscription: REQUEST,
    variables: { id: await startJob(gateway, 'early') },
    onNext: () => {
      count += 1;
    },
  });
  await until(() => count, Boolean);
  early.dispose();
  await untilUnderWay(gateway, 0);
  client.dispose();
}

const hasCurl = spawnSync('curl', ['--version']).status === 0;
if (!hasCurl) process.stderr.write('curl is not installed. Its tests are skipped.\n');

async function useCurl(gateway: TestGateway, accept: string, read: (text: string) => unknown[]) {
  const curl = (id: string) =>
    spawn('curl', [
      '-sN',
      `${gateway.url}/graphql`,
      ...['-H', 'content-type: application/json', '-H', `accept: ${accept}`],
      ...['-d', JSON.stringify({ query: WATCH, variables: { id } })],
    ]);
  const child = curl(await startJob(gateway, 'whole'));
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    text += chunk;
  });
  await once(child, 'close');
  expect(child.exitCode).toBe(0);
  expect(isWholeStory(read(text).map(statusOf))).toBe(true);
  const early = curl(await startJob(gateway, 'early'));
  await once(early.stdout, 'data');
  early.kill();
  await once(early, 'close');
  await untilUnderWay(gateway, 0);
}

const ssePayloads = (text: string) =>
  sseEvents(text).flatMap(({ event, data }) => (event === 'next' ? [data] : []));
const CLIENTS: [name: string, use: (gateway: TestGateway) => Promise<void>][] = [
  ['graphql-sse', useGraphqlSse],
  ['relay-runtime', useRelay],
];
if (hasCurl)
  CLIENTS.push(
    ['curl for server-sent events', (gateway) => useCurl(gateway, 'text/event-stream', ssePayloads)],
    [
      'curl for a multipart response',
      (gateway) => useCurl(gateway, 'multipart/mixed;subscriptionSpec=1.0', multipartPayloads),
    ],
  );

const uses = new Map<string, Promise<void>>();
beforeAll(() => {
  // Run the clients in parallel, each with a separate gateway, because they mostly wait.
  for (const [name, use] of CLIENTS) {
    const used = startStreamingGateway().then(async (gateway) => {
      slowDown(gateway, 200);
      await use(gateway).finally(() => gateway.close());
    });
    used.catch(() => {});
    uses.set(name, used);
  }
});

it.each(CLIENTS)('%s follows a job until it completes, and can unsubscribe early', async (name) => {
  expect(uses.has(name)).toBe(true);
  await uses.get(name);
});
