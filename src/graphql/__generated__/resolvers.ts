import type { Upload } from '../../domain/uploaded-file.js';
import type { GraphQLResolveInfo, GraphQLScalarType, GraphQLScalarTypeConfig } from 'graphql';
import type { KnownTune } from '../../domain/tune.js';
import type { Prompt as PromptModel } from '../../domain/prompt.js';
import type { PortkeyPromptSummary } from '../../domain/portkey-prompt.js';
import type { Replication as ReplicationModel, ReplicationItem as ReplicationItemModel } from '../../domain/replication.js';
import type { UserError as UserErrorModel } from '../../domain/user-error.js';
import type { RequestContext } from '../context.js';
export type Maybe<T> = T | null;
export type InputMaybe<T> = Maybe<T>;
export type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
export type MakeOptional<T, K extends keyof T> = Omit<T, K> & { [SubKey in K]?: Maybe<T[SubKey]> };
export type MakeMaybe<T, K extends keyof T> = Omit<T, K> & { [SubKey in K]: Maybe<T[SubKey]> };
export type MakeEmpty<T extends { [key: string]: unknown }, K extends keyof T> = { [_ in K]?: never };
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
export type Omit<T, K extends keyof T> = Pick<T, Exclude<keyof T, K>>;
export type RequireFields<T, K extends keyof T> = Omit<T, K> & { [P in K]-?: NonNullable<T[P]> };
/** All built-in and custom scalars, mapped to their actual values */
export type Scalars = {
  ID: { input: string; output: string; }
  String: { input: string; output: string; }
  Boolean: { input: boolean; output: boolean; }
  Int: { input: number; output: number; }
  Float: { input: number; output: number; }
  DateTime: { input: string; output: string; }
  JSON: { input: unknown; output: unknown; }
  JSONObject: { input: Record<string, unknown>; output: Record<string, unknown>; }
  SafeInt: { input: number; output: number; }
  URL: { input: string; output: string; }
  Upload: { input: Upload; output: never; }
};

export type AspectRatio =
  | 'ADAPTIVE'
  | 'RATIO_1_1'
  | 'RATIO_2_3'
  | 'RATIO_3_2'
  | 'RATIO_3_4'
  | 'RATIO_4_3'
  | 'RATIO_4_5'
  | 'RATIO_5_4'
  | 'RATIO_9_16'
  | 'RATIO_9_21'
  | 'RATIO_16_9'
  | 'RATIO_21_9';

export type CallbackAttempt = {
  readonly at: Scalars['DateTime']['output'];
  readonly error: Maybe<Scalars['String']['output']>;
  readonly status: Maybe<Scalars['Int']['output']>;
};

export type CallbackRelay = {
  readonly attempts: ReadonlyArray<CallbackAttempt>;
  readonly nextAttemptAt: Maybe<Scalars['DateTime']['output']>;
  readonly status: CallbackRelayStatus;
};

export type CallbackRelayStatus =
  | 'DELIVERED'
  | 'FAILED'
  | 'PENDING'
  | 'WAITING';

export type CancelReplicationPayload = {
  readonly replication: Maybe<Replication>;
  readonly userErrors: ReadonlyArray<UserError>;
};

export type ColorGrading =
  | 'EKTAR'
  | 'FILM_PORTRA'
  | 'FILM_VELVIA';

export type Controlnet =
  | 'CANNY'
  | 'COMPOSITION'
  | 'DEPTH'
  | 'HED'
  | 'IPADAPTER'
  | 'LINEART'
  | 'MLSD'
  | 'POSE'
  | 'QR'
  | 'REFERENCE'
  | 'RELIGHT'
  | 'SEGROOM'
  | 'TILE';

export type CreatePromptInput = {
  readonly aspectRatio?: InputMaybe<AspectRatio>;
  readonly backendVersion?: InputMaybe<Scalars['Int']['input']>;
  readonly callback?: InputMaybe<Scalars['URL']['input']>;
  readonly cfgScale?: InputMaybe<Scalars['Float']['input']>;
  readonly colorGrading?: InputMaybe<ColorGrading>;
  readonly community?: InputMaybe<Scalars['Boolean']['input']>;
  readonly controlnet?: InputMaybe<Controlnet>;
  readonly controlnetConditioningScale?: InputMaybe<Scalars['Float']['input']>;
  readonly controlnetTxt2img?: InputMaybe<Scalars['Boolean']['input']>;
  readonly denoisingStrength?: InputMaybe<Scalars['Float']['input']>;
  readonly extra?: InputMaybe<Scalars['JSONObject']['input']>;
  readonly faceCorrect?: InputMaybe<Scalars['Boolean']['input']>;
  readonly faceSwap?: InputMaybe<Scalars['Boolean']['input']>;
  readonly filmGrain?: InputMaybe<Scalars['Boolean']['input']>;
  readonly height?: InputMaybe<Scalars['Int']['input']>;
  readonly hiresFix?: InputMaybe<Scalars['Boolean']['input']>;
  readonly inpaintFaces?: InputMaybe<Scalars['Boolean']['input']>;
  readonly inputImage?: InputMaybe<ImageInput>;
  readonly maskImage?: InputMaybe<ImageInput>;
  readonly negativePrompt?: InputMaybe<Scalars['String']['input']>;
  readonly numImages?: InputMaybe<Scalars['Int']['input']>;
  readonly promptExpansion?: InputMaybe<Scalars['Boolean']['input']>;
  readonly resolution?: InputMaybe<Resolution>;
  readonly scheduler?: InputMaybe<Scheduler>;
  readonly seed?: InputMaybe<Scalars['SafeInt']['input']>;
  readonly steps?: InputMaybe<Scalars['Int']['input']>;
  readonly style?: InputMaybe<Style>;
  readonly superResolution?: InputMaybe<Scalars['Boolean']['input']>;
  readonly text?: InputMaybe<Scalars['String']['input']>;
  readonly theme?: InputMaybe<Scalars['String']['input']>;
  readonly useLpw?: InputMaybe<Scalars['Boolean']['input']>;
  readonly width?: InputMaybe<Scalars['Int']['input']>;
};

export type CreatePromptPayload = {
  readonly prompt: Maybe<Prompt>;
  readonly userErrors: ReadonlyArray<UserError>;
};

export type DeletedReplica = {
  readonly id: Scalars['ID']['output'];
  readonly name: Scalars['String']['output'];
};

export type DuplicatePromptPayload = {
  readonly prompt: Maybe<Prompt>;
  readonly userErrors: ReadonlyArray<UserError>;
};

export type ImageInput =
  { readonly upload: Scalars['Upload']['input']; readonly url?: never; }
  |  { readonly upload?: never; readonly url: Scalars['URL']['input']; };

export type KeptReplica = {
  readonly id: Scalars['ID']['output'];
  readonly name: Scalars['String']['output'];
  readonly reason: Scalars['String']['output'];
};

export type Mutation = {
  readonly cancelReplication: Maybe<CancelReplicationPayload>;
  readonly createPrompt: Maybe<CreatePromptPayload>;
  readonly duplicatePrompt: Maybe<DuplicatePromptPayload>;
  readonly replicatePrompts: Maybe<ReplicatePromptsPayload>;
  readonly resumeReplication: Maybe<ResumeReplicationPayload>;
  readonly undoReplication: Maybe<UndoReplicationPayload>;
};


export type MutationCancelReplicationArgs = {
  id: Scalars['ID']['input'];
};


export type MutationCreatePromptArgs = {
  idempotencyKey: InputMaybe<Scalars['String']['input']>;
  input: CreatePromptInput;
  tuneId: Scalars['ID']['input'];
};


export type MutationDuplicatePromptArgs = {
  id: Scalars['ID']['input'];
  idempotencyKey: InputMaybe<Scalars['String']['input']>;
  imageIndex: InputMaybe<Scalars['Int']['input']>;
  overrides: InputMaybe<PromptOverridesInput>;
};


