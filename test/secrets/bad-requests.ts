import { beforeAll, expect, it } from '@jest/globals';
import { at } from '../support/gateway.js';
import type { TestEnvironment } from './environment.js';
import { data, keys, tokens, withKeys, withToken } from './known-secrets.js';
import { BOTH, CREATE } from './operations.js';

/** Defines the tests with invalid requests. */
export function badRequests(opened: () => TestEnvironment): void {
  let environment: TestEnvironment;
  beforeAll(() => {
    environment = opened();
  });

  const OK = '{ tunes(first: 1) { nodes { id } } }';
  const raw = (lines: readonly string[], body: string) =>
    environment.client.sendRaw(
      [
        'POST /graphql HTTP/1.1',
        'host: gateway',
        'connection: close',
        'content-type: application/json',
        `content-length: ${Buffer.byteLength(body, 'latin1')}`,
        ...lines,
        '',
        body,
      ].join('\r\n'),
    );

  it('rejects malformed and unknown keys', async () => {
    const body = JSON.stringify({ query: OK });
    for (const name of ['x-astria-api-key', 'x-portkey-api-key']) {
      expect((await environment.client.post({ query: OK }, { [name]: keys.long.text })).status).toBe(400);
      expect(await raw([`${name}: ${keys.huge.text}`], body)).toMatch(/^HTTP\/1.1 4/);
      expect(await raw([`${name}: ${keys.broken.text}\n${keys.broken.text}`], body)).toMatch(/^HTTP\/1.1 4/);
      expect(await raw([`${name}: ${keys.foreign.text}`], body)).toMatch(/^HTTP\/1.1 4/);
      const long = await environment.client.socket().init({ [name]: keys.long.text });
      expect((await long.end()).code).toBe(4400);
      const broken = await environment.client.socket().init({ [name]: `${keys.broken.text}\n` });
      expect((await broken.end()).code).toBe(4400);
    }
    const refused = { 'x-astria-api-key': keys.refused.text, 'x-portkey-api-key': keys.refused.text };
    const { errors } = await environment.client.ask(BOTH('7'), {}, refused);
    expect(errors?.map(({ extensions }) => extensions.code)).toEqual(
      Array.from({ length: 2 }, () => 'UPSTREAM_UNAUTHENTICATED'),
    );
  });

  it('rejects unknown, malformed, insufficient and misplaced tokens', async () => {
    for (const canary of [tokens.unknown, tokens.malformed]) {
      const headers = { authorization: `Bearer ${canary.text}` };
      expect((await environment.client.post({ query: OK }, headers)).status).toBe(401);
      const socket = await environment.client.socket().init(headers);
      expect((await socket.end()).code).toBeGreaterThanOrEqual(4400);
    }
    const reader = { authorization: `Bearer ${tokens.reader.text}` };
    expect((await environment.client.ask(OK, {}, reader)).errors).toBeUndefined();
    const { errors } = await environment.client.ask(CREATE, { input: { text: 'x' } }, reader);
    expect(errors?.[0]?.extensions.code).toBe('FORBIDDEN');
    const query = encodeURIComponent(OK);
    const inUrl = `/graphql?access_token=${tokens.inUrl.text}&token=${tokens.inUrl.text}&query=${query}`;
    const preflight = { 'apollo-require-preflight': 'true' };
    expect((await environment.client.send(inUrl, { headers: preflight })).status).toBe(401);
    expect((await environment.client.send(inUrl, { headers: { ...preflight, ...withToken } })).status).toBe(
      200,
    );
    const cookie = `session=${tokens.inCookie.text}`;
    expect((await environment.client.post({ query: OK }, { cookie })).status).toBe(401);
    expect((await environment.client.post({ query: OK }, { cookie, ...withToken })).status).toBe(200);
    const basic = `Basic ${Buffer.from(`user:${tokens.inBasic.text}`).toString('base64')}`;
    expect((await environment.client.post({ query: OK }, { authorization: basic })).status).toBe(401);
    const given = {
      query: OK,
      token: tokens.inOperation.text,
      extensions: { token: tokens.inOperation.text },
    };
    expect((await environment.client.post(given, withKeys)).status).toBe(200);
    for (const way of [`/${tokens.inPath.text}`, `/%${tokens.inPath.text}`, `/graphql/${tokens.inPath.text}`])
      expect((await environment.client.send(way)).status).toBeGreaterThanOrEqual(400);
    const hook = `/webhooks/astria/prompts/${tokens.inPath.text}/${tokens.inPath.text}`;
    expect((await environment.client.send(hook, { method: 'POST', body: tokens.inPath.text })).status).toBe(
      404,
    );
  });

  it('responds to malformed requests', async () => {
    const { text, operation, field, id, header } = data;
    const ask = (body: unknown) => environment.client.post(body, { ...withToken, 'x-anything': header.text });
    const bad: unknown[] = [
      `{ "query": "${text.text}`,
      `${text.text}`,
      [{ query: OK, variables: { text: text.text } }],
      { query: `query ${operation.text} { ${field.text} }` },
      { query: `query ${operation.text} { tunes(first: ` },
      { query: OK, operationName: operation.text },
      { query: 'query ($id: ID!) { tune(id: $id) { id } }', variables: { id: { [field.text]: id.text } } },
      {
        query: 'query ($after: String) { tunes(after: $after) { nodes { id } } }',
        variables: { after: id.text },
      },
      { query: OK, variables: text.text },
      { query: OK, extensions: { persistedQuery: { version: 1, sha256Hash: text.text } } },
      { query: 'subscription ($id: ID!) { promptUpdated(id: $id) { id } }', variables: { id: id.text } },
    ];
    for (const body of bad) expect((await ask(body)).status).toBeGreaterThanOrEqual(200);
    const named = { query: `query ${operation.text} { portkeyPrompt(id: "${id.text}") { id } }` };
    expect((await ask(named)).status).toBe(200);
    const target = `http://user:${text.text}@127.0.0.1:1/${text.text}`;
    const { data: created } = await environment.client.ask(
      CREATE,
      { input: { text: 'x', callback: target } },
      withToken,
    );
    expect(at(created, 'createPrompt.userErrors.0.code')).toBe('INVALID');
    const socket = await environment.client.socket().init(withToken);
    socket.send(`{ "type": "${text.text}`);
    expect((await socket.end()).code).toBe(4400);
  });
}
