import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import Database from 'libsql';
import { startTestGateway, type TestGateway, until } from '../support/gateway.js';
import { refusingUrl } from '../support/ports.js';
import { type RawUpstream, reply, startRawUpstream } from '../support/raw-upstream.js';
import { create, type Made, TUNE } from './creating.js';

const CONFLICT = { id: null, codes: ['CONFLICT'], errors: [] };
const UNKNOWN = { id: null, codes: ['OUTCOME_UNKNOWN'], errors: [] };
const ID = '31000001';

/** Upstream that deduplicates by text and seed, and handles the second of two create requests first. */
let astria: RawUpstream;
/** Responds to the first create request with the prompt of the second. */
let respondToFirst: () => void;
let gateway: TestGateway;
beforeEach(async () => {
  let prompt: Record<string, unknown> = {};
  astria = await startRawUpstream(({ method, body }, response) => {
    if (method !== 'POST') {
      reply(response, 200, []);
    } else if (creates() === 1) {
      respondToFirst = () => reply(response, 201, prompt);
    } else {
      const { text, seed, callback = null } = JSON.parse(body).prompt;
      const createdAt = new Date().toISOString();
      prompt = {
        id: Number(ID),
        tune_id: Number(TUNE),
        text,
        seed,
        callback,
        created_at: createdAt,
        images: [],
      };
      reply(response, 201, prompt);
    }
  });
});
afterEach(async () => {
  await gateway.close();
  await astria.close();
});

const creates = () => astria.requests.filter(({ method }) => method === 'POST').length;

/** Sends both create requests, the second after the first has arrived at Astria. */
async function createBoth(env: Record<string, string> = {}): Promise<[Promise<Made>, Promise<Made>]> {
  // Longer than any create request takes here, even on a busy machine.
  const settings = {
    ASTRIA_BASE_URL: astria.url,
    ASTRIA_API_KEY: 'key',
    LOST_RESPONSE_TIMEOUT_MS: '20000',
    ...env,
  };
  gateway = await startTestGateway({ env: settings });
  const withImage = (name: string) =>
    create(gateway, { text: 'a face', seed: 7, inputImage: { url: `https://example.com/${name}.png` } });
  const first = withImage('first');
  await until(creates, (count) => count === 1);
  return [first, withImage('second')];
}

/** Waits until the gateway has received the response to the second create request. */
async function untilSecondResponse(): Promise<void> {
  const database = new Database(path.join(gateway.dataDir, 'promptgate.db'), { timeout: 5_000 });
  const answered = database.prepare('SELECT count(*) AS count FROM creates WHERE answered_id = ?');
  await until(
    () => answered.get([ID]) as { count: number },
    ({ count }) => count === 1,
  );
  database.close();
}

describe('two create requests with different images, of which Astria handles the second first', () => {
  it('two create requests with different images, of which Astria handles the second first are both OUTCOME_UNKNOWN when nothing shows which one created the prompt', async () => {
    const [first, second] = await createBoth();
    await untilSecondResponse();
    respondToFirst();
    expect(await Promise.all([first, second])).toEqual([UNKNOWN, UNKNOWN]);
  });

  it('two create requests with different images, of which Astria handles the second first are distinguished by their callback URLs', async () => {
    const publicUrl = await refusingUrl();
    const env = { PUBLIC_URL: publicUrl, PORT: new URL(publicUrl).port };
    const [first, second] = await createBoth(env);
    expect(await second).toEqual({ id: ID, codes: [], errors: [] });
    respondToFirst();
    expect(await first).toEqual(CONFLICT);
  });
});
