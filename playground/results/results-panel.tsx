import './results.css';
import { type GraphQLSchema, isEnumType } from 'graphql';
import { useMemo, useState } from 'react';
import type { Run } from '../gateway/run.js';
import { ErrorList } from './error-list.js';
import { type DisplayError, toDisplayErrors } from './error-messages.js';
import { type FoundObjects, foundObjects } from './extract-entities.js';
import { Gallery, MOST_DRAWN } from './gallery.js';
import { Replications } from './replication-view.js';
import { useAnnouncements } from './use-announcements.js';
import { asLastHeard, usePromptUpdates } from './use-prompt-updates.js';

interface ResultsPanelProps {
  /** Last run, or null before the first one. */
  readonly run: Run | null;
  readonly schema: GraphQLSchema | null;
  readonly onOpenKeys: () => void;
}

const BEFORE_ALL = 'Images of prompts, the progress of replications and errors appear here.';
const RUNNING = 'Running…';
const NOTHING = 'This response contains nothing to show.';

/** Panel with the errors of a response, the images of its prompts, and its replications with live updates. */
export function ResultsPanel({ run, schema, onOpenKeys }: ResultsPanelProps) {
  const { document, operationName = null, result = null } = run ?? {};
  const data = result?.data;
  const found = useMemo(
    () => (document ? foundObjects(schema, document, operationName, data) : null),
    [schema, document, operationName, data],
  );
  const errors = found ? toDisplayErrors(result?.errors ?? [], found.userErrors) : [];
  const isEmpty = !found?.prompts.length && !found?.replications.length && errors.length === 0;
  const afterRun = isEmpty ? NOTHING : '';
  return (
    <section aria-label="Results" className="pg-results">
      <h2>Results</h2>
      <p role="status" className="pg-quiet">
        {run === null ? BEFORE_ALL : result === null ? RUNNING : afterRun}
      </p>
      {run && found && (
        <RunResults
          key={run.id}
          run={run}
          schema={schema}
          found={found}
          errors={errors}
          onOpenKeys={onOpenKeys}
        />
      )}
    </section>
  );
}

interface RunResultsProps extends ResultsPanelProps {
  readonly run: Run;
  readonly found: FoundObjects;
  readonly errors: readonly DisplayError[];
}

/** Results of one run. */
function RunResults({ run, schema, found, errors, onOpenKeys }: RunResultsProps) {
  // Keep the initial headers object, so that an equal new object does not cause new subscriptions.
  const [headers] = useState(run.headers);
  const [announcements, announce] = useAnnouncements();
  const live = usePromptUpdates(found.prompts.slice(0, MOST_DRAWN), headers, announce);
  const itemStatuses = useMemo(() => enumValues(schema, 'ReplicationItemStatus'), [schema]);
  const prompts = found.prompts.map((prompt) => asLastHeard(prompt, live.get(prompt.id ?? '')));
  return (
    <>
      <ErrorList errors={errors} onOpenKeys={onOpenKeys} />
      <Replications
        replications={found.replications}
        headers={headers}
        itemStatuses={itemStatuses}
        announce={announce}
      />
      {prompts.length > 0 && <Gallery prompts={prompts} />}
      <div role="log" aria-live="polite" className="pg-unseen">
        {announcements.map(({ number, message }) => (
          <p key={number}>{message}</p>
        ))}
      </div>
    </>
  );
}

function enumValues(schema: GraphQLSchema | null, name: string): string[] {
  const type = schema?.getType(name);
  return isEnumType(type) ? type.getValues().map((value) => value.name) : [];
}
