import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TunesDocument } from '../__generated__/operations.js';
import { CommandProcess } from '../cli/command-process.js';
import { until } from '../support/gateway.js';
import { uploadForm } from '../support/multipart.js';
import { png } from '../support/upload-pictures.js';
import { badRequests } from './bad-requests.js';
import { type Mark, markOf, marksIn, marksInFiles } from './marks.js';
import { CREATE, everyOperation, overWebSockets } from './operations.js';
import { openPlace, type Place } from './place.js';
import { callback, data, hashOf, keys, secrets, tokens, withKeys, withToken } from './secret-marks.js';
import { upstreamTrouble } from './upstream-trouble.js';

let place: Place;
beforeAll(async () => {
  place = await openPlace();
});
afterAll(() => place.close());

describe('what is done with secrets', () => {
  it.each([
    ["a token of the gateway's, and its own keys", withToken, 'model-a'],
    ['keys of the caller', withKeys, 'model-b'],
    ["keys of the caller, and a token of the gateway's", { ...withKeys, ...withToken }, 'model-c'],
  ])('every operation, with %s', async (_name, headers, model) => {
    await everyOperation(place, headers, model);
    await overWebSockets(place, {}, headers);
    await overWebSockets(place, headers, {});
  });

  it('operations with a JWT', async () => {
    await place.client.run(TunesDocument, {}, { authorization: `Bearer ${place.jwt}` });
    await overWebSockets(place, {}, { authorization: `Bearer ${place.jwt}` });
  });

  it('uploads and idempotency keys', async () => {
    const upload = async (bytes: Buffer<ArrayBuffer>, type: string) => {
      const variables = { input: { text: 'with a file', inputImage: { upload: null } } };
      const file = { bytes, filename: `${data.fileName.text}.png`, type };
      const form = uploadForm(CREATE, variables, { 'variables.input.inputImage.upload': file });
      return (await place.client.upload(form, withToken)).text();
    };
    expect(await upload(png(400), 'image/png')).toContain('"userErrors":[]');
    expect(await upload(Buffer.from(data.content.text), 'image/png')).toContain('UNSUPPORTED_MEDIA');
    const keyed = { input: { text: 'once' }, idempotencyKey: data.idempotencyKey.text };
    expect((await place.client.ask(CREATE, keyed, withToken)).errors).toBeUndefined();
    const other = { ...keyed, input: { text: 'twice' } };
    expect(JSON.stringify((await place.client.ask(CREATE, other, withToken)).data)).toContain('CONFLICT');
  });
});

describe('what goes wrong behind the gateway', () => upstreamTrouble(() => place));

describe('what is wrong with a request', () => badRequests(() => place));

describe('the command line', () => {
  const command = (args: string[], given: Record<string, string> = {}) =>
    new CommandProcess(args, { ...place.env, ...given }).ended;
  const replicate = ['replicate', '--to', 'model-d', '--yes', '--search', 'welcome'];

  it('tells nothing either', async () => {
    const callers = { ASTRIA_API_KEY: keys.callersAstria.text, PORTKEY_API_KEY: keys.callersPortkey.text };
    const ends = await Promise.all([
      command(replicate),
      command([...replicate, '--gateway', place.gateway.url], callers),
      command(replicate, { PORTKEY_API_KEY: keys.refused.text }),
      command(replicate, { PORTKEY_API_KEY: `${keys.broken.text} ${keys.broken.text}` }),
      command(['serve'], { ASTRIA_API_KEY: keys.foreign.text, LOG_LEVEL: keys.refused.text }),
    ]);
    expect(ends.map(({ status }) => status === 0)).toEqual([true, true, false, false, false]);
    const said = ends.map(({ stdout, stderr }) => stdout + stderr);
    expect(said.filter((text) => text.length < 20)).toEqual([]);
    expect(marksIn(said.join('\n'), [...secrets, ...Object.values(data)])).toEqual([]);
  });

  it('nor of a file of tokens into which somebody has put the tokens themselves', async () => {
    const { full, reader, unknown } = tokens;
    const entry = { name: 'a', sha256: full.text, scopes: [reader.text], [unknown.text]: 1 };
    const contents = [JSON.stringify([entry]), `[ { "name": "a", "sha256": "${full.text}`];
    const said = contents.map(async (text, n) => {
      const file = path.join(place.folder, `wrong-${n}.json`);
      await writeFile(file, text);
      const { status, stdout, stderr } = await command(['serve'], { AUTH_TOKENS_FILE: file });
      expect(status).not.toBe(0);
      expect(stderr).toContain(file);
      return stdout + stderr;
    });
    expect(marksIn((await Promise.all(said)).join('\n'), secrets)).toEqual([]);
  });
});

