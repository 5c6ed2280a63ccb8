import { describe, expect, it } from '@jest/globals';
import { startSandbox } from '../../src/sandbox/index.js';
import { astriaClient, portkeyClient } from './client.js';

describe('sandbox', () => {
  it('a sandbox listens on the given port and rejects a port in use', async () => {
    const first = await startSandbox({ seed: 'empty' });
    const port = Number(new URL(first.url).port);
    await expect(startSandbox({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await first.close();
    const second = await startSandbox({ port, seed: 'empty' });
    expect(second.url).toBe(`http://127.0.0.1:${port}`);
    await second.close();
    await second.close();
  });

  it('a sandbox with the empty seed only has the accounts, a collection and the gallery', async () => {
    const sandbox = await startSandbox({ seed: 'empty' });
    for (const key of ['sd_sandbox', 'sd_sandbox_other']) {
      expect((await astriaClient(sandbox, key)('GET', '/tunes')).text).toBe('[]');
      expect((await astriaClient(sandbox, key)('GET', '/prompts')).text).toBe('[]');
    }
    expect((await portkeyClient(sandbox)('GET', '/prompts')).body.total).toBe(0);
    const own = [...sandbox.portkey.collections.values()].filter(({ owner }) => owner === 'main');
    expect(own).toHaveLength(1);
    await sandbox.close();
  });

  it('a sandbox delays every response by latencyMs', async () => {
    const sandbox = await startSandbox({ seed: 'empty', latencyMs: 80 });
    const started = performance.now();
    await astriaClient(sandbox)('GET', '/tunes');
    expect(performance.now() - started).toBeGreaterThan(75);
    await sandbox.close();
  });

  it('a sandbox finds recorded requests by path, method and upstream', async () => {
    const sandbox = await startSandbox({ seed: 'empty' });
    const send = astriaClient(sandbox);
    for (let n = 0; n < 30; n += 1) await send('GET', `/tunes/${n + 1}`);
    expect(sandbox.requests({ path: '/tunes/*' })).toHaveLength(30);
    expect(sandbox.requests({ path: '/tunes/7', method: 'get' })).toHaveLength(1);
    expect(sandbox.requests({ upstream: 'portkey' })).toHaveLength(0);
    sandbox.clearRequests();
    expect(sandbox.requests()).toHaveLength(0);
    await sandbox.close();
  });
});
