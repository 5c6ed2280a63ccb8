import type { Told } from './upstream-error.js';

/**
 * An LLM prompt as Portkey's list has it, or as far as the gateway knows it. `undefined` says not known here: to be read
 * from Portkey when it is asked for. A field that cannot be read is an error in that one place.
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

/** An LLM prompt with its published version. `template` of a chat prompt is the JSON text of its messages. */
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
 * The content of a version, as it is sent to Portkey. `isRawTemplate` tells whether Mustache fills the template before it
 * is parsed as JSON; null where the source does not tell.
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

/** A whole new prompt. */
export interface PortkeyPromptInput extends PortkeyPromptVersionInput {
  readonly name: string;
  readonly collectionId: string;
}

/** A folder of prompts. */
export interface PortkeyCollection {
  readonly id: string;
  readonly name: Told<string | null>;
}

/** Conditions that Portkey's list takes, combined with and. */
export interface PortkeyListFilter {
  readonly collectionId?: string | null | undefined;
  readonly workspaceId?: string | null | undefined;
  readonly search?: string | null | undefined;
}
