/** Portkey's templates are Mustache without HTML escaping. */
type Node =
  | { kind: 'text'; text: string }
  | { kind: 'variable'; name: string }
  | { kind: 'partial'; name: string }
  | { kind: 'section' | 'inverted'; name: string; children: Node[] };

type Partials = (name: string) => string | null;

interface VariableComponents {
  variables: string[];
  partials: string[];
  sections: string[];
}

const TAG = /\{\{\{\s*([^{}]+?)\s*\}\}\}|\{\{\s*([#^/>!&]?)\s*([^{}]*?)\s*\}\}/g;
const DEEPEST_PARTIAL = 5;

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
    if (sign === '#' || sign === '^') {
      const section = {
        kind: sign === '#' ? ('section' as const) : ('inverted' as const),
        name,
        children: [],
      };
      add(section);
      open.push(section);
    } else if (sign === '/') {
      open.pop();
    } else if (sign === '>') {
      add({ kind: 'partial', name });
    } else if (sign !== '!' && name) {
      add({ kind: 'variable', name });
    }
  }
  add({ kind: 'text', text: template.slice(position) });
  return root;
}

/** Fills a template; what is unknown becomes empty text. */
export function fill(template: string, variables: Record<string, unknown>, partials: Partials): string {
  return fillNodes(parse(template), [variables], partials, 0);
}

function fillNodes(nodes: Node[], scopes: unknown[], partials: Partials, depth: number): string {
  return nodes.map((node) => fillNode(node, scopes, partials, depth)).join('');
}

function fillNode(node: Node, scopes: unknown[], partials: Partials, depth: number): string {
  if (node.kind === 'text') return node.text;
  if (node.kind === 'variable') return toText(lookUp(node.name, scopes));
  if (node.kind === 'partial') {
    const partial = depth < DEEPEST_PARTIAL ? partials(node.name) : null;
    return partial === null ? '' : fillNodes(parse(partial), scopes, partials, depth + 1);
  }
  const value = lookUp(node.name, scopes);
  const isEmpty = !value || (Array.isArray(value) && value.length === 0);
  if (node.kind === 'inverted') return isEmpty ? fillNodes(node.children, scopes, partials, depth) : '';
  if (isEmpty) return '';
  const items = Array.isArray(value) ? value : [value];
  return items.map((item) => fillNodes(node.children, [...scopes, item], partials, depth)).join('');
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
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** What a template refers to, each name once and in order of appearance. */
export function componentsOf(template: string): VariableComponents {
  const found = { variables: new Set<string>(), partials: new Set<string>(), sections: new Set<string>() };
  const walk = (nodes: Node[]) => {
    for (const node of nodes) {
      if (node.kind === 'variable') found.variables.add(node.name);
      else if (node.kind === 'partial') found.partials.add(node.name);
      else if (node.kind !== 'text') {
        found.sections.add(node.name);
        walk(node.children);
      }
    }
  };
  walk(parse(template));
  return { variables: [...found.variables], partials: [...found.partials], sections: [...found.sections] };
}
