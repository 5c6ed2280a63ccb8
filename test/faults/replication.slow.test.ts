import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.js';
import { latestVersion, type PortkeyPrompt } from '../../src/sandbox/portkey/records.js';
import { BREAKER } from '../../src/upstream/breaker.js';
import { library, replicate } from '../replication/replicating.js';
import { type FaultyUpstream, type Place, startFaultyUpstream } from '../support/faulty-upstream.js';
import { at, startTestGateway, type TestGateway, until } from '../support/gateway.js';
import { FAULTS, LEAKS, type Row, STALL_DEADLINE_MS, STALLS } from './table.js';

/** Statuses that end the whole job. Those in `REFUSALS` fail one prompt, and the gateway retries all others. */
const STOPS: Readonly<Record<string, string>> = {
  ...{ 401: 'UPSTREAM_UNAUTHENTICATED', 402: 'FORBIDDEN', 403: 'FORBIDDEN', 412: 'FORBIDDEN' },
};
const REFUSALS: Readonly<Record<string, string>> = {
  ...{ 400: 'UPSTREAM_REJECTED', 404: 'NOT_FOUND', 409: 'CONFLICT', 413: 'UPSTREAM_REJECTED' },
  422: 'UPSTREAM_REJECTED',
};
/** Returns true for a status after which a write may have taken effect. */
const isUnknown = (name: string) => name === '412' || name === '413';
/** About 200 jobs run concurrently with other tests. */
const PATIENCE_MS = 180_000;
/** Deadline of calls that do not stall. */
const DEADLINE_MS = 120_000;
/** Number of occurrences of a temporary fault. */
const TIMES = 1;
/** Leaves out faults with a Retry-After, because jobs would wait too long. */
const LISTED = Object.entries(FAULTS).filter(([, { retryAfter }]) => retryAfter === undefined);
const LASTING = Object.entries(STALLS);
type Faults = readonly (readonly [name: string, row: Row])[];

const SHAPES = { other: [], withoutId: { name: 'x' } };

const portkey = (method: string, path: RegExp): Place => ({ api: 'portkey', method, path });
const CREATE = portkey('POST', /^\/prompts$/);
const DELETE = portkey('DELETE', /^\/prompts\/[^/]+$/);
const READ_VERSION = portkey('GET', /^\/prompts\/[^/]+\/versions\/[^/]+$/);
const VERSIONS = portkey('GET', /^\/prompts\/[^/]+\/versions$/);
const UPDATES = [
  VERSIONS,
  READ_VERSION,
  portkey('PUT', /^\/prompts\/[^/]+$/),
  portkey('PUT', /^\/prompts\/[^/]+\/makeDefault$/),
];
const UNDO = 'mutation ($id: ID!) { undoReplication(id: $id) { deleted { id } kept { id } } }';
const nameOf = ({ method, path }: Place) => `${method} ${path.source}`;

/** An endpoint and the expected results of its faults. */
interface Trial {
  readonly place: Place;
  readonly what: string;
  /** Adds a source for each fault. */
  prepare(faults: Faults, through: TestGateway): Promise<readonly PortkeyPrompt[]>;
  /** Runs a job for a source under a key whose calls fail, and returns its result. */
  look(source: PortkeyPrompt, key: string, through: TestGateway): Promise<unknown>;
  /** Returns the expected result of a fault. */
  should(name: string): unknown;
}

let sandbox: Sandbox;
let upstream: FaultyUpstream;
/** Gateway with a short deadline, which is still enough for calls that do not stall. */
let hasty: TestGateway;
/** Results of the faults that last until the deadline. */
let stalled: ReadonlyMap<Trial, Outcomes>;

const through = (deadlineMs: number) =>
  startTestGateway({
    env: {
      ASTRIA_BASE_URL: upstream.astriaUrl,
      PORTKEY_BASE_URL: upstream.portkeyUrl,
      UPSTREAM_TIMEOUT_MS: String(deadlineMs),
    },
    config: {
      upstreamTimes: { writeGraceMs: 0, breaker: { ...BREAKER, minimum: 1_000_000 } },
    },
  });