export type MutationReplicatePromptsArgs = {
  awaitSeconds?: InputMaybe<Scalars['Int']['input']>;
  dryRun?: InputMaybe<Scalars['Boolean']['input']>;
  idempotencyKey: InputMaybe<Scalars['String']['input']>;
  options: InputMaybe<ReplicationOptionsInput>;
  selection: InputMaybe<PromptSelectionInput>;
  targetModel: Scalars['String']['input'];
};


export type MutationResumeReplicationArgs = {
  id: Scalars['ID']['input'];
};


export type MutationUndoReplicationArgs = {
  id: Scalars['ID']['input'];
};

export type OnExisting =
  | 'SKIP'
  | 'UPDATE';

export type PageInfo = {
  readonly endCursor: Maybe<Scalars['String']['output']>;
  readonly hasNextPage: Scalars['Boolean']['output'];
  readonly hasPreviousPage: Scalars['Boolean']['output'];
  readonly startCursor: Maybe<Scalars['String']['output']>;
};

export type PortkeyPrompt = {
  readonly collectionId: Maybe<Scalars['ID']['output']>;
  readonly createdAt: Maybe<Scalars['DateTime']['output']>;
  readonly functions: Maybe<ReadonlyArray<Scalars['JSON']['output']>>;
  readonly id: Scalars['ID']['output'];
  readonly isRawTemplate: Maybe<Scalars['Boolean']['output']>;
  readonly metadata: Maybe<Scalars['JSONObject']['output']>;
  readonly model: Maybe<Scalars['String']['output']>;
  readonly name: Maybe<Scalars['String']['output']>;
  readonly parameters: Maybe<Scalars['JSONObject']['output']>;
  readonly partials: Maybe<ReadonlyArray<Scalars['String']['output']>>;
  readonly slug: Maybe<Scalars['String']['output']>;
  readonly status: Maybe<Scalars['String']['output']>;
  readonly template: Maybe<Scalars['String']['output']>;
  readonly toolChoice: Maybe<Scalars['JSON']['output']>;
  readonly tools: Maybe<ReadonlyArray<Scalars['JSON']['output']>>;
  readonly updatedAt: Maybe<Scalars['DateTime']['output']>;
  readonly variables: Maybe<ReadonlyArray<Scalars['String']['output']>>;
  readonly version: Maybe<Scalars['Int']['output']>;
  readonly versionDescription: Maybe<Scalars['String']['output']>;
  readonly versionId: Maybe<Scalars['ID']['output']>;
  readonly versionStatus: Maybe<Scalars['String']['output']>;
  readonly virtualKey: Maybe<Scalars['String']['output']>;
};

export type PortkeyPromptConnection = {
  readonly edges: ReadonlyArray<PortkeyPromptEdge>;
  readonly nodes: ReadonlyArray<PortkeyPrompt>;
  readonly pageInfo: PageInfo;
  readonly totalCount: Maybe<Scalars['Int']['output']>;
};

export type PortkeyPromptEdge = {
  readonly cursor: Scalars['String']['output'];
  readonly node: PortkeyPrompt;
};

export type PortkeyPromptFilter = {
  readonly collectionId?: InputMaybe<Scalars['ID']['input']>;
  readonly model?: InputMaybe<Scalars['String']['input']>;
  readonly search?: InputMaybe<Scalars['String']['input']>;
  readonly workspaceId?: InputMaybe<Scalars['ID']['input']>;
};

export type Prompt = {
  readonly aspectRatio: Maybe<AspectRatio>;
  readonly attributes: Maybe<Scalars['JSONObject']['output']>;
  readonly backendVersion: Maybe<Scalars['Int']['output']>;
  readonly callback: Maybe<Scalars['URL']['output']>;
  readonly callbackRelay: Maybe<CallbackRelay>;
  readonly cfgScale: Maybe<Scalars['Float']['output']>;
  readonly colorGrading: Maybe<ColorGrading>;
  readonly community: Maybe<Scalars['Boolean']['output']>;
  readonly controlnet: Maybe<Controlnet>;
  readonly controlnetConditioningScale: Maybe<Scalars['Float']['output']>;
  readonly controlnetTxt2img: Maybe<Scalars['Boolean']['output']>;
  readonly costMillicents: Maybe<Scalars['SafeInt']['output']>;
  readonly createdAt: Maybe<Scalars['DateTime']['output']>;
  readonly denoisingStrength: Maybe<Scalars['Float']['output']>;
  readonly error: Maybe<Scalars['String']['output']>;
  readonly faceCorrect: Maybe<Scalars['Boolean']['output']>;
  readonly faceSwap: Maybe<Scalars['Boolean']['output']>;
  readonly filmGrain: Maybe<Scalars['Boolean']['output']>;
  readonly height: Maybe<Scalars['Int']['output']>;
  readonly hiresFix: Maybe<Scalars['Boolean']['output']>;
  readonly id: Scalars['ID']['output'];
  readonly images: Maybe<ReadonlyArray<Scalars['URL']['output']>>;
  readonly inpaintFaces: Maybe<Scalars['Boolean']['output']>;
  readonly negativePrompt: Maybe<Scalars['String']['output']>;
  readonly numImages: Maybe<Scalars['Int']['output']>;
  readonly promptExpansion: Maybe<Scalars['Boolean']['output']>;
  readonly resolution: Maybe<Resolution>;
  readonly scheduler: Maybe<Scheduler>;
  readonly seed: Maybe<Scalars['SafeInt']['output']>;
  readonly startedTrainingAt: Maybe<Scalars['DateTime']['output']>;
  readonly status: Maybe<PromptStatus>;
  readonly steps: Maybe<Scalars['Int']['output']>;
  readonly style: Maybe<Style>;
  readonly superResolution: Maybe<Scalars['Boolean']['output']>;
  readonly text: Maybe<Scalars['String']['output']>;
  readonly theme: Maybe<Scalars['String']['output']>;
  readonly trainedAt: Maybe<Scalars['DateTime']['output']>;
  readonly tune: Maybe<Tune>;
  readonly updatedAt: Maybe<Scalars['DateTime']['output']>;
  readonly url: Maybe<Scalars['URL']['output']>;
  readonly useLpw: Maybe<Scalars['Boolean']['output']>;
  readonly width: Maybe<Scalars['Int']['output']>;
};

export type PromptConnection = {
  readonly edges: ReadonlyArray<PromptEdge>;
  readonly nodes: ReadonlyArray<Prompt>;
  readonly pageInfo: PageInfo;
};

export type PromptEdge = {
  readonly cursor: Scalars['String']['output'];
  readonly node: Prompt;
};

export type PromptFilter = {
  readonly tuneId?: InputMaybe<Scalars['ID']['input']>;
};

