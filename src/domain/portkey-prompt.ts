import type { UpstreamError } from './upstream-error.js';

/**
 * An LLM prompt as Portkey's list has it, or as far as the gateway knows it. `undefined` says not known here: to be read
 * from Portkey when it is asked for.
 */
export interface PortkeyPromptSummary {
  readonly id: string;
  readonly slug: string | null;
  readonly name: string | null;
  readonly model: string | null;
  readonly collectionId: string | null;
  readonly status?: string | null;
  readonly createdAt?: string | null;
  readonly updatedAt?: string | null;
}

/** An LLM prompt with its published version. `template` of a chat prompt is the JSON text of its messages. */
export interface PortkeyPrompt extends PortkeyPromptSummary {
  readonly status: string | null;
  readonly createdAt: string | null;
  readonly updatedAt: string | null;
  readonly template: string | null;
  /** An error where Portkey tells them in a notation that is not known. */
  readonly variables: readonly string[] | UpstreamError | null;
  readonly partials: readonly string[] | UpstreamError | null;
  readonly parameters: Readonly<Record<string, unknown>> | null;
  readonly virtualKey: string | null;
  readonly functions: readonly unknown[] | null;
  readonly tools: readonly unknown[] | null;
  readonly toolChoice: unknown;
  readonly metadata: Readonly<Record<string, unknown>> | null;
  readonly isRawTemplate: boolean | null;
  readonly version: number | null;
  readonly versionId: string | null;
  readonly versionDescription: string | null;
  readonly versionStatus: string | null;
}

/** What a version of a prompt is made from, as it is sent to Portkey. */
export interface PortkeyPromptVersionInput {
  readonly template: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly model: string;
  readonly virtualKey: string;
  readonly functions: readonly unknown[] | null;
  readonly tools: readonly unknown[] | null;
  readonly toolChoice: unknown;
  readonly versionDescription: string | null;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** A whole new prompt. */
export interface PortkeyPromptInput extends PortkeyPromptVersionInput {
  readonly name: string;
  readonly collectionId: string;
}

/** Conditions that Portkey's list takes, combined with and. */
export interface PortkeyListFilter {
  readonly collectionId?: string | null | undefined;
  readonly workspaceId?: string | null | undefined;
  readonly search?: string | null | undefined;
}
