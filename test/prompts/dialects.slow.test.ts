import { expect, it } from '@jest/globals';
import { bodiesOf, startReachable, startReceiver } from '../callbacks/reachable.js';
import { at, startTestGateway, type TestGateway, until } from '../support/gateway.js';
import { postForm, uploadForm } from '../support/multipart.js';
import { pairwise } from '../support/pairwise.js';
import { png } from '../support/upload-pictures.js';
import { CREATE, createFault, type Made, made, promptsWith, sent, TUNE } from './creating.js';

interface Setting {
  readonly deduplication: 'none' | 'attributes' | 'text-and-seed';
  readonly callbackBody: 'bare' | 'wrapped';
  /** Fault that loses the response to a create request after Astria has created the prompt. */
  readonly lost: '504-after' | 'drop-after';
  /** True if Astria can call the gateway. Each prompt then has its own callback URL. */
  readonly isReachable: boolean;
}

const SETTINGS = pairwise<Setting>({
  deduplication: ['none', 'attributes', 'text-and-seed'],
  callbackBody: ['bare', 'wrapped'],
  lost: ['504-after', 'drop-after'],
  isReachable: [true, false],
});

const MADE = { id: expect.any(String), codes: [], errors: [] };
const CONFLICT = { id: null, codes: ['CONFLICT'], errors: [] };
const UNKNOWN = { id: null, codes: ['OUTCOME_UNKNOWN'], errors: [] };

it.concurrent.each(SETTINGS.map((setting) => [JSON.stringify(setting), setting] as const))(
  'a create request with an image gets its own prompt or none when responses are lost, with %s',
  (_name, setting) =>
    withGateway(setting, async (gateway, callback) => {
      const upload = async (text: string, image: number): Promise<Made> => {
        const input = { text, seed: 7, callback, inputImage: {} };
        const files = {
          'variables.input.inputImage.upload': { bytes: png(500, image), filename: 'a.png' },
        };
        return made(await postForm(gateway.url, uploadForm(CREATE, { tuneId: TUNE, input }, files)));
      };
      const { deduplication, lost, isReachable } = setting;
      // A reachable gateway sends its own callback URL, which Astria compares like the other attributes.
      const isReused = deduplication === 'text-and-seed' || (deduplication === 'attributes' && !isReachable);

      gateway.sandbox.addFault(createFault(lost));
      const first = await upload('a fox', 1);
      expect(first).toEqual(MADE);
      expect([promptsWith(gateway, 'a fox'), sent(gateway)]).toEqual([[first.id], 1]);

      const second = await upload('a fox', 2);
      expect(second).toEqual(isReused ? CONFLICT : MADE);
      expect(promptsWith(gateway, 'a fox')).toEqual([first.id, ...(isReused ? [] : [second.id])]);

      gateway.sandbox.addFault(createFault(lost));
      const third = await upload('a fox', 3);
      expect(third).toEqual(isReused ? UNKNOWN : MADE);
      expect([first.id, second.id]).not.toContain(third.id ?? 'none');
      expect(sent(gateway)).toBe(3);
    }),
);

/** Runs `test` against a new gateway. If Astria can reach it, checks the callback of the first prompt. */
async function withGateway(
  { deduplication, callbackBody, isReachable }: Setting,
  test: (gateway: TestGateway, callback: string | null) => Promise<void>,
): Promise<void> {
  const options = {
    env: { LOST_RESPONSE_TIMEOUT_MS: '10000' },
    sandbox: { settleMs: 60_000, dialect: { deduplication, callbackBody } },
  };
  if (!isReachable) {
    const gateway = await startTestGateway(options);
    return test(gateway, null).finally(gateway.close);
  }
  const receiver = await startReceiver();
  const gateway = await startReachable(options);
  try {
    await test(gateway, receiver.url);
    const [first] = promptsWith(gateway, 'a fox');
    gateway.sandbox.astria.settle(Number(first));
    const [body] = await until(
      () => bodiesOf(receiver),
      ({ length }) => length > 0,
    );
    const prompt = callbackBody === 'wrapped' ? at(body, 'prompt') : body;
    expect(prompt).toMatchObject({ id: Number(first), text: 'a fox' });
  } finally {
    await gateway.close();
    await receiver.close();
  }
}
