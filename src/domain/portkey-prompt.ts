import type { FieldResult } from './upstream-error.js';

/**
 * An LLM prompt as listed by Portkey, or as far as the gateway knows it. An `undefined` field is read from
 * Portkey on demand, and one that cannot be decoded holds its error.
 */
export interface PortkeyPromptSummary {
  readonly id: string;
  readonly slug: FieldResult<string | null>;
  readonly name: FieldResult<string | null>;
  readonly model: FieldResult<string | null>;
  readonly collectionId: FieldResult<string | null>;
  readonly status?: FieldResult<string | null>;
  readonly createdAt?: FieldResult<string | null>;
  readonly updatedAt?: FieldResult<string | null>;
}

/** An LLM prompt with its published version. The `template` of a chat prompt is its messages as a JSON string. */
export interface PortkeyPrompt extends Required<PortkeyPromptSummary> {
  readonly template: FieldResult<string | null>;
  readonly variables: FieldResult<readonly string[] | null>;
  readonly partials: FieldResult<readonly string[] | null>;
  readonly parameters: FieldResult<Readonly<Record<string, unknown>> | null>;
  readonly virtualKey: FieldResult<string | null>;
  readonly functions: FieldResult<readonly unknown[] | null>;
  readonly tools: FieldResult<readonly unknown[] | null>;
  readonly toolChoice: FieldResult<unknown>;
  readonly metadata: FieldResult<Readonly<Record<string, unknown>> | null>;
  readonly isRawTemplate: FieldResult<boolean | null>;
  readonly version: FieldResult<number | null>;
  readonly versionId: FieldResult<string | null>;
  readonly versionDescription: FieldResult<string | null>;
  readonly versionStatus: FieldResult<string | null>;
}

/**
 * Content of a version, as sent to Portkey. `isRawTemplate` is true if Mustache fills the template before it is parsed as
 * JSON, and null if the source does not report it.
 */
export interface PortkeyPromptVersionInput {
  readonly template: string;
  readonly isRawTemplate: boolean | null;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly model: string;
  readonly virtualKey: string;
  readonly functions: readonly unknown[] | null;
  readonly tools: readonly unknown[] | null;
  readonly toolChoice: unknown;
  readonly versionDescription: string | null;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** A complete new prompt. */
export interface PortkeyPromptInput extends PortkeyPromptVersionInput {
  readonly name: string;
  readonly collectionId: string;
}

/** A folder of prompts. */
export interface PortkeyCollection {
  readonly id: string;
  readonly name: FieldResult<string | null>;
}

/** Filters of Portkey's list, combined with AND. */
export interface PortkeyListFilter {
  readonly collectionId?: string | null | undefined;
  readonly workspaceId?: string | null | undefined;
  readonly search?: string | null | undefined;
}
