import { expect, it } from '@jest/globals';
import { Counter, Histogram, Registry } from 'prom-client';
import { LabelledCounter, LabelledHistogram } from '../../src/http/metrics/labelled-metrics.js';

const labelNames = ['upstream', 'endpoint'] as const;
const SERIES = [
  ['astria', 'GET /tunes'],
  ['portkey', 'GET /prompts/:id'],
  ['astria', 'with "quotes" and \\'],
] as const;

/** Creates the same metrics twice, with the classes of the gateway and with those of prom-client. */
function setUp() {
  const ours = new Registry();
  const theirs = new Registry();
  const counter = { name: 'calls_total', help: 'Calls.', labelNames };
  const histogram = { name: 'call_seconds', help: 'Time of a call.', labelNames, buckets: [0.01, 0.5, 2] };
  return {
    ours: {
      registry: ours,
      counter: new LabelledCounter({ ...counter, registry: ours }),
      histogram: new LabelledHistogram({ ...histogram, registry: ours }),
    },
    theirs: {
      registry: theirs,
      counter: new Counter({ ...counter, registers: [theirs] }),
      histogram: new Histogram({ ...histogram, registers: [theirs] }),
    },
  };
}

it('labelled metrics have the same format as those of prom-client', async () => {
  const { ours, theirs } = setUp();
  expect(await ours.registry.metrics()).toBe(await theirs.registry.metrics());
  // Below all bounds, on a bound, between two, on the last one and above it.
  const values = [0.001, 0.01, 0.02, 0.5, 1.25, 2, 3];
  for (const [n, [upstream, endpoint]] of SERIES.entries()) {
    for (const count of [0, 1, n]) {
      ours.counter.add(count, upstream, endpoint);
      theirs.counter.inc({ upstream, endpoint }, count);
    }
    for (const value of values.slice(n)) {
      ours.histogram.observe(value, upstream, endpoint);
      theirs.histogram.observe({ upstream, endpoint }, value);
    }
    expect(await ours.registry.metrics()).toBe(await theirs.registry.metrics());
  }
});
