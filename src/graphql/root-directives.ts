import { type DirectiveNode, type DocumentNode, GraphQLError, Kind, type SelectionNode } from 'graphql';

/**
 * A subscription has one root field, always: the specification forbids @skip and @include there. graphql-js does not check
 * that, and then fails itself, in validation where the condition is a variable; hence to be checked before that.
 */
export function rootDirectiveError(document: DocumentNode): GraphQLError | null {
  const directive = conditionAtRoot(document);
  if (!directive) return null;
  const message = `a subscription must select one field, and without @${directive.name.value}`;
  return new GraphQLError(message, {
    nodes: directive,
    extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
  });
}

/** Not recursive: fragments can be nested deeper than a stack. */
function conditionAtRoot(document: DocumentNode): DirectiveNode | null {
  const fragments = new Map<string, readonly SelectionNode[]>();
  const pending: SelectionNode[] = [];
  for (const definition of document.definitions) {
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
