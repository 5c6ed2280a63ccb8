import type { SandboxResponse, Upstream, UpstreamRequest } from '../response.js';
import { Router } from '../router.js';
import { refuseUnknownQuery } from './call.js';
import { COLLECTIONS } from './collections.js';
import { complete, render } from './completions.js';
import { errorForStatus, errorResponse } from './errors.js';
import { LABELS } from './labels.js';
import { PARTIALS } from './partials.js';
import { PROMPT_ROUTES } from './prompts.js';
import type { Owner } from './records.js';
import { type Route, reads, resourceRoutes } from './resources.js';
import type { PortkeyState } from './state.js';
import { versionedRoutes } from './versions.js';
import { VIRTUAL_KEY_ROUTES } from './virtual-keys.js';

const ACCOUNTS: Record<string, { owner: Owner; readOnly: boolean }> = {
  'pk-sandbox': { owner: 'main', readOnly: false },
  'pk-sandbox-readonly': { owner: 'main', readOnly: true },
  'pk-sandbox-other': { owner: 'other', readOnly: false },
};

const ROUTES = new Router<Route>({
  ...versionedRoutes('/prompts/partials', PARTIALS),
  ...PROMPT_ROUTES,
  'POST /prompts/:id/render': reads([], render),
  'POST /prompts/:id/completions': { run: complete, writes: false, query: [] },
  ...resourceRoutes('/collections', COLLECTIONS),
  ...resourceRoutes('/labels', LABELS),
  ...VIRTUAL_KEY_ROUTES,
});

/** The emulated Portkey API. Authenticates and routes requests, and rejects writes with a read-only key. */
export class PortkeyApi implements Upstream {
  constructor(readonly state: PortkeyState) {}

  handle(request: UpstreamRequest): SandboxResponse {
    const key = String(request.headers['x-portkey-api-key'] ?? '');
    const account = Object.hasOwn(ACCOUNTS, key) ? ACCOUNTS[key] : undefined;
    if (!account) return errorResponse('AB05', 'Unauthorized: invalid API key');
    const match = ROUTES.find(request.method, request.path);
    if (!match) return errorResponse('AB08', 'Not found');
    if (match.handler.writes && account.readOnly) {
      return errorResponse('AB03', 'You do not have enough permissions to execute this request');
    }
    const call = { state: this.state, owner: account.owner, params: match.params, request };
    refuseUnknownQuery(call, match.handler.query);
    return match.handler.run(call);
  }

  error(status: number, message: string): SandboxResponse {
    return errorForStatus(status, message);
  }
}
