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
  /** A point in time as RFC 3339 in UTC, such as `2026-08-01T12:00:00.000Z`. */
  DateTime: { input: string; output: string; }
  /** Any JSON value. Numbers keep all their digits, also integers beyond 2^53: use a parser that does not round them. */
  JSON: { input: unknown; output: unknown; }
  /** A JSON object. Numbers keep all their digits, like in `JSON`. */
  JSONObject: { input: Record<string, unknown>; output: Record<string, unknown>; }
  /** An integer of up to 53 bits. Seeds need it: they go beyond the 32 bits of Int. */
  SafeInt: { input: number; output: number; }
  /** An http or https address. */
  URL: { input: string; output: string; }
  /** A file part of a GraphQL multipart request. */
  Upload: { input: Upload; output: never; }
};

/** Width to height. */
export type AspectRatio =
  /** Chosen by the model (Astria's `adaptive`). For the video model Seedance 2. */
  | 'ADAPTIVE'
  /** 1:1. */
  | 'RATIO_1_1'
  /** 2:3. */
  | 'RATIO_2_3'
  /** 3:2. */
  | 'RATIO_3_2'
  /** 3:4. */
  | 'RATIO_3_4'
  /** 4:3. */
  | 'RATIO_4_3'
  /** 4:5. */
  | 'RATIO_4_5'
  /** 5:4. */
  | 'RATIO_5_4'
  /** 9:16. */
  | 'RATIO_9_16'
  /** 9:21. */
  | 'RATIO_9_21'
  /** 16:9. */
  | 'RATIO_16_9'
  /** 21:9. */
  | 'RATIO_21_9';

/** One call to a callback. */
export type CallbackAttempt = {
  readonly __typename?: 'CallbackAttempt';
  /** When. */
  readonly at: Scalars['DateTime']['output'];
  /** Why it failed; null when it did not. */
  readonly error: Maybe<Scalars['String']['output']>;
  /** The HTTP status of the answer; null when there was none. */
  readonly status: Maybe<Scalars['Int']['output']>;
};

/** The gateway's calls to the `callback` of a prompt. */
export type CallbackRelay = {
  readonly __typename?: 'CallbackRelay';
  /** Every call so far, the first one first. */
  readonly attempts: ReadonlyArray<CallbackAttempt>;
  /** When it is called again; null when it is not. */
  readonly nextAttemptAt: Maybe<Scalars['DateTime']['output']>;
  /** How far it is. */
  readonly status: CallbackRelayStatus;
};

/** How far the call to a callback is. */
export type CallbackRelayStatus =
  /** Answered with success (2xx). */
  | 'DELIVERED'
  /** Given up, after the last of its attempts or because the address is not allowed. */
  | 'FAILED'
  /** To be called, now or again. */
  | 'PENDING'
  /** The prompt has not settled yet. */
  | 'WAITING';

/** What `cancelReplication` answers. */
export type CancelReplicationPayload = {
  readonly __typename?: 'CancelReplicationPayload';
  /** The job; null when there is none. */
  readonly replication: Maybe<Replication>;
  /** What you can mend. */
  readonly userErrors: ReadonlyArray<UserError>;
};

/** The look of a film stock. */
export type ColorGrading =
  /** Ektar. */
  | 'EKTAR'
  /** Film Portra. */
  | 'FILM_PORTRA'
  /** Film Velvia. */
  | 'FILM_VELVIA';

/** What of the input image guides the result. */
export type Controlnet =
  /** Its edges. */
  | 'CANNY'
  /** Its composition. */
  | 'COMPOSITION'
  /** Its depth. */
  | 'DEPTH'
  /** Its soft edges. */
  | 'HED'
  /** Its content, through an image prompt adapter. */
  | 'IPADAPTER'
  /** Its line art. */
  | 'LINEART'
  /** Its straight lines. */
  | 'MLSD'
  /** The poses of its people. */
  | 'POSE'
  /** A QR code in it. */
  | 'QR'
  /** Its look as a whole. */
  | 'REFERENCE'
  /** Its content, lit anew. */
  | 'RELIGHT'
  /** The segments of a room. */
  | 'SEGROOM'
  /** Its tiles, for detail. */
  | 'TILE';

/** What to render. A field that is omitted or null is left to Astria's default. */
export type CreatePromptInput = {
  /** Width to height. */
  readonly aspectRatio?: InputMaybe<AspectRatio>;
  /** The version of Astria's renderer: 0 or 1, or null for the default of the account. */
  readonly backendVersion?: InputMaybe<Scalars['Int']['input']>;
  /**
   * An http or https URL that is called when the prompt settles, with a POST whose JSON body is the prompt as Astria sends it:
   * the object itself, or `{"prompt": {...}}`. Accept both forms. A gateway with a public URL makes this call in the form that
   * Astria used for its own call, repeats it when it fails, and refuses private addresses. Otherwise Astria calls once.
   */
  readonly callback?: InputMaybe<Scalars['URL']['input']>;
  /** How closely to follow the text, 0 to 15. */
  readonly cfgScale?: InputMaybe<Scalars['Float']['input']>;
  /** The look of a film stock. */
  readonly colorGrading?: InputMaybe<ColorGrading>;
  /** Show the result in Astria's community gallery. */
  readonly community?: InputMaybe<Scalars['Boolean']['input']>;
  /** What of the input image guides the result. Needs `inputImage`. */
  readonly controlnet?: InputMaybe<Controlnet>;
  /** How much the controlnet weighs, 0 to 1. */
  readonly controlnetConditioningScale?: InputMaybe<Scalars['Float']['input']>;
  /** Use the input image for the controlnet alone. */
  readonly controlnetTxt2img?: InputMaybe<Scalars['Boolean']['input']>;
  /** How far to move away from the input image, 0 to 1. Astria's default is 0.8. */
  readonly denoisingStrength?: InputMaybe<Scalars['Float']['input']>;
  /**
   * Attributes that this schema lacks, under Astria's names, such as `{"video_model": "...", "video_prompt": "..."}`. Astria
   * checks them. Files cannot be uploaded here; Astria takes URLs of them.
   * At most 50 attributes, 64 KiB of JSON and 10 levels. A name that this input has as a field is refused, and so are integers
   * beyond 2^53: send those as strings.
   */
  readonly extra?: InputMaybe<Scalars['JSONObject']['input']>;
  /** Correct faces. */
  readonly faceCorrect?: InputMaybe<Scalars['Boolean']['input']>;
  /** Swap faces in from the training images. */
  readonly faceSwap?: InputMaybe<Scalars['Boolean']['input']>;
  /** Add film grain. */
  readonly filmGrain?: InputMaybe<Scalars['Boolean']['input']>;
  /** Height in pixels, a multiple of 8 (Astria's `h`). */
  readonly height?: InputMaybe<Scalars['Int']['input']>;
  /** Add detail while upscaling. Needs `superResolution`. */
  readonly hiresFix?: InputMaybe<Scalars['Boolean']['input']>;
  /** Render faces again in more detail. Needs `superResolution`. */
  readonly inpaintFaces?: InputMaybe<Scalars['Boolean']['input']>;
  /** The image to start from. */
  readonly inputImage?: InputMaybe<ImageInput>;
  /** What of the input image to render anew: white is rendered, black is kept, one channel. Needs `inputImage`. */
  readonly maskImage?: InputMaybe<ImageInput>;
  /** What to keep out of the image. */
  readonly negativePrompt?: InputMaybe<Scalars['String']['input']>;
  /** How many images, 1 to 8. */
  readonly numImages?: InputMaybe<Scalars['Int']['input']>;
  /** Let Astria elaborate the text. */
  readonly promptExpansion?: InputMaybe<Scalars['Boolean']['input']>;
  /** The size class. */
  readonly resolution?: InputMaybe<Resolution>;
  /** The sampler. */
  readonly scheduler?: InputMaybe<Scheduler>;
  /** The random seed, 0 to 4294967296 (2^32). */
  readonly seed?: InputMaybe<Scalars['SafeInt']['input']>;
  /** Rendering steps, 0 to 50. */
  readonly steps?: InputMaybe<Scalars['Int']['input']>;
  /** A style on top of the text. */
  readonly style?: InputMaybe<Style>;
  /** Upscale the result. */
  readonly superResolution?: InputMaybe<Scalars['Boolean']['input']>;
  /** The prompt to render. Required, unless `extra` has `video_model`: then Astria checks it. */
  readonly text?: InputMaybe<Scalars['String']['input']>;
  /** A label that groups prompts. It does not change the image. */
  readonly theme?: InputMaybe<Scalars['String']['input']>;
  /** Long text with weights in parentheses. */
  readonly useLpw?: InputMaybe<Scalars['Boolean']['input']>;
  /** Width in pixels, a multiple of 8 (Astria's `w`). */
  readonly width?: InputMaybe<Scalars['Int']['input']>;
};

