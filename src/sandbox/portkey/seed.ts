import { numberFor, pick, uuidFor } from '../deterministic.js';
import { DEFAULT_DIALECT } from '../dialect.js';
import type { Collection, Label, Owner, VersionFields } from './records.js';
import { COLLECTIONS, type CollectionRow, FUNCTIONS, MODELS, PARTIALS, type Task } from './seed-content.js';
import { PortkeyState } from './state.js';

const HOUR = 3_600_000;
/** Creation time of the newest seeded object. */
const SEED_END = Date.UTC(2026, 7, 1, 9, 0, 0);
/** Variants of each task, like in libraries that grow by copying. */
const VARIANTS = ['', ' (DE)'] as const;
const SAMPLES: Record<string, string> = {
  product_name: 'Northwind',
  language: 'English',
  stars: '4',
  severity: 'high',
};

type Seed = 'library' | 'empty';

/** Cache of seeded states, because copying a state is much faster than creating it. */
const seeded = new Map<Seed, PortkeyState>();

/** Seeds 143 prompts in 5 collections of 2 workspaces, and a small second account. */
export function seedPortkey(state: PortkeyState, seed: Seed): void {
  let original = seeded.get(seed);
  if (!original) {
    original = new PortkeyState(DEFAULT_DIALECT);
    populate(original, seed);
    seeded.set(seed, original);
  }
  state.copyFrom(original);
}

function populate(state: PortkeyState, seed: Seed): void {
  const product = addWorkspace(state, 'Product');
  addBuiltInLabels(state, 'main');
  addOtherAccount(state, seed);
  if (seed === 'empty') {
    addCollection(state, 'General', product, 1);
    return;
  }
  const workspaces = { Product: product, Growth: addWorkspace(state, 'Growth') };
  for (const [name, string] of PARTIALS) {
    state.addPartial({
      id: uuidFor(`partial/${name}`),
      name,
      slug: name,
      string,
      created_at: before(24 * 400),
    });
  }
  addLabel(state, 'experiment', { workspace_id: product });
  let count = 0;
  for (const [n, row] of COLLECTIONS.entries()) {
    const collection = addCollection(state, row.name, workspaces[row.workspace], 24 * 380 - n);
    for (const variant of VARIANTS) {
      for (const task of row.tasks) {
        addPrompt(state, count, row, task, variant, collection);
        count += 1;
      }
    }
  }
  addUncollectedPrompts(state, product, count);
  labelFirstVersions(state);
  addVersionGaps(state);
}

function before(hours: number): string {
  return new Date(SEED_END - hours * HOUR).toISOString();
}

function addWorkspace(state: PortkeyState, name: string, owner: 'main' | 'other' = 'main'): string {
  return state.addWorkspace({ id: uuidFor(`workspace/${owner}/${name}`), name, owner }).id;
}

function addBuiltInLabels(state: PortkeyState, owner: Owner): void {
  for (const name of ['production', 'staging', 'development']) {
    addLabel(state, name, { owner, is_universal: true });
  }
}

function addLabel(state: PortkeyState, name: string, fields: Partial<Label>): void {
  const time = before(24 * 390);
  const namespace = fields.owner === 'other' ? 'label/other' : 'label';
  state.addLabel({
    id: uuidFor(`${namespace}/${name}`),
    name,
    created_at: time,
    last_updated_at: time,
    ...fields,
  });
}

function addCollection(
  state: PortkeyState,
  name: string,
  workspaceId: string,
  hoursAgo: number,
  owner: 'main' | 'other' = 'main',
): Collection {
  const time = before(hoursAgo);
  return state.addCollection({
    id: uuidFor(`collection/${owner}/${name}`),
    name,
    owner,
    workspace_id: workspaceId,
    is_default: name === 'General',
    created_at: time,
    last_updated_at: time,
  });
}

function addPrompt(
  state: PortkeyState,
  n: number,
  row: CollectionRow,
  task: Task,
  variant: string,
  collection: Collection | null,
): void {
  const name = `${task[0]}${variant}`;
  const id = uuidFor(`prompt/${collection?.name ?? 'none'}/${name}`);
  // Prompts without a collection are older than all others.
  const age = collection ? 160 - n : 340 - n;
  const createdAt = before(24 * 2 * age + numberFor(`created/${n}`, 30));
  const version = versionFor(n, row, task, variant);
  const revisions = n % 9 === 4 ? revise(version, 1 + (n % 3)) : [];
  state.addPrompt(
    {
      id,
      name,
      collection_id: collection?.id ?? null,
      created_at: createdAt,
      last_updated_at: new Date(Date.parse(createdAt) + (1 + revisions.length) * 5 * HOUR).toISOString(),
      ...version,
    },
    // The newest version of every other prompt is not published yet.
    { versions: revisions, published: revisions.length + (n % 2) || 1 },
  );
}

