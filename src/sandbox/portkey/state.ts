import { randomUUID } from 'node:crypto';
import type { Dialect } from '../dialect.js';
import { Store } from '../store.js';
import { LaggingStore } from './lagging-store.js';
import {
  appendVersion,
  type Collection,
  copyVersioned,
  EMPTY_VERSION,
  type Label,
  type LibraryItem,
  latestVersion,
  type Owner,
  type PortkeyPrompt,
  type PromptPartial,
  type PromptVersion,
  timestamp,
  type VersionFields,
  type Workspace,
} from './records.js';

type NewItem = Partial<LibraryItem & Pick<PortkeyPrompt, 'collection_id'>>;
type NewPrompt = NewItem & Partial<VersionFields>;
type NewPartial = NewItem & { name: string; string: string; description?: string | null };

interface NewPromptOptions {
  /** Further versions, each as changes to the previous one. */
  versions?: Partial<VersionFields>[];
  /** Number of the published version. Defaults to the first. */
  published?: number;
}

/** State of the emulated Portkey. Tests may read and change it. */
export class PortkeyState {
  readonly workspaces = new LaggingStore<Workspace>();
  readonly collections = new LaggingStore<Collection>();
  readonly labels = new LaggingStore<Label>();
  readonly prompts: LaggingStore<PortkeyPrompt>;
  readonly partials: LaggingStore<PromptPartial>;
  /** Prompts that a request has deleted. */
  readonly deletedPrompts = new Store<PortkeyPrompt>();

  constructor(readonly dialect: Readonly<Dialect>) {
    this.prompts = new LaggingStore(dialect, copyVersioned<PortkeyPrompt>);
    this.partials = new LaggingStore(dialect, copyVersioned<PromptPartial>);
  }

  addWorkspace({ id = randomUUID(), ...given }: Partial<Workspace> & { name: string }): Workspace {
    return this.workspaces.add({ owner: 'main', slug: slugFor('ws', given.name, id), ...given, id });
  }

  addCollection(given: Partial<Collection> = {}): Collection {
    const { parent_collection_id = null, is_default = false } = given;
    return this.collections.add({
      ...this.#newItem('Collection', 'col', given),
      parent_collection_id,
      is_default,
    });
  }

  /** Adds a prompt, by default to the first collection of the main account. */
  addPrompt(given: NewPrompt = {}, { versions = [], published = 1 }: NewPromptOptions = {}): PortkeyPrompt {
    const collection = this.#collectionFor(given);
    const workspace_id = given.workspace_id ?? collection?.workspace_id;
    const item = this.#newItem('Prompt', 'pp', { ...given, ...(workspace_id && { workspace_id }) });
    const prompt: PortkeyPrompt = { ...item, collection_id: collection?.id ?? null, versions: [], published };
    const parameters = { ...SAMPLE_VERSION.parameters, model: given.model ?? SAMPLE_VERSION.model };
    this.addVersion(prompt, { ...SAMPLE_VERSION, parameters, ...versionFieldsOf(given) }, item.created_at);
    for (const changes of versions) {
      this.addVersion(prompt, { ...latestVersion(prompt), ...versionFieldsOf(changes) }, item.created_at);
    }
    return this.prompts.add(prompt);
  }

  /** Appends a version without publishing it. Set `published` of the prompt to publish it. */
  addVersion(prompt: PortkeyPrompt, fields: VersionFields, createdAt?: string): PromptVersion {
    return appendVersion(prompt, { ...SAMPLE_VERSION, ...versionFieldsOf(fields) }, createdAt);
  }

  addLabel(given: Partial<Label> & { name: string }): Label {
    const now = timestamp();
    return this.labels.add({
      id: randomUUID(),
      owner: 'main',
      workspace_id: null,
      is_universal: false,
      description: null,
      color_code: null,
      created_at: now,
      last_updated_at: now,
      ...given,
    });
  }

  addPartial({ string, description = null, ...given }: NewPartial): PromptPartial {
    const item = this.#newItem('Partial', 'pt', given);
    const { collection_id = null } = given;
    const partial: PromptPartial = { ...item, collection_id, versions: [], published: 1 };
    appendVersion(partial, { string, description }, item.created_at);
    return this.partials.add(partial);
  }

  /** Adds copies of all records of another state. */
  copyFrom(other: PortkeyState): void {
    this.workspaces.copyFrom(other.workspaces);
    this.collections.copyFrom(other.collections);
    this.labels.copyFrom(other.labels);
    this.prompts.copyFrom(other.prompts);
    this.partials.copyFrom(other.partials);
  }

  /** Deletes all data. */
  clear(): void {
    const { workspaces, collections, labels, prompts, partials, deletedPrompts } = this;
    for (const store of [workspaces, collections, labels, prompts, partials, deletedPrompts]) store.clear();
  }

  #newItem(noun: string, slugKind: string, given: NewItem): LibraryItem {
    const { id = randomUUID(), owner = 'main', status = 'active', created_at = timestamp() } = given;
    const { name = `${noun} ${id.slice(0, 6)}`, last_updated_at = created_at } = given;
    const { slug = slugFor(slugKind, name, id), workspace_id = this.#anyWorkspace(owner).id } = given;
    return { id, slug, name, owner, workspace_id, status, created_at, last_updated_at };
  }

  #anyWorkspace(owner: Owner): Workspace {
    return this.workspaces.where({ owner })[0] ?? this.addWorkspace({ owner, name: 'Default' });
  }

  #collectionFor({ collection_id: id, owner = 'main' }: NewPrompt): Collection | null {
    if (id === null) return null;
    if (id === undefined) {
      return this.collections.where({ owner })[0] ?? this.addCollection({ owner, name: 'Default' });
    }
    const named = this.collections.get(id);
    if (!named) throw new Error(`There is no collection with the id ${id}.`);
    return named;
  }
}

const SAMPLE_VERSION: VersionFields = {
  ...EMPTY_VERSION,
  string: '[{"role":"user","content":"Hello {{name}}"}]',
  parameters: { model: 'gpt-4o', name: 'Ada' },
  model: 'gpt-4o',
  virtual_key: 'openai-prod',
};

const VERSION_FIELDS = Object.keys(EMPTY_VERSION) as (keyof VersionFields)[];

function versionFieldsOf(given: Partial<VersionFields>): Partial<VersionFields> {
  const fields: Partial<Record<keyof VersionFields, unknown>> = {};
  for (const name of VERSION_FIELDS) if (given[name] !== undefined) fields[name] = given[name];
  return fields as Partial<VersionFields>;
}

/** Builds a slug such as `pp-support-triage-5cd6b6`. */
function slugFor(kind: string, name: string, id: string): string {
  const words = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
  return [kind, words.slice(0, 40).replace(/-$/, ''), id.replaceAll('-', '').slice(-6)]
    .filter(Boolean)
    .join('-');
}
