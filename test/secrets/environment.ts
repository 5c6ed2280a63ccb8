import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.js';
import { GatewayProcess } from '../support/gateway-process.js';
import { freePort } from '../support/ports.js';
import { type RawUpstream, reply, startRawUpstream } from '../support/raw-upstream.js';
import { canaryOf } from './canaries.js';
import { RecordingClient } from './client.js';
import { hashOf, IN_FILE, keys, secrets } from './known-secrets.js';
import { type RecordingUpstreams, startRecordingUpstreams } from './recording-upstreams.js';

const ISSUER = 'https://issuer.example';
const AUDIENCE = 'promptgate';

/** Gateway process with canaries as keys and tokens, and the servers that it uses. */
export interface TestEnvironment {
  /** Contains the store in `data` and temporary files in `tmp`. */
  readonly folder: string;
  readonly sandbox: Sandbox;
  readonly upstreams: RecordingUpstreams;
  /** Serves the public key for JWTs. */
  readonly issuer: RawUpstream;
  /** Valid JWT. */
  readonly jwt: string;
  /** Receives callbacks. */
  readonly receiver: RawUpstream;
  readonly gateway: GatewayProcess;
  readonly client: RecordingClient;
  /** Environment variables of the gateway without its URL and access control. */
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

export async function openEnvironment(): Promise<TestEnvironment> {
  const folder = await mkdtemp(path.join(tmpdir(), 'promptgate-secrets-'));
  await Promise.all(['data', 'tmp'].map((name) => mkdir(path.join(folder, name))));
  const { issuer, jwt } = await startIssuer();
  secrets.push(canaryOf('a JWT', jwt, jwt.split('.').at(-1)));
  const sandbox = await startSandbox({ settleMs: 100 });
  const upstreams = await startRecordingUpstreams(sandbox, {
    [keys.ownAstria.text]: sandbox.astriaKey,
    [keys.callersAstria.text]: sandbox.astriaKey,
    [keys.ownPortkey.text]: sandbox.portkeyKey,
    [keys.callersPortkey.text]: sandbox.portkeyKey,
  });
  const receiver = await startRawUpstream((_request, response) => reply(response, 200, {}));
  const env = gatewayEnv(folder, upstreams);
  const gateway = await GatewayProcess.start({ ...env, ...(await accessEnv(folder, issuer)) });
  const client = new RecordingClient(gateway.url);
  return {
    ...{ folder, sandbox, upstreams, issuer, jwt, receiver, gateway, client, env },
    async close() {
      await gateway.kill();
      await Promise.all([upstreams.close(), issuer.close(), receiver.close(), sandbox.close()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function gatewayEnv(folder: string, { astriaUrl, portkeyUrl }: RecordingUpstreams): Record<string, string> {
  return {
    ASTRIA_BASE_URL: astriaUrl,
    ASTRIA_API_KEY: keys.ownAstria.text,
    PORTKEY_BASE_URL: portkeyUrl,
    PORTKEY_API_KEY: keys.ownPortkey.text,
    DATA_DIR: path.join(folder, 'data'),
    TMPDIR: path.join(folder, 'tmp'),
    LOST_RESPONSE_TIMEOUT_MS: '200',
    UPSTREAM_TIMEOUT_MS: '1500',
    ALLOW_PRIVATE_CALLBACKS: 'true',
    LOG_LEVEL: 'trace',
  };
}

async function accessEnv(folder: string, { url }: RawUpstream): Promise<Record<string, string>> {
  const tokensFile = path.join(folder, 'tokens.json');
  const entries = IN_FILE.map(({ name, canary, scopes }) => ({ name, sha256: hashOf(canary), scopes }));
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

/** Signs a JWT as a trusted issuer, and serves the key that verifies it. */
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
