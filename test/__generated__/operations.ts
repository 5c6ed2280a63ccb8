import type * as Types from '../../src/graphql/__generated__/resolvers.js';
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
export type TunesQueryVariables = Types.Exact<{
  first?: Types.InputMaybe<Types.Scalars['Int']['input']>;
  after?: Types.InputMaybe<Types.Scalars['String']['input']>;
}>;


export type TunesQuery = { readonly tunes: { readonly nodes: ReadonlyArray<{ readonly id: string, readonly title: string | null, readonly className: string | null, readonly status: Types.TuneStatus | null, readonly branch: string | null, readonly modelType: string | null, readonly createdAt: string | null, readonly trainedAt: string | null }>, readonly edges: ReadonlyArray<{ readonly cursor: string, readonly node: { readonly id: string } }>, readonly pageInfo: { readonly hasNextPage: boolean, readonly endCursor: string | null } } | null };

export type TuneQueryVariables = Types.Exact<{
  id: Types.Scalars['ID']['input'];
}>;


export type TuneQuery = { readonly tune: { readonly id: string, readonly title: string | null, readonly status: Types.TuneStatus | null, readonly prompts: { readonly nodes: ReadonlyArray<{ readonly id: string, readonly text: string | null }>, readonly pageInfo: { readonly hasNextPage: boolean, readonly endCursor: string | null } } | null } | null };

export type PromptsWithTuneQueryVariables = Types.Exact<{ [key: string]: never; }>;


export type PromptsWithTuneQuery = { readonly prompts: { readonly nodes: ReadonlyArray<{ readonly id: string, readonly text: string | null, readonly seed: number | null, readonly images: ReadonlyArray<string> | null, readonly tune: { readonly id: string, readonly title: string | null } | null }>, readonly pageInfo: { readonly hasNextPage: boolean, readonly endCursor: string | null } } | null };

export type PromptQueryVariables = Types.Exact<{
  id: Types.Scalars['ID']['input'];
}>;


export type PromptQuery = { readonly prompt: { readonly id: string, readonly text: string | null, readonly negativePrompt: string | null, readonly status: Types.PromptStatus | null, readonly images: ReadonlyArray<string> | null, readonly error: string | null, readonly seed: number | null, readonly cfgScale: number | null, readonly steps: number | null, readonly createdAt: string | null, readonly tune: { readonly id: string, readonly title: string | null } | null } | null };

export type PortkeyPromptsQueryVariables = Types.Exact<{
  first?: Types.InputMaybe<Types.Scalars['Int']['input']>;
  after?: Types.InputMaybe<Types.Scalars['String']['input']>;
  filter?: Types.InputMaybe<Types.PortkeyPromptFilter>;
}>;


export type PortkeyPromptsQuery = { readonly portkeyPrompts: { readonly totalCount: number | null, readonly nodes: ReadonlyArray<{ readonly id: string, readonly slug: string | null, readonly name: string | null, readonly model: string | null, readonly collectionId: string | null, readonly status: string | null, readonly createdAt: string | null, readonly updatedAt: string | null }>, readonly pageInfo: { readonly hasNextPage: boolean, readonly endCursor: string | null } } | null };

export type PortkeyLibraryQueryVariables = Types.Exact<{
  first?: Types.InputMaybe<Types.Scalars['Int']['input']>;
}>;


export type PortkeyLibraryQuery = { readonly portkeyPrompts: { readonly nodes: ReadonlyArray<{ readonly id: string, readonly name: string | null, readonly model: string | null, readonly template: string | null, readonly parameters: Record<string, unknown> | null, readonly virtualKey: string | null, readonly tools: ReadonlyArray<unknown> | null, readonly toolChoice: unknown | null, readonly metadata: Record<string, unknown> | null, readonly version: number | null, readonly versionDescription: string | null }> } | null };

export type PortkeyPromptQueryVariables = Types.Exact<{
  id: Types.Scalars['ID']['input'];
}>;


export type PortkeyPromptQuery = { readonly portkeyPrompt: { readonly id: string, readonly slug: string | null, readonly name: string | null, readonly model: string | null, readonly template: string | null, readonly variables: ReadonlyArray<string> | null, readonly parameters: Record<string, unknown> | null, readonly virtualKey: string | null, readonly version: number | null } | null };

export type CreatePromptMutationVariables = Types.Exact<{
  tuneId: Types.Scalars['ID']['input'];
  input: Types.CreatePromptInput;
}>;


export type CreatePromptMutation = { readonly createPrompt: { readonly prompt: { readonly id: string, readonly text: string | null, readonly status: Types.PromptStatus | null, readonly seed: number | null, readonly tune: { readonly id: string } | null } | null, readonly userErrors: ReadonlyArray<{ readonly code: Types.UserErrorCode, readonly message: string, readonly field: ReadonlyArray<string> | null }> } | null };

export type DuplicatePromptMutationVariables = Types.Exact<{
  id: Types.Scalars['ID']['input'];
  overrides?: Types.InputMaybe<Types.PromptOverridesInput>;
  imageIndex?: Types.InputMaybe<Types.Scalars['Int']['input']>;
}>;


