import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.js';
import { GatewayProcess } from '../support/gateway-process.js';
import { freePort } from '../support/ports.js';
import { type RawUpstream, reply, startRawUpstream } from '../support/raw-upstream.js';
import { KeepingClient } from './client.js';
import { type MarkedUpstreams, startMarkedUpstreams } from './marked-upstreams.js';
import { markOf } from './marks.js';
import { hashOf, IN_FILE, keys, secrets } from './secret-marks.js';

const ISSUER = 'https://issuer.example';
const AUDIENCE = 'promptgate';

/** A gateway in a process of its own with marked keys and tokens, and all that it has to do with. */
export interface Place {
  /** Has the gateway's store in `data`, and its temporary files in `tmp`. */
  readonly folder: string;
  readonly sandbox: Sandbox;
  readonly upstreams: MarkedUpstreams;
  /** Has the public key for JWTs. */
  readonly issuer: RawUpstream;
  /** A JWT that is good. */
  readonly jwt: string;
  /** Where callbacks go. */
  readonly receiver: RawUpstream;
  readonly gateway: GatewayProcess;
  readonly client: KeepingClient;
  /** Of the gateway, but for its address and who is let in. */
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

export async function openPlace(): Promise<Place> {
  const folder = await mkdtemp(path.join(tmpdir(), 'promptgate-secrets-'));
  await Promise.all(['data', 'tmp'].map((name) => mkdir(path.join(folder, name))));
  const { issuer, jwt } = await startIssuer();
  secrets.push(markOf('a JWT', jwt, jwt.split('.').at(-1)));
  const sandbox = await startSandbox({ settleMs: 100 });
  const upstreams = await startMarkedUpstreams(sandbox, {
    [keys.ownAstria.text]: sandbox.astriaKey,
    [keys.callersAstria.text]: sandbox.astriaKey,
    [keys.ownPortkey.text]: sandbox.portkeyKey,
    [keys.callersPortkey.text]: sandbox.portkeyKey,
  });
  const receiver = await startRawUpstream((_request, response) => reply(response, 200, {}));
  const env = environment(folder, upstreams);
  const gateway = await GatewayProcess.start({ ...env, ...(await entrance(folder, issuer)) });
  const client = new KeepingClient(gateway.url);
  return {
    ...{ folder, sandbox, upstreams, issuer, jwt, receiver, gateway, client, env },
    async close() {
      await gateway.kill();
      await Promise.all([upstreams.close(), issuer.close(), receiver.close(), sandbox.close()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function environment(folder: string, { astriaUrl, portkeyUrl }: MarkedUpstreams): Record<string, string> {
  return {
    ASTRIA_BASE_URL: astriaUrl,
    ASTRIA_API_KEY: keys.ownAstria.text,
    PORTKEY_BASE_URL: portkeyUrl,
    PORTKEY_API_KEY: keys.ownPortkey.text,
    DATA_DIR: path.join(folder, 'data'),
    TMPDIR: path.join(folder, 'tmp'),
    OUTCOME_SETTLE_MS: '200',
    UPSTREAM_TIMEOUT_MS: '1500',
    ALLOW_PRIVATE_CALLBACKS: 'true',
    LOG_LEVEL: 'trace',
  };
}

async function entrance(folder: string, { url }: RawUpstream): Promise<Record<string, string>> {
  const tokensFile = path.join(folder, 'tokens.json');
  const entries = IN_FILE.map(({ name, mark, scopes }) => ({ name, sha256: hashOf(mark), scopes }));
  await writeFile(tokensFile, JSON.stringify(entries));
  const port = String(await freePort());
  return {
    PORT: port,
    PUBLIC_URL: `http://127.0.0.1:${port}`,
    AUTH_TOKENS_FILE: tokensFile,
    AUTH_JWKS_URL: url,
    AUTH_ISSUER: ISSUER,
    AUTH_AUDIENCE: AUDIENCE,
  };
}

/** Signs a token as an issuer that the gateway trusts, and serves the key to check it with. */
async function startIssuer(): Promise<{ issuer: RawUpstream; jwt: string }> {
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
  const key = { ...(await exportJWK(publicKey)), alg: 'ES256' };
  const issuer = await startRawUpstream((_request, response) => reply(response, 200, { keys: [key] }));
  const jwt = await new SignJWT({ scope: 'read create' })
    .setProtectedHeader({ alg: 'ES256' })
    .setIssuer(ISSUER)
    .setAudience(AUDIENCE)
    .setSubject('somebody')
    .setExpirationTime('1h')
    .sign(privateKey);
  return { issuer, jwt };
}
