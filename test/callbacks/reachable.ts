import { CreatePromptDocument } from '../__generated__/operations.js';
import { describeGateway } from '../support/describe-gateway.js';
import {
  at,
  startTestGateway,
  type TestGateway,
  type TestGatewayOptions,
  until,
} from '../support/gateway.js';
import { refusingUrl } from '../support/ports.js';
import { type RawHandler, type RawUpstream, startRawUpstream } from '../support/raw-upstream.js';

/** A tune that the sandbox has. */
export const TUNE = '2690418';

/** Test gateway that Astria can call. */
export interface Reachable extends TestGateway {
  /** Creates a prompt. @returns Its id. */
  create(callback: string | null, headers?: Record<string, string>): Promise<string>;
  /** Returns the URL that Astria calls for a prompt. */
  ownAddress(promptId: string): string;
  /** Reads `Prompt.callbackRelay`. */
  relay(promptId: string, headers?: Record<string, string>): Promise<unknown>;
  /** Waits until `Prompt.callbackRelay` has this status. */
  relayed(promptId: string, status: string): Promise<unknown>;
}

const RELAY = `query ($id: ID!) {
  prompt(id: $id) { callback callbackRelay { status attempts { at status error } nextAttemptAt } }
}`;

/** Starts a gateway that listens at its PUBLIC_URL. It allows callbacks to private networks unless `env` forbids them. */
export async function startReachable(options: TestGatewayOptions = {}): Promise<Reachable> {
  const gateway = await startTestGateway(await reachableOptions(options));
  return { ...gateway, ...asking(gateway) };
}

/** Like `startReachable`, for the tests of the surrounding file or `describe`. */
export function describeReachable(options: TestGatewayOptions = {}): Reachable {
  const gateway = describeGateway(() => reachableOptions(options));
  return Object.assign(gateway, asking(gateway));
}

async function reachableOptions({ env, config, ...others }: TestGatewayOptions): Promise<TestGatewayOptions> {
  return {
    ...others,
    env: { ...(await reachableEnv()), ...env },
    config: { callbackRetryMs: 20, ...config },
  };
}

/** Environment variables of a gateway that listens at its PUBLIC_URL. */
export async function reachableEnv(): Promise<Record<string, string>> {
  const publicUrl = await refusingUrl();
  return { PORT: new URL(publicUrl).port, PUBLIC_URL: publicUrl, ALLOW_PRIVATE_CALLBACKS: 'true' };
}

/** Operations on a gateway with callbacks. */
export function asking(gateway: Pick<TestGateway, 'graphql' | 'run' | 'sandbox'>) {
  const relay = async (id: string, headers?: Record<string, string>) =>
    at((await gateway.graphql(RELAY, { id }, headers)).data, 'prompt.callbackRelay');
  return {
    relay,
    async create(callback: string | null, headers?: Record<string, string>): Promise<string> {
      const variables = { tuneId: TUNE, input: { text: 'x', callback } };
      const { createPrompt } = await gateway.run(CreatePromptDocument, variables, headers);
      if (!createPrompt?.prompt)
        throw new Error(`The prompt was not created: ${JSON.stringify(createPrompt)}.`);
      return createPrompt.prompt.id;
    },
    ownAddress: (promptId: string) => gateway.sandbox.astria.prompts.get(Number(promptId))?.callback ?? '',
    relayed: (id: string, status: string) =>
      until(
        () => relay(id),
        (found) => at(found, 'status') === status,
      ),
  };
}

/** Starts a server that receives callbacks. @param handle By default it responds with an empty 200. */
export function startReceiver(
  handle: RawHandler = (_request, response) => response.end(),
): Promise<RawUpstream> {
  return startRawUpstream(handle);
}

/** Parsed bodies of the requests to a receiver. */
export function bodiesOf({ requests }: RawUpstream): unknown[] {
  return requests.map(({ body }) => JSON.parse(body));
}