export type DuplicatePromptMutation = { readonly duplicatePrompt: { readonly prompt: { readonly id: string, readonly text: string | null, readonly status: Types.PromptStatus | null, readonly seed: number | null, readonly tune: { readonly id: string } | null } | null, readonly userErrors: ReadonlyArray<{ readonly code: Types.UserErrorCode, readonly message: string, readonly field: ReadonlyArray<string> | null }> } | null };

export type ReplicateAllMutationVariables = Types.Exact<{
  targetModel: Types.Scalars['String']['input'];
}>;


export type ReplicateAllMutation = { readonly replicatePrompts: { readonly replication: { readonly id: string, readonly status: Types.ReplicationStatus, readonly counts: { readonly total: number, readonly created: number, readonly updated: number, readonly skipped: number, readonly failed: number, readonly pending: number } } | null, readonly userErrors: ReadonlyArray<{ readonly code: Types.UserErrorCode, readonly message: string, readonly field: ReadonlyArray<string> | null }> } | null };

export type ReplicatePromptsMutationVariables = Types.Exact<{
  targetModel: Types.Scalars['String']['input'];
  selection?: Types.InputMaybe<Types.PromptSelectionInput>;
  options?: Types.InputMaybe<Types.ReplicationOptionsInput>;
  dryRun?: Types.InputMaybe<Types.Scalars['Boolean']['input']>;
  awaitSeconds?: Types.InputMaybe<Types.Scalars['Int']['input']>;
}>;


export type ReplicatePromptsMutation = { readonly replicatePrompts: { readonly replication: { readonly id: string, readonly status: Types.ReplicationStatus, readonly targetModel: string, readonly dryRun: boolean, readonly counts: { readonly total: number, readonly created: number, readonly updated: number, readonly skipped: number, readonly failed: number, readonly pending: number }, readonly items: { readonly nodes: ReadonlyArray<{ readonly action: Types.ReplicationAction, readonly status: Types.ReplicationItemStatus, readonly replicaName: string, readonly source: { readonly id: string, readonly name: string | null }, readonly replica: { readonly id: string, readonly slug: string | null, readonly name: string | null, readonly model: string | null } | null, readonly error: { readonly code: string, readonly message: string } | null }>, readonly pageInfo: { readonly hasNextPage: boolean, readonly endCursor: string | null } } | null } | null, readonly userErrors: ReadonlyArray<{ readonly code: Types.UserErrorCode, readonly message: string, readonly field: ReadonlyArray<string> | null }> } | null };

export type ReplicationQueryVariables = Types.Exact<{
  id: Types.Scalars['ID']['input'];
}>;


export type ReplicationQuery = { readonly replication: { readonly id: string, readonly status: Types.ReplicationStatus, readonly startedAt: string | null, readonly finishedAt: string | null, readonly counts: { readonly total: number, readonly created: number, readonly updated: number, readonly skipped: number, readonly failed: number, readonly pending: number } } | null };

export type CancelReplicationMutationVariables = Types.Exact<{
  id: Types.Scalars['ID']['input'];
}>;


export type CancelReplicationMutation = { readonly cancelReplication: { readonly replication: { readonly id: string, readonly status: Types.ReplicationStatus } | null, readonly userErrors: ReadonlyArray<{ readonly code: Types.UserErrorCode, readonly message: string }> } | null };

export type ResumeReplicationMutationVariables = Types.Exact<{
  id: Types.Scalars['ID']['input'];
}>;


export type ResumeReplicationMutation = { readonly resumeReplication: { readonly replication: { readonly id: string, readonly status: Types.ReplicationStatus } | null, readonly userErrors: ReadonlyArray<{ readonly code: Types.UserErrorCode, readonly message: string }> } | null };

export type UndoReplicationMutationVariables = Types.Exact<{
  id: Types.Scalars['ID']['input'];
}>;


export type UndoReplicationMutation = { readonly undoReplication: { readonly deleted: ReadonlyArray<{ readonly id: string, readonly name: string }>, readonly kept: ReadonlyArray<{ readonly id: string, readonly name: string, readonly reason: string }>, readonly userErrors: ReadonlyArray<{ readonly code: Types.UserErrorCode, readonly message: string }> } | null };

export type ReplicationProgressSubscriptionVariables = Types.Exact<{
  id: Types.Scalars['ID']['input'];
}>;


export type ReplicationProgressSubscription = { readonly replicationProgress: { readonly id: string, readonly status: Types.ReplicationStatus, readonly counts: { readonly total: number, readonly created: number, readonly updated: number, readonly skipped: number, readonly failed: number, readonly pending: number } } | null };

export type PromptUpdatedSubscriptionVariables = Types.Exact<{
  id: Types.Scalars['ID']['input'];
}>;


export type PromptUpdatedSubscription = { readonly promptUpdated: { readonly id: string, readonly status: Types.PromptStatus | null, readonly images: ReadonlyArray<string> | null, readonly error: string | null } | null };

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