import { readFileSync } from 'node:fs';
import { expect } from '@jest/globals';
import { Kind, parse, print } from 'graphql';
import { at } from '../support/gateway.js';
import { MULTIPART, SSE } from '../support/streams.js';
import type { Place } from './place.js';
import { callback, data, TUNE } from './secret-marks.js';

export type Headers = Readonly<Record<string, string>>;

/** The operations of the contract by name. */
export const operations = new Map(
  parse(
    readFileSync(new URL('../../../test/contract/operations.graphql', import.meta.url), 'utf8'),
  ).definitions.flatMap((definition) =>
    definition.kind === Kind.OPERATION_DEFINITION && definition.name
      ? [[definition.name.value, print(definition)] as const]
      : [],
  ),
);

/** Runs an operation of the contract, which must succeed; its data. */
export async function run(
  { client }: Place,
  name: string,
  headers: Headers,
  variables: Record<string, unknown> = {},
): Promise<unknown> {
  const { status, errors, data: given } = await client.ask(operations.get(name) ?? '', variables, headers);
  expect([name, status, errors]).toEqual([name, 200, undefined]);
  return given;
}

/** A stream until it ends. */
async function follow({ client }: Place, query: string, id: string, headers: Headers): Promise<string> {
  return (await client.post({ query, variables: { id } }, headers)).text();
}

export async function everyOperation(place: Place, headers: Headers, model: string): Promise<void> {
  const listed = await run(place, 'PortkeyPrompts', headers);
  const ids = [0, 1].map((n) => at(listed, `portkeyPrompts.nodes.${n}.id`));
  const [, , created] = await Promise.all([
    run(place, 'Tunes', headers).then(() => run(place, 'PromptsWithTune', headers)),
    run(place, 'Tune', headers, { id: TUNE }),
    run(place, 'CreatePrompt', headers, {
      tuneId: TUNE,
      input: { text: 'a lighthouse', callback: `${place.receiver.url}/done?secret=${callback.text}` },
    }),
    run(place, 'PortkeyPrompt', headers, { id: ids[0] }),
    run(place, 'PortkeyLibrary', headers, { first: 5 }),
  ]);
  const id = String(at(created, 'createPrompt.prompt.id'));
  const tuneUpdated = 'subscription ($id: ID!) { tuneUpdated(id: $id) { id title } }';
  expect(await follow(place, tuneUpdated, TUNE, { ...SSE, ...headers })).toContain(TUNE);
  const PROMPT_UPDATED = operations.get('PromptUpdated') ?? '';
  const followed = follow(place, PROMPT_UPDATED, id, { ...SSE, ...headers });
  await run(place, 'Prompt', headers, { id });
  await run(place, 'DuplicatePrompt', headers, { id, overrides: { text: data.text.text } });
  const replicated = await run(place, 'ReplicatePrompts', headers, {
    targetModel: model,
    selection: { ids },
    options: { nameTemplate: `{name}-${model}`, verify: true },
    awaitSeconds: 60,
  });
  const job = String(at(replicated, 'replicatePrompts.replication.id'));
  expect(at(replicated, 'replicatePrompts.replication.counts.created')).toBe(2);
  await run(place, 'Replication', headers, { id: job });
  await run(place, 'CancelReplication', headers, { id: job });
  await run(place, 'ResumeReplication', headers, { id: job });
  const progress = operations.get('ReplicationProgress') ?? '';
  expect(await follow(place, progress, job, { ...MULTIPART, ...headers })).toContain(job);
  expect(
    at(await run(place, 'UndoReplication', headers, { id: job }), 'undoReplication.deleted.1'),
  ).toBeDefined();
  const whole = await run(place, 'ReplicateAll', headers, { targetModel: `${model}-all` });
  await run(place, 'CancelReplication', headers, { id: at(whole, 'replicatePrompts.replication.id') });
  expect(await followed).toContain('SUCCEEDED');
}

/** Every operation, over the transports that are not HTTP requests with headers. */
export async function overWebSockets(
  { client }: Place,
  headers: Headers,
  parameters: Headers,
): Promise<void> {
  const socket = await client.socket(headers).init(parameters);
  socket.subscribe('1', operations.get('Tunes') ?? '');
  socket.subscribe('2', operations.get('PortkeyPrompts') ?? '');
  const finished = await Promise.all([socket.finished('1'), socket.finished('2')]);
  for (const messages of finished) expect(at(messages, '0.payload.errors')).toBeUndefined();
  socket.socket.close();
  await socket.end();
}

/** Creates a prompt. */
export const CREATE = `mutation ($input: CreatePromptInput!, $idempotencyKey: String) {
  createPrompt(tuneId: "${TUNE}", input: $input, idempotencyKey: $idempotencyKey) {
    prompt { id } userErrors { code message field }
  }
}`;

/** Reads something of both APIs. */
export const BOTH = (id: string) => `{ tune(id: "${id}") { id } portkeyPrompt(id: "${id}") { id name } }`;