export type PromptOverridesInput = {
  readonly aspectRatio?: InputMaybe<AspectRatio>;
  readonly backendVersion?: InputMaybe<Scalars['Int']['input']>;
  readonly callback?: InputMaybe<Scalars['URL']['input']>;
  readonly cfgScale?: InputMaybe<Scalars['Float']['input']>;
  readonly colorGrading?: InputMaybe<ColorGrading>;
  readonly community?: InputMaybe<Scalars['Boolean']['input']>;
  readonly controlnet?: InputMaybe<Controlnet>;
  readonly controlnetConditioningScale?: InputMaybe<Scalars['Float']['input']>;
  readonly controlnetTxt2img?: InputMaybe<Scalars['Boolean']['input']>;
  readonly denoisingStrength?: InputMaybe<Scalars['Float']['input']>;
  readonly extra?: InputMaybe<Scalars['JSONObject']['input']>;
  readonly faceCorrect?: InputMaybe<Scalars['Boolean']['input']>;
  readonly faceSwap?: InputMaybe<Scalars['Boolean']['input']>;
  readonly filmGrain?: InputMaybe<Scalars['Boolean']['input']>;
  readonly height?: InputMaybe<Scalars['Int']['input']>;
  readonly hiresFix?: InputMaybe<Scalars['Boolean']['input']>;
  readonly inpaintFaces?: InputMaybe<Scalars['Boolean']['input']>;
  readonly inputImage?: InputMaybe<ImageInput>;
  readonly maskImage?: InputMaybe<ImageInput>;
  readonly negativePrompt?: InputMaybe<Scalars['String']['input']>;
  readonly numImages?: InputMaybe<Scalars['Int']['input']>;
  readonly promptExpansion?: InputMaybe<Scalars['Boolean']['input']>;
  readonly resolution?: InputMaybe<Resolution>;
  readonly scheduler?: InputMaybe<Scheduler>;
  readonly seed?: InputMaybe<Scalars['SafeInt']['input']>;
  readonly steps?: InputMaybe<Scalars['Int']['input']>;
  readonly style?: InputMaybe<Style>;
  readonly superResolution?: InputMaybe<Scalars['Boolean']['input']>;
  readonly text?: InputMaybe<Scalars['String']['input']>;
  readonly theme?: InputMaybe<Scalars['String']['input']>;
  readonly useLpw?: InputMaybe<Scalars['Boolean']['input']>;
  readonly width?: InputMaybe<Scalars['Int']['input']>;
};

export type PromptSelectionInput = {
  readonly all?: InputMaybe<Scalars['Boolean']['input']>;
  readonly collectionId?: InputMaybe<Scalars['ID']['input']>;
  readonly ids?: InputMaybe<ReadonlyArray<Scalars['ID']['input']>>;
  readonly search?: InputMaybe<Scalars['String']['input']>;
  readonly sourceModel?: InputMaybe<Scalars['String']['input']>;
  readonly workspaceId?: InputMaybe<Scalars['ID']['input']>;
};

export type PromptStatus =
  | 'FAILED'
  | 'RUNNING'
  | 'SUCCEEDED';

export type Query = {
  readonly portkeyPrompt: Maybe<PortkeyPrompt>;
  readonly portkeyPrompts: Maybe<PortkeyPromptConnection>;
  readonly prompt: Maybe<Prompt>;
  readonly prompts: Maybe<PromptConnection>;
  readonly replication: Maybe<Replication>;
  readonly replications: Maybe<ReplicationConnection>;
  readonly tune: Maybe<Tune>;
  readonly tunes: Maybe<TuneConnection>;
};


export type QueryPortkeyPromptArgs = {
  id: Scalars['ID']['input'];
};


export type QueryPortkeyPromptsArgs = {
  after: InputMaybe<Scalars['String']['input']>;
  filter: InputMaybe<PortkeyPromptFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
};


export type QueryPromptArgs = {
  id: Scalars['ID']['input'];
};


export type QueryPromptsArgs = {
  after: InputMaybe<Scalars['String']['input']>;
  filter: InputMaybe<PromptFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
};


export type QueryReplicationArgs = {
  id: Scalars['ID']['input'];
};


export type QueryReplicationsArgs = {
  after: InputMaybe<Scalars['String']['input']>;
  filter: InputMaybe<ReplicationFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
};


export type QueryTuneArgs = {
  id: Scalars['ID']['input'];
};


export type QueryTunesArgs = {
  after: InputMaybe<Scalars['String']['input']>;
  filter: InputMaybe<TuneFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
};

export type ReplicatePromptsPayload = {
  readonly replication: Maybe<Replication>;
  readonly userErrors: ReadonlyArray<UserError>;
};

export type Replication = {
  readonly counts: ReplicationCounts;
  readonly createdAt: Scalars['DateTime']['output'];
  readonly dryRun: Scalars['Boolean']['output'];
  readonly error: Maybe<ReplicationError>;
  readonly etaSeconds: Maybe<Scalars['Int']['output']>;
  readonly finishedAt: Maybe<Scalars['DateTime']['output']>;
  readonly id: Scalars['ID']['output'];
  readonly items: Maybe<ReplicationItemConnection>;
  readonly startedAt: Maybe<Scalars['DateTime']['output']>;
  readonly status: ReplicationStatus;
  readonly targetModel: Scalars['String']['output'];
  readonly throughput: Maybe<Scalars['Float']['output']>;
  readonly waitsFor: Maybe<Scalars['ID']['output']>;
};


export type ReplicationItemsArgs = {
  after: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  status: InputMaybe<ReplicationItemStatus>;
};

export type ReplicationAction =
  | 'CONFLICT'
  | 'CREATE'
  | 'SKIP'
  | 'UPDATE';

export type ReplicationConnection = {
  readonly edges: ReadonlyArray<ReplicationEdge>;
  readonly nodes: ReadonlyArray<Replication>;
  readonly pageInfo: PageInfo;
};

export type ReplicationCounts = {
  readonly created: Scalars['Int']['output'];
  readonly failed: Scalars['Int']['output'];
  readonly pending: Scalars['Int']['output'];
  readonly skipped: Scalars['Int']['output'];
  readonly total: Scalars['Int']['output'];
  readonly undone: Scalars['Int']['output'];
  readonly updated: Scalars['Int']['output'];
};

export type ReplicationEdge = {
  readonly cursor: Scalars['String']['output'];
  readonly node: Replication;
};

export type ReplicationError = {
  readonly code: Scalars['String']['output'];
  readonly message: Scalars['String']['output'];
};

export type ReplicationFilter = {
  readonly dryRun?: InputMaybe<Scalars['Boolean']['input']>;
  readonly status?: InputMaybe<ReadonlyArray<ReplicationStatus>>;
  readonly targetModel?: InputMaybe<Scalars['String']['input']>;
};

export type ReplicationItem = {
  readonly action: ReplicationAction;
  readonly attempts: Scalars['Int']['output'];
  readonly error: Maybe<ReplicationError>;
  readonly replica: Maybe<PortkeyPrompt>;
  readonly replicaName: Scalars['String']['output'];
  readonly source: PortkeyPrompt;
  readonly status: ReplicationItemStatus;
};

export type ReplicationItemConnection = {
  readonly edges: ReadonlyArray<ReplicationItemEdge>;
  readonly nodes: ReadonlyArray<ReplicationItem>;
  readonly pageInfo: PageInfo;
  readonly totalCount: Scalars['Int']['output'];
};

export type ReplicationItemEdge = {
  readonly cursor: Scalars['String']['output'];
  readonly node: ReplicationItem;
};

export type ReplicationItemStatus =
  | 'CREATED'
  | 'FAILED'
  | 'PENDING'
  | 'RUNNING'
  | 'SKIPPED'
  | 'UNDONE'
  | 'UPDATED';

export type ReplicationOptionsInput = {
  readonly collectionId?: InputMaybe<Scalars['ID']['input']>;
  readonly concurrency?: InputMaybe<Scalars['Int']['input']>;
  readonly nameTemplate?: InputMaybe<Scalars['String']['input']>;
  readonly onExisting?: InputMaybe<OnExisting>;
  readonly verify?: InputMaybe<Scalars['Boolean']['input']>;
  readonly versionDescription?: InputMaybe<Scalars['String']['input']>;
  readonly virtualKey?: InputMaybe<Scalars['String']['input']>;
};

export type ReplicationStatus =
  | 'CANCELLED'
  | 'CANCELLING'
  | 'COMPLETED'
  | 'FAILED'
  | 'INTERRUPTED'
  | 'PLANNED'
  | 'PLANNING'
  | 'RUNNING'
  | 'UNDOING'
  | 'UNDONE'
  | 'WAITING';

export type Resolution =
  | 'RESOLUTION_1K'
  | 'RESOLUTION_2K'
  | 'RESOLUTION_4K';

export type ResumeReplicationPayload = {
  readonly replication: Maybe<Replication>;
  readonly userErrors: ReadonlyArray<UserError>;
};

