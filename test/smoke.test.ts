import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { at, startTestGateway, type TestGateway } from './support/gateway.js';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway.close());

it('reads tunes', async () => {
  const { data, errors } = await gateway.graphql('{ tunes(first: 2) { nodes { id title } } }');
  expect(errors).toBeUndefined();
  expect(at(data, 'tunes.nodes')).toHaveLength(2);
});
