import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { at, until } from './support/gateway.js';
import { GatewayProcess } from './support/gateway-process.js';
import { spawnProgram } from './support/program.js';

/** Runs the program until it exits. `onOutput` receives its stdout so far. */
async function run(
  args: readonly string[],
  env: Record<string, string>,
  onOutput?: (stdout: string, stop: () => void) => void,
) {
  const child = spawnProgram(args, { env, stdio: 'pipe' });
  const output = { stdout: '', stderr: '' };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output.stdout += text;
    onOutput?.(output.stdout, () => child.kill('SIGTERM'));
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    output.stderr += text;
  });
  await once(child, 'close');
  return { ...output, status: child.exitCode };
}

describe('promptgate', () => {
  it('promptgate with invalid settings names every error and exits with status 2', async () => {
    const { status, stderr, stdout } = await run([], {
      PORT: 'high',
      SANDBOX: 'maybe',
      ASTRIA_API_KEY: 'sd secret',
    });
    expect(status).toBe(2);
    for (const name of ['PORT', 'SANDBOX', 'ASTRIA_API_KEY']) expect(stderr).toContain(name);
    expect(stderr + stdout).not.toContain('secret');
  });

  it('promptgate exits with status 1 and suggests PORT if its port is in use', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const port = typeof address === 'object' ? String(address?.port) : '';
    const { status, stderr } = await run([], { PORT: port });
    other.close();
    expect(status).toBe(1);
    expect(stderr).toMatch(/in use.*Set PORT/);
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  it('promptgate rejects an unknown command and an invalid option with status 2', async () => {
    const [unknown, { status, stderr }] = await Promise.all([
      run(['serv'], {}),
      run(['sandbox', '--port', '70000'], {}),
    ]);
    expect(unknown).toMatchObject({ status: 2, stdout: '' });
    expect(unknown.stderr).toContain("unknown command 'serv'");
    expect(status).toBe(2);
    expect(stderr).toContain('0 to 65535');
  });

  it('promptgate logs a warning about a variable that has a new name', async () => {
    const env = { PORT: '0', OUTCOME_SETTLE_MS: '7000', LOG_LEVEL: 'warn' };
    const { stderr } = await run([], env, (soFar, stop) => {
      if (soFar.includes('listening')) stop();
    });
    expect(stderr).toContain(
      'OUTCOME_SETTLE_MS has a new name. Set LOST_RESPONSE_TIMEOUT_MS, and remove OUTCOME_SETTLE_MS.',
    );
  });

  it('promptgate prints its version and its help', async () => {
    const [version, help] = await Promise.all([run(['--version'], {}), run(['--help'], {})]);
    expect(version).toMatchObject({ status: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
    expect(help).toMatchObject({ status: 0, stdout: expect.stringContaining('sandbox') });
  });

  it('promptgate exits with status 1 and suggests HOST if it cannot listen on an address', async () => {
    const hosts = ['no-such-host.invalid', '192.0.2.1'];
    const results = await Promise.all(hosts.map((host) => run([], { PORT: '0', HOST: host })));
    for (const { status, stderr } of results) {
      expect(status).toBe(1);
      expect(stderr).toContain('Set HOST');
      expect(stderr).not.toMatch(/\n\s+at /);
    }
    const sandbox = await run(['sandbox', '--port', '0', '--host', '192.0.2.1'], {});
    expect(sandbox).toMatchObject({ status: 1, stderr: expect.stringContaining('sandbox: --host') });
  });

  it('promptgate sandbox runs only the emulated APIs and prints how to use them', async () => {
    const { status, stdout } = await run(['sandbox', '--port', '0'], {}, (soFar, stop) => {
      if (soFar.includes('npm start')) stop();
    });
    expect(status).toBe(0);
    expect(stdout).toMatch(/listening on http:\/\/127\.0\.0\.1:\d+/);
    expect(stdout).toMatch(/ASTRIA_BASE_URL=\S+ ASTRIA_API_KEY=\S+/);
  });
});

describe('running gateway', () => {
  let gateway: GatewayProcess;
  beforeAll(async () => {
    gateway = await GatewayProcess.start({ LOG_LEVEL: 'info' });
  });
  afterAll(() => gateway.stop());

  const ask = async (query: string): Promise<unknown> => {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ query }),
    });
    return response.json();
  };

  it('a running gateway logs nothing unexpected under load', async () => {
    const library = await ask('{ portkeyPrompts(first: 100) { nodes { template } } }');
    expect(at(library, 'data.portkeyPrompts.nodes.length')).toBe(100);
    const job = await ask(`mutation {
      replicatePrompts(targetModel: "gpt-5", options: { concurrency: 16 }, awaitSeconds: 60) { replication { status } }
    }`);
    expect(at(job, 'data.replicatePrompts.replication.status')).toBe('COMPLETED');
    let log = '';
    await until(
      () => {
        log += gateway.takeComplaints();
        return log;
      },
      (soFar) => soFar.includes('Replication ended.'),
    );
    // The log is JSON. Any other line comes from Node.js, such as a warning.
    const lines = log.split('\n').filter((line) => line !== '');
    expect(lines.filter((line) => !line.startsWith('{'))).toEqual([]);
    expect(lines.map((line): unknown => JSON.parse(line))).toMatchObject([{ msg: 'Replication ended.' }]);
  });

  it('a running gateway completes the operation in progress on SIGTERM, then exits', async () => {
    const slow = { upstream: 'astria', kind: 'slow-body', delayMs: 600 };
    const headers = { 'content-type': 'application/json' };
    await fetch(`${gateway.sandboxUrl}/_sandbox/faults`, {
      method: 'POST',
      headers,
      body: JSON.stringify(slow),
    });
    const { hostname, port } = new URL(gateway.url);
    // An idle connection must not delay the exit.
    const idle = connect(Number(port), hostname).on('error', () => {});
    await once(idle, 'connect');
    const closed = once(idle, 'close');
    const response = ask('{ tunes(first: 1) { nodes { id } } }');
    const requests = async () => (await fetch(`${gateway.sandboxUrl}/_sandbox/requests`)).text();
    await until(requests, (text) => text.includes('/tunes'));
    gateway.terminate();
    expect(at(await response, 'data.tunes.nodes.length')).toBe(1);
    await until(
      () => gateway.isAlive,
      (isAlive) => !isAlive,
      3_000,
    );
    await closed;
    expect(gateway.exitCode).toBe(0);
  });
});