export type Scheduler =
  | 'DPMPP_2M'
  | 'DPMPP_2M_KARRAS'
  | 'DPMPP_SDE'
  | 'DPMPP_SDE_KARRAS'
  | 'EULER'
  | 'EULER_A'
  | 'LCM'
  | 'TCD';

export type Style =
  | 'ANIMATED'
  | 'CINEMATIC'
  | 'COMIC_BOOK'
  | 'DIGITAL_ART'
  | 'ENHANCE'
  | 'FANTASY_ART'
  | 'LINE_ART'
  | 'LOWPOLY'
  | 'NEONPUNK'
  | 'PHOTOGRAPHIC';

export type Subscription = {
  readonly promptUpdated: Maybe<Prompt>;
  readonly replicationProgress: Maybe<Replication>;
  readonly tuneUpdated: Maybe<Tune>;
};


export type SubscriptionPromptUpdatedArgs = {
  id: Scalars['ID']['input'];
};


export type SubscriptionReplicationProgressArgs = {
  id: Scalars['ID']['input'];
};


export type SubscriptionTuneUpdatedArgs = {
  id: Scalars['ID']['input'];
};

export type Tune = {
  readonly args: Maybe<Scalars['String']['output']>;
  readonly baseTune: Maybe<Tune>;
  readonly branch: Maybe<Scalars['String']['output']>;
  readonly checkpointUrls: Maybe<ReadonlyArray<Scalars['URL']['output']>>;
  readonly className: Maybe<Scalars['String']['output']>;
  readonly createdAt: Maybe<Scalars['DateTime']['output']>;
  readonly eta: Maybe<Scalars['DateTime']['output']>;
  readonly expiresAt: Maybe<Scalars['DateTime']['output']>;
  readonly faceCrop: Maybe<Scalars['Boolean']['output']>;
  readonly id: Scalars['ID']['output'];
  readonly isApi: Maybe<Scalars['Boolean']['output']>;
  readonly modelType: Maybe<Scalars['String']['output']>;
  readonly origImages: Maybe<ReadonlyArray<Scalars['URL']['output']>>;
  readonly prompts: Maybe<PromptConnection>;
  readonly startedTrainingAt: Maybe<Scalars['DateTime']['output']>;
  readonly status: Maybe<TuneStatus>;
  readonly steps: Maybe<Scalars['Int']['output']>;
  readonly title: Maybe<Scalars['String']['output']>;
  readonly token: Maybe<Scalars['String']['output']>;
  readonly trainedAt: Maybe<Scalars['DateTime']['output']>;
  readonly trainingFaceCorrect: Maybe<Scalars['Boolean']['output']>;
  readonly updatedAt: Maybe<Scalars['DateTime']['output']>;
  readonly url: Maybe<Scalars['URL']['output']>;
};


export type TunePromptsArgs = {
  after: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
};

export type TuneConnection = {
  readonly edges: ReadonlyArray<TuneEdge>;
  readonly nodes: ReadonlyArray<Tune>;
  readonly pageInfo: PageInfo;
};

export type TuneEdge = {
  readonly cursor: Scalars['String']['output'];
  readonly node: Tune;
};

export type TuneFilter = {
  readonly branch?: InputMaybe<Scalars['String']['input']>;
  readonly classNames?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  readonly modelType?: InputMaybe<Scalars['String']['input']>;
  readonly title?: InputMaybe<Scalars['String']['input']>;
};

export type TuneStatus =
  | 'QUEUED'
  | 'TRAINED'
  | 'TRAINING';

export type UndoReplicationPayload = {
  readonly deleted: ReadonlyArray<DeletedReplica>;
  readonly kept: ReadonlyArray<KeptReplica>;
  readonly replication: Maybe<Replication>;
  readonly userErrors: ReadonlyArray<UserError>;
};

export type UserError = {
  readonly code: UserErrorCode;
  readonly field: Maybe<ReadonlyArray<Scalars['String']['output']>>;
  readonly message: Scalars['String']['output'];
};

export type UserErrorCode =
  | 'CONFLICT'
  | 'INVALID'
  | 'NOT_FOUND'
  | 'OUTCOME_UNKNOWN'
  | 'REQUIRED'
  | 'TOO_LARGE'
  | 'UNSUPPORTED_MEDIA'
  | 'UPSTREAM_REJECTED';



export type ResolverTypeWrapper<T> = Promise<T> | T;

export type Resolver<TResult, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> = ResolverFn<TResult, TParent, TContext, TArgs>;

export type ResolverFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => Promise<TResult> | TResult;

export type SubscriptionSubscribeFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => AsyncIterable<TResult> | Promise<AsyncIterable<TResult>>;

export type SubscriptionResolveFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => TResult | Promise<TResult>;

export interface SubscriptionSubscriberObject<TResult, TKey extends string, TParent, TContext, TArgs> {
  subscribe: SubscriptionSubscribeFn<{ [key in TKey]: TResult }, TParent, TContext, TArgs>;
  resolve?: SubscriptionResolveFn<TResult, { [key in TKey]: TResult }, TContext, TArgs>;
}

export interface SubscriptionResolverObject<TResult, TParent, TContext, TArgs> {
  subscribe: SubscriptionSubscribeFn<any, TParent, TContext, TArgs>;
  resolve: SubscriptionResolveFn<TResult, any, TContext, TArgs>;
}

export type SubscriptionObject<TResult, TKey extends string, TParent, TContext, TArgs> =
  | SubscriptionSubscriberObject<TResult, TKey, TParent, TContext, TArgs>
  | SubscriptionResolverObject<TResult, TParent, TContext, TArgs>;

export type SubscriptionResolver<TResult, TKey extends string, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> =
  | ((...args: any[]) => SubscriptionObject<TResult, TKey, TParent, TContext, TArgs>)
  | SubscriptionObject<TResult, TKey, TParent, TContext, TArgs>;

export type TypeResolveFn<TTypes, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>> = (
  parent: TParent,
  context: TContext,
  info: GraphQLResolveInfo
) => Maybe<TTypes> | Promise<Maybe<TTypes>>;

export type IsTypeOfResolverFn<T = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>> = (obj: T, context: TContext, info: GraphQLResolveInfo) => boolean | Promise<boolean>;

export type NextResolverFn<T> = () => Promise<T>;

