import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parseConfig } from '../../src/config.js';
import { type Gateway, startGateway } from '../../src/gateway.js';
import { createLog } from '../../src/log.js';
import { type Token, TokensOnDisk } from '../access/tokens-on-disk.js';
import { until } from '../support/gateway.js';
import { freePort, refusingUrl } from '../support/ports.js';
import { type RawHandler, reply, startRawUpstream } from '../support/raw-upstream.js';
import {
  addPrompts,
  Command,
  createsSent,
  expectedReplicas,
  parseCsv,
  replicaNames,
  resumedId,
} from './command.js';
import { describeCliFixture } from './describe-cli-fixture.js';

const fixture = describeCliFixture();

const REPLICATE = ['replicate', '--to', 'gpt-5', '--yes', '--concurrency', '1'];
const run = (args: readonly string[], env: Record<string, string> = {}) => new Command(args, env).ended;

describe('with --gateway', () => {
  it('a command runs its job at the gateway, even after Ctrl-C and resume', async () => {
    addPrompts(fixture.sandbox, 12);
    fixture.onCreates({ kind: 'slow-body', delayMs: 200 });
    const command = new Command([...REPLICATE, '--gateway', `${fixture.url}/`], {});
    await until(
      () => createsSent(fixture.sandbox),
      (sent) => sent >= 2,
    );
    command.interrupt();
    const { status, stderr } = await command.ended;
    expect(status).toBe(130);
    expect(stderr).toContain(`promptgate resume ${resumedId(stderr)} --gateway ${fixture.url}/\n`);
    fixture.sandbox.clearFaults();
    const resumed = await run(['resume', resumedId(stderr), '--gateway', `${fixture.url}/graphql`]);
    expect([resumed.status, parseCsv(resumed.stdout).length]).toEqual([0, 12]);
    expect(replicaNames(fixture.sandbox)).toEqual(expectedReplicas(12));
    const { stdout } = await run(['replications', '--gateway', fixture.url]);
    expect(stdout).toContain(resumedId(stderr));
  });

  it.each([
    ['continues automatically under the key of the gateway', true],
    ['is resumed under the key of the caller', false],
  ])('a command waits for a gateway that restarts, and its job %s', async (_name, hasKey) => {
    addPrompts(fixture.sandbox, 12);
    fixture.onCreates({ kind: 'slow-body', delayMs: 200 });
    const keyed = hasKey ? fixture.env : { ...fixture.env, PORTKEY_API_KEY: '' };
    const env = { ...keyed, PORT: String(await freePort()) };
    const first = await startGateway(parseConfig(env), createLog('silent'));
    const { url } = first;
    const keys = hasKey ? {} : { PORTKEY_API_KEY: fixture.sandbox.portkeyKey };
    const command = new Command([...REPLICATE, '--gateway', url], keys);
    await until(
      () => createsSent(fixture.sandbox),
      (sent) => sent >= 2,
    );
    await first.close();
    await until(
      () => command.stderr,
      (text) => text.includes('Retrying.'),
    );
    fixture.sandbox.clearFaults();
    const second = await startGateway(parseConfig(env), createLog('silent'));
    const { status, stdout } = await command.ended;
    await second.close();
    expect([status, parseCsv(stdout).length]).toEqual([0, 12]);
    expect(replicaNames(fixture.sandbox)).toEqual(expectedReplicas(12));
  });

  it('a command reports an unreachable gateway in one line', async () => {
    const url = await refusingUrl();
    const { status, stdout, stderr } = await run([...REPLICATE, '--gateway', url]);
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toBe(`The gateway at ${url} cannot be reached (ECONNREFUSED).\n`);
  });
});

