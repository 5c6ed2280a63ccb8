import { chmod, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { parseConfig } from '../../src/config.js';
import { startGateway } from '../../src/gateway.js';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.js';
import { at, gatewayClient, until } from '../support/gateway.js';
import { GatewayProcess } from '../support/gateway-process.js';
import { silentLog, temporaryFolder } from '../support/store.js';
import { creates, names } from './replicating.js';

const PROMPTS = 60;
const REPLICATE = `mutation { replicatePrompts(targetModel: "gpt-5", awaitSeconds: 20) {
  replication { id status error { code message } counts { total created pending } } userErrors { message } } }`;
const READ = `query ($id: ID!) { replication(id: $id) { status error { code } counts { total created pending }
  items(status: RUNNING) { totalCount } }
  portkeyPrompts(first: 1) { totalCount } tunes { nodes { id } } }`;

let disk: ReturnType<typeof temporaryFolder>;
let sandbox: Sandbox;
let gateway: GatewayProcess | null;
beforeEach(async () => {
  disk = temporaryFolder();
  gateway = null;
  sandbox = await startSandbox({ seed: 'empty' });
  for (let n = 0; n < PROMPTS; n += 1) sandbox.portkey.addPrompt({ name: `p${n}` });
});
afterEach(async () => {
  await gateway?.stop();
  await sandbox.close();
  disk.remove();
});

const environment = () => ({
  ASTRIA_BASE_URL: sandbox.astriaUrl,
  ASTRIA_API_KEY: sandbox.astriaKey,
  PORTKEY_BASE_URL: sandbox.portkeyUrl,
  PORTKEY_API_KEY: sandbox.portkeyKey,
  DATA_DIR: disk.folder,
  LOST_RESPONSE_TIMEOUT_MS: '300',
  LOG_LEVEL: 'silent',
});

async function launch(under: readonly string[] = []): Promise<GatewayProcess> {
  gateway = await GatewayProcess.launch(environment(), under);
  await gateway.listening();
  return gateway;
}

/** Starts a gateway in this process, without a limit on its files. */
async function startHere() {
  const { url, close } = await startGateway(parseConfig({ ...environment(), PORT: '0' }), silentLog);
  return { close, ...gatewayClient(url) };
}

describe('full disk', () => {
  /** Limits the size of every file. A write beyond the limit fails like on a full disk. */
  const limited = (kibibytes: number) => [
    ...['bash', '-c', `trap '' XFSZ; ulimit -f ${kibibytes}; exec "$@"`, 'bash'],
  ];

  it('a full disk interrupts a running job, permits reads, and lets a restarted gateway complete the job', async () => {
    const full = await launch(limited(300));
    const { data } = await full.graphql(REPLICATE);
    const job = at(data, 'replicatePrompts.replication');
    const id = String(at(job, 'id'));
    expect(job).toMatchObject({ status: 'INTERRUPTED', error: { code: 'STORE_UNAVAILABLE' } });
    expect(at(job, 'error.message')).toMatch(/store.*cannot be written.*resumed/);
    const recorded = Number(at(job, 'counts.created'));
    expect(at(job, 'counts')).toEqual({ total: PROMPTS, created: recorded, pending: PROMPTS - recorded });
    // Every create request that was sent is recorded as done or as possibly sent.
    expect(recorded).toBeGreaterThan(0);
    const read = await full.graphql(READ, { id });
    const possiblySent = Number(at(read.data, 'replication.items.totalCount'));
    expect(creates(sandbox) - recorded).toBeLessThanOrEqual(possiblySent);
    expect(possiblySent).toBeLessThanOrEqual(5);
    expect(read).toMatchObject({ errors: undefined, data: { replication: { status: 'INTERRUPTED' } } });
    expect(at(read.data, 'portkeyPrompts.totalCount')).toBe(names(sandbox).length);
    await full.stop();

    const restarted = await startHere();
    const last = await until(
      async () => (await restarted.graphql(READ, { id })).data,
      (value) => at(value, 'replication.status') === 'COMPLETED',
    );
    expect(at(last, 'replication.counts')).toEqual({ total: PROMPTS, created: PROMPTS, pending: 0 });
    expect(new Set(names(sandbox)).size).toBe(2 * PROMPTS);
    expect(names(sandbox)).toHaveLength(2 * PROMPTS);
    expect(creates(sandbox)).toBe(PROMPTS);
    await restarted.close();
  });

  it('a full disk causes STORE_UNAVAILABLE for a job that cannot be recorded, before anything is created', async () => {
    const full = await launch(limited(90));
    const { data, errors } = await full.graphql(REPLICATE);
    expect(errors).toMatchObject([{ extensions: { code: 'STORE_UNAVAILABLE' }, path: ['replicatePrompts'] }]);
    expect(data).toEqual({ replicatePrompts: null });
    expect(creates(sandbox)).toBe(0);
  });
});

describe('DATA_DIR that cannot be written', () => {
  const isRoot = process.getuid?.() === 0;
  /** Command that runs the gateway as `nobody`, because root can write everywhere. */
  const unprivileged = isRoot ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] : [];

  async function expectReadsOnly(running: Pick<GatewayProcess, 'graphql'>): Promise<void> {
    const read = await running.graphql('{ tunes { nodes { id } } portkeyPrompts(first: 1) { totalCount } }');
    expect(read).toMatchObject({ errors: undefined, data: { portkeyPrompts: { totalCount: PROMPTS } } });
    const { errors } = await running.graphql(REPLICATE);
    expect(errors).toMatchObject([{ extensions: { code: 'STORE_UNAVAILABLE' } }]);
    expect(errors?.[0]?.message).not.toContain(disk.folder);
    expect(creates(sandbox)).toBe(0);
  }

  it('a DATA_DIR that cannot be written permits reads, causes STORE_UNAVAILABLE for replications, and is used as soon as it becomes writable', async () => {
    await chmod(disk.folder, 0o555);
    const running = await launch(unprivileged);
    await expectReadsOnly(running);
    await chmod(disk.folder, 0o777);
    const { data } = await running.graphql(REPLICATE);
    expect(at(data, 'replicatePrompts.replication')).toMatchObject({ status: 'COMPLETED' });
  });

  it('a DATA_DIR that cannot be written permits only reads when it is a path below a file', async () => {
    const { folder, remove } = disk;
    const file = path.join(folder, 'file');
    await writeFile(file, '');
    disk = { folder: path.join(file, 'data'), remove };
    const running = await startHere();
    await expectReadsOnly(running);
    await running.close();
  });
});

describe('damaged store', () => {
  it('a damaged store prevents the gateway from starting, with a message that says what to do', async () => {
    await writeFile(path.join(disk.folder, 'promptgate.db'), 'garbage '.repeat(2000));
    const refusing = await launch();
    expect(refusing.exitCode).toBe(1);
    const complaint = refusing.takeComplaints();
    expect(complaint).toMatch(/promptgate\.db is damaged.*move it away/);
    expect(complaint).not.toContain('    at ');
  });
});
