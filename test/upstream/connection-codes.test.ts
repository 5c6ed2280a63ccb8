import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { afterEach, describe, expect, it } from '@jest/globals';
import { astriaClient } from '../../src/upstream/astria/client.js';
import { errorCode } from '../../src/upstream/errors.js';
import { portkeyClient } from '../../src/upstream/portkey/client.js';
import { refusingUrl } from '../support/ports.js';

const KEY = 'the-secret-key';
const opened: { close(): unknown }[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((each) => each.close()));
});

/** Listens on a free port of this machine. */
async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  opened.push(server);
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  return address.port;
}

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

/** Returns a self-signed certificate and its key. */
function makeCertificate(): { key: Buffer; cert: Buffer } {
  const folder = mkdtempSync(path.join(tmpdir(), 'promptgate-test-'));
  try {
    const [key, cert] = [path.join(folder, 'key.pem'), path.join(folder, 'cert.pem')];
    const options = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1'];
    execFileSync(
      'openssl',
      ['req', '-x509', ...options, '-subj', '/CN=localhost', '-keyout', key, '-out', cert],
      { stdio: 'ignore' },
    );
    return { key: readFileSync(key), cert: readFileSync(cert) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Returns the log lines of a failing write. @param outcomeUnknown True if the upstream may have processed it. */
async function logged(baseUrl: string, make = portkeyClient, outcomeUnknown = false): Promise<unknown> {
  const lines: unknown[] = [];
  const note = (fields: object) => void lines.push(fields);
  const log = { debug: note, info: note, warn: note, error: note };
  const client = make({ baseUrl, deadlineMs: 20_000, log });
  opened.push(client);
  const request = { endpoint: 'POST /things', json: {} } as const;
  await expect(client.forCaller({ key: KEY, noRetry: true }).call(request)).rejects.toMatchObject({
    kind: 'UNAVAILABLE',
    outcomeUnknown,
    message: expect.not.stringMatching(/E[A-Z]{4,}|_/),
  });
  return lines;
}

const line = (code: string, upstream = 'portkey') => [
  { upstream, endpoint: 'POST /things', status: null, reason: 'no response', code },
];

describe('log of a call without a response', () => {
  it('the log of a call without a response has the code of a refused port', async () => {
    expect(await logged(await refusingUrl())).toEqual(line('ECONNREFUSED'));
    expect(await logged(await refusingUrl(), astriaClient)).toEqual(line('ECONNREFUSED', 'astria'));
  });

  it('the log of a call without a response has the code of a host name whose addresses all refuse the connection', async () => {
    const { port } = new URL(await refusingUrl());
    expect(await logged(`http://localhost:${port}`)).toEqual(line('ECONNREFUSED'));
  });

  it('the log of a call without a response has the code of a host name that does not resolve, but not the name', async () => {
    const lines = await logged('http://nowhere.invalid');
    expect([line('ENOTFOUND'), line('EAI_AGAIN')]).toContainEqual(lines);
  });

  (hasOpenssl ? it : it.skip)('has the code of a certificate that is not trusted', async () => {
    const port = await listen(createTlsServer(makeCertificate()));
    expect(await logged(`https://localhost:${port}`)).toEqual(line('DEPTH_ZERO_SELF_SIGNED_CERT'));
  });

  it('the log of a call without a response has the code of a lost connection', async () => {
    const port = await listen(createServer((socket) => void socket.once('data', () => socket.destroy())));
    const lines = await logged(`http://127.0.0.1:${port}`, portkeyClient, true);
    expect(lines).toEqual(line('UND_ERR_SOCKET'));
  });

  it('the log of a call without a response has the code of a failed TLS handshake, after which nothing was sent', async () => {
    const port = await listen(createServer((socket) => void socket.once('data', () => socket.destroy())));
    expect(await logged(`https://127.0.0.1:${port}`)).toEqual(line('ECONNRESET'));
  });
});

describe('code of an error', () => {
  const withCode = (code: unknown) => Object.assign(new Error('at http://10.0.0.1'), { code });

  it('the code of an error can come from its nested errors or its cause', () => {
    const nested = new AggregateError([new Error('one'), withCode('ETIMEDOUT'), withCode('ECONNREFUSED')]);
    expect(errorCode(nested)).toBe('ETIMEDOUT');
    expect(errorCode(new TypeError('fetch failed', { cause: nested }))).toBe('ETIMEDOUT');
  });

  it.each(['http://10.0.0.1', 'sk-live-key', 'lower', '', 7, null])(
    'the code of an error is never the value %j',
    (code) => {
      expect(errorCode(withCode(code))).toBeNull();
    },
  );

  it('the code of an error is null for an error that is its own cause', () => {
    const error = new Error('a circle');
    error.cause = error;
    expect(errorCode(error)).toBeNull();
  });
});
