import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TunesDocument } from '../__generated__/operations.js';
import { CommandProcess } from '../cli/command-process.js';
import { until } from '../support/gateway.js';
import { uploadForm } from '../support/multipart.js';
import { png } from '../support/upload-pictures.js';
import { badRequests } from './bad-requests.js';
import { type Canary, canariesIn, canariesInFiles, canaryOf } from './canaries.js';
import { openEnvironment, type TestEnvironment } from './environment.js';
import { callback, data, hashOf, keys, secrets, tokens, withKeys, withToken } from './known-secrets.js';
import { CREATE, everyOperation, overWebSockets } from './operations.js';
import { upstreamTrouble } from './upstream-trouble.js';

let environment: TestEnvironment;
beforeAll(async () => {
  environment = await openEnvironment();
});
afterAll(() => environment.close());

describe('every operation', () => {
  it.each([
    ['a gateway token and the keys of the gateway', withToken, 'model-a'],
    ['keys of the caller', withKeys, 'model-b'],
    ['keys of the caller and a gateway token', { ...withKeys, ...withToken }, 'model-c'],
  ])('every operation succeeds with %s', async (_name, headers, model) => {
    await everyOperation(environment, headers, model);
    await overWebSockets(environment, {}, headers);
    await overWebSockets(environment, headers, {});
  });

  it('every operation succeeds over HTTP and WebSocket with a JWT', async () => {
    await environment.client.run(TunesDocument, {}, { authorization: `Bearer ${environment.jwt}` });
    await overWebSockets(environment, {}, { authorization: `Bearer ${environment.jwt}` });
  });

  it('every operation gives the expected result with uploads and idempotency keys', async () => {
    const upload = async (bytes: Buffer<ArrayBuffer>, type: string) => {
      const variables = { input: { text: 'with a file', inputImage: { upload: null } } };
      const file = { bytes, filename: `${data.fileName.text}.png`, type };
      const form = uploadForm(CREATE, variables, { 'variables.input.inputImage.upload': file });
      return (await environment.client.upload(form, withToken)).text();
    };
    expect(await upload(png(400), 'image/png')).toContain('"userErrors":[]');
    expect(await upload(Buffer.from(data.content.text), 'image/png')).toContain('UNSUPPORTED_MEDIA');
    const keyed = { input: { text: 'once' }, idempotencyKey: data.idempotencyKey.text };
    expect((await environment.client.ask(CREATE, keyed, withToken)).errors).toBeUndefined();
    const other = { ...keyed, input: { text: 'twice' } };
    expect(JSON.stringify((await environment.client.ask(CREATE, other, withToken)).data)).toContain(
      'CONFLICT',
    );
  });
});

describe('with a failing upstream, the gateway', () => upstreamTrouble(() => environment));

describe('with an invalid request, the gateway', () => badRequests(() => environment));

describe('command line', () => {
  const command = (args: string[], given: Record<string, string> = {}) =>
    new CommandProcess(args, { ...environment.env, ...given }).ended;
  const replicate = ['replicate', '--to', 'model-d', '--yes', '--search', 'welcome'];

  it('the command line prints no secret', async () => {
    const callers = { ASTRIA_API_KEY: keys.callersAstria.text, PORTKEY_API_KEY: keys.callersPortkey.text };
    const ends = await Promise.all([
      command(replicate),
      command([...replicate, '--gateway', environment.gateway.url], callers),
      command(replicate, { PORTKEY_API_KEY: keys.refused.text }),
      command(replicate, { PORTKEY_API_KEY: `${keys.broken.text} ${keys.broken.text}` }),
      command(['serve'], { ASTRIA_API_KEY: keys.foreign.text, LOG_LEVEL: keys.refused.text }),
    ]);
    expect(ends.map(({ status }) => status === 0)).toEqual([true, true, false, false, false]);
    const outputs = ends.map(({ stdout, stderr }) => stdout + stderr);
    expect(outputs.filter((text) => text.length < 20)).toEqual([]);
    expect(canariesIn(outputs.join('\n'), [...secrets, ...Object.values(data)])).toEqual([]);
  });

  it('the command line prints no token of a tokens file that contains plain tokens', async () => {
    const { full, reader, unknown } = tokens;
    const entry = { name: 'a', sha256: full.text, scopes: [reader.text], [unknown.text]: 1 };
    const contents = [JSON.stringify([entry]), `[ { "name": "a", "sha256": "${full.text}`];
    const outputs = contents.map(async (text, n) => {
      const file = path.join(environment.folder, `wrong-${n}.json`);
      await writeFile(file, text);
      const { status, stdout, stderr } = await command(['serve'], { AUTH_TOKENS_FILE: file });
      expect(status).not.toBe(0);
      expect(stderr).toContain(file);
      return stdout + stderr;
    });
    expect(canariesIn((await Promise.all(outputs)).join('\n'), secrets)).toEqual([]);
  });
});