/** What `createPrompt` answers. */
export type CreatePromptPayload = {
  readonly __typename?: 'CreatePromptPayload';
  /** The new prompt; null when there are user errors. */
  readonly prompt: Maybe<Prompt>;
  /**
   * Empty when the prompt was created. `CONFLICT` names the prompt that Astria gave in place of a new one, where the account
   * deduplicates prompts.
   */
  readonly userErrors: ReadonlyArray<UserError>;
};

/** A replica that is gone. */
export type DeletedReplica = {
  readonly __typename?: 'DeletedReplica';
  /** Portkey's id that it had. */
  readonly id: Scalars['ID']['output'];
  /** The name that it had. */
  readonly name: Scalars['String']['output'];
};

/** What `duplicatePrompt` answers. */
export type DuplicatePromptPayload = {
  readonly __typename?: 'DuplicatePromptPayload';
  /** The new prompt; null when there are user errors. */
  readonly prompt: Maybe<Prompt>;
  /**
   * Empty when the prompt was created. `CONFLICT` names the prompt that Astria gave in place of a new one, where the account
   * deduplicates prompts.
   */
  readonly userErrors: ReadonlyArray<UserError>;
};

/** An image, as a file or as an address; exactly one of them. */
export type ImageInput =
  /** A file: PNG, JPEG, WebP, AVIF or HEIC. */
  { readonly upload: Scalars['Upload']['input']; readonly url?: never; }
  |  /** Where Astria fetches the image. */
  { readonly upload?: never; readonly url: Scalars['URL']['input']; };

/** A replica that `undoReplication` did not delete. */
export type KeptReplica = {
  readonly __typename?: 'KeptReplica';
  /** Portkey's id of the replica. */
  readonly id: Scalars['ID']['output'];
  /** Its name. */
  readonly name: Scalars['String']['output'];
  /** Why it was kept. */
  readonly reason: Scalars['String']['output'];
};

/**
 * Everything that can be changed. What you can mend is in the payload's `userErrors`, all faults of an input at once,
 * found before anything is sent.
 */
export type Mutation = {
  readonly __typename?: 'Mutation';
  /**
   * Stops a replication. What is under way is finished and recorded, what was created stays. `resumeReplication` goes on
   * with it.
   */
  readonly cancelReplication: Maybe<CancelReplicationPayload>;
  /**
   * Creates an image prompt on a tune. Astria starts to render it at once; follow `promptUpdated`, or read the prompt again,
   * to see its images. It is never created twice: unless Astria says that it refused the request, the gateway looks
   * for the prompt, and returns `OUTCOME_UNKNOWN` when it does not find it.
   */
  readonly createPrompt: Maybe<CreatePromptPayload>;
  /**
   * Creates a new image prompt from an existing one. An override that is omitted inherits the original's value; an explicit
   * null clears it.
   */
  readonly duplicatePrompt: Maybe<DuplicatePromptPayload>;
  /**
   * Copies Portkey prompts so that the copies run on another model. Works on the difference between what is there and what
   * should be: what exists already is skipped, so running it again creates nothing. The work goes on in the background; read
   * it with `replication`.
   */
  readonly replicatePrompts: Maybe<ReplicatePromptsPayload>;
  /**
   * Goes on with a replication that was interrupted, cancelled or stopped by a failure, and tries again what has failed in
   * it. What may have been sent before is looked for first. It runs under the key of this request, which must be the one that
   * it was started with.
   */
  readonly resumeReplication: Maybe<ResumeReplicationPayload>;
  /**
   * Deletes the replicas that a replication has created, and nothing else. A replica that was changed since is kept and
   * named. Waits until it is done.
   */
  readonly undoReplication: Maybe<UndoReplicationPayload>;
};


/**
 * Everything that can be changed. What you can mend is in the payload's `userErrors`, all faults of an input at once,
 * found before anything is sent.
 */
export type MutationCancelReplicationArgs = {
  id: Scalars['ID']['input'];
};


/**
 * Everything that can be changed. What you can mend is in the payload's `userErrors`, all faults of an input at once,
 * found before anything is sent.
 */
export type MutationCreatePromptArgs = {
  idempotencyKey: InputMaybe<Scalars['String']['input']>;
  input: CreatePromptInput;
  tuneId: Scalars['ID']['input'];
};


/**
 * Everything that can be changed. What you can mend is in the payload's `userErrors`, all faults of an input at once,
 * found before anything is sent.
 */
export type MutationDuplicatePromptArgs = {
  id: Scalars['ID']['input'];
  idempotencyKey: InputMaybe<Scalars['String']['input']>;
  imageIndex: InputMaybe<Scalars['Int']['input']>;
  overrides: InputMaybe<PromptOverridesInput>;
};


