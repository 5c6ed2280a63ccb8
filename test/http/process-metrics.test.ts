import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import { Registry } from 'prom-client';
import { watchProcess } from '../../src/http/process-metrics.js';
import { until } from '../support/gateway.js';
import { readExposition } from './exposition.js';

describe('the process', () => {
  const collectGarbage: () => void = (() => {
    setFlagsFromString('--expose-gc');
    return runInNewContext('gc');
  })();
  const blockFor = (milliseconds: number) => {
    const end = performance.now() + milliseconds;
    while (performance.now() < end);
  };
  const MAJOR = 'nodejs_gc_duration_seconds_count{kind="major"}';
  const read = async (registry: Registry, series: string) =>
    readExposition(await registry.metrics()).samples.get(series) ?? 0;

  it('is watched until that is ended', async () => {
    const registry = new Registry();
    const release = watchProcess(registry);
    const lag = async () => {
      await read(registry, MAJOR);
      await new Promise((resolve) => setTimeout(resolve, 50));
      blockFor(100);
      await new Promise((resolve) => setTimeout(resolve, 50));
      return read(registry, 'nodejs_eventloop_lag_max_seconds');
    };
    expect(await lag()).toBeGreaterThan(0.05);
    expect(await lag()).toBeLessThan(5);
    collectGarbage();
    const counted = await until(() => read(registry, MAJOR), Boolean);
    release();
    collectGarbage();
    expect(await lag()).toBe(0);
    expect(await read(registry, MAJOR)).toBe(counted);
  });
});
