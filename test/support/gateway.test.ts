import { expect, it } from '@jest/globals';
import { startTestGateway } from './gateway.js';

const servers = () => process.getActiveResourcesInfo().filter((name) => name === 'TCPServerWrap').length;

it('a gateway that fails to start leaves no sandbox open', async () => {
  const before = servers();
  await expect(startTestGateway({ env: { HOST: '0.0.0.0' } })).rejects.toThrow(/AUTH_TOKENS_FILE/);
  await expect(startTestGateway({ env: { PORT: 'x' } })).rejects.toThrow(/PORT/);
  expect(servers()).toBeLessThanOrEqual(before);
});
