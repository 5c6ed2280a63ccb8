import { promptsWithTune, templates, type Workload } from './workloads.js';

/** Effort of a measurement. Times are CPU time of the server, in milliseconds. */
export interface Schedule {
  /** Number of measured bursts to each server. */
  readonly rounds: number;
  readonly burstMs: number;
  /** Load before the first burst, so that the code is compiled. */
  readonly warmUpMs: number;
}

/** Plans of all measurements of a run. */
export interface Plan {
  readonly starts: number;
  readonly main: Schedule;
  /** Plan of all variations of the main measurement. */
  readonly variation: Schedule;
  readonly isWithOneCredential: boolean;
  readonly connections: readonly number[];
  readonly growth: readonly Workload[];
  readonly uploads: number;
}

/** Plan that takes about ten minutes. */
export const FULL: Plan = {
  starts: 5,
  main: { rounds: 7, burstMs: 800, warmUpMs: 1_500 },
  variation: { rounds: 3, burstMs: 500, warmUpMs: 200 },
  isWithOneCredential: true,
  connections: [1, 64, 256],
  growth: [promptsWithTune(10), promptsWithTune(500), templates(10), templates(500)],
  uploads: 3,
};

/** Plan that takes about two minutes. */
export const QUICK: Plan = {
  starts: 1,
  main: { rounds: 3, burstMs: 400, warmUpMs: 1_000 },
  variation: { rounds: 1, burstMs: 300, warmUpMs: 100 },
  isWithOneCredential: false,
  connections: [1, 256],
  growth: [],
  uploads: 1,
};
