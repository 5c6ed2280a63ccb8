import { constants, monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { monotonicMs, wallClockMs } from '../domain/clock.js';

const GC_KINDS: ReadonlyMap<number, string> = new Map([
  [constants.NODE_PERFORMANCE_GC_MAJOR, 'major'],
  [constants.NODE_PERFORMANCE_GC_MINOR, 'minor'],
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL, 'incremental'],
  [constants.NODE_PERFORMANCE_GC_WEAKCB, 'weakcb'],
]);
/** How exactly the delay of the event loop is measured, in milliseconds. */
const RESOLUTION_MS = 20;
const NANOSECONDS = 1e9;
/** Node's figures, in nanoseconds, have the time between two measurements in them. In seconds. */
const beyond = (interval: number) => Math.max(0, interval / NANOSECONDS - RESOLUTION_MS / 1000);

/**
 * Puts metrics of the process into a registry, under the names that dashboards for Node know. prom-client has them too,
 * but never lets go of the observers that it makes for them.
 * @returns Lets go of everything.
 */
export function watchProcess(registry: Registry): () => void {
  watchUsage(registry);
  const stopDelay = watchDelay(registry);
  const stopGc = watchGc(registry);
  return () => {
    stopDelay();
    stopGc();
  };
}

function watchUsage(registry: Registry): void {
  const registers = [registry];
  const cpu = new Counter({
    name: 'process_cpu_seconds_total',
    help: 'Processor time that the process has used.',
    registers,
    collect() {
      const { user, system } = process.cpuUsage();
      cpu.reset();
      cpu.inc((user + system) / 1e6);
    },
  });
  const start = new Gauge({
    name: 'process_start_time_seconds',
    help: 'When the process began, as Unix time.',
    registers,
  });
  start.set((wallClockMs() - monotonicMs()) / 1000);
  // One look for all four: the first one is collected before the others.
  const resident: Gauge = new Gauge({
    name: 'process_resident_memory_bytes',
    help: 'Resident memory.',
    registers,
    collect() {
      const usage = process.memoryUsage();
      resident.set(usage.rss);
      heapTotal.set(usage.heapTotal);
      heapUsed.set(usage.heapUsed);
      external.set(usage.external);
    },
  });
  const memory = (name: string, help: string) => new Gauge({ name, help, registers });
  const heapTotal = memory('nodejs_heap_size_total_bytes', 'Heap that V8 has taken.');
  const heapUsed = memory('nodejs_heap_size_used_bytes', 'Heap in use.');
  const external = memory('nodejs_external_memory_bytes', 'Memory outside the heap that objects in it hold.');
}

/** Of the time since it was last asked for. */
function watchDelay(registry: Registry): () => void {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  const registers = [registry];
  const max: Gauge = new Gauge({
    name: 'nodejs_eventloop_lag_max_seconds',
    help: 'Longest delay of the event loop since the metrics were last read.',
    registers,
    // For all three: it is collected before the others.
    collect() {
      p50.set(beyond(delay.percentile(50)));
      p99.set(beyond(delay.percentile(99)));
      max.set(beyond(delay.max));
      delay.reset();
    },
  });
  const lag = (which: string, help: string) =>
    new Gauge({ name: `nodejs_eventloop_lag_${which}_seconds`, help, registers });
  const p50 = lag('p50', 'Median delay of the event loop since the metrics were last read.');
  const p99 = lag('p99', '99th percentile of the delay of the event loop since the metrics were last read.');
  return () => delay.disable();
}

function watchGc(registry: Registry): () => void {
  const durations = new Histogram({
    name: 'nodejs_gc_duration_seconds',
    help: 'Time of garbage collections by kind.',
    labelNames: ['kind'],
    buckets: [0.001, 0.01, 0.1, 1, 2, 5],
    registers: [registry],
  });
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries())
      durations.observe({ kind: kindOf('detail' in entry && entry.detail) }, entry.duration / 1000);
  });
  observer.observe({ entryTypes: ['gc'] });
  return () => observer.disconnect();
}

function kindOf(detail: unknown): string {
  const kind = typeof detail === 'object' && detail !== null && 'kind' in detail && detail.kind;
  return (typeof kind === 'number' && GC_KINDS.get(kind)) || 'other';
}
