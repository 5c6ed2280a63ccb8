export type TuneStatus = 'QUEUED' | 'TRAINING' | 'TRAINED';

/** A fine-tuned model at Astria. Times are RFC 3339 in UTC. */
export interface Tune {
  readonly id: string;
  readonly title: string | null;
  readonly className: string | null;
  readonly token: string | null;
  readonly status: TuneStatus;
  readonly branch: string | null;
  readonly modelType: string | null;
  readonly baseTuneId: string | null;
  readonly steps: number | null;
  readonly args: string | null;
  readonly faceCrop: boolean | null;
  readonly trainingFaceCorrect: boolean | null;
  readonly isApi: boolean | null;
  readonly origImages: readonly string[];
  readonly checkpointUrls: readonly string[];
  readonly url: string | null;
  readonly eta: string | null;
  readonly startedTrainingAt: string | null;
  readonly trainedAt: string | null;
  readonly expiresAt: string | null;
  readonly createdAt: string | null;
  readonly updatedAt: string | null;
}

/** A tune of which at least the id is known. */
export type KnownTune = Pick<Tune, 'id'> & Partial<Tune>;

/** Conditions that Astria's list of tunes takes, combined with and. */
export interface TuneFilter {
  readonly title?: string | null | undefined;
  readonly classNames?: readonly string[] | null | undefined;
  readonly branch?: string | null | undefined;
  readonly modelType?: string | null | undefined;
}
