import { expect, it } from '@jest/globals';
import { GatewayProcess } from '../support/gateway-process.js';
import { takeExchanges } from '../support/program.js';
import { EXCHANGE_CHANNEL } from './channels.js';
import { Violations } from './violations.js';

it('the exchanges of a program are checked even if the program is killed', async () => {
  const gateway = await GatewayProcess.start();
  await gateway.graphql('{ tunes { nodes { id } } }');
  await fetch(`${gateway.sandboxUrl}/portkey/v1/prompts?surprise=1`);
  await gateway.kill();
  const violations = new Violations('');
  const exchanges = takeExchanges();
  for (const [channel, message] of exchanges) {
    expect(channel).toBe(EXCHANGE_CHANNEL);
    violations.record(message);
  }
  expect(exchanges.length).toBeGreaterThan(1);
  expect(violations.list()).toEqual([
    'portkey GET /prompts request: headers.x-portkey-api-key: Invalid input: expected string, received undefined',
    'portkey GET /prompts request: query.surprise: is not documented',
  ]);
});
