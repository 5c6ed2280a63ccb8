import { beforeAll, expect, it } from '@jest/globals';
import pMap from 'p-map';
import { FAULT_KINDS, type FaultKind } from '../../src/sandbox/types.js';
import {
  PortkeyPromptsDocument,
  ReplicateAllDocument,
  ReplicatePromptsDocument,
} from '../__generated__/operations.js';
import { at } from '../support/gateway.js';
import type { Instead } from './marked-upstreams.js';
import { BOTH, CREATE, type Headers } from './operations.js';
import type { Place } from './place.js';
import { elsewhere, withKeys, withToken } from './secret-marks.js';

/** Defines the tests in which an upstream repeats the key that it was called with, and those with the sandbox's faults. */
export function upstreamTrouble(opened: () => Place): void {
  let place: Place;
  beforeAll(() => {
    place = opened();
  });

  /** How an upstream may give away what it was asked with. */
  const leak = (key: string) =>
    [
      `key ${key} (Bearer ${key}; ${Buffer.from(key).toString('base64')}; ${encodeURIComponent(key)}) is bad`,
      `as is Bearer ${elsewhere.text} with password=${elsewhere.text} of ${place.upstreams.portkeyUrl}/prompts`,
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
      `${status} with words`,
      instead(status, words, inHeader),
    ]),
    ['302', instead(302, words, inHeader)],
    ['HTML with status 200', instead(200, page, () => ({ 'content-type': 'text/html' }))],
    ['HTML with status 422', instead(422, page)],
    ['words without JSON', instead(200, leak)],
    [
      'a key in place of an id',
      instead(200, (key) => JSON.stringify({ id: { [key]: leak(key) }, data: leak(key) })),
    ],
  ];

  it.each(echoes)('an upstream repeats the key: %s', async (_name, answer) => {
    place.upstreams.answerWith(answer);
    try {
      for (const headers of [withToken, withKeys]) {
        await Promise.all([
          place.client.ask(BOTH('7'), {}, headers),
          place.client.ask(CREATE, { input: { text: 'echo' } }, headers),
          place.client.ask(`${ReplicateAllDocument}`, { targetModel: 'echo' }, headers),
        ]);
      }
    } finally {
      place.upstreams.answerWith(null);
    }
  });

  it.each([400, 401, 403, 409, 422])(
    'it repeats the key to the creates of a replication: %d',
    async (status) => {
      const { portkeyPrompts } = await place.client.run(PortkeyPromptsDocument, { first: 2 }, withToken);
      const ids = portkeyPrompts?.nodes.map(({ id }) => id) ?? [];
      const isStopped = status === 401 || status === 403;
      place.upstreams.answerWith(instead(status, words, inHeader), 'POST');
      try {
        const job = { targetModel: `refused-${status}`, selection: { ids }, awaitSeconds: 60 };
        const { replicatePrompts } = await place.client.run(ReplicatePromptsDocument, job, withToken);
        expect(replicatePrompts?.replication).toMatchObject(
          isStopped ? { status: 'FAILED' } : { status: 'COMPLETED', counts: { failed: 2 } },
        );
        const all =
          '{ replications(first: 1) { nodes { error { message } items(first: 2) { nodes { error { message } } } } } }';
        const { data: shown } = await place.client.ask(all, {}, withToken);
        const told = isStopped ? 'error' : 'items.nodes.1.error';
        expect(at(shown, `replications.nodes.0.${told}.message`)).toEqual(expect.any(String));
      } finally {
        place.upstreams.answerWith(null);
      }
    },
  );

  it('every fault of the sandbox, for reads and creates', async () => {
    const kinds = FAULT_KINDS.filter((kind) => kind !== 'status');
    const statuses = [400, 401, 402, 403, 404, 408, 409, 410, 412, 418, 422, 451, 501];
    const body = { error: 'no', message: 'no', base: ['no'], success: false, data: { message: 'no' } };
    const cases: { id: string; kind: FaultKind; status?: number }[] = [
      ...kinds.map((kind) => ({ id: `f-${kind}`, kind })),
      ...statuses.map((status) => ({ id: `s-${status}`, kind: 'status' as const, status })),
    ];
    for (const [n, { kind, ...fault }] of cases.entries()) {
      const shape = { kind, delayMs: 100, times: 0, ...(fault.status && { status: fault.status, body }) };
      place.sandbox.addFault({ upstream: 'astria', path: `/tunes/${9000 + n}`, ...shape });
      place.sandbox.addFault({ upstream: 'portkey', path: `/prompts/${fault.id}`, ...shape });
    }
    const ask = (id: string, n: number) =>
      place.client.ask(
        `{ tune(id: "${9000 + n}") { id } portkeyPrompt(id: "${id}") { id } tunes(first: 1) { nodes { id } } portkeyPrompts(first: 1) { nodes { id } } }`,
        {},
        n % 2 ? withKeys : withToken,
      );
    // Not all at once, which a busy gateway would turn away.
    const answers = await pMap(cases, ({ id }, n) => ask(id, n), { concurrency: 6 });
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    for (const { id } of cases)
      expect(place.upstreams.received('portkey')).toContain(`GET /portkey/v1/prompts/${id}\n`);
    place.sandbox.clearFaults();
    for (const kind of ['504-after', 'drop-after', 'html'] as const)
      place.sandbox.addFault({ upstream: 'astria', kind, method: 'POST' });
    const created = await Promise.all(
      [1, 2, 3].map((n) => place.client.ask(CREATE, { input: { text: `fault ${n}` } }, withToken)),
    );
    expect(created.filter(({ status }) => status !== 200)).toEqual([]);
  });
}
