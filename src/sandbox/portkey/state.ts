import { randomUUID } from 'node:crypto';
import { uuidFor } from '../deterministic.js';
import type { Dialect } from '../dialect.js';
import { ReadLag } from './read-lag.js';
import {
  type Collection,
  copyRecord,
  type Label,
  latestVersion,
  type Owner,
  type PortkeyPrompt,
  type PromptPartial,
  type PromptVersion,
  timestamp,
  type VersionFields,
  type Workspace,
} from './records.js';

type NewPrompt = Partial<Omit<PortkeyPrompt, 'versions' | 'published'>> & Partial<VersionFields>;

interface NewPromptOptions {
  /** Further versions, each on top of the one before. */
  versions?: Partial<VersionFields>[];
  /** Which version is published; default the first. */
  published?: number;
}

/** All that the emulated Portkey knows. Tests may read and change it. */
export class PortkeyState {
  readonly workspaces = new Map<string, Workspace>();
  readonly collections = new Map<string, Collection>();
  readonly labels = new Map<string, Label>();
  readonly prompts = new Map<string, PortkeyPrompt>();
  readonly partials = new Map<string, PromptPartial>();

  /** The prompts that were deleted by a request. */
  readonly deletedPrompts = new Map<string, PortkeyPrompt>();
  /** The prompts and partials as reads show them. */
  readonly seenPrompts: ReadLag<PortkeyPrompt>;
  readonly seenPartials: ReadLag<PromptPartial>;

  constructor(readonly dialect: Readonly<Dialect>) {
    this.seenPrompts = new ReadLag(this.prompts, dialect, copyRecord<PortkeyPrompt>);
    this.seenPartials = new ReadLag(this.partials, dialect, copyRecord<PromptPartial>);
  }

  addWorkspace(partial: Partial<Workspace> & { name: string }): Workspace {
    const id = partial.id ?? randomUUID();
    const workspace: Workspace = { owner: 'main', slug: slugFor('ws', partial.name, id), ...partial, id };
    this.workspaces.set(id, workspace);
    return workspace;
  }

  addCollection(partial: Partial<Collection> = {}): Collection {
    const id = partial.id ?? randomUUID();
    const owner = partial.owner ?? 'main';
    const name = partial.name ?? `Collection ${id.slice(0, 6)}`;
    const now = timestamp();
    const collection: Collection = {
      slug: slugFor('col', name, id),
      workspace_id: partial.workspace_id ?? this.#anyWorkspace(owner).id,
      parent_collection_id: null,
      is_default: false,
      status: 'active',
      created_at: now,
      last_updated_at: now,
      ...partial,
      id,
      name,
      owner,
    };
    this.collections.set(id, collection);
    return collection;
  }

  /** Adds a prompt of the main account to its first collection, unless told otherwise. */
  addPrompt(partial: NewPrompt = {}, options: NewPromptOptions = {}): PortkeyPrompt {
    const id = partial.id ?? randomUUID();
    const owner = partial.owner ?? 'main';
    const name = partial.name ?? `Prompt ${id.slice(0, 6)}`;
    const collection = this.#collectionFor(partial, owner);
    const createdAt = partial.created_at ?? timestamp();
    const prompt: PortkeyPrompt = {
      id,
      slug: partial.slug ?? slugFor('pp', name, id),
      name,
      owner,
      collection_id: collection?.id ?? null,
      workspace_id: partial.workspace_id ?? collection?.workspace_id ?? this.#anyWorkspace(owner).id,
      status: partial.status ?? 'active',
      created_at: createdAt,
      last_updated_at: partial.last_updated_at ?? createdAt,
      versions: [],
      published: options.published ?? 1,
    };
    const model = partial.model ?? VERSION_DEFAULTS.model;
    const parameters = { ...VERSION_DEFAULTS.parameters, model };
    this.addVersion(prompt, { ...VERSION_DEFAULTS, parameters, ...versionFieldsOf(partial) }, createdAt);
    for (const changes of options.versions ?? []) {
      this.addVersion(prompt, { ...latestVersion(prompt), ...versionFieldsOf(changes) }, createdAt);
    }
    this.prompts.set(id, prompt);
    return prompt;
  }