/**
 * Everything that can be changed. What you can mend is in the payload's `userErrors`, all faults of an input at once,
 * found before anything is sent.
 */
export type MutationReplicatePromptsArgs = {
  awaitSeconds?: InputMaybe<Scalars['Int']['input']>;
  dryRun?: InputMaybe<Scalars['Boolean']['input']>;
  idempotencyKey: InputMaybe<Scalars['String']['input']>;
  options: InputMaybe<ReplicationOptionsInput>;
  selection: InputMaybe<PromptSelectionInput>;
  targetModel: Scalars['String']['input'];
};


/**
 * Everything that can be changed. What you can mend is in the payload's `userErrors`, all faults of an input at once,
 * found before anything is sent.
 */
export type MutationResumeReplicationArgs = {
  id: Scalars['ID']['input'];
};


/**
 * Everything that can be changed. What you can mend is in the payload's `userErrors`, all faults of an input at once,
 * found before anything is sent.
 */
export type MutationUndoReplicationArgs = {
  id: Scalars['ID']['input'];
};

/** What to do with a replica whose source has changed since it was made. */
export type OnExisting =
  /** Leave it as it is. */
  | 'SKIP'
  /**
   * Give it a new version, read that back, and publish it if the version before it was the published one. A version
   * without its marker or raw flag, or with tools that were dropped, is not published, and the item fails.
   */
  | 'UPDATE';

/** Where a page of a list ends, as the Relay cursor connections specification has it. */
export type PageInfo = {
  readonly __typename?: 'PageInfo';
  /** The cursor of the last node: give it as `after` to go on. Null when the page is empty. */
  readonly endCursor: Maybe<Scalars['String']['output']>;
  /** Whether there is more after this page. */
  readonly hasNextPage: Scalars['Boolean']['output'];
  /** Whether there is something before this page. Lists are read forwards: true when `after` was given. */
  readonly hasPreviousPage: Scalars['Boolean']['output'];
  /** The cursor of the first node, null when the page is empty. */
  readonly startCursor: Maybe<Scalars['String']['output']>;
};

/**
 * An LLM prompt of the library at Portkey. `id` to `updatedAt` come with a list; the others belong to its published version
 * and cost one more upstream call per prompt, only when they are asked for.
 */
export type PortkeyPrompt = {
  readonly __typename?: 'PortkeyPrompt';
  /** The collection it is in. */
  readonly collectionId: Maybe<Scalars['ID']['output']>;
  /** When it was created. */
  readonly createdAt: Maybe<Scalars['DateTime']['output']>;
  /** Legacy function definitions. */
  readonly functions: Maybe<ReadonlyArray<Scalars['JSON']['output']>>;
  /** Portkey's id (a UUID). */
  readonly id: Scalars['ID']['output'];
  /**
   * True: Mustache fills the template first and the result is parsed as JSON, so sections can span JSON. False: the template is
   * parsed first and only its strings are filled.
   */
  readonly isRawTemplate: Maybe<Scalars['Boolean']['output']>;
  /** Free metadata of the template. */
  readonly metadata: Maybe<Scalars['JSONObject']['output']>;
  /** The model it runs on. */
  readonly model: Maybe<Scalars['String']['output']>;
  /** Its name. */
  readonly name: Maybe<Scalars['String']['output']>;
  /** Hyperparameters and defaults of the variables. Portkey keeps a copy of the model name in here. */
  readonly parameters: Maybe<Scalars['JSONObject']['output']>;
  /** The names of the partials in the template. */
  readonly partials: Maybe<ReadonlyArray<Scalars['String']['output']>>;
  /** Portkey's short readable id, such as `pp-support-triage-5cd6b6`. */
  readonly slug: Maybe<Scalars['String']['output']>;
  /** Its state at Portkey, such as `active`. */
  readonly status: Maybe<Scalars['String']['output']>;
  /** The template: plain text, or for a chat prompt the JSON text of its messages. */
  readonly template: Maybe<Scalars['String']['output']>;
  /** Which tool the model is to call. */
  readonly toolChoice: Maybe<Scalars['JSON']['output']>;
  /** Tool definitions. */
  readonly tools: Maybe<ReadonlyArray<Scalars['JSON']['output']>>;
  /** When it was last changed. */
  readonly updatedAt: Maybe<Scalars['DateTime']['output']>;
  /** The names of the variables in the template. */
  readonly variables: Maybe<ReadonlyArray<Scalars['String']['output']>>;
  /** The number of the version. */
  readonly version: Maybe<Scalars['Int']['output']>;
  /** What its author wrote about the version. */
  readonly versionDescription: Maybe<Scalars['String']['output']>;
  /** Portkey's id of the version. */
  readonly versionId: Maybe<Scalars['ID']['output']>;
  /** The version's state at Portkey. */
  readonly versionStatus: Maybe<Scalars['String']['output']>;
  /** The Portkey virtual key that its calls are made with. */
  readonly virtualKey: Maybe<Scalars['String']['output']>;
};

/** A page of LLM prompts. */
export type PortkeyPromptConnection = {
  readonly __typename?: 'PortkeyPromptConnection';
  /** The prompts of this page, each with its cursor. */
  readonly edges: ReadonlyArray<PortkeyPromptEdge>;
  /** The prompts of this page. */
  readonly nodes: ReadonlyArray<PortkeyPrompt>;
  /** Where the page ends. */
  readonly pageInfo: PageInfo;
  /** How many there are in all. Null where Portkey cannot tell. */
  readonly totalCount: Maybe<Scalars['Int']['output']>;
};

/** An LLM prompt and its place in the list. */
export type PortkeyPromptEdge = {
  readonly __typename?: 'PortkeyPromptEdge';
  /** Its place: give it as `after` to go on behind it. */
  readonly cursor: Scalars['String']['output'];
  /** The prompt. */
  readonly node: PortkeyPrompt;
};

/** Which prompts. Conditions are combined with and. */
export type PortkeyPromptFilter = {
  /** Those of this collection. */
  readonly collectionId?: InputMaybe<Scalars['ID']['input']>;
  /** Those that run on exactly this model. Portkey cannot filter by model: the gateway reads on until the page is full, and `totalCount` is null. */
  readonly model?: InputMaybe<Scalars['String']['input']>;
  /** Those that Portkey's own search finds. */
  readonly search?: InputMaybe<Scalars['String']['input']>;
  /** Those of this workspace. */
  readonly workspaceId?: InputMaybe<Scalars['ID']['input']>;
};

