import { pick, useGraphiQL } from '@graphiql/react';
import { type GraphQLSchema, getOperationAST, Kind, type OperationDefinitionNode } from 'graphql';

export interface ActiveOperation {
  readonly tabId: string;
  readonly query: string;
  /** As they are written; not yet read. */
  readonly variables: string;
  readonly schema: GraphQLSchema | null;
  /** The one that the run button would run; null while the document cannot be read. */
  readonly operation: OperationDefinitionNode | null;
}

/** What stands in the tab that is looked at. */
export function useActiveOperation(): ActiveOperation {
  const { tabs, activeTabIndex, schema, documentAST, operationName } = useGraphiQL(
    pick('tabs', 'activeTabIndex', 'schema', 'documentAST', 'operationName'),
  );
  const tab = tabs[activeTabIndex];
  const named = documentAST ? getOperationAST(documentAST, operationName) : null;
  const first = documentAST?.definitions.find(({ kind }) => kind === Kind.OPERATION_DEFINITION);
  return {
    tabId: tab?.id ?? '',
    query: tab?.query ?? '',
    variables: tab?.variables ?? '',
    schema: schema ?? null,
    operation: named ?? (first?.kind === Kind.OPERATION_DEFINITION ? first : null),
  };
}
