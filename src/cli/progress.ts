import progressBars from 'cli-progress';
import { monotonicMs } from '../domain/clock.js';
import type { Job } from './operations.js';
import { escapeControlCharacters, type Output } from './terminal.js';

/** Shows the progress of a replication. */
export interface Progress {
  show(job: Job): void;
  /** Shows why the progress is currently unknown. */
  note(text: string): void;
  end(): void;
}

/** Starts a progress bar on a terminal, or writes occasional lines to any other output. */
export function startProgress(output: Output): Progress {
  return output.isTTY ? startBar(output) : startLines(output);
}

const LINE_INTERVAL_MS = 2000;
const WIDEST_BAR = 40;

function startBar(stream: Output): Progress {
  let label = '';
  const bar = new progressBars.SingleBar({
    stream,
    // Truncates long lines. Otherwise cli-progress turns off line wrapping, and a second Ctrl-C would leave it off.
    linewrap: true,
    emptyOnZero: true,
    format: (options, { progress, maxWidth }) => {
      const barsize = Math.min(WIDEST_BAR, maxWidth - label.length - 4);
      return barsize < 5
        ? label
        : `[${progressBars.Format.BarFormat(progress, { ...options, barsize })}] ${label}`;
    },
  });
  const draw = (text: string, { done, total }: Completion) => {
    label = escapeControlCharacters(text);
    if (!bar.isActive) bar.start(total, done);
    bar.setTotal(total);
    bar.update(done);
  };
  let last: Completion = { done: 0, total: 0 };
  return {
    show(job) {
      last = completionOf(job);
      draw(describe(job), last);
    },
    note: (text) => draw(text, last),
    end: () => bar.stop(),
  };
}

function startLines(output: Output): Progress {
  let shown = '';
  let latest = '';
  let shownAt = Number.NEGATIVE_INFINITY;
  const flush = () => {
    if (latest === shown) return;
    output.write(`${escapeControlCharacters(latest)}\n`);
    shown = latest;
    shownAt = monotonicMs();
  };
  const write = (text: string) => {
    latest = text;
    if (monotonicMs() - shownAt >= LINE_INTERVAL_MS) flush();
  };
  return {
    show: (job) => write(describe(job)),
    note(text) {
      latest = text;
      flush();
    },
    end: flush,
  };
}

interface Completion {
  readonly done: number;
  readonly total: number;
}

function completionOf({ status, counts }: Job): Completion {
  const { total, pending, created, undone } = counts;
  if (status === 'UNDOING' || status === 'UNDONE') return { done: undone, total: created + undone };
  return { done: total - pending, total };
}

function describe(job: Job): string {
  const { done, total } = completionOf(job);
  const { throughput, etaSeconds, counts } = job;
  const parts = [`${done}/${total}`, activityOf(job)];
  if (throughput !== null) parts.push(`${throughput.toFixed(1)}/s`);
  if (etaSeconds !== null && counts.pending > 0) parts.push(`ETA ${duration(etaSeconds)}`);
  if (counts.undone === 0) parts.push(`${counts.failed} failed`);
  return parts.filter((part) => part !== '').join('  ');
}

function activityOf({ status, waitsFor }: Job): string {
  if (status === 'WAITING') return waitsFor ? `waiting for replication ${waitsFor}` : 'waiting';
  return status === 'RUNNING' || status === 'COMPLETED' || status === 'UNDONE' ? '' : status.toLowerCase();
}

function duration(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  if (minutes === 0) return `${seconds} s`;
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