/** An image prompt at Astria: a text rendered to images by a tune. */
export type Prompt = {
  readonly __typename?: 'Prompt';
  /** Width to height. */
  readonly aspectRatio: Maybe<AspectRatio>;
  /**
   * The prompt as Astria sends it, under Astria's names. It also has what this schema lacks: new attributes, and enum values
   * that are null in their own fields. A callback URL of the gateway is shown as the caller's.
   */
  readonly attributes: Maybe<Scalars['JSONObject']['output']>;
  /** The version of Astria's renderer: 0 or 1, or null for the default of the account. */
  readonly backendVersion: Maybe<Scalars['Int']['output']>;
  /**
   * Called when the prompt settles, with a POST whose JSON body is the prompt as Astria sends it: the object itself, or
   * `{"prompt": {...}}`. Accept both forms. A gateway with a public URL makes this call in the form that Astria used for its
   * own call, and repeats it when it fails: see `callbackRelay`. Otherwise Astria calls once.
   */
  readonly callback: Maybe<Scalars['URL']['output']>;
  /** What became of the call to `callback`; null where it is not this gateway's to make. */
  readonly callbackRelay: Maybe<CallbackRelay>;
  /** How closely to follow the text, 0 to 15. */
  readonly cfgScale: Maybe<Scalars['Float']['output']>;
  /** The look of a film stock. */
  readonly colorGrading: Maybe<ColorGrading>;
  /** Show the result in Astria's community gallery. */
  readonly community: Maybe<Scalars['Boolean']['output']>;
  /** What of the input image guides the result. Needs `inputImage`. */
  readonly controlnet: Maybe<Controlnet>;
  /** How much the controlnet weighs, 0 to 1. */
  readonly controlnetConditioningScale: Maybe<Scalars['Float']['output']>;
  /** Use the input image for the controlnet alone. */
  readonly controlnetTxt2img: Maybe<Scalars['Boolean']['output']>;
  /** What it cost, in millicents: 100000 are one US dollar. */
  readonly costMillicents: Maybe<Scalars['SafeInt']['output']>;
  /** When it was created. */
  readonly createdAt: Maybe<Scalars['DateTime']['output']>;
  /** How far to move away from the input image, 0 to 1. Astria's default is 0.8. */
  readonly denoisingStrength: Maybe<Scalars['Float']['output']>;
  /** Why it failed, in Astria's words. */
  readonly error: Maybe<Scalars['String']['output']>;
  /** Correct faces. */
  readonly faceCorrect: Maybe<Scalars['Boolean']['output']>;
  /** Swap faces in from the training images. */
  readonly faceSwap: Maybe<Scalars['Boolean']['output']>;
  /** Add film grain. */
  readonly filmGrain: Maybe<Scalars['Boolean']['output']>;
  /** Height in pixels, a multiple of 8 (Astria's `h`). */
  readonly height: Maybe<Scalars['Int']['output']>;
  /** Add detail while upscaling. Needs `superResolution`. */
  readonly hiresFix: Maybe<Scalars['Boolean']['output']>;
  /** Astria's id. */
  readonly id: Scalars['ID']['output'];
  /** The images; empty until it succeeds. */
  readonly images: Maybe<ReadonlyArray<Scalars['URL']['output']>>;
  /** Render faces again in more detail. Needs `superResolution`. */
  readonly inpaintFaces: Maybe<Scalars['Boolean']['output']>;
  /** What to keep out of the image. */
  readonly negativePrompt: Maybe<Scalars['String']['output']>;
  /** How many images, 1 to 8. */
  readonly numImages: Maybe<Scalars['Int']['output']>;
  /** Let Astria elaborate the text. */
  readonly promptExpansion: Maybe<Scalars['Boolean']['output']>;
  /** The size class. */
  readonly resolution: Maybe<Resolution>;
  /** The sampler. */
  readonly scheduler: Maybe<Scheduler>;
  /** The random seed, 0 to 4294967296 (2^32). */
  readonly seed: Maybe<Scalars['SafeInt']['output']>;
  /** When rendering began. */
  readonly startedTrainingAt: Maybe<Scalars['DateTime']['output']>;
  /** How far it is. */
  readonly status: Maybe<PromptStatus>;
  /** Rendering steps, 0 to 50. */
  readonly steps: Maybe<Scalars['Int']['output']>;
  /** A style on top of the text. */
  readonly style: Maybe<Style>;
  /** Upscale the result. */
  readonly superResolution: Maybe<Scalars['Boolean']['output']>;
  /** What to render. */
  readonly text: Maybe<Scalars['String']['output']>;
  /** A label that groups prompts. It does not change the image. */
  readonly theme: Maybe<Scalars['String']['output']>;
  /** When rendering ended. */
  readonly trainedAt: Maybe<Scalars['DateTime']['output']>;
  /** The tune that renders it; null when Astria names none. */
  readonly tune: Maybe<Tune>;
  /** When it was last changed. */
  readonly updatedAt: Maybe<Scalars['DateTime']['output']>;
  /** The prompt's page or resource at Astria. */
  readonly url: Maybe<Scalars['URL']['output']>;
  /** Long text with weights in parentheses. */
  readonly useLpw: Maybe<Scalars['Boolean']['output']>;
  /** Width in pixels, a multiple of 8 (Astria's `w`). */
  readonly width: Maybe<Scalars['Int']['output']>;
};

/** A page of image prompts. */
export type PromptConnection = {
  readonly __typename?: 'PromptConnection';
  /** The prompts of this page, each with its cursor. */
  readonly edges: ReadonlyArray<PromptEdge>;
  /** The prompts of this page. */
  readonly nodes: ReadonlyArray<Prompt>;
  /** Where the page ends. */
  readonly pageInfo: PageInfo;
};

/** An image prompt and its place in the list. */
export type PromptEdge = {
  readonly __typename?: 'PromptEdge';
  /** Its place: give it as `after` to go on behind it. */
  readonly cursor: Scalars['String']['output'];
  /** The prompt. */
  readonly node: Prompt;
};

/** Which prompts. */
export type PromptFilter = {
  /** Those of this tune. */
  readonly tuneId?: InputMaybe<Scalars['ID']['input']>;
};

