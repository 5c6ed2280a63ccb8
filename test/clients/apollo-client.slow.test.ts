import { ApolloClient, type ApolloLink, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { expect, it } from '@jest/globals';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { describeStreamingGateway } from '../support/describe-gateway.js';
import { at, until } from '../support/gateway.js';
import {
  FOLLOW,
  isPromptStory,
  isWholeStory,
  slowDown,
  startJob,
  untilUnderWay,
  WATCH,
} from '../support/streams.js';

// The link looks up the global WebSocket of browsers when an error occurs.
Object.assign(globalThis, { WebSocket });

const gateway = describeStreamingGateway();

function overHttp() {
  return { link: new HttpLink({ uri: `${gateway.url}/graphql` }), dispose: () => {} };
}
function overWebSocket() {
  const url = `${gateway.url.replace('http', 'ws')}/graphql`;
  const client = createClient({ url, webSocketImpl: WebSocket });
  return { link: new GraphQLWsLink(client), dispose: () => void client.dispose() };
}

const transports: [string, () => { link: ApolloLink; dispose: () => void }][] = [
  ['HttpLink', overHttp],
  ['GraphQLWsLink', overWebSocket],
];

it.each(transports)('Apollo Client with %s follows a job until it completes', async (name, make) => {
  slowDown(gateway, 150);
  const id = await startJob(gateway, name);
  const { link, dispose } = make();
  const client = new ApolloClient({ link, cache: new InMemoryCache() });
  const statuses: unknown[] = [];
  await new Promise<void>((resolve, reject) => {
    client.subscribe({ query: gql(WATCH), variables: { id } }).subscribe({
      next: ({ data, error }) =>
        error ? reject(error) : statuses.push(at(data, 'replicationProgress.status')),
      error: reject,
      complete: resolve,
    });
  });
  expect(isWholeStory(statuses)).toBe(true);
  dispose();
});

it.each(transports)('Apollo Client with %s follows an image prompt until it settles', async (_name, make) => {
  const { id } = gateway.sandbox.astria.addPrompt({ images: null, callback: null });
  const { link, dispose } = make();
  const client = new ApolloClient({ link, cache: new InMemoryCache() });
  const prompts: unknown[] = [];
  await new Promise<void>((resolve, reject) => {
    client.subscribe({ query: gql(FOLLOW), variables: { id: String(id) } }).subscribe({
      next: ({ data, error }) => {
        if (error) return reject(error);
        if (prompts.push(at(data, 'promptUpdated')) === 1) gateway.sandbox.astria.settle(id);
      },
      error: reject,
      complete: resolve,
    });
  });
  expect(isPromptStory(prompts)).toBe(true);
  expect(at(prompts.at(-1), 'images.length')).toBe(4);
  dispose();
});

it.each(transports)('Apollo Client with %s can unsubscribe early', async (name, make) => {
  slowDown(gateway);
  const id = await startJob(gateway, `${name}-early`);
  const { link, dispose } = make();
  const client = new ApolloClient({ link, cache: new InMemoryCache() });
  let count = 0;
  const subscription = client.subscribe({ query: gql(WATCH), variables: { id } }).subscribe(() => {
    count += 1;
  });
  await until(() => count, Boolean);
  await untilUnderWay(gateway, 1);
  subscription.unsubscribe();
  await untilUnderWay(gateway, 0);
  dispose();
});

it.each(transports)('Apollo Client with %s receives validation errors', async (_name, make) => {
  const { link, dispose } = make();
  const client = new ApolloClient({ link, cache: new InMemoryCache() });
  const outcome = await new Promise((resolve) => {
    client.subscribe({ query: gql('subscription { secrets }') }).subscribe({
      next: ({ error }) => resolve(error?.message),
      error: (error) => resolve(String(error)),
    });
  });
  expect(outcome).toContain('Cannot query field "secrets"');
  dispose();
});
