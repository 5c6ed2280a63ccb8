import { pick, useGraphiQL } from '@graphiql/react';
import {
  type DocumentNode,
  type GraphQLSchema,
  getOperationAST,
  Kind,
  type OperationDefinitionNode,
} from 'graphql';
import { useEffect, useRef } from 'react';

export interface ActiveOperation {
  readonly tabId: string;
  readonly query: string;
  /** Unparsed variables. */
  readonly variables: string;
  readonly schema: GraphQLSchema | null;
  /** Operation that the run button would run, or the tab's last valid operation while the document is invalid. */
  readonly operation: OperationDefinitionNode | null;
}

/** Returns the contents of the active tab. */
export function useActiveOperation(): ActiveOperation {
  const { tabs, activeTabIndex, schema, documentAST, operationName } = useGraphiQL(
    pick('tabs', 'activeTabIndex', 'schema', 'documentAST', 'operationName'),
  );
  const tab = tabs[activeTabIndex];
  const tabId = tab?.id ?? '';
  const last = useRef<{ tabId: string; operation: OperationDefinitionNode } | null>(null);
  const operation =
    operationIn(documentAST, operationName) ??
    (last.current?.tabId === tabId ? last.current.operation : null);
  // Keeping the last operation avoids flicker while the user types.
  useEffect(() => {
    last.current = operation && { tabId, operation };
  }, [tabId, operation]);
  return {
    tabId,
    query: tab?.query ?? '',
    variables: tab?.variables ?? '',
    schema: schema ?? null,
    operation,
  };
}

function operationIn(
  document: DocumentNode | undefined,
  operationName: string | undefined,
): OperationDefinitionNode | null {
  const first = document?.definitions.find(({ kind }) => kind === Kind.OPERATION_DEFINITION);
  return (
    (document && getOperationAST(document, operationName)) ??
    (first?.kind === Kind.OPERATION_DEFINITION ? first : null)
  );
}
