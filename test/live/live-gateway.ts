import { afterAll, afterEach, beforeAll, beforeEach } from '@jest/globals';
import { parseConfig } from '../../src/config.js';
import { type Gateway, startGateway } from '../../src/gateway.js';
import { createLog } from '../../src/log.js';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.js';
import { temporaryFolder } from '../support/store.js';

/** A gateway for each test of a file, against one sandbox in which nothing settles by itself. */
export function liveGateway() {
  let sandbox: Sandbox;
  let disk: ReturnType<typeof temporaryFolder>;
  let gateway: Gateway;
  const open = (key: Record<string, string>): Promise<Gateway> =>
    startGateway(
      parseConfig({
        PORT: '0',
        ASTRIA_BASE_URL: sandbox.astriaUrl,
        PORTKEY_BASE_URL: sandbox.portkeyUrl,
        DATA_DIR: disk.folder,
        ...key,
      }),
      createLog('silent'),
    );
  beforeAll(async () => {
    sandbox = await startSandbox({ seed: 'empty', settleMs: 3_600_000 });
    disk = temporaryFolder();
  });
  afterAll(async () => {
    await sandbox.close();
    disk.remove();
  });
  beforeEach(async () => {
    sandbox.reset();
    gateway = await open({ ASTRIA_API_KEY: sandbox.astriaKey });
  });
  afterEach(() => gateway.close());
  return {
    open,
    get sandbox(): Sandbox {
      return sandbox;
    },
    get gateway(): Gateway {
      return gateway;
    },
    /** Adds a prompt that has begun already, so that nothing changes before it settles. */
    render: (text = 'a cat'): number => sandbox.astria.addPrompt({ text, images: null, callback: null }).id,
  };
}
