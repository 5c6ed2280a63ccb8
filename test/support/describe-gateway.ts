import { afterAll, beforeAll, beforeEach } from '@jest/globals';
import { startTestGateway, type TestGateway, type TestGatewayOptions } from './gateway.js';

/**
 * Starts a gateway for the tests of the surrounding file or `describe`, closes it after them, and forgets the recorded requests
 * and the faults of its sandbox before each test.
 * @param options A function is called after the hooks that come before.
 */
export function describeGateway(options: TestGatewayOptions | (() => TestGatewayOptions) = {}): TestGateway {
  let started: TestGateway | null = null;
  const running = (): TestGateway => {
    if (!started) throw new Error('the gateway is used before it has started');
    return started;
  };
  beforeAll(async () => {
    started = await startTestGateway(typeof options === 'function' ? options() : options);
  });
  beforeEach(() => {
    const { sandbox } = running();
    sandbox.clearRequests();
    sandbox.clearFaults();
  });
  afterAll(() => started?.close());
  return {
    get url() {
      return running().url;
    },
    get sandbox() {
      return running().sandbox;
    },
    get dataDir() {
      return running().dataDir;
    },
    get logLines() {
      return running().logLines;
    },
    graphql: (...request) => running().graphql(...request),
    stop: () => running().stop(),
    close: () => running().close(),
  };
}
