import { createContext, type RequestContext, type SharedServices } from '../graphql/context.js';
import type { SubscriptionContext } from '../graphql/result-stream.js';
import { CancelScope } from '../upstream/cancel-scope.js';
import type { Access, Admitted } from './access/access.js';

/** The services that every transport needs to create contexts. */
export interface ScopeOptions {
  readonly services: SharedServices;
  readonly access: Access;
}

/** The scope of one operation: its contexts, and what ends it. */
export class RequestScope implements SubscriptionContext {
  readonly #services: SharedServices;
  readonly #admitted: Admitted;
  readonly cancelScope = new CancelScope();
  #abortController: AbortController | null = null;

  constructor(services: SharedServices, admitted: Admitted) {
    this.#services = services;
    this.#admitted = admitted;
  }

  /** For what needs a signal. It is created when it is first asked for, and ends the scope as `end` does. */
  get abortController(): AbortController {
    this.#abortController ??= this.#createAbortController();
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

  /** Ends the operation: the client has disconnected. */
  end(): void {
    if (this.#abortController) this.#abortController.abort(new Error('the client has disconnected'));
    else this.cancelScope.cancel();
  }

  #createAbortController(): AbortController {
    const controller = new AbortController();
    controller.signal.addEventListener('abort', () => this.cancelScope.cancel());
    if (this.cancelScope.isCancelled) controller.abort();
    return controller;
  }
}
