import { wallClockMs } from '../clock.js';
export type Owner = 'main' | 'other';

export interface Workspace {
  id: string;
  slug: string;
  name: string;
  owner: Owner;
}

export interface Collection {
  id: string;
  slug: string;
  name: string;
  owner: Owner;
  workspace_id: string;
  parent_collection_id: string | null;
  is_default: boolean;
  status: string;
  created_at: string;
  last_updated_at: string;
}

export interface Label {
  id: string;
  name: string;
  owner: Owner;
  workspace_id: string | null;
  /** Built in, and the same in every workspace. */
  is_universal: boolean;
  description: string | null;
  color_code: string | null;
  created_at: string;
  last_updated_at: string;
}

/** What a version of a prompt consists of. */
export interface VersionFields {
  string: string;
  parameters: Record<string, unknown>;
  model: string | null;
  virtual_key: string | null;
  functions: unknown[] | null;
  tools: unknown[] | null;
  tool_choice: string | Record<string, unknown> | null;
  template_metadata: Record<string, unknown> | null;
  is_raw_template: 0 | 1;
  description: string | null;
}

export interface PromptVersion extends VersionFields {
  id: string;
  number: number;
  label_id: string | null;
  created_at: string;
}

export interface PortkeyPrompt {
  id: string;
  slug: string;
  name: string;
  owner: Owner;
  collection_id: string | null;
  workspace_id: string;
  status: string;
  created_at: string;
  last_updated_at: string;
  /** Oldest first. */
  versions: PromptVersion[];
  /** The number of the published version: the one that GET shows. */
  published: number;
}

export interface PartialVersion {
  id: string;
  number: number;
  string: string;
  description: string | null;
  label_id: string | null;
  created_at: string;
}

export interface PromptPartial {
  id: string;
  slug: string;
  name: string;
  owner: Owner;
  workspace_id: string;
  collection_id: string | null;
  status: string;
  created_at: string;
  last_updated_at: string;
  versions: PartialVersion[];
  published: number;
}

/** Copies what writes change in place: a version never changes but for its label. */
export function copyRecord<T extends PortkeyPrompt | PromptPartial>(record: T): T {
  return { ...record, versions: record.versions.map((version) => ({ ...version })) };
}

/** Now, in whole seconds. */
export function timestamp(): string {
  return new Date(Math.floor(wallClockMs() / 1000) * 1000).toISOString();
}

/** The version in force. */
export function publishedVersion<V extends { number: number }>(of: { versions: V[]; published: number }): V {
  const version = of.versions.find((candidate) => candidate.number === of.published) ?? of.versions.at(-1);
  if (!version) throw new Error('an object without versions');
  return version;
}

export function latestVersion<V>(of: { versions: V[] }): V {
  const version = of.versions.at(-1);
  if (!version) throw new Error('an object without versions');
  return version;
}
