import { afterAll, afterEach, beforeAll, beforeEach } from '@jest/globals';
import { parseConfig } from '../../src/config.js';
import { type Gateway, startGateway } from '../../src/gateway.js';
import { createLog } from '../../src/log.js';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.js';
import { temporaryFolder } from '../support/store.js';

const startIdleSandbox = () => startSandbox({ seed: 'empty', settleMs: 3_600_000 });

const openGateway = (sandbox: Sandbox, folder: string, key: Record<string, string>): Promise<Gateway> =>
  startGateway(
    parseConfig({
      PORT: '0',
      ASTRIA_BASE_URL: sandbox.astriaUrl,
      PORTKEY_BASE_URL: sandbox.portkeyUrl,
      DATA_DIR: folder,
      ...key,
    }),
    createLog('silent'),
  );

/** Adds a prompt that is already running, so that it does not change before it settles. */
const addRunning = (sandbox: Sandbox, text = 'a cat'): number =>
  sandbox.astria.addPrompt({ text, images: null, callback: null }).id;

/** Gateway and sandbox of a single test. */
export interface Live {
  readonly sandbox: Sandbox;
  readonly gateway: Gateway;
  /** Starts another gateway, with this Astria key or without one. */
  open(key: Record<string, string>): Promise<Gateway>;
  /** Adds a prompt that is already running, so that it does not change before it settles. */
  render(text?: string): number;
}

/** Runs a test with a new gateway and a sandbox in which nothing settles by itself. Such tests can run concurrently. */
export async function withGateway(test: (here: Live) => Promise<void>): Promise<void> {
  const sandbox = await startIdleSandbox();
  const disk = temporaryFolder();
  const open = (key: Record<string, string>) => openGateway(sandbox, disk.folder, key);
  const gateway = await open({ ASTRIA_API_KEY: sandbox.astriaKey });
  try {
    await test({ sandbox, gateway, open, render: (text) => addRunning(sandbox, text) });
  } finally {
    await gateway.close();
    await sandbox.close();
    disk.remove();
  }
}

/** Starts a gateway for each test of a file. They share a sandbox in which nothing settles by itself. */
export function liveGateway() {
  let sandbox: Sandbox;
  let disk: ReturnType<typeof temporaryFolder>;
  let gateway: Gateway;
  beforeAll(async () => {
    sandbox = await startIdleSandbox();
    disk = temporaryFolder();
  });
  afterAll(async () => {
    await sandbox.close();
    disk.remove();
  });
  beforeEach(async () => {
    sandbox.reset();
    gateway = await openGateway(sandbox, disk.folder, { ASTRIA_API_KEY: sandbox.astriaKey });
  });
  afterEach(() => gateway.close());
  return {
    get sandbox(): Sandbox {
      return sandbox;
    },
    get gateway(): Gateway {
      return gateway;
    },
    /** See {@link Live.render}. */
    render: (): number => addRunning(sandbox),
  };
}
