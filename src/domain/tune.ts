import type { FieldResult } from './upstream-error.js';

export type TuneStatus = 'QUEUED' | 'TRAINING' | 'TRAINED';

/**
 * A fine-tuned model at Astria. Times are RFC 3339 in UTC. A field that cannot be decoded holds its error.
 */
export interface Tune {
  readonly id: string;
  readonly title: FieldResult<string | null>;
  readonly className: FieldResult<string | null>;
  readonly token: FieldResult<string | null>;
  readonly status: FieldResult<TuneStatus>;
  readonly branch: FieldResult<string | null>;
  readonly modelType: FieldResult<string | null>;
  readonly baseTuneId: FieldResult<string | null>;
  readonly steps: FieldResult<number | null>;
  readonly args: FieldResult<string | null>;
  readonly faceCrop: FieldResult<boolean | null>;
  readonly trainingFaceCorrect: FieldResult<boolean | null>;
  readonly isApi: FieldResult<boolean | null>;
  readonly origImages: FieldResult<readonly string[]>;
  readonly checkpointUrls: FieldResult<readonly string[]>;
  readonly url: FieldResult<string | null>;
  readonly eta: FieldResult<string | null>;
  readonly startedTrainingAt: FieldResult<string | null>;
  readonly trainedAt: FieldResult<string | null>;
  readonly expiresAt: FieldResult<string | null>;
  readonly createdAt: FieldResult<string | null>;
  readonly updatedAt: FieldResult<string | null>;
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
