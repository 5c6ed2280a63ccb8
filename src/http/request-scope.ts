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
  readonly #services: SharedServices;
  readonly #admitted: Admitted;
  #abortController: AbortController | null = null;

  constructor(services: SharedServices, admitted: Admitted) {
    this.#services = services;
    this.#admitted = admitted;
  }

  /** Created when it is first asked for: that costs as much as all the rest of a scope, and not every operation needs it. */
  get abortController(): AbortController {
    this.#abortController ??= new AbortController();
    return this.#abortController;
  }

  get signal(): AbortSignal {
    return this.abortController.signal;
  }

  newContext(): RequestContext {
    return createContext(this.#services, this.#admitted, this);
  }

  isAdmitted(): boolean {
    return this.#admitted.principal.isCurrent();
  }
}