describe('search for secrets', () => {
  it('the search for secrets finds a secret in every notation', async () => {
    const { ownAstria: key } = keys;
    const { text } = key;
    const planted: [string, string][] = [
      ['plain', `the key is ${text}.`],
      ['plain', text.toUpperCase()],
      ['plain', JSON.stringify({ text })],
      ['plain', encodeURIComponent(text)],
      ['plain', text.slice(0, text.length / 2)],
      ['plain', text.slice(text.length / 2)],
      ['in base64', Buffer.from(`Bearer ${text}`).toString('base64')],
      ['in base64', Buffer.from(`x:${text}`).toString('base64')],
      ['in base64url', Buffer.from(`xy:${text}`).toString('base64url')],
      ['in hexadecimal digits', Buffer.from(text).toString('hex')],
      ['as its hash in hex', hashOf(key)],
    ];
    for (const [notation, words] of planted)
      expect([words, canariesIn(`before ${words} after`, secrets)]).toEqual([
        words,
        expect.arrayContaining([`${key.name}, ${notation}`]),
      ]);
    expect(canariesIn('nothing', secrets)).toEqual([]);
    const file = path.join(environment.folder, 'data', 'planted');
    await writeFile(file, Buffer.concat([Buffer.from([0, 255]), Buffer.from(text)]));
    expect(await canariesInFiles(path.join(environment.folder, 'data'), secrets)).toEqual([
      `${key.name}, plain`,
    ]);
    await rm(file);
  });

  it('the search for secrets covers the responses, the store, the log, the upstreams and the receiver', async () => {
    const metrics = await (await fetch(`${environment.gateway.url}/metrics`)).text();
    expect(metrics).toContain('promptgate_upstream_attempts_total');
    expect(environment.client.responses).toContain(data.text.text);
    expect(await canariesInFiles(path.join(environment.folder, 'data'), [callback])).toEqual([
      `${callback.name}, plain`,
    ]);
    expect(environment.gateway.output).toContain('Replication ended.');
    expect(environment.gateway.output).toContain('Subscription started.');
    expect(environment.upstreams.received('astria')).toContain(keys.ownAstria.text);
    expect(environment.upstreams.received('astria')).toContain(keys.callersAstria.text);
    expect(environment.upstreams.received('astria')).toContain(data.text.text);
    expect(environment.upstreams.received('portkey')).toContain(keys.ownPortkey.text);
    expect(environment.upstreams.received('portkey')).toContain(keys.callersPortkey.text);
    await until(() => environment.receiver.requests.length, Boolean);
    expect(environment.receiver.requests[0]?.target).toContain(callback.text);
  });
});

describe('there is no secret', () => {
  const requestData = Object.values(data);
  /** Secrets in the callback URLs that Astria received. */
  const webhookSecrets = () => {
    const given = environment.upstreams
      .received('astria')
      .matchAll(/\/webhooks\/astria\/prompts\/[\w-]+\/([\w-]{43})/g);
    return [...given].map(([, secret = ''], n) => canaryOf(`the secret of callback URL ${n}`, secret));
  };

  it('there is no secret in the responses', async () => {
    const metrics = await environment.client.send('/metrics');
    expect(metrics.status).toBe(200);
    expect(
      canariesIn(await metrics.text(), [...secrets, ...requestData, callback, ...webhookSecrets()]),
    ).toEqual([]);
    expect(canariesIn(environment.client.responses, [...secrets, ...webhookSecrets()])).toEqual([]);
    for (const url of [environment.upstreams.astriaUrl, environment.upstreams.portkeyUrl])
      expect(environment.client.responses.includes(url)).toBe(false);
  });

  it('there is no secret at an upstream or receiver for which it is not meant', () => {
    const { ownAstria, ownPortkey, callersAstria, callersPortkey } = keys;
    const others = (...own: Canary[]) => [...secrets, data.header].filter((canary) => !own.includes(canary));
    const { refused } = keys;
    expect(
      canariesIn(environment.upstreams.received('astria'), others(ownAstria, callersAstria, refused)),
    ).toEqual([]);
    expect(
      canariesIn(environment.upstreams.received('portkey'), others(ownPortkey, callersPortkey, refused)),
    ).toEqual([]);
    expect(
      canariesIn(JSON.stringify([environment.receiver.requests, environment.issuer.requests]), others()),
    ).toEqual([]);
  });

  it('there is no secret in the output of the gateway', async () => {
    expect(webhookSecrets().length).toBeGreaterThan(3);
    environment.gateway.terminate();
    await until(
      () => environment.gateway.isAlive,
      (isAlive) => !isAlive,
    );
    expect(environment.gateway.exitCode).toBe(0);
    const canaries = [...secrets, ...requestData, callback, ...webhookSecrets()];
    expect(canariesIn(environment.gateway.output, canaries)).toEqual([]);
    for (const url of [environment.upstreams.astriaUrl, environment.upstreams.portkeyUrl])
      expect(environment.gateway.output.includes(url)).toBe(false);
  });

  it('there is no secret in the store or in the folder for uploads', async () => {
    // The store keeps the text of a prompt for an hour, and only the hash of a callback secret.
    const canaries = [...secrets, ...requestData.filter((canary) => canary !== data.text)];
    expect(await canariesInFiles(path.join(environment.folder, 'data'), canaries)).toEqual([]);
    const inStore = await canariesInFiles(path.join(environment.folder, 'data'), webhookSecrets());
    expect(inStore.filter((found) => !found.includes('as its hash'))).toEqual([]);
    const uploads = [...secrets, ...requestData, callback, ...webhookSecrets()];
    expect(await canariesInFiles(path.join(environment.folder, 'tmp'), uploads)).toEqual([]);
  });
});
