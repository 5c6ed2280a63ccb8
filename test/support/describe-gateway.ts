import { afterAll, beforeAll, beforeEach } from '@jest/globals';
import { startTestGateway, type TestGateway, type TestGatewayOptions } from './gateway.js';
import { fillLibrary } from './streams.js';

type Options = TestGatewayOptions | (() => TestGatewayOptions | Promise<TestGatewayOptions>);

/**
 * Starts a gateway for the tests of the file or `describe`, and closes it after them. Clears the recorded requests and
 * faults of its sandbox before each test.
 * @param options Options, or a function that runs after all earlier hooks.
 */
export function describeGateway(options: Options = {}): TestGateway {
  let started: TestGateway | null = null;
  const running = (): TestGateway => {
    if (!started) throw new Error('The gateway is used before it has started.');
    return started;
  };
  beforeAll(async () => {
    started = await startTestGateway(typeof options === 'function' ? await options() : options);
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
    run: (...request) => running().run(...request),
    stop: () => running().stop(),
    close: () => running().close(),
  };
}

/** Like `describeGateway`. The library of the gateway has 30 prompts, so that a replication takes a while. */
export function describeStreamingGateway(): TestGateway {
  const gateway = describeGateway({ sandbox: { seed: 'empty' } });
  beforeAll(() => fillLibrary(gateway.sandbox));
  return gateway;
}