describe('gateway with restricted access', () => {
  const MOVER: Token = { name: 'mover', secret: 'pg_mover', scopes: ['replicate'] };
  const READER: Token = { name: 'reader', secret: 'pg_reader', scopes: ['read'] };
  const file = new TokensOnDisk();
  const documents = new TokensOnDisk();
  const gateways: Gateway[] = [];
  beforeAll(async () => {
    await Promise.all([file.write(MOVER, READER), documents.writeText('{"one":"{ __typename }"}')]);
    for (const env of [
      { AUTH_TOKENS_FILE: file.file },
      { TRUSTED_DOCUMENTS: documents.file },
      { PORTKEY_API_KEY: '' },
    ])
      gateways.push(
        await startGateway(parseConfig({ ...fixture.env, PORT: '0', ...env }), createLog('silent')),
      );
  });
  afterAll(async () => {
    await Promise.all(gateways.map((gateway) => gateway.close()));
    await Promise.all([file.remove(), documents.remove()]);
  });
  const [GUARDED, TRUSTING, KEYLESS] = [0, 1, 2];
  const runAt = (index: number, args: readonly string[], env: Record<string, string> = {}) =>
    run([...args, '--gateway', gateways[index]?.url ?? ''], env);

  it('a gateway with restricted access makes commands fail with instructions', async () => {
    const LIST = ['replications'];
    const ends = await Promise.all([
      runAt(GUARDED, LIST),
      runAt(GUARDED, LIST, { PROMPTGATE_TOKEN: 'pg_other' }),
      runAt(GUARDED, REPLICATE, { PROMPTGATE_TOKEN: READER.secret }),
      runAt(TRUSTING, LIST),
      runAt(KEYLESS, LIST),
    ]);
    const unauthenticated =
      'The gateway requires authentication. Set PROMPTGATE_TOKEN, or PORTKEY_API_KEY to use your own key.\n';
    expect(ends.map(({ stderr }) => stderr)).toEqual([
      unauthenticated,
      unauthenticated,
      'replicatePrompts requires the scope replicate. Your token only has: read.\n',
      'The gateway only accepts trusted documents. Ask its operator to add those of this command.\n',
      'The gateway has no API key for Portkey. Set PORTKEY_API_KEY.\n',
    ]);
    for (const { status, stdout } of ends) expect([status, stdout]).toEqual([1, '']);
  });

  it('a gateway with restricted access permits all commands with a token that has only the scope replicate', async () => {
    addPrompts(fixture.sandbox, 2);
    const env = { PROMPTGATE_TOKEN: MOVER.secret };
    const { status, stdout } = await runAt(GUARDED, [...REPLICATE, '--verify'], env);
    expect([status, parseCsv(stdout).length]).toEqual([0, 2]);
    expect(replicaNames(fixture.sandbox)).toEqual(expectedReplicas(2));
    const [job] = JSON.parse((await runAt(GUARDED, ['replications', '--json'], env)).stdout);
    const [resumed, own] = await Promise.all([
      runAt(GUARDED, ['resume', job.id], env),
      runAt(GUARDED, ['replications'], { PORTKEY_API_KEY: fixture.sandbox.portkeyKey }),
    ]);
    expect([resumed.status, own.status]).toEqual([0, 0]);
    // The jobs of a token are visible only to that token.
    expect(own.stdout).not.toContain(job.id);
    const undone = await runAt(GUARDED, ['undo', job.id, '--yes'], env);
    expect([undone.status, undone.stdout]).toEqual([0, 'Deleted: 2, kept: 0.\n']);
  });
});

describe('secrets of the environment', () => {
  const SECRETS = { PROMPTGATE_TOKEN: 'token-hush', PORTKEY_API_KEY: 'pk-hush' };

  async function listAt(handler: RawHandler, env: Record<string, string> = SECRETS) {
    const server = await startRawUpstream(handler);
    try {
      const end = await run(['replications', '--gateway', server.url], env);
      expect(end.stdout + end.stderr).not.toContain('hush');
      return { ...end, requests: server.requests };
    } finally {
      await server.close();
    }
  }
  const none: RawHandler = (_request, response) => reply(response, 200, { data: { result: { nodes: [] } } });

  const FAILURES: [string, RawHandler, RegExp][] = [
    [
      'status 401',
      (_request, response) => reply(response, 401, 'no'),
      /rejects the request \(status 401\)\. Set PROMPTGATE_TOKEN/,
    ],
    [
      'a redirect',
      (_request, response) => reply(response, 302, '', { location: 'http://[::1]:1/' }),
      /\(status 302\)/,
    ],
    ['an HTML page', (_request, response) => response.end('<html>'), /not from a Promptgate gateway/],
    ['status 503', (_request, response) => reply(response, 503, {}), /cannot be reached \(status 503\)/],
    [
      'a response of another shape',
      (_request, response) => reply(response, 200, { data: {} }),
      /unexpected shape/,
    ],
    [
      'GraphQL errors',
      (_request, response) => reply(response, 200, { errors: [{ message: 'no \u001b[31mkey' }] }),
      /^no {2}?\[31mkey\n$/,
    ],
  ];
  type End = Awaited<ReturnType<typeof listAt>>;
  const ends = new Map<string, Promise<End>>();
  beforeAll(() => {
    // Starts all commands together to save time.
    for (const [name, handler] of FAILURES) ends.set(name, listAt(handler));
  });

  it('the secrets of the environment are sent to the gateway in headers', async () => {
    const [secret, open] = await Promise.all([listAt(none), listAt(none, { PROMPTGATE_TOKEN: '' })]);
    expect([secret.status, open.status]).toEqual([0, 0]);
    const headers = { authorization: 'Bearer token-hush', 'x-portkey-api-key': 'pk-hush' };
    expect(secret.requests).toMatchObject([{ method: 'POST', target: '/graphql', headers }]);
    expect(Object.keys(open.requests[0]?.headers ?? {})).not.toContain('authorization');
    expect(Object.keys(open.requests[0]?.headers ?? {})).not.toContain('x-portkey-api-key');
  });

  it.each(FAILURES)(
    'the secrets of the environment and stack traces are not shown after %s',
    async (name, _handler, message) => {
      const { status, stderr, requests } = (await ends.get(name)) ?? {};
      expect(status).toBe(1);
      expect(stderr).toMatch(message);
      expect(stderr?.trimEnd().split('\n')).toHaveLength(1);
      expect(requests).toHaveLength(1);
    },
  );
});