/** What to change in a duplicate. Omitted inherits the original's value, null clears it. */
export type PromptOverridesInput = {
  /** Width to height. */
  readonly aspectRatio?: InputMaybe<AspectRatio>;
  /** The version of Astria's renderer: 0 or 1, or null for the default of the account. */
  readonly backendVersion?: InputMaybe<Scalars['Int']['input']>;
  /**
   * An http or https URL that is called when the prompt settles, with a POST whose JSON body is the prompt as Astria sends it:
   * the object itself, or `{"prompt": {...}}`. Accept both forms. A gateway with a public URL makes this call in the form that
   * Astria used for its own call, repeats it when it fails, and refuses private addresses. Otherwise Astria calls once.
   */
  readonly callback?: InputMaybe<Scalars['URL']['input']>;
  /** How closely to follow the text, 0 to 15. */
  readonly cfgScale?: InputMaybe<Scalars['Float']['input']>;
  /** The look of a film stock. */
  readonly colorGrading?: InputMaybe<ColorGrading>;
  /** Show the result in Astria's community gallery. */
  readonly community?: InputMaybe<Scalars['Boolean']['input']>;
  /** What of the input image guides the result. Needs `inputImage`. */
  readonly controlnet?: InputMaybe<Controlnet>;
  /** How much the controlnet weighs, 0 to 1. */
  readonly controlnetConditioningScale?: InputMaybe<Scalars['Float']['input']>;
  /** Use the input image for the controlnet alone. */
  readonly controlnetTxt2img?: InputMaybe<Scalars['Boolean']['input']>;
  /** How far to move away from the input image, 0 to 1. Astria's default is 0.8. */
  readonly denoisingStrength?: InputMaybe<Scalars['Float']['input']>;
  /**
   * Attributes that this schema lacks, under Astria's names, such as `{"video_model": "...", "video_prompt": "..."}`. Null
   * clears one. Files cannot be uploaded here; Astria takes URLs of them.
   * At most 50 attributes, 64 KiB of JSON and 10 levels. A name that this input has as a field is refused, and so are integers
   * beyond 2^53: send those as strings.
   */
  readonly extra?: InputMaybe<Scalars['JSONObject']['input']>;
  /** Correct faces. */
  readonly faceCorrect?: InputMaybe<Scalars['Boolean']['input']>;
  /** Swap faces in from the training images. */
  readonly faceSwap?: InputMaybe<Scalars['Boolean']['input']>;
  /** Add film grain. */
  readonly filmGrain?: InputMaybe<Scalars['Boolean']['input']>;
  /** Height in pixels, a multiple of 8 (Astria's `h`). */
  readonly height?: InputMaybe<Scalars['Int']['input']>;
  /** Add detail while upscaling. Needs `superResolution`. */
  readonly hiresFix?: InputMaybe<Scalars['Boolean']['input']>;
  /** Render faces again in more detail. Needs `superResolution`. */
  readonly inpaintFaces?: InputMaybe<Scalars['Boolean']['input']>;
  /** The image to start from. */
  readonly inputImage?: InputMaybe<ImageInput>;
  /** What of the input image to render anew: white is rendered, black is kept, one channel. Needs `inputImage`. */
  readonly maskImage?: InputMaybe<ImageInput>;
  /** What to keep out of the image. */
  readonly negativePrompt?: InputMaybe<Scalars['String']['input']>;
  /** How many images, 1 to 8. */
  readonly numImages?: InputMaybe<Scalars['Int']['input']>;
  /** Let Astria elaborate the text. */
  readonly promptExpansion?: InputMaybe<Scalars['Boolean']['input']>;
  /** The size class. */
  readonly resolution?: InputMaybe<Resolution>;
  /** The sampler. */
  readonly scheduler?: InputMaybe<Scheduler>;
  /** The random seed, 0 to 4294967296 (2^32). */
  readonly seed?: InputMaybe<Scalars['SafeInt']['input']>;
  /** Rendering steps, 0 to 50. */
  readonly steps?: InputMaybe<Scalars['Int']['input']>;
  /** A style on top of the text. */
  readonly style?: InputMaybe<Style>;
  /** Upscale the result. */
  readonly superResolution?: InputMaybe<Scalars['Boolean']['input']>;
  /** What to render. Cannot be cleared. */
  readonly text?: InputMaybe<Scalars['String']['input']>;
  /** A label that groups prompts. It does not change the image. */
  readonly theme?: InputMaybe<Scalars['String']['input']>;
  /** Long text with weights in parentheses. */
  readonly useLpw?: InputMaybe<Scalars['Boolean']['input']>;
  /** Width in pixels, a multiple of 8 (Astria's `w`). */
  readonly width?: InputMaybe<Scalars['Int']['input']>;
};

/** Which Portkey prompts to replicate. Conditions are combined with and; none of them selects the whole library. */
export type PromptSelectionInput = {
  /** The whole library, said aloud. Not to be combined with other conditions. */
  readonly all?: InputMaybe<Scalars['Boolean']['input']>;
  /** Those of this collection, by id or slug. */
  readonly collectionId?: InputMaybe<Scalars['ID']['input']>;
  /** These prompts, by id or slug, up to 5000. A replica is left out as long as its source exists. */
  readonly ids?: InputMaybe<ReadonlyArray<Scalars['ID']['input']>>;
  /** Those that Portkey's own search finds. */
  readonly search?: InputMaybe<Scalars['String']['input']>;
  /** Those that run on exactly this model now. */
  readonly sourceModel?: InputMaybe<Scalars['String']['input']>;
  /** Those of this workspace. */
  readonly workspaceId?: InputMaybe<Scalars['ID']['input']>;
};

/** How far an image prompt is. */
export type PromptStatus =
  /** It could not be rendered: see `error`. */
  | 'FAILED'
  /** Waiting, or being rendered. */
  | 'RUNNING'
  /** Its images are there. */
  | 'SUCCEEDED';

/** Everything that can be read. A field that an upstream fails to answer is null with an error; its neighbours are unharmed. */
export type Query = {
  readonly __typename?: 'Query';
  /** One LLM prompt by its id or its slug. Null when there is none, or it is not yours. */
  readonly portkeyPrompt: Maybe<PortkeyPrompt>;
  /** The library of LLM prompts at Portkey, in Portkey's own order. */
  readonly portkeyPrompts: Maybe<PortkeyPromptConnection>;
  /** One image prompt by its id. Null when there is none, or it is not yours. */
  readonly prompt: Maybe<Prompt>;
  /** Your image prompts at Astria, newest first. */
  readonly prompts: Maybe<PromptConnection>;
  /** One replication that you started. Null when there is none, or it is somebody else's. */
  readonly replication: Maybe<Replication>;
  /** The replications that you started, newest first. */
  readonly replications: Maybe<ReplicationConnection>;
  /** One tune by its id, public gallery tunes included. Null when there is none, or it is not yours. */
  readonly tune: Maybe<Tune>;
  /** Your tunes (fine-tuned models) at Astria, newest first. Public gallery tunes are not in the list; read them with `tune`. */
  readonly tunes: Maybe<TuneConnection>;
};


/** Everything that can be read. A field that an upstream fails to answer is null with an error; its neighbours are unharmed. */
export type QueryPortkeyPromptArgs = {
  id: Scalars['ID']['input'];
};


/** Everything that can be read. A field that an upstream fails to answer is null with an error; its neighbours are unharmed. */
export type QueryPortkeyPromptsArgs = {
  after: InputMaybe<Scalars['String']['input']>;
  filter: InputMaybe<PortkeyPromptFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
};


/** Everything that can be read. A field that an upstream fails to answer is null with an error; its neighbours are unharmed. */
export type QueryPromptArgs = {
  id: Scalars['ID']['input'];
};