beforeAll(async () => {
  sandbox = await startSandbox({ seed: 'empty' });
  upstream = await startFaultyUpstream(sandbox);
  hasty = await through(STALL_DEADLINE_MS);
  // All of these run together, so that the test waits for only one deadline.
  stalled = new Map(
    await Promise.all(TRIALS.map(async (trial) => [trial, await meet(trial, LASTING, hasty)] as const)),
  );
}, PATIENCE_MS);
afterAll(async () => {
  await hasty.close();
  await upstream.close();
  await sandbox.close();
});

/** Strings that the log must not contain. */
const SECRET = /sd_|pk-sandbox|internal\.example|xxxx/;
let keys = 0;

/** Result of each fault. */
type Outcomes = readonly (readonly [name: string, outcome: { seen: unknown; isMet: boolean }])[];

/** Injects the faults into an endpoint concurrently. Each job has its own key and source. */
async function meet(
  { place, prepare, look }: Trial,
  faults: Faults,
  through: TestGateway,
): Promise<Outcomes> {
  const sources = await prepare(faults, through);
  return Promise.all(
    faults.map(async ([name, row], index) => {
      keys += 1;
      const key = `sd_fault-${keys}`;
      const isLasting = name in STOPS || name in REFUSALS;
      upstream.arm(key, place, row.fault(SHAPES), isLasting ? undefined : TIMES);
      const [source] = sources.slice(index);
      const seen = source && (await look(source, key, through));
      return [name, { seen, isMet: upstream.met(key) > 0 }] as const;
    }),
  );
}

/** Uses a new gateway, because so many concurrent jobs are enough for one. */
async function tryAll(trial: Trial): Promise<void> {
  const gateway = await through(DEADLINE_MS);
  const others = await meet(trial, LISTED, gateway).finally(gateway.close);
  expect(gateway.logLines.join('')).not.toMatch(SECRET);
  const outcomes = [...(stalled.get(trial) ?? []), ...others];
  const expected = [...LASTING, ...LISTED].map(([name]) => [name, { seen: trial.should(name), isMet: true }]);
  expect(Object.fromEntries(outcomes)).toEqual(Object.fromEntries(expected));
  expect(JSON.stringify(outcomes)).not.toMatch(LEAKS);
}

const addSource = (place: Place, name: string) =>
  sandbox.portkey.addPrompt({ name: `${nameOf(place)} ${name}` });

const placeOf = ({ name }: PortkeyPrompt) =>
  UPDATES.map(nameOf).find((place) => name.startsWith(`${place} `));

/** Runs a job for one source and counts the replicas of the source. */
async function run(
  source: PortkeyPrompt,
  key: string,
  through: TestGateway,
  onExisting: 'SKIP' | 'UPDATE' = 'SKIP',
) {
  // The gateway also reads prompts that already use the target model, so the model is unique.
  const targetModel = `model of ${onExisting === 'SKIP' ? source.name : placeOf(source)}`;
  const variables = { targetModel, selection: { ids: [source.id] }, options: { onExisting } };
  const job = await replicate(through, variables, { 'x-portkey-api-key': key });
  const replicas = library(sandbox).filter(({ name }) => name === `${source.name}-replica`);
  return { job, item: job.items[0], replicas: replicas.length };
}

const seenOf = ({ job, item, replicas }: Awaited<ReturnType<typeof run>>) => ({
  ...{ job: job.error?.code, item: item?.error?.code, status: item?.status, replicas },
});

/**
 * Returns the expected result of a job. Its item is `done` if the fault is temporary, and `replicas` is the number of
 * replicas before the job.
 */