export type DirectiveResolverFn<TResult = Record<PropertyKey, never>, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> = (
  next: NextResolverFn<TResult>,
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => TResult | Promise<TResult>;





/** Mapping between all available schema types and the resolvers types */
export type ResolversTypes = {
  AspectRatio: AspectRatio;
  Boolean: ResolverTypeWrapper<Scalars['Boolean']['output']>;
  CallbackAttempt: ResolverTypeWrapper<CallbackAttempt>;
  CallbackRelay: ResolverTypeWrapper<CallbackRelay>;
  CallbackRelayStatus: CallbackRelayStatus;
  CancelReplicationPayload: ResolverTypeWrapper<Omit<CancelReplicationPayload, 'replication' | 'userErrors'> & { replication?: Maybe<ResolversTypes['Replication']>, userErrors: ReadonlyArray<ResolversTypes['UserError']> }>;
  ColorGrading: ColorGrading;
  Controlnet: Controlnet;
  CreatePromptInput: CreatePromptInput;
  CreatePromptPayload: ResolverTypeWrapper<Omit<CreatePromptPayload, 'prompt' | 'userErrors'> & { prompt?: Maybe<ResolversTypes['Prompt']>, userErrors: ReadonlyArray<ResolversTypes['UserError']> }>;
  DateTime: ResolverTypeWrapper<Scalars['DateTime']['output']>;
  DeletedReplica: ResolverTypeWrapper<DeletedReplica>;
  DuplicatePromptPayload: ResolverTypeWrapper<Omit<DuplicatePromptPayload, 'prompt' | 'userErrors'> & { prompt?: Maybe<ResolversTypes['Prompt']>, userErrors: ReadonlyArray<ResolversTypes['UserError']> }>;
  Float: ResolverTypeWrapper<Scalars['Float']['output']>;
  ID: ResolverTypeWrapper<Scalars['ID']['output']>;
  ImageInput: ImageInput;
  Int: ResolverTypeWrapper<Scalars['Int']['output']>;
  JSON: ResolverTypeWrapper<Scalars['JSON']['output']>;
  JSONObject: ResolverTypeWrapper<Scalars['JSONObject']['output']>;
  KeptReplica: ResolverTypeWrapper<KeptReplica>;
  Mutation: ResolverTypeWrapper<Record<PropertyKey, never>>;
  OnExisting: OnExisting;
  PageInfo: ResolverTypeWrapper<PageInfo>;
  PortkeyPrompt: ResolverTypeWrapper<PortkeyPromptSummary>;
  PortkeyPromptConnection: ResolverTypeWrapper<Omit<PortkeyPromptConnection, 'edges' | 'nodes'> & { edges: ReadonlyArray<ResolversTypes['PortkeyPromptEdge']>, nodes: ReadonlyArray<ResolversTypes['PortkeyPrompt']> }>;
  PortkeyPromptEdge: ResolverTypeWrapper<Omit<PortkeyPromptEdge, 'node'> & { node: ResolversTypes['PortkeyPrompt'] }>;
  PortkeyPromptFilter: PortkeyPromptFilter;
  Prompt: ResolverTypeWrapper<PromptModel>;
  PromptConnection: ResolverTypeWrapper<Omit<PromptConnection, 'edges' | 'nodes'> & { edges: ReadonlyArray<ResolversTypes['PromptEdge']>, nodes: ReadonlyArray<ResolversTypes['Prompt']> }>;
  PromptEdge: ResolverTypeWrapper<Omit<PromptEdge, 'node'> & { node: ResolversTypes['Prompt'] }>;
  PromptFilter: PromptFilter;
  PromptOverridesInput: PromptOverridesInput;
  PromptSelectionInput: PromptSelectionInput;
  PromptStatus: PromptStatus;
  Query: ResolverTypeWrapper<Record<PropertyKey, never>>;
  ReplicatePromptsPayload: ResolverTypeWrapper<Omit<ReplicatePromptsPayload, 'replication' | 'userErrors'> & { replication?: Maybe<ResolversTypes['Replication']>, userErrors: ReadonlyArray<ResolversTypes['UserError']> }>;
  Replication: ResolverTypeWrapper<ReplicationModel>;
  ReplicationAction: ReplicationAction;
  ReplicationConnection: ResolverTypeWrapper<Omit<ReplicationConnection, 'edges' | 'nodes'> & { edges: ReadonlyArray<ResolversTypes['ReplicationEdge']>, nodes: ReadonlyArray<ResolversTypes['Replication']> }>;
  ReplicationCounts: ResolverTypeWrapper<ReplicationCounts>;
  ReplicationEdge: ResolverTypeWrapper<Omit<ReplicationEdge, 'node'> & { node: ResolversTypes['Replication'] }>;
  ReplicationError: ResolverTypeWrapper<ReplicationError>;
  ReplicationFilter: ReplicationFilter;
  ReplicationItem: ResolverTypeWrapper<ReplicationItemModel>;
  ReplicationItemConnection: ResolverTypeWrapper<Omit<ReplicationItemConnection, 'edges' | 'nodes'> & { edges: ReadonlyArray<ResolversTypes['ReplicationItemEdge']>, nodes: ReadonlyArray<ResolversTypes['ReplicationItem']> }>;
  ReplicationItemEdge: ResolverTypeWrapper<Omit<ReplicationItemEdge, 'node'> & { node: ResolversTypes['ReplicationItem'] }>;
  ReplicationItemStatus: ReplicationItemStatus;
  ReplicationOptionsInput: ReplicationOptionsInput;
  ReplicationStatus: ReplicationStatus;
  Resolution: Resolution;
  ResumeReplicationPayload: ResolverTypeWrapper<Omit<ResumeReplicationPayload, 'replication' | 'userErrors'> & { replication?: Maybe<ResolversTypes['Replication']>, userErrors: ReadonlyArray<ResolversTypes['UserError']> }>;
  SafeInt: ResolverTypeWrapper<Scalars['SafeInt']['output']>;
  Scheduler: Scheduler;
  String: ResolverTypeWrapper<Scalars['String']['output']>;
  Style: Style;
  Subscription: ResolverTypeWrapper<Record<PropertyKey, never>>;
  Tune: ResolverTypeWrapper<KnownTune>;
  TuneConnection: ResolverTypeWrapper<Omit<TuneConnection, 'edges' | 'nodes'> & { edges: ReadonlyArray<ResolversTypes['TuneEdge']>, nodes: ReadonlyArray<ResolversTypes['Tune']> }>;
  TuneEdge: ResolverTypeWrapper<Omit<TuneEdge, 'node'> & { node: ResolversTypes['Tune'] }>;
  TuneFilter: TuneFilter;
  TuneStatus: TuneStatus;
  URL: ResolverTypeWrapper<Scalars['URL']['output']>;
  UndoReplicationPayload: ResolverTypeWrapper<Omit<UndoReplicationPayload, 'replication' | 'userErrors'> & { replication?: Maybe<ResolversTypes['Replication']>, userErrors: ReadonlyArray<ResolversTypes['UserError']> }>;
  Upload: ResolverTypeWrapper<Scalars['Upload']['output']>;
  UserError: ResolverTypeWrapper<UserErrorModel>;
  UserErrorCode: UserErrorCode;
};

/** Mapping between all available schema types and the resolvers parents */
export type ResolversParentTypes = {
  Boolean: Scalars['Boolean']['output'];
  CallbackAttempt: CallbackAttempt;
  CallbackRelay: CallbackRelay;
  CancelReplicationPayload: Omit<CancelReplicationPayload, 'replication' | 'userErrors'> & { replication?: Maybe<ResolversParentTypes['Replication']>, userErrors: ReadonlyArray<ResolversParentTypes['UserError']> };
  CreatePromptInput: CreatePromptInput;
  CreatePromptPayload: Omit<CreatePromptPayload, 'prompt' | 'userErrors'> & { prompt?: Maybe<ResolversParentTypes['Prompt']>, userErrors: ReadonlyArray<ResolversParentTypes['UserError']> };
  DateTime: Scalars['DateTime']['output'];
  DeletedReplica: DeletedReplica;
  DuplicatePromptPayload: Omit<DuplicatePromptPayload, 'prompt' | 'userErrors'> & { prompt?: Maybe<ResolversParentTypes['Prompt']>, userErrors: ReadonlyArray<ResolversParentTypes['UserError']> };
  Float: Scalars['Float']['output'];
  ID: Scalars['ID']['output'];
  ImageInput: ImageInput;
  Int: Scalars['Int']['output'];
  JSON: Scalars['JSON']['output'];
  JSONObject: Scalars['JSONObject']['output'];
  KeptReplica: KeptReplica;
  Mutation: Record<PropertyKey, never>;
  PageInfo: PageInfo;
  PortkeyPrompt: PortkeyPromptSummary;
  PortkeyPromptConnection: Omit<PortkeyPromptConnection, 'edges' | 'nodes'> & { edges: ReadonlyArray<ResolversParentTypes['PortkeyPromptEdge']>, nodes: ReadonlyArray<ResolversParentTypes['PortkeyPrompt']> };
  PortkeyPromptEdge: Omit<PortkeyPromptEdge, 'node'> & { node: ResolversParentTypes['PortkeyPrompt'] };
  PortkeyPromptFilter: PortkeyPromptFilter;
  Prompt: PromptModel;
  PromptConnection: Omit<PromptConnection, 'edges' | 'nodes'> & { edges: ReadonlyArray<ResolversParentTypes['PromptEdge']>, nodes: ReadonlyArray<ResolversParentTypes['Prompt']> };
  PromptEdge: Omit<PromptEdge, 'node'> & { node: ResolversParentTypes['Prompt'] };
  PromptFilter: PromptFilter;
  PromptOverridesInput: PromptOverridesInput;
  PromptSelectionInput: PromptSelectionInput;
  Query: Record<PropertyKey, never>;
  ReplicatePromptsPayload: Omit<ReplicatePromptsPayload, 'replication' | 'userErrors'> & { replication?: Maybe<ResolversParentTypes['Replication']>, userErrors: ReadonlyArray<ResolversParentTypes['UserError']> };
  Replication: ReplicationModel;
  ReplicationConnection: Omit<ReplicationConnection, 'edges' | 'nodes'> & { edges: ReadonlyArray<ResolversParentTypes['ReplicationEdge']>, nodes: ReadonlyArray<ResolversParentTypes['Replication']> };
  ReplicationCounts: ReplicationCounts;
  ReplicationEdge: Omit<ReplicationEdge, 'node'> & { node: ResolversParentTypes['Replication'] };
  ReplicationError: ReplicationError;
  ReplicationFilter: ReplicationFilter;
  ReplicationItem: ReplicationItemModel;
  ReplicationItemConnection: Omit<ReplicationItemConnection, 'edges' | 'nodes'> & { edges: ReadonlyArray<ResolversParentTypes['ReplicationItemEdge']>, nodes: ReadonlyArray<ResolversParentTypes['ReplicationItem']> };
  ReplicationItemEdge: Omit<ReplicationItemEdge, 'node'> & { node: ResolversParentTypes['ReplicationItem'] };
  ReplicationOptionsInput: ReplicationOptionsInput;
  ResumeReplicationPayload: Omit<ResumeReplicationPayload, 'replication' | 'userErrors'> & { replication?: Maybe<ResolversParentTypes['Replication']>, userErrors: ReadonlyArray<ResolversParentTypes['UserError']> };
  SafeInt: Scalars['SafeInt']['output'];
  String: Scalars['String']['output'];
  Subscription: Record<PropertyKey, never>;
  Tune: KnownTune;
  TuneConnection: Omit<TuneConnection, 'edges' | 'nodes'> & { edges: ReadonlyArray<ResolversParentTypes['TuneEdge']>, nodes: ReadonlyArray<ResolversParentTypes['Tune']> };
  TuneEdge: Omit<TuneEdge, 'node'> & { node: ResolversParentTypes['Tune'] };
  TuneFilter: TuneFilter;
  URL: Scalars['URL']['output'];
  UndoReplicationPayload: Omit<UndoReplicationPayload, 'replication' | 'userErrors'> & { replication?: Maybe<ResolversParentTypes['Replication']>, userErrors: ReadonlyArray<ResolversParentTypes['UserError']> };
  Upload: Scalars['Upload']['output'];
  UserError: UserErrorModel;
};

export type RequiresScopesDirectiveArgs = {
  scopes: ReadonlyArray<ReadonlyArray<Scalars['String']['input']>>;
};

export type RequiresScopesDirectiveResolver<Result, Parent, ContextType = RequestContext, Args = RequiresScopesDirectiveArgs> = DirectiveResolverFn<Result, Parent, ContextType, Args>;

export type CallbackAttemptResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['CallbackAttempt'] = ResolversParentTypes['CallbackAttempt']> = {
  at?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  error?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  status?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
};

export type CallbackRelayResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['CallbackRelay'] = ResolversParentTypes['CallbackRelay']> = {
  attempts?: Resolver<ReadonlyArray<ResolversTypes['CallbackAttempt']>, ParentType, ContextType>;
  nextAttemptAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  status?: Resolver<ResolversTypes['CallbackRelayStatus'], ParentType, ContextType>;
};

export type CancelReplicationPayloadResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['CancelReplicationPayload'] = ResolversParentTypes['CancelReplicationPayload']> = {
  replication?: Resolver<Maybe<ResolversTypes['Replication']>, ParentType, ContextType>;
  userErrors?: Resolver<ReadonlyArray<ResolversTypes['UserError']>, ParentType, ContextType>;
};

export type CreatePromptPayloadResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['CreatePromptPayload'] = ResolversParentTypes['CreatePromptPayload']> = {
  prompt?: Resolver<Maybe<ResolversTypes['Prompt']>, ParentType, ContextType>;
  userErrors?: Resolver<ReadonlyArray<ResolversTypes['UserError']>, ParentType, ContextType>;
};

export interface DateTimeScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['DateTime'], any> {
  name: 'DateTime';
}

export type DeletedReplicaResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['DeletedReplica'] = ResolversParentTypes['DeletedReplica']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type DuplicatePromptPayloadResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['DuplicatePromptPayload'] = ResolversParentTypes['DuplicatePromptPayload']> = {
  prompt?: Resolver<Maybe<ResolversTypes['Prompt']>, ParentType, ContextType>;
  userErrors?: Resolver<ReadonlyArray<ResolversTypes['UserError']>, ParentType, ContextType>;
};

export interface JsonScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['JSON'], any> {
  name: 'JSON';
}

export interface JsonObjectScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['JSONObject'], any> {
  name: 'JSONObject';
}

export type KeptReplicaResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['KeptReplica'] = ResolversParentTypes['KeptReplica']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  reason?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type MutationResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Mutation'] = ResolversParentTypes['Mutation']> = {
  cancelReplication?: Resolver<Maybe<ResolversTypes['CancelReplicationPayload']>, ParentType, ContextType, RequireFields<MutationCancelReplicationArgs, 'id'>>;
  createPrompt?: Resolver<Maybe<ResolversTypes['CreatePromptPayload']>, ParentType, ContextType, RequireFields<MutationCreatePromptArgs, 'input' | 'tuneId'>>;
  duplicatePrompt?: Resolver<Maybe<ResolversTypes['DuplicatePromptPayload']>, ParentType, ContextType, RequireFields<MutationDuplicatePromptArgs, 'id'>>;
  replicatePrompts?: Resolver<Maybe<ResolversTypes['ReplicatePromptsPayload']>, ParentType, ContextType, RequireFields<MutationReplicatePromptsArgs, 'awaitSeconds' | 'dryRun' | 'targetModel'>>;
  resumeReplication?: Resolver<Maybe<ResolversTypes['ResumeReplicationPayload']>, ParentType, ContextType, RequireFields<MutationResumeReplicationArgs, 'id'>>;
  undoReplication?: Resolver<Maybe<ResolversTypes['UndoReplicationPayload']>, ParentType, ContextType, RequireFields<MutationUndoReplicationArgs, 'id'>>;
};