/** Everything that can be read. A field that an upstream fails to answer is null with an error; its neighbours are unharmed. */
export type QueryPromptsArgs = {
  after: InputMaybe<Scalars['String']['input']>;
  filter: InputMaybe<PromptFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
};


/** Everything that can be read. A field that an upstream fails to answer is null with an error; its neighbours are unharmed. */
export type QueryReplicationArgs = {
  id: Scalars['ID']['input'];
};


/** Everything that can be read. A field that an upstream fails to answer is null with an error; its neighbours are unharmed. */
export type QueryReplicationsArgs = {
  after: InputMaybe<Scalars['String']['input']>;
  filter: InputMaybe<ReplicationFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
};


/** Everything that can be read. A field that an upstream fails to answer is null with an error; its neighbours are unharmed. */
export type QueryTuneArgs = {
  id: Scalars['ID']['input'];
};


/** Everything that can be read. A field that an upstream fails to answer is null with an error; its neighbours are unharmed. */
export type QueryTunesArgs = {
  after: InputMaybe<Scalars['String']['input']>;
  filter: InputMaybe<TuneFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
};

/** What `replicatePrompts` answers. */
export type ReplicatePromptsPayload = {
  readonly __typename?: 'ReplicatePromptsPayload';
  /** The job; null when there are user errors. */
  readonly replication: Maybe<Replication>;
  /** What you can mend. Empty when the job was accepted. */
  readonly userErrors: ReadonlyArray<UserError>;
};

/** A job that copies Portkey prompts so that the copies run on another model. */
export type Replication = {
  readonly __typename?: 'Replication';
  /** How many prompts, by what became of them. `total` is the sum of the others. */
  readonly counts: ReplicationCounts;
  /** When it was asked for. */
  readonly createdAt: Scalars['DateTime']['output'];
  /** Whether it only planned. */
  readonly dryRun: Scalars['Boolean']['output'];
  /** Why the job stopped as a whole; null when it did not. */
  readonly error: Maybe<ReplicationError>;
  /** In how many seconds the pending items will be dealt with at this rate; null where that cannot be told. */
  readonly etaSeconds: Maybe<Scalars['Int']['output']>;
  /** When it ended; null while it goes on. */
  readonly finishedAt: Maybe<Scalars['DateTime']['output']>;
  /** The gateway's id of the job. */
  readonly id: Scalars['ID']['output'];
  /** A line per source prompt. */
  readonly items: Maybe<ReplicationItemConnection>;
  /** When it began to create; null before, and for a dry run. */
  readonly startedAt: Maybe<Scalars['DateTime']['output']>;
  /** How far it is. */
  readonly status: ReplicationStatus;
  /** The model that the replicas run on. */
  readonly targetModel: Scalars['String']['output'];
  /** How many items per second were created, updated or failed, over the last half minute; null when it is not running. */
  readonly throughput: Maybe<Scalars['Float']['output']>;
  /**
   * The id of a replication under way that would make some of the same replicas: this one waits for its end. Null when it
   * waits for none.
   */
  readonly waitsFor: Maybe<Scalars['ID']['output']>;
};


/** A job that copies Portkey prompts so that the copies run on another model. */
export type ReplicationItemsArgs = {
  after: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  status: InputMaybe<ReplicationItemStatus>;
};

/** What is to be done for a source prompt. */
export type ReplicationAction =
  /**
   * The replica's name is taken by something else, or another selected prompt would get it as well: see `error`. The other
   * prompts are replicated.
   */
  | 'CONFLICT'
  /** There is no replica: create one. */
  | 'CREATE'
  /** There is an up-to-date replica, or one that is to be left as it is. */
  | 'SKIP'
  /** The source has changed since its replica was made: give the replica a new version. */
  | 'UPDATE';

/** A page of replications. */
export type ReplicationConnection = {
  readonly __typename?: 'ReplicationConnection';
  /** The replications of this page, each with its cursor. */
  readonly edges: ReadonlyArray<ReplicationEdge>;
  /** The replications of this page. */
  readonly nodes: ReadonlyArray<Replication>;
  /** Where the page ends. */
  readonly pageInfo: PageInfo;
};

/** How many items of a replication, by what became of them. */
export type ReplicationCounts = {
  readonly __typename?: 'ReplicationCounts';
  /** Replicas created. */
  readonly created: Scalars['Int']['output'];
  /** Items that could not be done. */
  readonly failed: Scalars['Int']['output'];
  /** Items still to be done; of a dry run, those that would be. */
  readonly pending: Scalars['Int']['output'];
  /** Sources that already had their replica. */
  readonly skipped: Scalars['Int']['output'];
  /** All items. */
  readonly total: Scalars['Int']['output'];
  /** Replicas that were created, and deleted again by `undoReplication`. */
  readonly undone: Scalars['Int']['output'];
  /** Replicas that got a new version. */
  readonly updated: Scalars['Int']['output'];
};

/** A replication and its place in the list. */
export type ReplicationEdge = {
  readonly __typename?: 'ReplicationEdge';
  /** Its place: give it as `after` to go on behind it. */
  readonly cursor: Scalars['String']['output'];
  /** The replication. */
  readonly node: Replication;
};

/** What went wrong with an item, or with a job as a whole. */
export type ReplicationError = {
  readonly __typename?: 'ReplicationError';
  /**
   * What kind of fault: a `UserErrorCode`, a code of a top-level error such as `UPSTREAM_RATE_LIMITED`, or
   * `VERIFICATION_FAILED` where a replica differs from what was sent.
   */
  readonly code: Scalars['String']['output'];
  /** What is wrong and what to do about it. */
  readonly message: Scalars['String']['output'];
};

/** Which replications. Conditions are combined with and. */
export type ReplicationFilter = {
  /** Only dry runs, or none of them. */
  readonly dryRun?: InputMaybe<Scalars['Boolean']['input']>;
  /** Those with one of these statuses. */
  readonly status?: InputMaybe<ReadonlyArray<ReplicationStatus>>;
  /** Those for exactly this model. */
  readonly targetModel?: InputMaybe<Scalars['String']['input']>;
};

/** What a replication does with one source prompt. */
export type ReplicationItem = {
  readonly __typename?: 'ReplicationItem';
  /** What is to be done. */
  readonly action: ReplicationAction;
  /** How often it was tried. After six failures an item is given up; rate limits do not count, up to 30 of them. */
  readonly attempts: Scalars['Int']['output'];
  /** Why it failed; of a replica that was created, what else you should know. */
  readonly error: Maybe<ReplicationError>;
  /** The replica, once there is one. */
  readonly replica: Maybe<PortkeyPrompt>;
  /** The name of the replica: of one that exists its own, of another one that of the name template. */
  readonly replicaName: Scalars['String']['output'];
  /** The prompt that is copied. */
  readonly source: PortkeyPrompt;
  /** What became of it. */
  readonly status: ReplicationItemStatus;
};

