import type { Fault } from '../../src/sandbox/index.js';
import { type Answer, at, type TestGateway } from '../support/gateway.js';

export const TUNE = '2690418';

export const CREATE = `mutation ($tuneId: ID!, $input: CreatePromptInput!, $key: String) {
  createPrompt(tuneId: $tuneId, input: $input, idempotencyKey: $key) {
    prompt { id text status } userErrors { code field message }
  }
}`;

export const DUPLICATE = `mutation ($id: ID!, $overrides: PromptOverridesInput, $imageIndex: Int, $key: String) {
  duplicatePrompt(id: $id, overrides: $overrides, imageIndex: $imageIndex, idempotencyKey: $key) {
    prompt { id text status } userErrors { code field message }
  }
}`;

/** Result of createPrompt or duplicatePrompt, with the codes of its user errors and of its top-level errors. */
export interface Made {
  readonly id: string | null;
  readonly codes: readonly unknown[];
  readonly errors: readonly unknown[];
}

export function made({ data, errors }: Answer): Made {
  const payload = at(data, 'createPrompt') ?? at(data, 'duplicatePrompt');
  const id = at(payload, 'prompt.id');
  const userErrors: unknown = at(payload, 'userErrors');
  return {
    id: typeof id === 'string' ? id : null,
    codes: Array.isArray(userErrors) ? userErrors.map((error) => at(error, 'code')) : [],
    errors: (errors ?? []).map(({ extensions }) => extensions.code),
  };
}

export async function create(
  gateway: Pick<TestGateway, 'graphql'>,
  input: Record<string, unknown>,
  key?: string,
  headers: Record<string, string> = {},
): Promise<Made> {
  return made(await gateway.graphql(CREATE, { tuneId: TUNE, input, key }, headers));
}

export async function duplicate(
  gateway: Pick<TestGateway, 'graphql'>,
  id: string,
  overrides: Record<string, unknown>,
  key?: string,
): Promise<Made> {
  return made(await gateway.graphql(DUPLICATE, { id, overrides, key }));
}

/** Number of create and duplicate requests that reached Astria. */
export function sent({ sandbox }: TestGateway): number {
  return sandbox.requests({ upstream: 'astria', method: 'POST' }).length;
}

/** Ids of the prompts at Astria with this text, oldest first. */
export function promptsWith({ sandbox }: TestGateway, text: string): string[] {
  return [...sandbox.astria.prompts.values()]
    .filter((prompt) => prompt.text === text)
    .map(({ id }) => String(id));
}

/** Builds a fault for create requests to Astria. */
export function createFault(kind: Fault['kind'], more: Partial<Fault> = {}): Fault {
  return { upstream: 'astria', kind, method: 'POST', path: '/tunes/*/prompts', ...more };
}

/** Builds a fault for duplicate requests to Astria. */
export function duplicateFault(kind: Fault['kind']): Fault {
  return createFault(kind, { path: '/prompts/*/duplicate' });
}