export type PageInfoResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['PageInfo'] = ResolversParentTypes['PageInfo']> = {
  endCursor?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  hasNextPage?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  hasPreviousPage?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  startCursor?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type PortkeyPromptResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['PortkeyPrompt'] = ResolversParentTypes['PortkeyPrompt']> = {
  collectionId?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  createdAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  functions?: Resolver<Maybe<ReadonlyArray<ResolversTypes['JSON']>>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  isRawTemplate?: Resolver<Maybe<ResolversTypes['Boolean']>, ParentType, ContextType>;
  metadata?: Resolver<Maybe<ResolversTypes['JSONObject']>, ParentType, ContextType>;
  model?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  name?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  parameters?: Resolver<Maybe<ResolversTypes['JSONObject']>, ParentType, ContextType>;
  partials?: Resolver<Maybe<ReadonlyArray<ResolversTypes['String']>>, ParentType, ContextType>;
  slug?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  status?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  template?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  toolChoice?: Resolver<Maybe<ResolversTypes['JSON']>, ParentType, ContextType>;
  tools?: Resolver<Maybe<ReadonlyArray<ResolversTypes['JSON']>>, ParentType, ContextType>;
  updatedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  variables?: Resolver<Maybe<ReadonlyArray<ResolversTypes['String']>>, ParentType, ContextType>;
  version?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  versionDescription?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  versionId?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  versionStatus?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  virtualKey?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type PortkeyPromptConnectionResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['PortkeyPromptConnection'] = ResolversParentTypes['PortkeyPromptConnection']> = {
  edges?: Resolver<ReadonlyArray<ResolversTypes['PortkeyPromptEdge']>, ParentType, ContextType>;
  nodes?: Resolver<ReadonlyArray<ResolversTypes['PortkeyPrompt']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
  totalCount?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
};

export type PortkeyPromptEdgeResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['PortkeyPromptEdge'] = ResolversParentTypes['PortkeyPromptEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['PortkeyPrompt'], ParentType, ContextType>;
};

export type PromptResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Prompt'] = ResolversParentTypes['Prompt']> = {
  aspectRatio?: Resolver<Maybe<ResolversTypes['AspectRatio']>, ParentType, ContextType>;
  attributes?: Resolver<Maybe<ResolversTypes['JSONObject']>, ParentType, ContextType>;
  backendVersion?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  callback?: Resolver<Maybe<ResolversTypes['URL']>, ParentType, ContextType>;
  callbackRelay?: Resolver<Maybe<ResolversTypes['CallbackRelay']>, ParentType, ContextType>;
  cfgScale?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  colorGrading?: Resolver<Maybe<ResolversTypes['ColorGrading']>, ParentType, ContextType>;
  community?: Resolver<Maybe<ResolversTypes['Boolean']>, ParentType, ContextType>;
  controlnet?: Resolver<Maybe<ResolversTypes['Controlnet']>, ParentType, ContextType>;
  controlnetConditioningScale?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  controlnetTxt2img?: Resolver<Maybe<ResolversTypes['Boolean']>, ParentType, ContextType>;
  costMillicents?: Resolver<Maybe<ResolversTypes['SafeInt']>, ParentType, ContextType>;
  createdAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  denoisingStrength?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  error?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  faceCorrect?: Resolver<Maybe<ResolversTypes['Boolean']>, ParentType, ContextType>;
  faceSwap?: Resolver<Maybe<ResolversTypes['Boolean']>, ParentType, ContextType>;
  filmGrain?: Resolver<Maybe<ResolversTypes['Boolean']>, ParentType, ContextType>;
  height?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  hiresFix?: Resolver<Maybe<ResolversTypes['Boolean']>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  images?: Resolver<Maybe<ReadonlyArray<ResolversTypes['URL']>>, ParentType, ContextType>;
  inpaintFaces?: Resolver<Maybe<ResolversTypes['Boolean']>, ParentType, ContextType>;
  negativePrompt?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  numImages?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  promptExpansion?: Resolver<Maybe<ResolversTypes['Boolean']>, ParentType, ContextType>;
  resolution?: Resolver<Maybe<ResolversTypes['Resolution']>, ParentType, ContextType>;
  scheduler?: Resolver<Maybe<ResolversTypes['Scheduler']>, ParentType, ContextType>;
  seed?: Resolver<Maybe<ResolversTypes['SafeInt']>, ParentType, ContextType>;
  startedTrainingAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  status?: Resolver<Maybe<ResolversTypes['PromptStatus']>, ParentType, ContextType>;
  steps?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  style?: Resolver<Maybe<ResolversTypes['Style']>, ParentType, ContextType>;
  superResolution?: Resolver<Maybe<ResolversTypes['Boolean']>, ParentType, ContextType>;
  text?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  theme?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  trainedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  tune?: Resolver<Maybe<ResolversTypes['Tune']>, ParentType, ContextType>;
  updatedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  url?: Resolver<Maybe<ResolversTypes['URL']>, ParentType, ContextType>;
  useLpw?: Resolver<Maybe<ResolversTypes['Boolean']>, ParentType, ContextType>;
  width?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
};

export type PromptConnectionResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['PromptConnection'] = ResolversParentTypes['PromptConnection']> = {
  edges?: Resolver<ReadonlyArray<ResolversTypes['PromptEdge']>, ParentType, ContextType>;
  nodes?: Resolver<ReadonlyArray<ResolversTypes['Prompt']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type PromptEdgeResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['PromptEdge'] = ResolversParentTypes['PromptEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['Prompt'], ParentType, ContextType>;
};

export type QueryResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Query'] = ResolversParentTypes['Query']> = {
  portkeyPrompt?: Resolver<Maybe<ResolversTypes['PortkeyPrompt']>, ParentType, ContextType, RequireFields<QueryPortkeyPromptArgs, 'id'>>;
  portkeyPrompts?: Resolver<Maybe<ResolversTypes['PortkeyPromptConnection']>, ParentType, ContextType, RequireFields<QueryPortkeyPromptsArgs, 'first'>>;
  prompt?: Resolver<Maybe<ResolversTypes['Prompt']>, ParentType, ContextType, RequireFields<QueryPromptArgs, 'id'>>;
  prompts?: Resolver<Maybe<ResolversTypes['PromptConnection']>, ParentType, ContextType, RequireFields<QueryPromptsArgs, 'first'>>;
  replication?: Resolver<Maybe<ResolversTypes['Replication']>, ParentType, ContextType, RequireFields<QueryReplicationArgs, 'id'>>;
  replications?: Resolver<Maybe<ResolversTypes['ReplicationConnection']>, ParentType, ContextType, RequireFields<QueryReplicationsArgs, 'first'>>;
  tune?: Resolver<Maybe<ResolversTypes['Tune']>, ParentType, ContextType, RequireFields<QueryTuneArgs, 'id'>>;
  tunes?: Resolver<Maybe<ResolversTypes['TuneConnection']>, ParentType, ContextType, RequireFields<QueryTunesArgs, 'first'>>;
};

export type ReplicatePromptsPayloadResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['ReplicatePromptsPayload'] = ResolversParentTypes['ReplicatePromptsPayload']> = {
  replication?: Resolver<Maybe<ResolversTypes['Replication']>, ParentType, ContextType>;
  userErrors?: Resolver<ReadonlyArray<ResolversTypes['UserError']>, ParentType, ContextType>;
};

export type ReplicationResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Replication'] = ResolversParentTypes['Replication']> = {
  counts?: Resolver<ResolversTypes['ReplicationCounts'], ParentType, ContextType>;
  createdAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  dryRun?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  error?: Resolver<Maybe<ResolversTypes['ReplicationError']>, ParentType, ContextType>;
  etaSeconds?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  finishedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  items?: Resolver<Maybe<ResolversTypes['ReplicationItemConnection']>, ParentType, ContextType, RequireFields<ReplicationItemsArgs, 'first'>>;
  startedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  status?: Resolver<ResolversTypes['ReplicationStatus'], ParentType, ContextType>;
  targetModel?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  throughput?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  waitsFor?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
};

