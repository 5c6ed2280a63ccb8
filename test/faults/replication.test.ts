import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.js';
import { latestVersion, type PortkeyPrompt } from '../../src/sandbox/portkey/records.js';
import { BREAKER } from '../../src/upstream/breaker.js';
import { library, replicate } from '../replication/replicating.js';
import { type FaultyUpstream, type Place, startFaultyUpstream } from '../support/faulty-upstream.js';
import { at, startTestGateway, type TestGateway, until } from '../support/gateway.js';
import { LEAKS, PATIENT, TABLE } from './table.js';

/** What ends the whole job, or fails one prompt; everything else is tried again. */
const STOPS: Readonly<Record<string, string>> = {
  ...{ 401: 'UPSTREAM_UNAUTHENTICATED', 402: 'FORBIDDEN', 403: 'FORBIDDEN', 412: 'FORBIDDEN' },
};
const REFUSALS: Readonly<Record<string, string>> = {
  ...{ 400: 'UPSTREAM_REJECTED', 404: 'NOT_FOUND', 409: 'CONFLICT', 413: 'TOO_LARGE' },
  422: 'UPSTREAM_REJECTED',
};
/** How often a fault is met that passes. */
const TIMES = 1;
/** Jobs wait for as long as they are told to, which takes too long here. */
const FAULTS = Object.entries(TABLE).filter(([, { retryAfter }]) => retryAfter === undefined);
const SHAPES = { other: [], withoutId: { name: 'x' } };

const portkey = (method: string, path: RegExp): Place => ({ api: 'portkey', method, path });
const CREATE = portkey('POST', /^\/prompts$/);
const DELETE = portkey('DELETE', /^\/prompts\/[^/]+$/);
const READ_VERSION = portkey('GET', /^\/prompts\/[^/]+\/versions\/[^/]+$/);
const UPDATES = [
  portkey('GET', /^\/prompts\/[^/]+\/versions$/),
  READ_VERSION,
  portkey('PUT', /^\/prompts\/[^/]+$/),
  portkey('PUT', /^\/prompts\/[^/]+\/makeDefault$/),
];
const UNDO = 'mutation ($id: ID!) { undoReplication(id: $id) { deleted { id } kept { id } } }';
const nameOf = ({ method, path }: Place) => `${method} ${path.source}`;

let sandbox: Sandbox;
let upstream: FaultyUpstream;
let gateway: TestGateway;

beforeAll(async () => {
  sandbox = await startSandbox({ seed: 'empty' });
  upstream = await startFaultyUpstream(sandbox);
  gateway = await startTestGateway({
    env: {
      ASTRIA_BASE_URL: upstream.astriaUrl,
      PORTKEY_BASE_URL: upstream.portkeyUrl,
      UPSTREAM_TIMEOUT_MS: '2000',
    },
    config: {
      overload: PATIENT,
      upstreamTimes: { writeGraceMs: 0, breaker: { ...BREAKER, minimum: 1_000_000 } },
    },
  });
});
afterAll(async () => {
  await gateway.close();
  await upstream.close();
  await sandbox.close();
});

let keys = 0;

/** Meets an endpoint with every fault, all at the same time; each job has a key and a source of its own. */
async function tryAll(
  place: Place,
  look: (source: PortkeyPrompt, key: string, name: string) => Promise<unknown>,
  should: (name: string) => unknown,
  sources: readonly PortkeyPrompt[] = FAULTS.map(([name]) => addSource(place, name)),
): Promise<void> {
  const outcomes = await Promise.all(
    FAULTS.map(async ([name, row], index) => {
      keys += 1;
      const key = `sd_fault-${keys}`;
      const isLasting = name in STOPS || name in REFUSALS;
      upstream.arm(key, place, row.fault(SHAPES), isLasting ? undefined : TIMES);
      const [source] = sources.slice(index);
      const seen = source && (await look(source, key, name));
      return [name, { seen, isMet: upstream.met(key) > 0 }] as const;
    }),
  );
  const expected = FAULTS.map(([name]) => [name, { seen: should(name), isMet: true }]);
  expect(Object.fromEntries(outcomes)).toEqual(Object.fromEntries(expected));
  expect(JSON.stringify(outcomes)).not.toMatch(LEAKS);
}

const addSource = (place: Place, name: string) =>
  sandbox.portkey.addPrompt({ name: `${nameOf(place)} ${name}` });

