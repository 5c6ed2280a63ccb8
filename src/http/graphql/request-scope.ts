import { createContext, type RequestContext, type SharedServices } from '../../graphql/context.js';
import type { SubscriptionContext } from '../../graphql/result-stream.js';
import { CancelScope } from '../../upstream/cancel-scope.js';
import type { Access, AuthenticatedRequest } from '../access/access.js';

/** The services that every transport needs to create contexts. */
export interface ScopeOptions {
  readonly services: SharedServices;
  readonly access: Access;
}

const DISCONNECTED = new Error('The client has disconnected.');

/** Creates the contexts of one operation, and cancels the operation if its client disconnects. */
export class RequestScope implements SubscriptionContext {
  readonly #services: SharedServices;
  readonly #authenticated: AuthenticatedRequest;
  readonly cancelScope = new CancelScope();
  #abortController: AbortController | null = null;

  constructor(services: SharedServices, authenticated: AuthenticatedRequest) {
    this.#services = services;
    this.#authenticated = authenticated;
  }

  /** Controller that cancels the scope, like `end`. Created on first use. */
  get abortController(): AbortController {
    this.#abortController ??= this.#createAbortController();
    return this.#abortController;
  }

  get signal(): AbortSignal {
    return this.abortController.signal;
  }

  newContext(): RequestContext {
    return createContext(this.#services, this.#authenticated, this);
  }

  isStillAuthorized(): boolean {
    return this.#authenticated.principal.isCurrent();
  }

  /** Cancels the operation of a client that has disconnected. */
  end(): void {
    if (this.#abortController) this.#abortController.abort(DISCONNECTED);
    else this.cancelScope.cancel();
  }

  #createAbortController(): AbortController {
    const controller = new AbortController();
    controller.signal.addEventListener('abort', () => this.cancelScope.cancel());
    if (this.cancelScope.isCancelled) controller.abort(DISCONNECTED);
    return controller;
  }
}