/** A page of items. */
export type ReplicationItemConnection = {
  readonly __typename?: 'ReplicationItemConnection';
  /** The items of this page, each with its cursor. */
  readonly edges: ReadonlyArray<ReplicationItemEdge>;
  /** The items of this page. */
  readonly nodes: ReadonlyArray<ReplicationItem>;
  /** Where the page ends. */
  readonly pageInfo: PageInfo;
  /** How many items there are in all, of the status that was asked for. */
  readonly totalCount: Scalars['Int']['output'];
};

/** An item and its place in the list. */
export type ReplicationItemEdge = {
  readonly __typename?: 'ReplicationItemEdge';
  /** Its place: give it as `after` to go on behind it. */
  readonly cursor: Scalars['String']['output'];
  /** The item. */
  readonly node: ReplicationItem;
};

/** What became of an item. */
export type ReplicationItemStatus =
  /** The replica was created. */
  | 'CREATED'
  /** It could not be done, or not as it should be: see `error`. */
  | 'FAILED'
  /** Not yet dealt with. */
  | 'PENDING'
  /** Being dealt with. In a job that has stopped: it may have been sent, and is looked for before it is sent again. */
  | 'RUNNING'
  /** Nothing was to be done. */
  | 'SKIPPED'
  /** The replica was created, and deleted again by `undoReplication`. */
  | 'UNDONE'
  /** The replica got a new version. */
  | 'UPDATED';

/** How to replicate. */
export type ReplicationOptionsInput = {
  /** The collection of new replicas, in place of each source's own. Needed for sources that are in none. */
  readonly collectionId?: InputMaybe<Scalars['ID']['input']>;
  /** How many calls to Portkey at once, 1 to 16. */
  readonly concurrency?: InputMaybe<Scalars['Int']['input']>;
  /**
   * The replica's name. Placeholders: `{name}` and `{slug}` of the source, `{collection}` for the name of its collection, and
   * `{model}` for the target model.
   */
  readonly nameTemplate?: InputMaybe<Scalars['String']['input']>;
  /** What to do where there is a replica whose source has changed since. */
  readonly onExisting?: InputMaybe<OnExisting>;
  /**
   * Read every replica back and compare its model, template, raw flag, parameters, functions, tools, tool choice and metadata
   * with what was sent, and the virtual key and marker of what was just written. A difference fails the item, and its error
   * names the place. The marker of an updated replica and the raw flag are read back in any case.
   */
  readonly verify?: InputMaybe<Scalars['Boolean']['input']>;
  /** The version description of the replicas, in place of each source's own. */
  readonly versionDescription?: InputMaybe<Scalars['String']['input']>;
  /** The Portkey virtual key of the replicas, in place of each source's own. A model of another provider usually needs one. */
  readonly virtualKey?: InputMaybe<Scalars['String']['input']>;
};

/** How far a replication is. */
export type ReplicationStatus =
  /** Stopped by `cancelReplication`. What was created stays; `resumeReplication` goes on. */
  | 'CANCELLED'
  /** Asked to stop: what is under way is being finished. */
  | 'CANCELLING'
  /** Every item was dealt with. Some may have failed: see `counts.failed`. `resumeReplication` tries these again. */
  | 'COMPLETED'
  /** Stopped as a whole before its end: see `error`. What was created stays; `resumeReplication` goes on. */
  | 'FAILED'
  /**
   * Cut off by a stop of the gateway, or because its record could not be written. `resumeReplication` goes on; under the
   * gateway's own key it goes on by itself after the next start.
   */
  | 'INTERRUPTED'
  /** The end of a dry run: the items show what would be done. */
  | 'PLANNED'
  /** Reading the sources and working out what is to be done. */
  | 'PLANNING'
  /** Creating and updating replicas. */
  | 'RUNNING'
  /** Deleting what it has created. Where a stop of the gateway cut that off, `undoReplication` goes on. */
  | 'UNDOING'
  /** What it had created was deleted, but for what was kept. */
  | 'UNDONE'
  /** Waiting for another one that would make some of the same replicas: see `waitsFor`. */
  | 'WAITING';

/** The size class of an image. */
export type Resolution =
  /** About one thousand pixels wide. */
  | 'RESOLUTION_1K'
  /** About two thousand pixels wide. */
  | 'RESOLUTION_2K'
  /** About four thousand pixels wide. */
  | 'RESOLUTION_4K';

/** What `resumeReplication` answers. */
export type ResumeReplicationPayload = {
  readonly __typename?: 'ResumeReplicationPayload';
  /** The job; null when there is none. */
  readonly replication: Maybe<Replication>;
  /** What you can mend. */
  readonly userErrors: ReadonlyArray<UserError>;
};

/** The sampler that renders an image. */
export type Scheduler =
  /** DPM++ 2M. */
  | 'DPMPP_2M'
  /** DPM++ 2M Karras. */
  | 'DPMPP_2M_KARRAS'
  /** DPM++ SDE. */
  | 'DPMPP_SDE'
  /** DPM++ SDE Karras. */
  | 'DPMPP_SDE_KARRAS'
  /** Euler. */
  | 'EULER'
  /** Euler ancestral. */
  | 'EULER_A'
  /** Latent consistency: few steps. */
  | 'LCM'
  /** Trajectory consistency: few steps. */
  | 'TCD';

/** A style on top of a prompt's text. */
export type Style =
  /** Animated. */
  | 'ANIMATED'
  /** Cinematic. */
  | 'CINEMATIC'
  /** Comic book. */
  | 'COMIC_BOOK'
  /** Digital Art. */
  | 'DIGITAL_ART'
  /** Enhance. */
  | 'ENHANCE'
  /** Fantasy art. */
  | 'FANTASY_ART'
  /** Line art. */
  | 'LINE_ART'
  /** Lowpoly. */
  | 'LOWPOLY'
  /** Neonpunk. */
  | 'NEONPUNK'
  /** Photographic. */
  | 'PHOTOGRAPHIC';

/** What can be followed while it happens: over WebSocket, server-sent events or multipart responses. */
export type Subscription = {
  readonly __typename?: 'Subscription';
  /**
   * An image prompt: first as it is, then at each change until it succeeds or fails, then complete. Null when there is none,
   * it is not yours, or it was deleted meanwhile.
   */
  readonly promptUpdated: Maybe<Prompt>;
  /**
   * A replication, at once and whenever it has changed, up to four times a second; ends with its last state. Null when there
   * is none, or it is somebody else's.
   */
  readonly replicationProgress: Maybe<Replication>;
  /**
   * A tune: first as it is, then at each change until it is trained, then complete. Null when there is none, it is not yours,
   * or it was deleted meanwhile.
   */
  readonly tuneUpdated: Maybe<Tune>;
};