export type ReplicationConnectionResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['ReplicationConnection'] = ResolversParentTypes['ReplicationConnection']> = {
  edges?: Resolver<ReadonlyArray<ResolversTypes['ReplicationEdge']>, ParentType, ContextType>;
  nodes?: Resolver<ReadonlyArray<ResolversTypes['Replication']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type ReplicationCountsResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['ReplicationCounts'] = ResolversParentTypes['ReplicationCounts']> = {
  created?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  failed?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  pending?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  skipped?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  total?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  undone?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  updated?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type ReplicationEdgeResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['ReplicationEdge'] = ResolversParentTypes['ReplicationEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['Replication'], ParentType, ContextType>;
};

export type ReplicationErrorResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['ReplicationError'] = ResolversParentTypes['ReplicationError']> = {
  code?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type ReplicationItemResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['ReplicationItem'] = ResolversParentTypes['ReplicationItem']> = {
  action?: Resolver<ResolversTypes['ReplicationAction'], ParentType, ContextType>;
  attempts?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  error?: Resolver<Maybe<ResolversTypes['ReplicationError']>, ParentType, ContextType>;
  replica?: Resolver<Maybe<ResolversTypes['PortkeyPrompt']>, ParentType, ContextType>;
  replicaName?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  source?: Resolver<ResolversTypes['PortkeyPrompt'], ParentType, ContextType>;
  status?: Resolver<ResolversTypes['ReplicationItemStatus'], ParentType, ContextType>;
};

export type ReplicationItemConnectionResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['ReplicationItemConnection'] = ResolversParentTypes['ReplicationItemConnection']> = {
  edges?: Resolver<ReadonlyArray<ResolversTypes['ReplicationItemEdge']>, ParentType, ContextType>;
  nodes?: Resolver<ReadonlyArray<ResolversTypes['ReplicationItem']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
  totalCount?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type ReplicationItemEdgeResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['ReplicationItemEdge'] = ResolversParentTypes['ReplicationItemEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['ReplicationItem'], ParentType, ContextType>;
};

export type ResumeReplicationPayloadResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['ResumeReplicationPayload'] = ResolversParentTypes['ResumeReplicationPayload']> = {
  replication?: Resolver<Maybe<ResolversTypes['Replication']>, ParentType, ContextType>;
  userErrors?: Resolver<ReadonlyArray<ResolversTypes['UserError']>, ParentType, ContextType>;
};

export interface SafeIntScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['SafeInt'], any> {
  name: 'SafeInt';
}

export type SubscriptionResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Subscription'] = ResolversParentTypes['Subscription']> = {
  promptUpdated?: SubscriptionResolver<Maybe<ResolversTypes['Prompt']>, "promptUpdated", ParentType, ContextType, RequireFields<SubscriptionPromptUpdatedArgs, 'id'>>;
  replicationProgress?: SubscriptionResolver<Maybe<ResolversTypes['Replication']>, "replicationProgress", ParentType, ContextType, RequireFields<SubscriptionReplicationProgressArgs, 'id'>>;
  tuneUpdated?: SubscriptionResolver<Maybe<ResolversTypes['Tune']>, "tuneUpdated", ParentType, ContextType, RequireFields<SubscriptionTuneUpdatedArgs, 'id'>>;
};

export type TuneResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Tune'] = ResolversParentTypes['Tune']> = {
  args?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  baseTune?: Resolver<Maybe<ResolversTypes['Tune']>, ParentType, ContextType>;
  branch?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  checkpointUrls?: Resolver<Maybe<ReadonlyArray<ResolversTypes['URL']>>, ParentType, ContextType>;
  className?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  createdAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  eta?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  expiresAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  faceCrop?: Resolver<Maybe<ResolversTypes['Boolean']>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  isApi?: Resolver<Maybe<ResolversTypes['Boolean']>, ParentType, ContextType>;
  modelType?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  origImages?: Resolver<Maybe<ReadonlyArray<ResolversTypes['URL']>>, ParentType, ContextType>;
  prompts?: Resolver<Maybe<ResolversTypes['PromptConnection']>, ParentType, ContextType, RequireFields<TunePromptsArgs, 'first'>>;
  startedTrainingAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  status?: Resolver<Maybe<ResolversTypes['TuneStatus']>, ParentType, ContextType>;
  steps?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  title?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  token?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  trainedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  trainingFaceCorrect?: Resolver<Maybe<ResolversTypes['Boolean']>, ParentType, ContextType>;
  updatedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  url?: Resolver<Maybe<ResolversTypes['URL']>, ParentType, ContextType>;
};

export type TuneConnectionResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['TuneConnection'] = ResolversParentTypes['TuneConnection']> = {
  edges?: Resolver<ReadonlyArray<ResolversTypes['TuneEdge']>, ParentType, ContextType>;
  nodes?: Resolver<ReadonlyArray<ResolversTypes['Tune']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type TuneEdgeResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['TuneEdge'] = ResolversParentTypes['TuneEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['Tune'], ParentType, ContextType>;
};

export interface UrlScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['URL'], any> {
  name: 'URL';
}

export type UndoReplicationPayloadResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['UndoReplicationPayload'] = ResolversParentTypes['UndoReplicationPayload']> = {
  deleted?: Resolver<ReadonlyArray<ResolversTypes['DeletedReplica']>, ParentType, ContextType>;
  kept?: Resolver<ReadonlyArray<ResolversTypes['KeptReplica']>, ParentType, ContextType>;
  replication?: Resolver<Maybe<ResolversTypes['Replication']>, ParentType, ContextType>;
  userErrors?: Resolver<ReadonlyArray<ResolversTypes['UserError']>, ParentType, ContextType>;
};

export interface UploadScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['Upload'], any> {
  name: 'Upload';
}

export type UserErrorResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['UserError'] = ResolversParentTypes['UserError']> = {
  code?: Resolver<ResolversTypes['UserErrorCode'], ParentType, ContextType>;
  field?: Resolver<Maybe<ReadonlyArray<ResolversTypes['String']>>, ParentType, ContextType>;
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type Resolvers<ContextType = RequestContext> = {
  CallbackAttempt?: CallbackAttemptResolvers<ContextType>;
  CallbackRelay?: CallbackRelayResolvers<ContextType>;
  CancelReplicationPayload?: CancelReplicationPayloadResolvers<ContextType>;
  CreatePromptPayload?: CreatePromptPayloadResolvers<ContextType>;
  DateTime?: GraphQLScalarType;
  DeletedReplica?: DeletedReplicaResolvers<ContextType>;
  DuplicatePromptPayload?: DuplicatePromptPayloadResolvers<ContextType>;
  JSON?: GraphQLScalarType;
  JSONObject?: GraphQLScalarType;
  KeptReplica?: KeptReplicaResolvers<ContextType>;
  Mutation?: MutationResolvers<ContextType>;
  PageInfo?: PageInfoResolvers<ContextType>;
  PortkeyPrompt?: PortkeyPromptResolvers<ContextType>;
  PortkeyPromptConnection?: PortkeyPromptConnectionResolvers<ContextType>;
  PortkeyPromptEdge?: PortkeyPromptEdgeResolvers<ContextType>;
  Prompt?: PromptResolvers<ContextType>;
  PromptConnection?: PromptConnectionResolvers<ContextType>;
  PromptEdge?: PromptEdgeResolvers<ContextType>;
  Query?: QueryResolvers<ContextType>;
  ReplicatePromptsPayload?: ReplicatePromptsPayloadResolvers<ContextType>;
  Replication?: ReplicationResolvers<ContextType>;
  ReplicationConnection?: ReplicationConnectionResolvers<ContextType>;
  ReplicationCounts?: ReplicationCountsResolvers<ContextType>;
  ReplicationEdge?: ReplicationEdgeResolvers<ContextType>;
  ReplicationError?: ReplicationErrorResolvers<ContextType>;
  ReplicationItem?: ReplicationItemResolvers<ContextType>;
  ReplicationItemConnection?: ReplicationItemConnectionResolvers<ContextType>;
  ReplicationItemEdge?: ReplicationItemEdgeResolvers<ContextType>;
  ResumeReplicationPayload?: ResumeReplicationPayloadResolvers<ContextType>;
  SafeInt?: GraphQLScalarType;
  Subscription?: SubscriptionResolvers<ContextType>;
  Tune?: TuneResolvers<ContextType>;
  TuneConnection?: TuneConnectionResolvers<ContextType>;
  TuneEdge?: TuneEdgeResolvers<ContextType>;
  URL?: GraphQLScalarType;
  UndoReplicationPayload?: UndoReplicationPayloadResolvers<ContextType>;
  Upload?: GraphQLScalarType;
  UserError?: UserErrorResolvers<ContextType>;
};

export type DirectiveResolvers<ContextType = RequestContext> = {
  requiresScopes?: RequiresScopesDirectiveResolver<any, any, ContextType>;
};
