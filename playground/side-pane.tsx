import { useGraphiQL } from '@graphiql/react';
import { useEffect, useLayoutEffect, useMemo, useSyncExternalStore } from 'react';
import type { Gateway } from './gateway/gateway.js';
import { ResultsPanel } from './results/results-panel.js';
import type { Session } from './session/session.js';
import { useActiveOperation } from './session/use-active-operation.js';
import { useReplicationToWatch, useSamples } from './session/use-examples.js';
import { uploadSlots } from './uploads/upload-slots.js';
import { UploadsPanel } from './uploads/uploads-panel.js';

interface SidePaneProps {
  readonly session: Session;
  readonly gateway: Gateway;
  readonly onOpenKeys: () => void;
}

/** Right of the editors: the files of the operation, and what there is to see in its answer. */
export function SidePane({ session, gateway, onOpenKeys }: SidePaneProps) {
  const active = useActiveOperation();
  const { tabId, schema, operation, variables } = active;
  const tabIds = useGraphiQL((state) => state.tabs.map(({ id }) => id));
  useEffect(() => session.keepOnly(tabIds), [session, tabIds]);
  useLayoutEffect(() => session.lookAt(tabId), [session, tabId]);
  const run = useSyncExternalStore(session.runs.subscribe, () => session.runs.of(tabId));
  const files = useSyncExternalStore(session.files.subscribe, () => session.files.get(tabId));
  useSamples(session.files, active);
  useReplicationToWatch(gateway, active);
  const slots = useMemo(
    () => (operation ? uploadSlots(schema, operation, readVariables(variables)) : []),
    [schema, operation, variables],
  );
  return (
    <aside className="graphiql-container pg-side" aria-label="Files and results">
      <UploadsPanel
        key={`files of ${tabId}`}
        slots={slots}
        files={files}
        onChange={(slotKey, chosen) => session.files.set(tabId, slotKey, chosen)}
      />
      <ResultsPanel key={`results of ${tabId}`} run={run} schema={schema} onOpenKeys={onOpenKeys} />
    </aside>
  );
}

/** As far as they can be read; GraphiQL says what is wrong with them when they are to be sent. */
function readVariables(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
