import { PassThrough } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { follow } from '../../src/cli/follow.js';
import { type GatewayClient, Unreachable } from '../../src/cli/gateway-client.js';
import type { Item, Job } from '../../src/cli/operations.js';
import { startProgress } from '../../src/cli/progress.js';
import { writeMapping } from '../../src/cli/report.js';
import { confirm } from '../../src/cli/terminal.js';

/** Creates a terminal stream that records its output. */
function fakeTerminal(columns = 80) {
  const stream = Object.assign(new PassThrough(), { isTTY: true, columns });
  let text = '';
  stream.on('data', (chunk) => {
    text += String(chunk);
  });
  return { stream, written: () => text };
}

const COUNTS = { total: 10, created: 4, updated: 0, skipped: 1, failed: 2, pending: 3, undone: 0 };
const JOB: Job = {
  id: 'job-1',
  status: 'RUNNING',
  targetModel: 'gpt-5',
  dryRun: false,
  counts: COUNTS,
  error: null,
  waitsFor: null,
  throughput: 2.5,
  etaSeconds: 83,
  createdAt: '2026-08-01T09:00:00.000Z',
  startedAt: null,
  finishedAt: null,
};

describe('confirmation', () => {
  const ask = (answer: string, interrupted = new AbortController().signal) => {
    const stdin = new PassThrough();
    const { stream: stderr, written } = fakeTerminal();
    stdin.end(answer);
    return confirm({ stdin, stderr }, 'Create 2 replicas?', interrupted).then((isYes) => [isYes, written()]);
  };

  it.each([
    ['y\n', true],
    ['YES \n', true],
    ['n\n', false],
    ['\n', false],
    ['yellow\n', false],
  ])('the confirmation of the input %j is %p', async (answer, isYes) => {
    expect(await ask(answer)).toEqual([isYes, 'Create 2 replicas? [y/N] ']);
  });

  it('the confirmation is declined by the end of the input', async () => {
    expect(await ask('')).toEqual([false, 'Create 2 replicas? [y/N] \n']);
  });

  it('the confirmation ends with status 130 on Ctrl-C', async () => {
    await expect(ask('', AbortSignal.abort())).rejects.toMatchObject({ status: 130 });
  });
});

describe('progress', () => {
  it('the progress is a bar with rate, remaining time and failures on a terminal', () => {
    const { stream, written } = fakeTerminal();
    const progress = startProgress(stream);
    progress.show(JOB);
    progress.end();
    const [line = ''] = /\[=+-+\].*failed/.exec(written()) ?? [];
    expect(line).toMatch(/^\[={17,}-{7,}\] 7\/10 {2}2\.5\/s {2}ETA 1 min 23 s {2}2 failed$/);
    expect(line.length).toBeLessThan(80);
  });

  it('the progress omits the bar on a narrow terminal', () => {
    const { stream, written } = fakeTerminal(30);
    const progress = startProgress(stream);
    progress.show({ ...JOB, status: 'WAITING', waitsFor: 'job-0', throughput: null, etaSeconds: null });
    progress.end();
    expect(written()).toContain('7/10  waiting for replication ');
    expect(written()).not.toContain('[=');
  });

  it('the progress is an occasional line and a final line without a terminal', () => {
    const stream = new PassThrough();
    const progress = startProgress(stream);
    for (let created = 0; created <= 4; created += 1) {
      const counts = { ...COUNTS, created, pending: 7 - created };
      progress.show({ ...JOB, counts });
    }
    progress.end();
    expect(String(stream.read())).toBe(
      '3/10  2.5/s  ETA 1 min 23 s  2 failed\n7/10  2.5/s  ETA 1 min 23 s  2 failed\n',
    );
  });
});

it('the mapping is a table on a terminal, with a hint about omitted rows', () => {
  const [stdout, stderr] = [fakeTerminal(), fakeTerminal()];
  const items = Array.from({ length: 21 }, (_, n): Item => {
    const replicaName = `a-long-name-of-a-prompt-that-must-be-wrapped-${n}`;
    const id = `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
    const replica = { id, slug: null, name: replicaName };
    const source = { id: `${n}`, name: n === 0 ? 'bad \u001b[2J' : `p${n}` };
    return { source, action: 'CREATE', status: 'CREATED', replicaName, replica, error: null };
  });
  const terminal = { stdin: new PassThrough(), stdout: stdout.stream, stderr: stderr.stream };
  writeMapping(terminal, items, {});
  expect(stdout.written()).toContain('│ bad  [2J │');
  expect(stdout.written()).toContain('│ 00000000-0000-4000-8000-000000000019 │');
  expect(stdout.written()).not.toContain('000000000020');
  expect(stdout.written()).not.toContain('…');
  expect(
    Math.max(
      ...stdout
        .written()
        .split('\n')
        .map((line) => line.length),
    ),
  ).toBeLessThanOrEqual(80);
  expect(stderr.written()).toBe('... and 1 more. Use --csv or --json to write them all.\n');
});

describe('following a job at an unreachable gateway', () => {
  it('following a job at an unreachable gateway fails with instructions', async () => {
    const client: GatewayClient = {
      option: ' --gateway http://gw',
      isSandbox: false,
      execute: () =>
        Promise.reject(new Unreachable('The gateway at http://gw cannot be reached (ECONNREFUSED).')),
      close: async () => {},
    };
    const terminal = { stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough() };
    const session = { client, terminal, interrupted: new AbortController().signal };
    await expect(follow(session, 'job-1', 100)).rejects.toMatchObject({
      status: 1,
      message: expect.stringMatching(
        /cannot be reached[\s\S]*promptgate replications --gateway http:\/\/gw\n.*promptgate resume job-1 --gateway/,
      ),
    });
    expect(String(terminal.stderr.read())).toBe(
      'The gateway at http://gw cannot be reached (ECONNREFUSED). Retrying.\n',
    );
  });
});
