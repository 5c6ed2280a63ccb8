import type { Told } from './upstream-error.js';

/**
 * An LLM prompt as listed by Portkey, or as far as the gateway knows it. `undefined` means unknown: it is read from Portkey
 * on demand. A field that cannot be decoded holds its error.
 */
export interface PortkeyPromptSummary {
  readonly id: string;
  readonly slug: Told<string | null>;
  readonly name: Told<string | null>;
  readonly model: Told<string | null>;
  readonly collectionId: Told<string | null>;
  readonly status?: Told<string | null>;
  readonly createdAt?: Told<string | null>;
  readonly updatedAt?: Told<string | null>;
}

/** An LLM prompt with its published version. The `template` of a chat prompt is its messages as a JSON string. */
export interface PortkeyPrompt extends Required<PortkeyPromptSummary> {
  readonly template: Told<string | null>;
  readonly variables: Told<readonly string[] | null>;
  readonly partials: Told<readonly string[] | null>;
  readonly parameters: Told<Readonly<Record<string, unknown>> | null>;
  readonly virtualKey: Told<string | null>;
  readonly functions: Told<readonly unknown[] | null>;
  readonly tools: Told<readonly unknown[] | null>;
  readonly toolChoice: Told<unknown>;
  readonly metadata: Told<Readonly<Record<string, unknown>> | null>;
  readonly isRawTemplate: Told<boolean | null>;
  readonly version: Told<number | null>;
  readonly versionId: Told<string | null>;
  readonly versionDescription: Told<string | null>;
  readonly versionStatus: Told<string | null>;
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
  readonly name: Told<string | null>;
}

/** Filters of Portkey's list, combined with AND. */
export interface PortkeyListFilter {
  readonly collectionId?: string | null | undefined;
  readonly workspaceId?: string | null | undefined;
  readonly search?: string | null | undefined;
}
