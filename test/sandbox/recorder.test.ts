import { describe, expect, it } from '@jest/globals';
import { Recorder } from '../../src/sandbox/recorder.js';

const arrival = (path: string) => ({
  upstream: 'astria' as const,
  method: 'GET',
  path,
  query: new URLSearchParams(),
  headers: {},
});

describe('recorder', () => {
  it('the recorder keeps the last 10 000 requests', () => {
    const recorder = new Recorder();
    for (let n = 0; n < 25_000; n += 1) recorder.start(arrival(`/tunes/${n}`));
    const kept = recorder.list();
    expect(kept).toHaveLength(10_000);
    expect([kept[0]?.path, kept.at(-1)?.path]).toEqual(['/tunes/15000', '/tunes/24999']);
  });

  it('the recorder drops old bodies before they fill the memory', () => {
    const recorder = new Recorder();
    const requests = Array.from({ length: 50 }, (_, n) => {
      const request = recorder.start(arrival(`/${n}`));
      recorder.keepBody(request, { kind: 'json', value: { n }, size: 1024 * 1024 });
      return request;
    });
    expect(requests[0]?.body).toBe('[dropped]');
    expect(requests.at(-1)?.body).toEqual({ n: 49 });
  });
});
