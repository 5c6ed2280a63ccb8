import {
  type DirectiveNode,
  type DocumentNode,
  GraphQLError,
  Kind,
  parse,
  type SelectionNode,
} from 'graphql';

/**
 * A subscription has one root field, always: the specification forbids @skip and @include there. graphql-js does not check
 * that, and then fails itself, in validation where the condition is a variable; hence to be checked before that.
 * @returns Null as well for what is no GraphQL, which is found out elsewhere.
 */
export function rootDirectiveError(query: string): GraphQLError | null {
  // Names are written out in GraphQL: there is no other way to spell them.
  if (!/subscription/.test(query) || !/skip|include/.test(query)) return null;
  const directive = conditionAtRoot(parsed(query));
  if (!directive) return null;
  const message = `a subscription must select one field, and without @${directive.name.value}`;
  return new GraphQLError(message, {
    nodes: directive,
    extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
  });
}

function parsed(query: string): DocumentNode | null {
  try {
    return parse(query);
  } catch {
    return null;
  }
}

/** Not recursive: fragments can be nested deeper than a stack. */
function conditionAtRoot(document: DocumentNode | null): DirectiveNode | null {
  const fragments = new Map<string, readonly SelectionNode[]>();
  const pending: SelectionNode[] = [];
  for (const definition of document?.definitions ?? []) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION)
      fragments.set(definition.name.value, definition.selectionSet.selections);
    if (definition.kind === Kind.OPERATION_DEFINITION && definition.operation === 'subscription')
      for (const selection of definition.selectionSet.selections) pending.push(selection);
  }
  for (let selection = pending.pop(); selection; selection = pending.pop()) {
    const found = selection.directives?.find(({ name }) => /^(skip|include)$/.test(name.value));
    if (found) return found;
    if (selection.kind === Kind.FIELD) continue;
    const name = selection.kind === Kind.FRAGMENT_SPREAD ? selection.name.value : null;
    const inner = name === null ? inline(selection) : fragments.get(name);
    // Each once: a fragment may even hold itself, which is found out elsewhere.
    if (name !== null) fragments.delete(name);
    for (const each of inner ?? []) pending.push(each);
  }
  return null;
}

const inline = (selection: SelectionNode): readonly SelectionNode[] =>
  selection.kind === Kind.INLINE_FRAGMENT ? selection.selectionSet.selections : [];
