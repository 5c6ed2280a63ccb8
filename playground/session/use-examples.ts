import { useGraphiQL } from '@graphiql/react';
import { useEffect, useRef } from 'react';
import type { PageStorage } from '../browser-storage.js';
import { EXAMPLES, WATCH } from '../examples/examples.js';
import type { Gateway } from '../gateway/gateway.js';
import type { Samples } from './samples.js';
import type { ActiveOperation } from './use-active-operation.js';

/** Gives a ready-made tab its sample files when it is looked at for the first time. */
export function useSamples(samples: Samples, { tabId, query }: ActiveOperation): void {
  useEffect(() => {
    const example = EXAMPLES.find((one) => one.query === query);
    if (example) void samples.give(tabId, example);
  }, [samples, tabId, query]);
}

const FILLED = 'promptgate:watched';

/**
 * Fills the id of the newest replication into the tab that watches one, each time that the person comes there, unless it has
 * put another id there itself.
 * @param local Remembers what was filled in, as the tab is kept as well.
 */
export function useReplicationToWatch(gateway: Gateway, local: PageStorage, active: ActiveOperation): void {
  const { tabId, query, variables, schema } = active;
  const variableEditor = useGraphiQL((state) => state.variableEditor);
  // Without the schema the gateway does not know who asks.
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
    // The storage is full: the person has to put the next id there itself.
  }
}

async function newestReplication(gateway: Gateway): Promise<string | null> {
  const query = '{ replications(first: 1, filter: { dryRun: false }) { nodes { id } } }';
  try {
    const { data } = await gateway.execute({ query });
    const id: unknown = Object(data).replications?.nodes?.[0]?.id;
    return typeof id === 'string' ? id : null;
  } catch {
    // The person can write an id by hand.
    return null;
  }
}
