import { expect, it } from '@jest/globals';
import { Client, fetchExchange, subscriptionExchange } from '@urql/core';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { describeStreamingGateway } from '../support/describe-gateway.js';
import { at, until } from '../support/gateway.js';
import { isWholeStory, slowDown, startJob, untilUnderWay, WATCH } from '../support/streams.js';

const gateway = describeStreamingGateway();

function overHttp() {
  const url = `${gateway.url}/graphql`;
  const client = new Client({
    url,
    exchanges: [fetchExchange],
    fetchSubscriptions: true,
    preferGetMethod: false,
  });
  return { client, dispose: () => {} };
}
function overWebSocket() {
  const socket = createClient({
    url: `${gateway.url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
  });
  const exchange = subscriptionExchange({
    forwardSubscription: ({ query = '', variables }) => ({
      subscribe: (sink) => ({
        unsubscribe: socket.subscribe(
          { query, variables: { ...variables } },
          {
            next: ({ data, errors }) =>
              sink.next({
                data: data ?? null,
                ...(errors && { errors: errors.map(({ message }) => ({ message })) }),
              }),
            error: (error) => sink.error(error),
            complete: () => sink.complete(),
          },
        ),
      }),
    }),
  });
  const client = new Client({
    url: `${gateway.url}/graphql`,
    exchanges: [exchange, fetchExchange],
    preferGetMethod: false,
  });
  return { client, dispose: () => void socket.dispose() };
}
const transports: [string, () => { client: Client; dispose: () => void }][] = [
  ['fetchSubscriptions', overHttp],
  ['graphql-ws', overWebSocket],
];

it.each(transports)('urql with %s follows a job, and can unsubscribe early', async (name, make) => {
  slowDown(gateway, 150);
  const id = await startJob(gateway, name);
  const { client, dispose } = make();
  const statuses: unknown[] = [];
  let last: unknown = null;
  const { unsubscribe } = client.subscription(WATCH, { id }).subscribe(({ data, hasNext, error }) => {
    statuses.push(at(data, 'replicationProgress.status'));
    last = error ?? hasNext;
  });
  await until(
    () => statuses.at(-1),
    (status) => status === 'COMPLETED',
  );
  await untilUnderWay(gateway, 0);
  expect(
    isWholeStory(statuses.filter((status, n) => status !== statuses[n - 1] || status !== 'COMPLETED')),
  ).toBe(true);
  expect(last).not.toBeInstanceOf(Error);
  unsubscribe();

  const other = await startJob(gateway, `${name}-early`);
  let count = 0;
  const early = client.subscription(WATCH, { id: other }).subscribe(() => {
    count += 1;
  });
  await until(() => count, Boolean);
  await untilUnderWay(gateway, 1);
  early.unsubscribe();
  await untilUnderWay(gateway, 0);
  dispose();
});

it('urql receives validation errors of subscriptions, and results of queries', async () => {
  const { client } = overHttp();
  const wrong = await client.subscription('subscription { secrets }', {}).toPromise();
  expect(wrong.error?.message).toContain('Cannot query field "secrets"');
  const right = await client.query('{ __typename }', {}).toPromise();
  expect(right.data).toMatchObject({ __typename: 'Query' });
});
