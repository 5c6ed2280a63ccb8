import { setMaxListeners } from 'node:events';
import { createContext, type RequestContext, type SharedServices } from '../graphql/context.js';
import type { SubscriptionContext } from '../graphql/result-stream.js';
import type { Access, Admitted } from './access/access.js';

/** The services that every transport needs to create contexts. */
export interface ScopeOptions {
  readonly services: SharedServices;
  readonly access: Access;
}

/** The scope of one operation: its contexts, and the signal that ends it. */
export class RequestScope implements SubscriptionContext {
  readonly abortController = new AbortController();
  readonly #services: SharedServices;
  readonly #admitted: Admitted;

  constructor(services: SharedServices, admitted: Admitted) {
    this.#services = services;
    this.#admitted = admitted;
    // Every upstream call of the operation listens: Node would report more than ten as a leak.
    setMaxListeners(0, this.abortController.signal);
  }

  newContext(): RequestContext {
    return createContext(this.#services, this.#admitted, this.abortController.signal);
  }

  isAdmitted(): boolean {
    return this.#admitted.principal.isCurrent();
  }
}
