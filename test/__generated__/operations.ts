import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
export type Maybe<T> = T | null;
export type InputMaybe<T> = Maybe<T>;
export type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
export type MakeOptional<T, K extends keyof T> = Omit<T, K> & { [SubKey in K]?: Maybe<T[SubKey]> };
export type MakeMaybe<T, K extends keyof T> = Omit<T, K> & { [SubKey in K]: Maybe<T[SubKey]> };
export type MakeEmpty<T extends { [key: string]: unknown }, K extends keyof T> = { [_ in K]?: never };
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
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
  Upload: { input: null; output: never; }
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

export type CallbackRelayStatus =
  | 'DELIVERED'
  | 'FAILED'
  | 'PENDING'
  | 'WAITING';

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

export type ImageInput =
  { readonly upload: Scalars['Upload']['input']; readonly url?: never; }
  |  { readonly upload?: never; readonly url: Scalars['URL']['input']; };

export type OnExisting =
  | 'SKIP'
  | 'UPDATE';

export type PortkeyPromptFilter = {
  readonly collectionId?: InputMaybe<Scalars['ID']['input']>;
  readonly model?: InputMaybe<Scalars['String']['input']>;
  readonly search?: InputMaybe<Scalars['String']['input']>;
  readonly workspaceId?: InputMaybe<Scalars['ID']['input']>;
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

export type ReplicationAction =
  | 'CONFLICT'
  | 'CREATE'
  | 'SKIP'
  | 'UPDATE';

export type ReplicationFilter = {
  readonly dryRun?: InputMaybe<Scalars['Boolean']['input']>;
  readonly status?: InputMaybe<ReadonlyArray<ReplicationStatus>>;
  readonly targetModel?: InputMaybe<Scalars['String']['input']>;
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

export type UserErrorCode =
  | 'CONFLICT'
  | 'INVALID'
  | 'NOT_FOUND'
  | 'OUTCOME_UNKNOWN'
  | 'REQUIRED'
  | 'TOO_LARGE'
  | 'UNSUPPORTED_MEDIA'
  | 'UPSTREAM_REJECTED';

export type TunesQueryVariables = Exact<{
  first?: InputMaybe<Scalars['Int']['input']>;
  after?: InputMaybe<Scalars['String']['input']>;
}>;


export type TunesQuery = { readonly tunes: { readonly nodes: ReadonlyArray<{ readonly id: string, readonly title: string | null, readonly className: string | null, readonly status: TuneStatus | null, readonly branch: string | null, readonly modelType: string | null, readonly createdAt: string | null, readonly trainedAt: string | null }>, readonly edges: ReadonlyArray<{ readonly cursor: string, readonly node: { readonly id: string } }>, readonly pageInfo: { readonly hasNextPage: boolean, readonly endCursor: string | null } } | null };

export type TuneQueryVariables = Exact<{
  id: Scalars['ID']['input'];
}>;


export type TuneQuery = { readonly tune: { readonly id: string, readonly title: string | null, readonly status: TuneStatus | null, readonly prompts: { readonly nodes: ReadonlyArray<{ readonly id: string, readonly text: string | null }>, readonly pageInfo: { readonly hasNextPage: boolean, readonly endCursor: string | null } } | null } | null };

export type PromptsWithTuneQueryVariables = Exact<{ [key: string]: never; }>;


export type PromptsWithTuneQuery = { readonly prompts: { readonly nodes: ReadonlyArray<{ readonly id: string, readonly text: string | null, readonly seed: number | null, readonly images: ReadonlyArray<string> | null, readonly tune: { readonly id: string, readonly title: string | null } | null }>, readonly pageInfo: { readonly hasNextPage: boolean, readonly endCursor: string | null } } | null };

export type PromptQueryVariables = Exact<{
  id: Scalars['ID']['input'];
}>;


export type PromptQuery = { readonly prompt: { readonly id: string, readonly text: string | null, readonly negativePrompt: string | null, readonly status: PromptStatus | null, readonly images: ReadonlyArray<string> | null, readonly error: string | null, readonly seed: number | null, readonly cfgScale: number | null, readonly steps: number | null, readonly createdAt: string | null, readonly tune: { readonly id: string, readonly title: string | null } | null } | null };

export type PortkeyPromptsQueryVariables = Exact<{
  first?: InputMaybe<Scalars['Int']['input']>;
  after?: InputMaybe<Scalars['String']['input']>;
  filter?: InputMaybe<PortkeyPromptFilter>;
}>;


export type PortkeyPromptsQuery = { readonly portkeyPrompts: { readonly totalCount: number | null, readonly nodes: ReadonlyArray<{ readonly id: string, readonly slug: string | null, readonly name: string | null, readonly model: string | null, readonly collectionId: string | null, readonly status: string | null, readonly createdAt: string | null, readonly updatedAt: string | null }>, readonly pageInfo: { readonly hasNextPage: boolean, readonly endCursor: string | null } } | null };

export type PortkeyLibraryQueryVariables = Exact<{
  first?: InputMaybe<Scalars['Int']['input']>;
}>;


export type PortkeyLibraryQuery = { readonly portkeyPrompts: { readonly nodes: ReadonlyArray<{ readonly id: string, readonly name: string | null, readonly model: string | null, readonly template: string | null, readonly parameters: Record<string, unknown> | null, readonly virtualKey: string | null, readonly tools: ReadonlyArray<unknown> | null, readonly toolChoice: unknown | null, readonly metadata: Record<string, unknown> | null, readonly version: number | null, readonly versionDescription: string | null }> } | null };

export type PortkeyPromptQueryVariables = Exact<{
  id: Scalars['ID']['input'];
}>;


export type PortkeyPromptQuery = { readonly portkeyPrompt: { readonly id: string, readonly slug: string | null, readonly name: string | null, readonly model: string | null, readonly template: string | null, readonly variables: ReadonlyArray<string> | null, readonly parameters: Record<string, unknown> | null, readonly virtualKey: string | null, readonly version: number | null } | null };

export type CreatePromptMutationVariables = Exact<{
  tuneId: Scalars['ID']['input'];
  input: CreatePromptInput;
}>;


export type CreatePromptMutation = { readonly createPrompt: { readonly prompt: { readonly id: string, readonly text: string | null, readonly status: PromptStatus | null, readonly seed: number | null, readonly tune: { readonly id: string } | null } | null, readonly userErrors: ReadonlyArray<{ readonly code: UserErrorCode, readonly message: string, readonly field: ReadonlyArray<string> | null }> } | null };

export type DuplicatePromptMutationVariables = Exact<{
  id: Scalars['ID']['input'];
  overrides?: InputMaybe<PromptOverridesInput>;
  imageIndex?: InputMaybe<Scalars['Int']['input']>;
}>;


export type DuplicatePromptMutation = { readonly duplicatePrompt: { readonly prompt: { readonly id: string, readonly text: string | null, readonly status: PromptStatus | null, readonly seed: number | null, readonly tune: { readonly id: string } | null } | null, readonly userErrors: ReadonlyArray<{ readonly code: UserErrorCode, readonly message: string, readonly field: ReadonlyArray<string> | null }> } | null };

export type ReplicateAllMutationVariables = Exact<{
  targetModel: Scalars['String']['input'];
}>;


export type ReplicateAllMutation = { readonly replicatePrompts: { readonly replication: { readonly id: string, readonly status: ReplicationStatus, readonly counts: { readonly total: number, readonly created: number, readonly updated: number, readonly skipped: number, readonly failed: number, readonly pending: number } } | null, readonly userErrors: ReadonlyArray<{ readonly code: UserErrorCode, readonly message: string, readonly field: ReadonlyArray<string> | null }> } | null };

export type ReplicatePromptsMutationVariables = Exact<{
  targetModel: Scalars['String']['input'];
  selection?: InputMaybe<PromptSelectionInput>;
  options?: InputMaybe<ReplicationOptionsInput>;
  dryRun?: InputMaybe<Scalars['Boolean']['input']>;
  awaitSeconds?: InputMaybe<Scalars['Int']['input']>;
}>;


export type ReplicatePromptsMutation = { readonly replicatePrompts: { readonly replication: { readonly id: string, readonly status: ReplicationStatus, readonly targetModel: string, readonly dryRun: boolean, readonly counts: { readonly total: number, readonly created: number, readonly updated: number, readonly skipped: number, readonly failed: number, readonly pending: number }, readonly items: { readonly nodes: ReadonlyArray<{ readonly action: ReplicationAction, readonly status: ReplicationItemStatus, readonly replicaName: string, readonly source: { readonly id: string, readonly name: string | null }, readonly replica: { readonly id: string, readonly slug: string | null, readonly name: string | null, readonly model: string | null } | null, readonly error: { readonly code: string, readonly message: string } | null }>, readonly pageInfo: { readonly hasNextPage: boolean, readonly endCursor: string | null } } | null } | null, readonly userErrors: ReadonlyArray<{ readonly code: UserErrorCode, readonly message: string, readonly field: ReadonlyArray<string> | null }> } | null };

export type ReplicationQueryVariables = Exact<{
  id: Scalars['ID']['input'];
}>;


export type ReplicationQuery = { readonly replication: { readonly id: string, readonly status: ReplicationStatus, readonly startedAt: string | null, readonly finishedAt: string | null, readonly counts: { readonly total: number, readonly created: number, readonly updated: number, readonly skipped: number, readonly failed: number, readonly pending: number } } | null };

export type CancelReplicationMutationVariables = Exact<{
  id: Scalars['ID']['input'];
}>;


export type CancelReplicationMutation = { readonly cancelReplication: { readonly replication: { readonly id: string, readonly status: ReplicationStatus } | null, readonly userErrors: ReadonlyArray<{ readonly code: UserErrorCode, readonly message: string }> } | null };

export type ResumeReplicationMutationVariables = Exact<{
  id: Scalars['ID']['input'];
}>;


export type ResumeReplicationMutation = { readonly resumeReplication: { readonly replication: { readonly id: string, readonly status: ReplicationStatus } | null, readonly userErrors: ReadonlyArray<{ readonly code: UserErrorCode, readonly message: string }> } | null };

export type UndoReplicationMutationVariables = Exact<{
  id: Scalars['ID']['input'];
}>;


export type UndoReplicationMutation = { readonly undoReplication: { readonly deleted: ReadonlyArray<{ readonly id: string, readonly name: string }>, readonly kept: ReadonlyArray<{ readonly id: string, readonly name: string, readonly reason: string }>, readonly userErrors: ReadonlyArray<{ readonly code: UserErrorCode, readonly message: string }> } | null };

export type ReplicationProgressSubscriptionVariables = Exact<{
  id: Scalars['ID']['input'];
}>;


export type ReplicationProgressSubscription = { readonly replicationProgress: { readonly id: string, readonly status: ReplicationStatus, readonly counts: { readonly total: number, readonly created: number, readonly updated: number, readonly skipped: number, readonly failed: number, readonly pending: number } } | null };

export type PromptUpdatedSubscriptionVariables = Exact<{
  id: Scalars['ID']['input'];
}>;


export type PromptUpdatedSubscription = { readonly promptUpdated: { readonly id: string, readonly status: PromptStatus | null, readonly images: ReadonlyArray<string> | null, readonly error: string | null } | null };

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}

export const TunesDocument = new TypedDocumentString(`
    query Tunes($first: Int = 20, $after: String) {
  tunes(first: $first, after: $after) {
    nodes {
      id
      title
      className
      status
      branch
      modelType
      createdAt
      trainedAt
    }
    edges {
      cursor
      node {
        id
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
    `) as unknown as TypedDocumentString<TunesQuery, TunesQueryVariables>;
export const TuneDocument = new TypedDocumentString(`
    query Tune($id: ID!) {
  tune(id: $id) {
    id
    title
    status
    prompts(first: 5) {
      nodes {
        id
        text
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
}
    `) as unknown as TypedDocumentString<TuneQuery, TuneQueryVariables>;
export const PromptsWithTuneDocument = new TypedDocumentString(`
    query PromptsWithTune {
  prompts(first: 100) {
    nodes {
      id
      text
      seed
      images
      tune {
        id
        title
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
    `) as unknown as TypedDocumentString<PromptsWithTuneQuery, PromptsWithTuneQueryVariables>;
export const PromptDocument = new TypedDocumentString(`
    query Prompt($id: ID!) {
  prompt(id: $id) {
    id
    text
    negativePrompt
    status
    images
    error
    seed
    cfgScale
    steps
    createdAt
    tune {
      id
      title
    }
  }
}
    `) as unknown as TypedDocumentString<PromptQuery, PromptQueryVariables>;
export const PortkeyPromptsDocument = new TypedDocumentString(`
    query PortkeyPrompts($first: Int = 20, $after: String, $filter: PortkeyPromptFilter) {
  portkeyPrompts(first: $first, after: $after, filter: $filter) {
    totalCount
    nodes {
      id
      slug
      name
      model
      collectionId
      status
      createdAt
      updatedAt
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
    `) as unknown as TypedDocumentString<PortkeyPromptsQuery, PortkeyPromptsQueryVariables>;
export const PortkeyLibraryDocument = new TypedDocumentString(`
    query PortkeyLibrary($first: Int = 50) {
  portkeyPrompts(first: $first) {
    nodes {
      id
      name
      model
      template
      parameters
      virtualKey
      tools
      toolChoice
      metadata
      version
      versionDescription
    }
  }
}
    `) as unknown as TypedDocumentString<PortkeyLibraryQuery, PortkeyLibraryQueryVariables>;
export const PortkeyPromptDocument = new TypedDocumentString(`
    query PortkeyPrompt($id: ID!) {
  portkeyPrompt(id: $id) {
    id
    slug
    name
    model
    template
    variables
    parameters
    virtualKey
    version
  }
}
    `) as unknown as TypedDocumentString<PortkeyPromptQuery, PortkeyPromptQueryVariables>;
export const CreatePromptDocument = new TypedDocumentString(`
    mutation CreatePrompt($tuneId: ID!, $input: CreatePromptInput!) {
  createPrompt(tuneId: $tuneId, input: $input) {
    prompt {
      id
      text
      status
      seed
      tune {
        id
      }
    }
    userErrors {
      code
      message
      field
    }
  }
}
    `) as unknown as TypedDocumentString<CreatePromptMutation, CreatePromptMutationVariables>;
export const DuplicatePromptDocument = new TypedDocumentString(`
    mutation DuplicatePrompt($id: ID!, $overrides: PromptOverridesInput, $imageIndex: Int) {
  duplicatePrompt(id: $id, overrides: $overrides, imageIndex: $imageIndex) {
    prompt {
      id
      text
      status
      seed
      tune {
        id
      }
    }
    userErrors {
      code
      message
      field
    }
  }
}
    `) as unknown as TypedDocumentString<DuplicatePromptMutation, DuplicatePromptMutationVariables>;
export const ReplicateAllDocument = new TypedDocumentString(`
    mutation ReplicateAll($targetModel: String!) {
  replicatePrompts(targetModel: $targetModel) {
    replication {
      id
      status
      counts {
        total
        created
        updated
        skipped
        failed
        pending
      }
    }
    userErrors {
      code
      message
      field
    }
  }
}
    `) as unknown as TypedDocumentString<ReplicateAllMutation, ReplicateAllMutationVariables>;
export const ReplicatePromptsDocument = new TypedDocumentString(`
    mutation ReplicatePrompts($targetModel: String!, $selection: PromptSelectionInput, $options: ReplicationOptionsInput, $dryRun: Boolean = false, $awaitSeconds: Int = 0) {
  replicatePrompts(
    targetModel: $targetModel
    selection: $selection
    options: $options
    dryRun: $dryRun
    awaitSeconds: $awaitSeconds
  ) {
    replication {
      id
      status
      targetModel
      dryRun
      counts {
        total
        created
        updated
        skipped
        failed
        pending
      }
      items(first: 200) {
        nodes {
          source {
            id
            name
          }
          action
          status
          replicaName
          replica {
            id
            slug
            name
            model
          }
          error {
            code
            message
          }
        }
        pageInfo {
          hasNextPage
          endCursor
        }
      }
    }
    userErrors {
      code
      message
      field
    }
  }
}
    `) as unknown as TypedDocumentString<ReplicatePromptsMutation, ReplicatePromptsMutationVariables>;
export const ReplicationDocument = new TypedDocumentString(`
    query Replication($id: ID!) {
  replication(id: $id) {
    id
    status
    startedAt
    finishedAt
    counts {
      total
      created
      updated
      skipped
      failed
      pending
    }
  }
}
    `) as unknown as TypedDocumentString<ReplicationQuery, ReplicationQueryVariables>;
export const CancelReplicationDocument = new TypedDocumentString(`
    mutation CancelReplication($id: ID!) {
  cancelReplication(id: $id) {
    replication {
      id
      status
    }
    userErrors {
      code
      message
    }
  }
}
    `) as unknown as TypedDocumentString<CancelReplicationMutation, CancelReplicationMutationVariables>;
export const ResumeReplicationDocument = new TypedDocumentString(`
    mutation ResumeReplication($id: ID!) {
  resumeReplication(id: $id) {
    replication {
      id
      status
    }
    userErrors {
      code
      message
    }
  }
}
    `) as unknown as TypedDocumentString<ResumeReplicationMutation, ResumeReplicationMutationVariables>;
export const UndoReplicationDocument = new TypedDocumentString(`
    mutation UndoReplication($id: ID!) {
  undoReplication(id: $id) {
    deleted {
      id
      name
    }
    kept {
      id
      name
      reason
    }
    userErrors {
      code
      message
    }
  }
}
    `) as unknown as TypedDocumentString<UndoReplicationMutation, UndoReplicationMutationVariables>;
export const ReplicationProgressDocument = new TypedDocumentString(`
    subscription ReplicationProgress($id: ID!) {
  replicationProgress(id: $id) {
    id
    status
    counts {
      total
      created
      updated
      skipped
      failed
      pending
    }
  }
}
    `) as unknown as TypedDocumentString<ReplicationProgressSubscription, ReplicationProgressSubscriptionVariables>;
export const PromptUpdatedDocument = new TypedDocumentString(`
    subscription PromptUpdated($id: ID!) {
  promptUpdated(id: $id) {
    id
    status
    images
    error
  }
}
    `) as unknown as TypedDocumentString<PromptUpdatedSubscription, PromptUpdatedSubscriptionVariables>;