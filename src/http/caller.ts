import { setMaxListeners } from 'node:events';
import { createContext, type SharedServices } from '../graphql/context.js';
import type { StreamCaller } from '../graphql/events.js';
import type { Access, Admitted } from './access/access.js';

/** What every transport needs to make contexts. */
export interface CallerOptions {
  readonly services: SharedServices;
  readonly access: Access;
}

/** Somebody who was let in, for one operation. */
export function newCaller(services: SharedServices, { keys, principal }: Admitted): StreamCaller {
  const ending = new AbortController();
  // Every upstream call of the operation listens: Node would take more than ten for a leak.
  setMaxListeners(0, ending.signal);
  return {
    newContext: () => createContext(services, { keys, principal }, ending.signal),
    isAdmitted: () => principal.isCurrent(),
    ending,
  };
}
