import { expect } from '@jest/globals';
import {
  CancelReplicationDocument,
  CreatePromptDocument,
  DuplicatePromptDocument,
  PortkeyLibraryDocument,
  PortkeyPromptDocument,
  PortkeyPromptsDocument,
  PromptDocument,
  PromptsWithTuneDocument,
  PromptUpdatedDocument,
  ReplicateAllDocument,
  ReplicatePromptsDocument,
  ReplicationDocument,
  ReplicationProgressDocument,
  ResumeReplicationDocument,
  TuneDocument,
  TunesDocument,
  type TypedDocumentString,
  UndoReplicationDocument,
} from '../__generated__/operations.js';
import { at } from '../support/gateway.js';
import { MULTIPART, SSE } from '../support/streams.js';
import type { TestEnvironment } from './environment.js';
import { callback, data, TUNE } from './known-secrets.js';

export type Headers = Readonly<Record<string, string>>;

/** Reads a stream to its end. */
async function follow(
  client: TestEnvironment['client'],
  query: string | TypedDocumentString<unknown, { readonly id: string }>,
  id: string,
  headers: Headers,
): Promise<string> {
  return (await client.post({ query, variables: { id } }, headers)).text();
}

export async function everyOperation(
  { client, receiver }: TestEnvironment,
  headers: Headers,
  model: string,
): Promise<void> {
  const { portkeyPrompts } = await client.run(PortkeyPromptsDocument, {}, headers);
  const ids = portkeyPrompts?.nodes.slice(0, 2).map((prompt) => prompt.id) ?? [];
  const [, , { createPrompt }] = await Promise.all([
    client.run(TunesDocument, {}, headers).then(() => client.run(PromptsWithTuneDocument, {}, headers)),
    client.run(TuneDocument, { id: TUNE }, headers),
    client.run(
      CreatePromptDocument,
      {
        tuneId: TUNE,
        input: { text: 'a lighthouse', callback: `${receiver.url}/done?secret=${callback.text}` },
      },
      headers,
    ),
    client.run(PortkeyPromptDocument, { id: ids[0] ?? '' }, headers),
    client.run(PortkeyLibraryDocument, { first: 5 }, headers),
  ]);
  const id = createPrompt?.prompt?.id ?? '';
  const tuneUpdated = 'subscription ($id: ID!) { tuneUpdated(id: $id) { id title } }';
  expect(await follow(client, tuneUpdated, TUNE, { ...SSE, ...headers })).toContain(TUNE);
  const followed = follow(client, PromptUpdatedDocument, id, { ...SSE, ...headers });
  await client.run(PromptDocument, { id }, headers);
  await client.run(DuplicatePromptDocument, { id, overrides: { text: data.text.text } }, headers);
  const variables = {
    targetModel: model,
    selection: { ids },
    options: { nameTemplate: `{name}-${model}`, verify: true },
    awaitSeconds: 60,
  };
  const { replicatePrompts } = await client.run(ReplicatePromptsDocument, variables, headers);
  expect(replicatePrompts?.replication?.counts.created).toBe(2);
  const job = { id: replicatePrompts?.replication?.id ?? '' };
  await client.run(ReplicationDocument, job, headers);
  await client.run(CancelReplicationDocument, job, headers);
  await client.run(ResumeReplicationDocument, job, headers);
  const progress = await follow(client, ReplicationProgressDocument, job.id, { ...MULTIPART, ...headers });
  expect(progress).toContain(job.id);
  const { undoReplication } = await client.run(UndoReplicationDocument, job, headers);
  expect(undoReplication?.deleted).toHaveLength(2);
  const whole = await client.run(ReplicateAllDocument, { targetModel: `${model}-all` }, headers);
  const wholeId = whole.replicatePrompts?.replication?.id ?? '';
  await client.run(CancelReplicationDocument, { id: wholeId }, headers);
  expect(await followed).toContain('SUCCEEDED');
}

/** Runs queries over a WebSocket with the headers and the connection parameters. */
export async function overWebSockets(
  { client }: TestEnvironment,
  headers: Headers,
  parameters: Headers,
): Promise<void> {
  const socket = await client.socket(headers).init(parameters);
  socket.subscribe('1', `${TunesDocument}`);
  socket.subscribe('2', `${PortkeyPromptsDocument}`);
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

/** Reads an object of each API. */
export const BOTH = (id: string) => `{ tune(id: "${id}") { id } portkeyPrompt(id: "${id}") { id name } }`;
