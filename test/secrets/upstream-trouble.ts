import { beforeAll, expect, it } from '@jest/globals';
import pMap from 'p-map';
import { FAULT_KINDS, type FaultKind } from '../../src/sandbox/types.js';
import {
  PortkeyPromptsDocument,
  ReplicateAllDocument,
  ReplicatePromptsDocument,
} from '../__generated__/operations.js';
import { at } from '../support/gateway.js';
import type { TestEnvironment } from './environment.js';
import { elsewhere, withKeys, withToken } from './known-secrets.js';
import { BOTH, CREATE, type Headers } from './operations.js';
import type { Instead } from './recording-upstreams.js';

/** Defines the tests with upstreams that repeat their key, and with the faults of the sandbox. */
export function upstreamTrouble(opened: () => TestEnvironment): void {
  let environment: TestEnvironment;
  beforeAll(() => {
    environment = opened();
  });

  /** Message that reveals the key in several notations. */
  const leak = (key: string) =>
    [
      `key ${key} (Bearer ${key}; ${Buffer.from(key).toString('base64')}; ${encodeURIComponent(key)}) is bad`,
      `as is Bearer ${elsewhere.text} with password=${elsewhere.text} of ${environment.upstreams.portkeyUrl}/prompts`,
    ].join(', ');
  const words = (key: string) => {
    const message = leak(key);
    const listed = { base: [message], text: [message], [key]: [message] };
    return JSON.stringify({ ...listed, error: message, message, success: false, data: { message } });
  };
  const page = (key: string) => `<html><title>${leak(key)}</title><body>${leak(key)}</body></html>`;
  const instead =
    (status: number, body: (key: string) => string, headers?: (key: string) => Headers) =>
    (key: string): Instead => ({ status, body: body(key), ...(headers && { headers: headers(key) }) });
  const inHeader = (key: string) => ({
    'x-request-id': key,
    'www-authenticate': `Bearer realm="${encodeURIComponent(key)}"`,
    'retry-after': encodeURIComponent(key),
    location: `/${encodeURIComponent(key)}`,
    date: key,
  });
  const echoes: [string, (key: string) => Instead][] = [
    ...[400, 401, 402, 403, 404, 409, 412, 422, 500].map((status): [string, (key: string) => Instead] => [
      `${status} with a JSON message`,
      instead(status, words, inHeader),
    ]),
    ['302', instead(302, words, inHeader)],
    ['HTML with status 200', instead(200, page, () => ({ 'content-type': 'text/html' }))],
    ['HTML with status 422', instead(422, page)],
    ['a message without JSON', instead(200, leak)],
    ['a key as an id', instead(200, (key) => JSON.stringify({ id: { [key]: leak(key) }, data: leak(key) }))],
  ];

  it.each(echoes)('responds when an upstream repeats the key (%s)', async (_name, respond) => {
    environment.upstreams.respondWith(respond);
    try {
      for (const headers of [withToken, withKeys]) {
        await Promise.all([
          environment.client.ask(BOTH('7'), {}, headers),
          environment.client.ask(CREATE, { input: { text: 'echo' } }, headers),
          environment.client.ask(`${ReplicateAllDocument}`, { targetModel: 'echo' }, headers),
        ]);
      }
    } finally {
      environment.upstreams.respondWith(null);
    }
  });

  it.each([400, 401, 403, 409, 422])(
    'shows the error of a replication when Portkey repeats the key with status %d',
    async (status) => {
      const { portkeyPrompts } = await environment.client.run(
        PortkeyPromptsDocument,
        { first: 2 },
        withToken,
      );
      const ids = portkeyPrompts?.nodes.map(({ id }) => id) ?? [];
      const isStopped = status === 401 || status === 403;
      environment.upstreams.respondWith(instead(status, words, inHeader), 'POST');
      try {
        const job = { targetModel: `refused-${status}`, selection: { ids }, awaitSeconds: 60 };
        const { replicatePrompts } = await environment.client.run(ReplicatePromptsDocument, job, withToken);
        expect(replicatePrompts?.replication).toMatchObject(
          isStopped ? { status: 'FAILED' } : { status: 'COMPLETED', counts: { failed: 2 } },
        );
        const all =
          '{ replications(first: 1) { nodes { error { message } items(first: 2) { nodes { error { message } } } } } }';
        const { data: shown } = await environment.client.ask(all, {}, withToken);
        const errorPath = isStopped ? 'error' : 'items.nodes.1.error';
        expect(at(shown, `replications.nodes.0.${errorPath}.message`)).toEqual(expect.any(String));
      } finally {
        environment.upstreams.respondWith(null);
      }
    },
  );

  it('responds with status 200 to reads and creates during every fault of the sandbox', async () => {
    const kinds = FAULT_KINDS.filter((kind) => kind !== 'status');
    const statuses = [400, 401, 402, 403, 404, 408, 409, 410, 412, 418, 422, 451, 501];
    const body = { error: 'no', message: 'no', base: ['no'], success: false, data: { message: 'no' } };
    const cases: { id: string; kind: FaultKind; status?: number }[] = [
      ...kinds.map((kind) => ({ id: `f-${kind}`, kind })),
      ...statuses.map((status) => ({ id: `s-${status}`, kind: 'status' as const, status })),
    ];
    for (const [n, { kind, ...fault }] of cases.entries()) {
      const shape = { kind, delayMs: 100, times: 0, ...(fault.status && { status: fault.status, body }) };
      environment.sandbox.addFault({ upstream: 'astria', path: `/tunes/${9000 + n}`, ...shape });
      environment.sandbox.addFault({ upstream: 'portkey', path: `/prompts/${fault.id}`, ...shape });
    }
    const ask = (id: string, n: number) =>
      environment.client.ask(
        `{ tune(id: "${9000 + n}") { id } portkeyPrompt(id: "${id}") { id } tunes(first: 1) { nodes { id } } portkeyPrompts(first: 1) { nodes { id } } }`,
        {},
        n % 2 ? withKeys : withToken,
      );
    // The concurrency is limited, because a busy gateway rejects requests.
    const responses = await pMap(cases, ({ id }, n) => ask(id, n), { concurrency: 6 });
    expect(responses.filter(({ status }) => status !== 200)).toEqual([]);
    for (const { id } of cases)
      expect(environment.upstreams.received('portkey')).toContain(`GET /portkey/v1/prompts/${id}\n`);
    environment.sandbox.clearFaults();
    for (const kind of ['504-after', 'drop-after', 'html'] as const)
      environment.sandbox.addFault({ upstream: 'astria', kind, method: 'POST' });
    const created = await Promise.all(
      [1, 2, 3].map((n) => environment.client.ask(CREATE, { input: { text: `fault ${n}` } }, withToken)),
    );
    expect(created.filter(({ status }) => status !== 200)).toEqual([]);
  });
}
