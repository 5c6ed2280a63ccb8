import { isJsonObject, stringifyLossless } from '../lossless-json.js';

/** A node of a parsed template. Portkey's templates are Mustache without HTML escaping. */
type Node =
  | { kind: 'text'; text: string }
  | { kind: 'variable' | 'partial' | 'variablePartial'; name: string }
  | { kind: 'section' | 'inverted'; name: string; children: Node[] };

type Partials = (name: string) => string | null;

interface VariableComponents {
  variables: string[];
  partials: string[];
  sections: string[];
  /** Names of the variables within each section. */
  sectionVariables: Record<string, string[]>;
  variablePartials: string[];
}

const TAG = /\{\{\{\s*([^{}]+?)\s*\}\}\}|\{\{\s*(>>|[#^/>!&]?)\s*([^{}]*?)\s*\}\}/g;
const MAX_PARTIAL_DEPTH = 5;
const LEAVES: Readonly<Record<string, 'variable' | 'partial' | 'variablePartial'>> = {
  '': 'variable',
  '&': 'variable',
  '>': 'partial',
  '>>': 'variablePartial',
};

function parse(template: string): Node[] {
  const root: Node[] = [];
  const open: { name: string; children: Node[] }[] = [];
  const add = (node: Node) => (open.at(-1)?.children ?? root).push(node);
  let position = 0;
  for (const match of template.matchAll(TAG)) {
    if (match.index > position) add({ kind: 'text', text: template.slice(position, match.index) });
    position = match.index + match[0].length;
    const name = match[1] ?? match[3] ?? '';
    const sign = match[2] ?? '';
    const leaf = LEAVES[sign];
    if (sign === '#' || sign === '^') {
      const kind = sign === '#' ? ('section' as const) : ('inverted' as const);
      const section = { kind, name, children: [] };
      add(section);
      open.push(section);
    } else if (sign === '/') {
      open.pop();
    } else if (leaf && name) {
      add({ kind: leaf, name });
    }
  }
  add({ kind: 'text', text: template.slice(position) });
  return root;
}

/** Fills a template. Unknown names become empty strings. */
export function fill(template: string, variables: Record<string, unknown>, partials: Partials): string {
  return fillNodes(parse(template), [variables], partials, 0);
}

function fillNodes(nodes: Node[], scopes: unknown[], partials: Partials, depth: number): string {
  return nodes.map((node) => fillNode(node, scopes, partials, depth)).join('');
}

function fillNode(node: Node, scopes: unknown[], partials: Partials, depth: number): string {
  if (node.kind === 'text') return node.text;
  if (node.kind === 'section' || node.kind === 'inverted') return fillSection(node, scopes, partials, depth);
  if (node.kind === 'variable') return toText(lookUp(node.name, scopes));
  if (depth >= MAX_PARTIAL_DEPTH) return '';
  const partial = node.kind === 'partial' ? partials(node.name) : toText(lookUp(node.name, scopes));
  return partial === null ? '' : fillNodes(parse(partial), scopes, partials, depth + 1);
}

function fillSection(
  { kind, name, children }: Extract<Node, { children: Node[] }>,
  scopes: unknown[],
  partials: Partials,
  depth: number,
): string {
  const value = lookUp(name, scopes);
  const isEmpty = !value || (Array.isArray(value) && value.length === 0);
  if (kind === 'inverted') return isEmpty ? fillNodes(children, scopes, partials, depth) : '';
  if (isEmpty) return '';
  const items = Array.isArray(value) ? value : [value];
  return items.map((item) => fillNodes(children, [...scopes, item], partials, depth)).join('');
}

function lookUp(name: string, scopes: unknown[]): unknown {
  if (name === '.') return scopes.at(-1);
  const [first = '', ...rest] = name.split('.');
  for (const scope of scopes.toReversed()) {
    if (hasKey(scope, first)) {
      return rest.reduce<unknown>(
        (value, key) => (hasKey(value, key) ? value[key] : undefined),
        scope[first],
      );
    }
  }
  return undefined;
}

function hasKey(value: unknown, key: string): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key);
}

function toText(value: unknown): string {
  if (value === undefined || value === null) return '';
  return isJsonObject(value) || Array.isArray(value) ? stringifyLossless(value) : String(value);
}

/** Returns the names that a template references, each once and in order of appearance. */
export function componentsOf(template: string): VariableComponents {
  const names = {
    variable: new Set<string>(),
    partial: new Set<string>(),
    variablePartial: new Set<string>(),
  };
  const sections = new Map<string, Set<string>>();
  const walk = (nodes: Node[], within: Set<string>[]) => {
    for (const node of nodes) {
      if (node.kind === 'text') continue;
      if (node.kind === 'section' || node.kind === 'inverted') {
        const inner = sections.get(node.name) ?? new Set();
        sections.set(node.name, inner);
        walk(node.children, [...within, inner]);
        continue;
      }
      names[node.kind].add(node.name);
      if (node.kind === 'variable') for (const section of within) section.add(node.name);
    }
  };
  walk(parse(template), []);
  return {
    variables: [...names.variable],
    partials: [...names.partial],
    sections: [...sections.keys()],
    sectionVariables: Object.fromEntries([...sections].map(([name, inner]) => [name, [...inner]])),
    variablePartials: [...names.variablePartial],
  };
}