function versionFor(n: number, row: CollectionRow, task: Task, variant: string): VersionFields {
  const { model, virtualKey } = pick(`model/${n}`, MODELS);
  const [, duty, ...variables] = task;
  const language = variant === ' (DE)' ? 'German' : 'English';
  return {
    string: n % 4 === 3 ? textTemplate(duty, variables) : chatTemplate(row, duty, variables),
    parameters: {
      model,
      temperature: pick(`temperature/${n}`, [0, 0.2, 0.7, 1]),
      max_tokens: pick(`tokens/${n}`, [256, 512, 1024, 4096]),
      ...Object.fromEntries(
        variables.map((name) => [name, SAMPLES[name] ?? `Sample ${name.replace('_', ' ')}`]),
      ),
      product_name: SAMPLES.product_name,
      language,
    },
    model,
    virtual_key: virtualKey,
    ...toolsFor(n, task),
    template_metadata:
      n % 6 === 2 ? { team: row.name, reviewed: n % 4 === 2, ticket: `PG-${1200 + n}` } : null,
    is_raw_template: n % 17 === 11 ? 1 : 0,
    description: n % 3 === 0 ? 'First version' : null,
  };
}

function chatTemplate(row: CollectionRow, duty: string, variables: string[]): string {
  const system = `You are ${row.persona}. {{>brand-voice}} ${duty} Answer in {{language}}.`;
  const user = variables.map((name) => `${name.replace('_', ' ')}:\n{{${name}}}`).join('\n\n');
  return JSON.stringify([
    { role: 'system', content: system },
    { role: 'user', content: user },
  ]);
}

function textTemplate(duty: string, variables: string[]): string {
  const given = variables.map((name) => `{{#${name}}}${name}: {{${name}}}\n{{/${name}}}`).join('');
  return `${duty}\n{{>safety-rules}}\n\n${given}\nAnswer in {{language}}:`;
}

/** Returns tools for about one in nine prompts and for tasks that mention a tool. Four prompts have the older functions. */
function toolsFor(n: number, [, duty]: Task): Pick<VersionFields, 'functions' | 'tools' | 'tool_choice'> {
  if (n % 35 === 20) return { functions: [pick(`function/${n}`, FUNCTIONS)], tools: null, tool_choice: null };
  if (!/the tool|call the/.test(duty) && n % 12 !== 5)
    return { functions: null, tools: null, tool_choice: null };
  const chosen = pick(`tool/${n}`, FUNCTIONS);
  const forced = { type: 'function', function: { name: chosen.name } };
  return {
    functions: null,
    tools: [{ type: 'function', function: chosen }],
    tool_choice: pick(`choice/${n}`, [null, forced]),
  };
}

function revise(version: VersionFields, count: number): Partial<VersionFields>[] {
  return Array.from({ length: count }, (_, n) => ({
    parameters: { ...version.parameters, temperature: 0.3 },
    description: n === 0 ? 'Calmer temperature' : `Revision ${n + 2}`,
  }));
}

/** Adds prompts without a collection, as if they predated collections. */
function addUncollectedPrompts(state: PortkeyState, workspaceId: string, count: number): void {
  const row: CollectionRow = { name: 'none', workspace: 'Product', persona: 'an assistant', tasks: [] };
  const tasks: Task[] = [
    ['Playground scratch', 'Answer the question.', 'question'],
    ['Old onboarding bot', 'Guide the new user through the setup.', 'step'],
    ['Untitled prompt', 'Summarize the text.', 'text'],
  ];
  for (const [n, task] of tasks.entries()) {
    addPrompt(state, count + n, row, task, '', null);
  }
  for (const prompt of state.prompts.values()) {
    if (prompt.collection_id === null) prompt.workspace_id = workspaceId;
  }
}

function labelFirstVersions(state: PortkeyState): void {
  const production = uuidFor('label/production');
  for (const prompt of state.prompts.values()) {
    const [first] = prompt.versions;
    if (first && prompt.versions.length > 1 && prompt.owner === 'main') first.label_id = production;
  }
}

/** Gives third versions the number 4, because version numbers can have gaps. */
function addVersionGaps(state: PortkeyState): void {
  for (const prompt of state.prompts.values()) {
    const third = prompt.versions[2];
    if (!third) continue;
    if (prompt.published === third.number) prompt.published += 1;
    third.number += 1;
  }
}

function addOtherAccount(state: PortkeyState, seed: Seed): void {
  const workspaceId = addWorkspace(state, 'Pilot', 'other');
  addBuiltInLabels(state, 'other');
  const collection = addCollection(state, 'Pilot prompts', workspaceId, 24 * 30, 'other');
  if (seed === 'empty') return;
  for (const [n, name] of ['Pilot greeting', 'Pilot summary', 'Support triage'].entries()) {
    const created_at = before(24 * (20 - n));
    const id = uuidFor(`prompt/other/${name}`);
    state.addPrompt({ id, name, owner: 'other', collection_id: collection.id, created_at });
  }
}