/** What can be followed while it happens: over WebSocket, server-sent events or multipart responses. */
export type SubscriptionPromptUpdatedArgs = {
  id: Scalars['ID']['input'];
};


/** What can be followed while it happens: over WebSocket, server-sent events or multipart responses. */
export type SubscriptionReplicationProgressArgs = {
  id: Scalars['ID']['input'];
};


/** What can be followed while it happens: over WebSocket, server-sent events or multipart responses. */
export type SubscriptionTuneUpdatedArgs = {
  id: Scalars['ID']['input'];
};

/** A fine-tuned image model at Astria. */
export type Tune = {
  readonly __typename?: 'Tune';
  /** Training arguments. */
  readonly args: Maybe<Scalars['String']['output']>;
  /** The tune that this one was trained on. */
  readonly baseTune: Maybe<Tune>;
  /** The base model family, such as flux1 or sdxl1. */
  readonly branch: Maybe<Scalars['String']['output']>;
  /** The checkpoints of the trained model. */
  readonly checkpointUrls: Maybe<ReadonlyArray<Scalars['URL']['output']>>;
  /** The class of its subject: man, woman, cat, style, ... (Astria's `name`). */
  readonly className: Maybe<Scalars['String']['output']>;
  /** When it was created. */
  readonly createdAt: Maybe<Scalars['DateTime']['output']>;
  /** When training is expected to end. */
  readonly eta: Maybe<Scalars['DateTime']['output']>;
  /** When Astria deletes it. */
  readonly expiresAt: Maybe<Scalars['DateTime']['output']>;
  /** Whether training images were cropped to faces. */
  readonly faceCrop: Maybe<Scalars['Boolean']['output']>;
  /** Astria's id. */
  readonly id: Scalars['ID']['output'];
  /** Whether it was made through the API. */
  readonly isApi: Maybe<Scalars['Boolean']['output']>;
  /** The kind of fine-tuning, such as lora, pti or faceid. */
  readonly modelType: Maybe<Scalars['String']['output']>;
  /** The training images. */
  readonly origImages: Maybe<ReadonlyArray<Scalars['URL']['output']>>;
  /** Its prompts, newest first. */
  readonly prompts: Maybe<PromptConnection>;
  /** When training began. */
  readonly startedTrainingAt: Maybe<Scalars['DateTime']['output']>;
  /** How far its training is. */
  readonly status: Maybe<TuneStatus>;
  /** Training steps. */
  readonly steps: Maybe<Scalars['Int']['output']>;
  /** The title that its owner gave it. */
  readonly title: Maybe<Scalars['String']['output']>;
  /** The token that stands for its subject in a prompt's text. */
  readonly token: Maybe<Scalars['String']['output']>;
  /** When training ended; null until then. */
  readonly trainedAt: Maybe<Scalars['DateTime']['output']>;
  /** Whether training images had their faces corrected. */
  readonly trainingFaceCorrect: Maybe<Scalars['Boolean']['output']>;
  /** When it was last changed. */
  readonly updatedAt: Maybe<Scalars['DateTime']['output']>;
  /** The tune's page or resource at Astria. */
  readonly url: Maybe<Scalars['URL']['output']>;
};


/** A fine-tuned image model at Astria. */
export type TunePromptsArgs = {
  after: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
};

/** A page of tunes. */
export type TuneConnection = {
  readonly __typename?: 'TuneConnection';
  /** The tunes of this page, each with its cursor. */
  readonly edges: ReadonlyArray<TuneEdge>;
  /** The tunes of this page. */
  readonly nodes: ReadonlyArray<Tune>;
  /** Where the page ends. */
  readonly pageInfo: PageInfo;
};

/** A tune and its place in the list. */
export type TuneEdge = {
  readonly __typename?: 'TuneEdge';
  /** Its place: give it as `after` to go on behind it. */
  readonly cursor: Scalars['String']['output'];
  /** The tune. */
  readonly node: Tune;
};

/** Which tunes. Conditions are combined with and. */
export type TuneFilter = {
  /** The base model family. */
  readonly branch?: InputMaybe<Scalars['String']['input']>;
  /** Any of these classes (Astria's `name`). */
  readonly classNames?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  /** The kind of fine-tuning. */
  readonly modelType?: InputMaybe<Scalars['String']['input']>;
  /** A part of the title, the product name or the SKU. */
  readonly title?: InputMaybe<Scalars['String']['input']>;
};

/** How far the training of a tune is. */
export type TuneStatus =
  /** Waiting for its training to begin. */
  | 'QUEUED'
  /** Ready for prompts. */
  | 'TRAINED'
  /** In training. */
  | 'TRAINING';

/** What `undoReplication` answers. */
export type UndoReplicationPayload = {
  readonly __typename?: 'UndoReplicationPayload';
  /** The replicas that were deleted. */
  readonly deleted: ReadonlyArray<DeletedReplica>;
  /** The replicas that were not, with the reason. */
  readonly kept: ReadonlyArray<KeptReplica>;
  /** The job; null when there is none. */
  readonly replication: Maybe<Replication>;
  /** What you can mend. */
  readonly userErrors: ReadonlyArray<UserError>;
};

/** A fault that the caller can mend. */
export type UserError = {
  readonly __typename?: 'UserError';
  /** What kind of fault. */
  readonly code: UserErrorCode;
  /** The path into the arguments, such as `["input", "cfgScale"]`. Null when the fault is of no single argument. */
  readonly field: Maybe<ReadonlyArray<Scalars['String']['output']>>;
  /** What is wrong and what to do about it. */
  readonly message: Scalars['String']['output'];
};

/** The kinds of faults that a caller can mend. */
export type UserErrorCode =
  /** Something of this name exists already, or the idempotency key was used with other arguments. */
  | 'CONFLICT'
  /** The value is out of its range, malformed, or contradicts another one. */
  | 'INVALID'
  /** The object that the value names does not exist, or is not yours. */
  | 'NOT_FOUND'
  /** The request was sent and its result is not known: it may have been done. The message says how to find out. */
  | 'OUTCOME_UNKNOWN'
  /** The value is missing. */
  | 'REQUIRED'
  /** The file is larger than this gateway takes. */
  | 'TOO_LARGE'
  /** The file is no image of a kind that is taken. */
  | 'UNSUPPORTED_MEDIA'
  /** The upstream API refused the values; the message is its own. */
  | 'UPSTREAM_REJECTED';



export type ResolverTypeWrapper<T> = Promise<T> | T;


export type ResolverWithResolve<TResult, TParent, TContext, TArgs> = {
  resolve: ResolverFn<TResult, TParent, TContext, TArgs>;
};
export type Resolver<TResult, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> = ResolverFn<TResult, TParent, TContext, TArgs> | ResolverWithResolve<TResult, TParent, TContext, TArgs>;

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