function expected(name: string, done: string, { isWrite = false, replicas = 1, ofOne = false } = {}) {
  // Some endpoints respond with 403 for a deleted object.
  if (ofOne && name === '403') return { item: 'FORBIDDEN', status: 'FAILED', replicas };
  if (name in STOPS) {
    // An update may have been sent.
    const mayBeSent = isWrite && (ofOne || isUnknown(name));
    return { job: STOPS[name], status: mayBeSent ? 'RUNNING' : 'PENDING', replicas };
  }
  if (isWrite && isUnknown(name)) return { item: 'OUTCOME_UNKNOWN', status: 'FAILED', replicas };
  if (name in REFUSALS) return { item: REFUSALS[name], status: 'FAILED', replicas };
  return { status: done, replicas: 1 };
}

const addSources = (place: Place, faults: Faults) => faults.map(([name]) => addSource(place, name));

const CREATING: Trial = {
  place: CREATE,
  what: 'ends the job, fails the prompt or is retried, and creates no replica twice',
  prepare: async (faults) => addSources(CREATE, faults),
  look: async (source, key, through) => seenOf(await run(source, key, through)),
  should: (name) => expected(name, 'CREATED', { isWrite: true, replicas: 0 }),
};

const updating = (place: Place): Trial => ({
  place,
  what: 'ends the job, fails the prompt or is retried',
  async prepare(faults, through) {
    const sources = addSources(place, faults);
    const first = await replicate(through, {
      targetModel: `model of ${nameOf(place)}`,
      selection: { ids: sources.map(({ id }) => id) },
      options: { concurrency: 16 },
    });
    expect(first.counts.created).toBe(faults.length);
    for (const source of sources) {
      sandbox.portkey.addVersion(source, { ...latestVersion(source), string: 'better' });
      source.published = 2;
    }
    if (place === READ_VERSION) addDrafts(sources);
    return sources;
  },
  look: async (source, key, through) => seenOf(await run(source, key, through, 'UPDATE')),
  should(name) {
    // The gateway cannot verify a new version that Portkey does not show.
    if (place === READ_VERSION && name === '404') {
      return { item: 'OUTCOME_UNKNOWN', status: 'FAILED', replicas: 1 };
    }
    // The list can lag behind the prompt.
    if (place === VERSIONS && (name === '403' || name === '404')) return { status: 'UPDATED', replicas: 1 };
    return expected(name, 'UPDATED', { isWrite: place.method === 'PUT', ofOne: true });
  },
});

const UNDOING: Trial = {
  place: DELETE,
  what: 'ends the undo, keeps the replica or is retried',
  prepare: async (faults) => addSources(DELETE, faults),
  async look(source, key, through) {
    const { job } = await run(source, key, through);
    const { data, errors } = await through.graphql(UNDO, { id: job.id }, { 'x-portkey-api-key': key });
    const counts = { deleted: at(data, 'undoReplication.deleted.length') };
    return { ...counts, kept: at(data, 'undoReplication.kept.length'), code: errors?.[0]?.extensions.code };
  },
  should(name) {
    if (name in STOPS && name !== '403') return { code: STOPS[name] };
    // A replica that no longer exists counts as deleted.
    const isKept = name === '403' || (name in REFUSALS && name !== '404');
    return { deleted: isKept ? 0 : 1, kept: isKept ? 1 : 0 };
  },
};

const TRIALS = [CREATING, ...UPDATES.map(updating), UNDOING];

describe('in a replication, a fault', () => {
  it.concurrent.each(TRIALS.map((trial) => [nameOf(trial.place), trial.what, trial] as const))(
    'in a replication, a fault of %s %s',
    (_name, _what, trial) => tryAll(trial),
    PATIENCE_MS,
  );

  it('in a replication, a fault leaves no connection or secret behind', async () => {
    await until(upstream.open, (open) => open === 0);
    expect(hasty.logLines.join('')).not.toMatch(SECRET);
  });
});

/** Adds unpublished versions to the replicas. */
function addDrafts(sources: readonly PortkeyPrompt[]): void {
  const names = new Set(sources.map(({ name }) => `${name}-replica`));
  for (const replica of library(sandbox)) {
    if (names.has(replica.name))
      sandbox.portkey.addVersion(replica, { ...latestVersion(replica), string: 'draft' });
  }
}