  /** Adds a prompt as a request does: reads may show it later. */
  createPrompt(given: NewPrompt): PortkeyPrompt {
    const id = randomUUID();
    this.seenPrompts.beforeWrite(id);
    return this.addPrompt({ ...given, id });
  }

  /** Appends a version; it becomes the published one only through `published`. */
  addVersion(prompt: PortkeyPrompt, fields: VersionFields, createdAt = timestamp()): PromptVersion {
    const number = (prompt.versions.at(-1)?.number ?? 0) + 1;
    const version: PromptVersion = {
      ...versionFields(fields),
      id: uuidFor(`${prompt.id}/${number}`),
      number,
      label_id: null,
      created_at: createdAt,
    };
    prompt.versions.push(version);
    return version;
  }

  addLabel(partial: Partial<Label> & { name: string }): Label {
    const id = partial.id ?? randomUUID();
    const now = timestamp();
    const label: Label = {
      owner: 'main',
      workspace_id: null,
      is_universal: false,
      description: null,
      color_code: null,
      created_at: now,
      last_updated_at: now,
      ...partial,
      id,
    };
    this.labels.set(id, label);
    return label;
  }

  addPartial(partial: Partial<PromptPartial> & { name: string; string: string }): PromptPartial {
    const { string, ...given } = partial;
    const id = given.id ?? randomUUID();
    const now = given.created_at ?? timestamp();
    const owner = given.owner ?? 'main';
    const added: PromptPartial = {
      slug: slugFor('pt', given.name, id),
      workspace_id: given.workspace_id ?? this.#anyWorkspace(owner).id,
      collection_id: null,
      status: 'active',
      last_updated_at: now,
      versions: [
        { id: uuidFor(`${id}/1`), number: 1, string, description: null, label_id: null, created_at: now },
      ],
      published: 1,
      ...given,
      id,
      owner,
      created_at: now,
    };
    this.partials.set(id, added);
    return added;
  }

  /** Adds a partial as a request does: reads may show it later. */
  createPartial(given: Parameters<PortkeyState['addPartial']>[0]): PromptPartial {
    const id = randomUUID();
    this.seenPartials.beforeWrite(id);
    return this.addPartial({ ...given, id });
  }

  /** Forgets everything. */
  clear(): void {
    const maps = [this.workspaces, this.collections, this.labels, this.prompts, this.partials];
    for (const map of [...maps, this.deletedPrompts, this.seenPrompts, this.seenPartials]) map.clear();
  }

  #anyWorkspace(owner: Owner): Workspace {
    const own = [...this.workspaces.values()].find((workspace) => workspace.owner === owner);
    return own ?? this.addWorkspace({ owner, name: 'Default' });
  }

  #collectionFor(partial: NewPrompt, owner: Owner): Collection | null {
    if (partial.collection_id === null) return null;
    if (partial.collection_id !== undefined) {
      const named = this.collections.get(partial.collection_id);
      if (!named) throw new Error(`no collection with the id ${partial.collection_id}`);
      return named;
    }
    const own = [...this.collections.values()].find((collection) => collection.owner === owner);
    return own ?? this.addCollection({ owner, name: 'Default' });
  }
}

const VERSION_DEFAULTS: VersionFields = {
  string: '[{"role":"user","content":"Hello {{name}}"}]',
  parameters: { model: 'gpt-4o', name: 'Ada' },
  model: 'gpt-4o',
  virtual_key: 'openai-prod',
  functions: null,
  tools: null,
  tool_choice: null,
  template_metadata: null,
  is_raw_template: 0,
  description: null,
};

function versionFields(fields: VersionFields): VersionFields {
  return { ...VERSION_DEFAULTS, ...versionFieldsOf(fields) };
}

function versionFieldsOf(given: Partial<VersionFields>): Partial<VersionFields> {
  return Object.fromEntries(
    Object.entries(given).filter(
      ([name, value]) => Object.hasOwn(VERSION_DEFAULTS, name) && value !== undefined,
    ),
  );
}

/** Such as pp-support-triage-5cd6b6. */
function slugFor(kind: string, name: string, id: string): string {
  const words = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
  return [kind, words.slice(0, 40).replace(/-$/, ''), id.replaceAll('-', '').slice(-6)]
    .filter(Boolean)
    .join('-');
}
