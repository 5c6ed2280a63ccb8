import { useGraphiQL } from '@graphiql/react';
import { useEffect, useRef } from 'react';
import { EXAMPLES, WATCH } from '../examples/examples.js';
import type { Gateway } from '../gateway/gateway.js';
import type { ChosenFiles } from '../uploads/chosen-files.js';
import type { ActiveOperation } from './use-active-operation.js';

/** Gives a ready-made tab its sample files when it is looked at for the first time. */
export function useSamples(files: ChosenFiles, { tabId, query }: ActiveOperation): void {
  const given = useRef(new Set<string>());
  useEffect(() => {
    const { samples = [] } = EXAMPLES.find((example) => example.query === query) ?? {};
    if (samples.length === 0 || given.current.has(tabId)) return;
    given.current.add(tabId);
    for (const { path, name, url } of samples) {
      // The person may have been quicker with another file, and can choose one where the sample cannot be had.
      const give = (file: File) => files.get(tabId).has(path) || files.set(tabId, path, [file]);
      fetchFile(url, name).then(give, () => {});
    }
  }, [files, tabId, query]);
}

async function fetchFile(url: string, name: string): Promise<File> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`there is no ${name}`);
  const blob = await response.blob();
  return new File([blob], name, { type: blob.type });
}

/** Fills the id of the newest replication into the tab that watches one, unless the person has put another one there. */
export function useReplicationToWatch(gateway: Gateway, { tabId, query, variables }: ActiveOperation): void {
  const variableEditor = useGraphiQL((state) => state.variableEditor);
  const filled = useRef(WATCH.variables);
  const isReady = query === WATCH.query && variableEditor !== undefined;
  const isOurs = variables === filled.current || variables === WATCH.variables;
  // Once each time that the tab is looked at; not while the person writes.
  const shown = useRef('');
  useEffect(() => {
    if (!isReady) shown.current = '';
    if (!isReady || !isOurs || shown.current === tabId) return;
    shown.current = tabId;
    void newestReplication(gateway).then((id) => {
      if (id === null || shown.current !== tabId) return;
      filled.current = JSON.stringify({ id }, null, 2);
      variableEditor?.setValue(filled.current);
    });
  }, [gateway, isReady, isOurs, tabId, variableEditor]);
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
