import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Deployment } from '../support/deployment.js';
import { create, promptsWith, sent } from './creating.js';

/** Time by which the clock of the `Date` header is ahead of the clock of the prompts. */
const AHEAD_MS = 3_000;

let deployment: Deployment;
let front: Server;
beforeAll(async () => {
  deployment = await Deployment.open({ seed: 'library', settleMs: 60_000 });
  front = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method = 'GET', url, headers } = request;
    const answer = await fetch(`${deployment.sandbox.astriaUrl}${url}`, {
      method,
      headers: {
        accept: headers.accept ?? '',
        authorization: headers.authorization ?? '',
        ...(headers['content-type'] && { 'content-type': headers['content-type'] }),
      },
      ...(method !== 'GET' && { body: Buffer.concat(chunks) }),
    });
    const date = new Date(Date.now() + AHEAD_MS).toUTCString();
    response.writeHead(answer.status, { date, 'content-type': 'application/json' }).end(await answer.text());
  });
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  await deployment.close();
  front.close();
});

it('an idempotency key creates one prompt when the clock of the Date header is ahead of the clock of the prompts', async () => {
  const { port } = front.address() as AddressInfo;
  const env = { ASTRIA_BASE_URL: `http://127.0.0.1:${port}`, LOST_RESPONSE_TIMEOUT_MS: '0' };
  const gateway = await deployment.startHere(env);
  // The first response shows the offset.
  await gateway.graphql('{ tunes(first: 1) { nodes { id } } }');
  expect(await create(gateway, { text: 'a heron' }, 'heron')).toMatchObject({ codes: ['CONFLICT'] });
  expect(await create(gateway, { text: 'a heron' }, 'heron')).toMatchObject({ codes: ['OUTCOME_UNKNOWN'] });
  expect(sent(gateway)).toBe(1);
  expect(promptsWith(gateway, 'a heron')).toHaveLength(1);
});
