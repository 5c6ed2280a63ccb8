import { wallClockMs } from '../clock.js';
import { uuidFor } from '../deterministic.js';

export type Owner = 'main' | 'other';

export interface Workspace {
  id: string;
  slug: string;
  name: string;
  owner: Owner;
}

/** A record that requests can create and change. */
export interface Resource {
  id: string;
  name: string;
  owner: Owner;
  workspace_id: string | null;
  created_at: string;
  last_updated_at: string;
}

/** A collection, or an item that can be in one. */
export interface LibraryItem extends Resource {
  slug: string;
  workspace_id: string;
  status: string;
}

export interface Collection extends LibraryItem {
  parent_collection_id: string | null;
  is_default: boolean;
}

export interface Label extends Resource {
  /** True for a built-in label, which exists in every workspace. */
  is_universal: boolean;
  description: string | null;
  color_code: string | null;
}

/** Content of a prompt version. */
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

export const EMPTY_VERSION: VersionFields = {
  string: '',
  parameters: {},
  model: null,
  virtual_key: null,
  functions: null,
  tools: null,
  tool_choice: null,
  template_metadata: null,
  is_raw_template: 0,
  description: null,
};

/** Fields that every version has in addition to its content. */
export interface Version {
  id: string;
  number: number;
  label_id: string | null;
  created_at: string;
}

export interface Versioned<V extends Version = Version> extends LibraryItem {
  collection_id: string | null;
  /** Versions, oldest first. */
  versions: V[];
  /** Number of the published version, which GET shows. */
  published: number;
}

export type PromptVersion = VersionFields & Version;
export type PortkeyPrompt = Versioned<PromptVersion>;

export type PartialVersion = Pick<VersionFields, 'string' | 'description'> & Version;
export type PromptPartial = Versioned<PartialVersion>;

/** Copies the parts that writes change in place. Writes change only the label of a version. */
export function copyVersioned<T extends Versioned>(record: T): T {
  return { ...record, versions: record.versions.map((version) => ({ ...version })) };
}

/** Returns the current time in ISO 8601, rounded down to whole seconds. */
export function timestamp(): string {
  return new Date(Math.floor(wallClockMs() / 1000) * 1000).toISOString();
}

export function publishedVersion<V extends Version>(of: Versioned<V>): V {
  return of.versions.find(({ number }) => number === of.published) ?? latestVersion(of);
}

export function latestVersion<V extends Version>(of: Pick<Versioned<V>, 'versions'>): V {
  const version = of.versions.at(-1);
  if (!version) throw new Error('The object has no versions.');
  return version;
}

/** Adds content as the newest version, without publishing it. */
export function appendVersion<Content extends object>(
  record: Versioned<Content & Version>,
  content: Content,
  createdAt = timestamp(),
): Content & Version {
  const number = (record.versions.at(-1)?.number ?? 0) + 1;
  const id = uuidFor(`${record.id}/${number}`);
  const version = { ...content, id, number, label_id: null, created_at: createdAt };
  record.versions.push(version);
  return version;
}

export function removeLabel(record: Versioned, labelId: string): void {
  for (const version of record.versions) if (version.label_id === labelId) version.label_id = null;
}

export function statusOf(record: Versioned, version: Version): string {
  return version.number === record.published ? 'active' : 'archived';
}
