import { useGraphiQL } from '@graphiql/react';
import { useEffect, useRef } from 'react';
import type { PageStorage } from '../browser-storage.js';
import { EXAMPLES, WATCH } from '../examples/examples.js';
import type { Gateway } from '../gateway/gateway.js';
import type { Samples } from './samples.js';
import type { ActiveOperation } from './use-active-operation.js';

/** Adds the sample files to an example tab when it is first opened. */
export function useSamples(samples: Samples, { tabId, query }: ActiveOperation): void {
  useEffect(() => {
    const example = EXAMPLES.find((one) => one.query === query);
    if (example) void samples.give(tabId, example);
  }, [samples, tabId, query]);
}

const FILLED = 'promptgate:watched';

/**
 * Inserts the id of the newest replication into the watch tab each time the user opens it, unless the user has entered
 * another id.
 * @param local Storage that remembers the inserted id, since the tab is saved too.
 */
export function useReplicationToWatch(gateway: Gateway, local: PageStorage, active: ActiveOperation): void {
  const { tabId, query, variables, schema } = active;
  const variableEditor = useGraphiQL((state) => state.variableEditor);
  // Without the schema, the user is not authenticated yet.
  const isReady = query === WATCH.query && variableEditor !== undefined && schema !== null;
  const isOurs = variables === WATCH.variables || variables === local.getItem(FILLED);
  const shown = useRef('');
  useEffect(() => {
    if (!isReady) shown.current = '';
    if (!isReady || !isOurs || shown.current === tabId) return;
    shown.current = tabId;
    void newestReplication(gateway).then((id) => {
      const isAsBefore = shown.current === tabId && variableEditor?.getValue() === variables;
      if (id === null || !isAsBefore) return;
      const text = JSON.stringify({ id }, null, 2);
      keep(local, text);
      variableEditor?.setValue(text);
    });
  }, [gateway, local, isReady, isOurs, tabId, variables, variableEditor]);
}

function keep(local: PageStorage, text: string): void {
  try {
    local.setItem(FILLED, text);
  } catch {
    // The storage is full, so the user must enter the next id.
  }
}

async function newestReplication(gateway: Gateway): Promise<string | null> {
  const query = '{ replications(first: 1, filter: { dryRun: false }) { nodes { id } } }';
  try {
    const { data } = await gateway.execute({ query });
    const id: unknown = Object(data).replications?.nodes?.[0]?.id;
    return typeof id === 'string' ? id : null;
  } catch {
    // The user can enter an id.
    return null;
  }
}
