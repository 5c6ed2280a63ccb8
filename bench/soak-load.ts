import { setTimeout as pause } from 'node:timers/promises';
import { Pool } from 'undici';

/** Outcome of an operation. Times are in milliseconds. */
export interface Outcome {
  /** Time at which it was due, since the start of the load. */
  readonly dueMs: number;
  /** Time from the due time until the response was complete. */
  readonly ms: number;
  /** Accepted without errors, shed with a proper refusal, or any other error. */
  readonly kind: 'accepted' | 'shed' | Error;
}

interface Operation {
  /** Share of the load, from 0 to 1. */
  readonly share: number;
  body(): string;
}

/** Number of connections, above the gateway's limit of queued operations, so that it must refuse some. */
const CONNECTIONS = 1_500;
/** Pause of a waiting client after a refusal, in milliseconds. */
const REFUSED_MS = 100;

const query = (
  share: number,
  text: string,
  variables: () => Record<string, unknown> = () => ({}),
): Operation => ({
  share,
  body: () => JSON.stringify({ query: text, variables: variables() }),
});

/** Returns the mix of operations: mostly lists of both APIs, and some create requests. */
function operations(promptId: string, tuneId: string): readonly Operation[] {
  let texts = 0;
  const newPrompt = () => {
    texts += 1;
    return { tuneId, input: { text: `a lighthouse, take ${texts}` } };
  };
  return [
    query(
      0.6,
      `{ prompts(first: 100) { nodes { id text seed images tune { id title } } pageInfo { hasNextPage endCursor } } }`,
    ),
    query(
      0.15,
      `query ($id: ID!) { prompt(id: $id) { id text status images error seed createdAt tune { id title } } }`,
      () => ({ id: promptId }),
    ),
    query(
      0.2,
      `{ portkeyPrompts(first: 10) { totalCount nodes { id name model template parameters virtualKey metadata version } pageInfo { hasNextPage endCursor } } }`,
    ),
    query(
      0.05,
      `mutation ($tuneId: ID!, $input: CreatePromptInput!) { createPrompt(tuneId: $tuneId, input: $input) { prompt { id status } userErrors { message } } }`,
      newPrompt,
    ),
  ];
}

/** Sends operations to a gateway like many clients. */
export class Load {
  readonly #pool: Pool;
  readonly #operations: readonly Operation[];
  #unanswered = 0;

  constructor(url: string, { promptId, tuneId }: { promptId: string; tuneId: string }) {
    this.#pool = new Pool(url, { connections: CONNECTIONS, keepAliveTimeout: 60_000 });
    this.#operations = operations(promptId, tuneId);
  }

  /** Number of operations without a response yet. */
  get unanswered(): number {
    return this.#unanswered;
  }

  /** Opens all connections in advance, since that takes as long as many operations. */
  async connect(): Promise<void> {
    const probes = Array.from({ length: CONNECTIONS }, async () => {
      const { body } = await this.#pool.request({ path: '/livez', method: 'GET' });
      await body.dump();
    });
    await Promise.all(probes);
  }

  /** Sends operations with clients that wait for each response. */
  async closedLoop(clients: number, ms: number): Promise<Outcome[]> {
    const startedAt = performance.now();
    const outcomes: Outcome[] = [];
    const client = async () => {
      for (;;) {
        const dueMs = performance.now() - startedAt;
        if (dueMs >= ms) return;
        const outcome = await this.#send(startedAt, dueMs);
        outcomes.push(outcome);
        if (outcome.kind !== 'accepted') await pause(REFUSED_MS);
      }
    };
    await Promise.all(Array.from({ length: clients }, client));
    return outcomes;
  }

  /** Sends operations at random times, independently of responses. @param rate Operations per second. */
  async openLoop(rate: number, ms: number): Promise<Outcome[]> {
    const startedAt = performance.now();
    const sent: Promise<Outcome>[] = [];
    let dueMs = 0;
    for (;;) {
      dueMs -= (Math.log(1 - Math.random()) / rate) * 1000;
      if (dueMs >= ms) break;
      const early = startedAt + dueMs - performance.now();
      if (early > 0) await pause(early);
      sent.push(this.#send(startedAt, dueMs));
    }
    return Promise.all(sent);
  }

  close(): Promise<void> {
    return this.#pool.destroy();
  }

  async #send(startedAt: number, dueMs: number): Promise<Outcome> {
    this.#unanswered += 1;
    const kind = await this.#ask(this.#pick().body());
    this.#unanswered -= 1;
    return { dueMs, ms: performance.now() - startedAt - dueMs, kind };
  }

  async #ask(body: string): Promise<Outcome['kind']> {
    try {
      const response = await this.#pool.request({
        path: '/graphql',
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      });
      const text = await response.body.text();
      const isShed = text.includes('"OVERLOADED"') && response.headers['retry-after'] !== undefined;
      if (response.statusCode === 503 && isShed) return 'shed';
      const isGood = response.statusCode === 200 && text.startsWith('{"data"') && !text.includes('"errors":');
      return isGood ? 'accepted' : new Error(`${response.statusCode} ${text.slice(0, 200)}`);
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  #pick(): Operation {
    let threshold = Math.random();
    for (const operation of this.#operations) {
      threshold -= operation.share;
      if (threshold <= 0) return operation;
    }
    throw new Error('The shares do not add up to 1.');
  }
}

/** Returns the times of the operations with this outcome, shortest first. */
export function timesOf(outcomes: readonly Outcome[], kind: 'accepted' | 'shed'): number[] {
  const times = outcomes.filter((outcome) => outcome.kind === kind).map(({ ms }) => ms);
  return times.sort((a, b) => a - b);
}

/** @param share Quantile from 0 to 1. @param sorted Values, smallest first. */
export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}
