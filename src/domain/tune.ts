import type { Told } from './upstream-error.js';

export type TuneStatus = 'QUEUED' | 'TRAINING' | 'TRAINED';

/**
 * A fine-tuned model at Astria. Times are RFC 3339 in UTC. A field that cannot be decoded holds its error.
 */
export interface Tune {
  readonly id: string;
  readonly title: Told<string | null>;
  readonly className: Told<string | null>;
  readonly token: Told<string | null>;
  readonly status: Told<TuneStatus>;
  readonly branch: Told<string | null>;
  readonly modelType: Told<string | null>;
  readonly baseTuneId: Told<string | null>;
  readonly steps: Told<number | null>;
  readonly args: Told<string | null>;
  readonly faceCrop: Told<boolean | null>;
  readonly trainingFaceCorrect: Told<boolean | null>;
  readonly isApi: Told<boolean | null>;
  readonly origImages: Told<readonly string[]>;
  readonly checkpointUrls: Told<readonly string[]>;
  readonly url: Told<string | null>;
  readonly eta: Told<string | null>;
  readonly startedTrainingAt: Told<string | null>;
  readonly trainedAt: Told<string | null>;
  readonly expiresAt: Told<string | null>;
  readonly createdAt: Told<string | null>;
  readonly updatedAt: Told<string | null>;
}

/** A tune, of which at least the id is known. */
export type KnownTune = Pick<Tune, 'id'> & Partial<Tune>;

/** Filters of Astria's list of tunes, combined with AND. */
export interface TuneFilter {
  readonly title?: string | null | undefined;
  readonly classNames?: readonly string[] | null | undefined;
  readonly branch?: string | null | undefined;
  readonly modelType?: string | null | undefined;
}
