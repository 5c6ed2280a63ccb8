import { pick, useGraphiQL } from '@graphiql/react';
import { parse } from 'jsonc-parser';
import { useEffect, useLayoutEffect, useMemo, useSyncExternalStore } from 'react';
import type { PageStorage } from './browser-storage.js';
import type { Gateway } from './gateway/gateway.js';
import { ResultsPanel } from './results/results-panel.js';
import type { Session } from './session/session.js';
import { useActiveOperation } from './session/use-active-operation.js';
import { useReplicationToWatch, useSamples } from './session/use-examples.js';
import { useKeptTabs } from './session/use-kept-tabs.js';
import { uploadSlots } from './uploads/upload-slots.js';
import { UploadsPanel } from './uploads/uploads-panel.js';

interface SidePaneProps {
  readonly session: Session;
  readonly gateway: Gateway;
  readonly local: PageStorage;
  readonly onOpenKeys: () => void;
}

/** Pane to the right of the editors with the files of the operation and its results. */
export function SidePane({ session, gateway, local, onOpenKeys }: SidePaneProps) {
  const active = useActiveOperation();
  const { tabId, schema, operation, variables } = active;
  const tabIds = useGraphiQL((state) => state.tabs.map(({ id }) => id));
  useEffect(() => session.keepOnly(tabIds), [session, tabIds]);
  useLayoutEffect(() => session.lookAt({ tabId, schema }), [session, tabId, schema]);
  const run = useSyncExternalStore(session.runs.subscribe, () => session.runs.of(tabId));
  const chosen = useSyncExternalStore(session.files.subscribe, () => session.files.get(tabId));
  useSamples(session.samples, active);
  useReplicationToWatch(gateway, local, active);
  useKeptTabs();
  const slots = useMemo(
    () => (operation ? uploadSlots(schema, operation, readVariables(variables)) : []),
    [schema, operation, variables],
  );
  const files = session.samples.withoutUnwanted(chosen, slots);
  return (
    <aside id="results" className="graphiql-container pg-side" aria-label="Files and results">
      <SchemaNote />
      <UploadsPanel
        key={`files of ${tabId}`}
        slots={slots}
        files={files}
        hasLostFiles={session.samples.hasLost(tabId)}
        onChange={(slotKey, own) => {
          session.samples.leaveTo(tabId);
          session.files.set(tabId, slotKey, own);
        }}
      />
      <ResultsPanel key={`results of ${tabId}`} run={run} schema={schema} onOpenKeys={onOpenKeys} />
    </aside>
  );
}

/** Parses variables with comments as far as possible. GraphiQL reports errors when it sends them. */
const readVariables = (text: string): unknown => parse(text);

/** Note about the features that need the schema. */
function SchemaNote() {
  const { schema, fetchError, isIntrospecting } = useGraphiQL(
    pick('schema', 'fetchError', 'isIntrospecting'),
  );
  if (schema || !fetchError || isIntrospecting) return null;
  return (
    <p className="pg-note">
      This gateway does not show its schema. Without it, this page has no files, images, completion or
      documentation, but it can still send operations.
    </p>
  );
}