describe('where secrets are looked for', () => {
  it('they would be found, in every notation', async () => {
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
      expect([words, marksIn(`before ${words} after`, secrets)]).toEqual([
        words,
        expect.arrayContaining([`${key.name}, ${notation}`]),
      ]);
    expect(marksIn('nothing', secrets)).toEqual([]);
    const file = path.join(place.folder, 'data', 'planted');
    await writeFile(file, Buffer.concat([Buffer.from([0, 255]), Buffer.from(text)]));
    expect(await marksInFiles(path.join(place.folder, 'data'), secrets)).toEqual([`${key.name}, plain`]);
    await rm(file);
  });

  it('and what may be in a place is found there, so that all of it is searched', async () => {
    const metrics = await (await fetch(`${place.gateway.url}/metrics`)).text();
    expect(metrics).toContain('promptgate_upstream_attempts_total');
    expect(place.client.answers).toContain(data.text.text);
    expect(await marksInFiles(path.join(place.folder, 'data'), [callback])).toEqual([
      `${callback.name}, plain`,
    ]);
    expect(place.gateway.output).toContain('Replication ended.');
    expect(place.gateway.output).toContain('Subscription started.');
    expect(place.upstreams.received('astria')).toContain(keys.ownAstria.text);
    expect(place.upstreams.received('astria')).toContain(keys.callersAstria.text);
    expect(place.upstreams.received('astria')).toContain(data.text.text);
    expect(place.upstreams.received('portkey')).toContain(keys.ownPortkey.text);
    expect(place.upstreams.received('portkey')).toContain(keys.callersPortkey.text);
    await until(() => place.receiver.requests.length, Boolean);
    expect(place.receiver.requests[0]?.target).toContain(callback.text);
  });
});

describe('there is no secret', () => {
  const requestData = Object.values(data);
  /** Of the addresses that Astria was given to call. */
  const webhookSecrets = () => {
    const given = place.upstreams
      .received('astria')
      .matchAll(/\/webhooks\/astria\/prompts\/[\w-]+\/([\w-]{43})/g);
    return [...given].map(([, secret = ''], n) => markOf(`the secret of address ${n}`, secret));
  };

  it('in the answers', async () => {
    const metrics = await place.client.send('/metrics');
    expect(metrics.status).toBe(200);
    expect(
      marksIn(await metrics.text(), [...secrets, ...requestData, callback, ...webhookSecrets()]),
    ).toEqual([]);
    expect(marksIn(place.client.answers, [...secrets, ...webhookSecrets()])).toEqual([]);
    for (const address of [place.upstreams.astriaUrl, place.upstreams.portkeyUrl])
      expect(place.client.answers.includes(address)).toBe(false);
  });

  it('at an upstream or a receiver that it is not for', () => {
    const { ownAstria, ownPortkey, callersAstria, callersPortkey } = keys;
    const others = (...own: Mark[]) => [...secrets, data.header].filter((mark) => !own.includes(mark));
    const { refused } = keys;
    expect(marksIn(place.upstreams.received('astria'), others(ownAstria, callersAstria, refused))).toEqual(
      [],
    );
    expect(marksIn(place.upstreams.received('portkey'), others(ownPortkey, callersPortkey, refused))).toEqual(
      [],
    );
    expect(marksIn(JSON.stringify([place.receiver.requests, place.issuer.requests]), others())).toEqual([]);
  });

  it('in what the gateway has written, up to its end', async () => {
    expect(webhookSecrets().length).toBeGreaterThan(3);
    place.gateway.terminate();
    await until(
      () => place.gateway.isAlive,
      (isAlive) => !isAlive,
    );
    expect(place.gateway.exitCode).toBe(0);
    const marks = [...secrets, ...requestData, callback, ...webhookSecrets()];
    expect(marksIn(place.gateway.output, marks)).toEqual([]);
    for (const address of [place.upstreams.astriaUrl, place.upstreams.portkeyUrl])
      expect(place.gateway.output.includes(address)).toBe(false);
  });

  it('in the store, or left over in the folder for uploads', async () => {
    // What a prompt will look like is remembered for an hour, and of the secret of an address its hash.
    const marks = [...secrets, ...requestData.filter((mark) => mark !== data.text)];
    expect(await marksInFiles(path.join(place.folder, 'data'), marks)).toEqual([]);
    const inStore = await marksInFiles(path.join(place.folder, 'data'), webhookSecrets());
    expect(inStore.filter((found) => !found.includes('as its hash'))).toEqual([]);
    const uploads = [...secrets, ...requestData, callback, ...webhookSecrets()];
    expect(await marksInFiles(path.join(place.folder, 'tmp'), uploads)).toEqual([]);
  });
});