const placeOf = ({ name }: PortkeyPrompt) =>
  UPDATES.map(nameOf).find((place) => name.startsWith(`${place} `));

/** A job for one source: how it has ended, and what has become of the source's replica. */
async function run(source: PortkeyPrompt, key: string, onExisting: 'SKIP' | 'UPDATE' = 'SKIP') {
  // What runs on the target model already is read as well, so there is none.
  const targetModel = `model of ${onExisting === 'SKIP' ? source.name : placeOf(source)}`;
  const variables = { targetModel, selection: { ids: [source.id] }, options: { onExisting } };
  const job = await replicate(gateway, variables, { 'x-portkey-api-key': key });
  const replicas = library(sandbox).filter(({ name }) => name === `${source.name}-replica`);
  return { job, item: job.items[0], replicas: replicas.length };
}

const seenOf = ({ job, item, replicas }: Awaited<ReturnType<typeof run>>) => ({
  ...{ job: job.error?.code, item: item?.error?.code, status: item?.status, replicas },
});

/**
 * What a job comes to: its item is `done` where the fault passes, and `stopped` where it ends the job; `replicas` is how
 * many there are before it.
 */
function expected(name: string, done: string, { stopped = 'PENDING', replicas = 1 } = {}) {
  if (name in STOPS) return { job: STOPS[name], status: stopped, replicas };
  if (name in REFUSALS) return { item: REFUSALS[name], status: 'FAILED', replicas };
  return { status: done, replicas: 1 };
}

describe('in a replication, every fault', () => {
  it(`of ${nameOf(CREATE)} ends it, fails the prompt or passes, and makes no replica twice`, async () => {
    await tryAll(
      CREATE,
      async (source, key) => seenOf(await run(source, key)),
      (name) => expected(name, 'CREATED', { replicas: 0 }),
    );
  });

  it.each(UPDATES.map((place) => [nameOf(place), place] as const))(
    'of %s ends it, fails the prompt or passes',
    async (_name, place) => {
      const sources = FAULTS.map(([name]) => addSource(place, name));
      const first = await replicate(gateway, {
        targetModel: `model of ${nameOf(place)}`,
        selection: { ids: sources.map(({ id }) => id) },
        options: { concurrency: 16 },
      });
      expect(first.counts.created).toBe(FAULTS.length);
      for (const source of sources) {
        sandbox.portkey.addVersion(source, { ...latestVersion(source), string: 'better' });
        source.published = 2;
      }
      if (place === READ_VERSION) addDrafts();
      await tryAll(
        place,
        async (source, key) => seenOf(await run(source, key, 'UPDATE')),
        // A draft that may not be read is one version too many, and no more.
        (name) => {
          const isPassedOver = place === READ_VERSION && name in REFUSALS;
          // From the update on it may have been sent.
          const stopped = place.method === 'PUT' ? 'RUNNING' : 'PENDING';
          return expected(isPassedOver ? '' : name, 'UPDATED', { stopped });
        },
        sources,
      );
    },
    60_000,
  );

  it(`of ${nameOf(DELETE)} ends an undo, keeps the replica or passes`, async () => {
    await tryAll(
      DELETE,
      async (source, key) => {
        const { job } = await run(source, key);
        const { data, errors } = await gateway.graphql(UNDO, { id: job.id }, { 'x-portkey-api-key': key });
        const counts = { deleted: at(data, 'undoReplication.deleted.length') };
        return {
          ...counts,
          kept: at(data, 'undoReplication.kept.length'),
          code: errors?.[0]?.extensions.code,
        };
      },
      (name) => {
        if (name in STOPS) return { code: STOPS[name] };
        // What is not there any more is deleted.
        const isKept = name in REFUSALS && name !== '404';
        return { deleted: isKept ? 0 : 1, kept: isKept ? 1 : 0 };
      },
    );
  });

  it('leaves no connection or secret behind', async () => {
    await until(upstream.open, (open) => open === 0);
    expect(gateway.logLines.join('')).not.toMatch(/sd_|pk-sandbox|internal\.example|xxxx/);
  });
});

/** Versions that their owner has not published. */
function addDrafts(): void {
  for (const replica of library(sandbox)) {
    if (replica.name.startsWith(nameOf(READ_VERSION)) && replica.name.endsWith('-replica'))
      sandbox.portkey.addVersion(replica, { ...latestVersion(replica), string: 'draft' });
  }
}
