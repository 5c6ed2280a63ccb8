import { type Answer, Refusal, type Upstream, type UpstreamRequest } from '../answer.js';
import { Router } from '../router.js';
import type { Call } from './call.js';
import * as collections from './collections.js';
import { complete, render } from './completions.js';
import { answerForStatus, errorAnswer } from './errors.js';
import * as labels from './labels.js';
import * as partials from './partials.js';
import { createPrompt, deletePrompt, listPrompts, showPrompt, updatePrompt } from './prompts.js';
import type { Owner } from './records.js';
import type { PortkeyState } from './state.js';
import { labelVersion, listVersions, publishVersion, showVersion } from './versions.js';
import { listModels, listProviders, listVirtualKeys, showVirtualKey } from './virtual-keys.js';

const ACCOUNTS: Record<string, { owner: Owner; readOnly: boolean }> = {
  'pk-sandbox': { owner: 'main', readOnly: false },
  'pk-sandbox-readonly': { owner: 'main', readOnly: true },
  'pk-sandbox-other': { owner: 'other', readOnly: false },
};

interface Route {
  run: (call: Call) => Answer;
  writes: boolean;
}

const reads = (run: Route['run']): Route => ({ run, writes: false });
const writes = (run: Route['run']): Route => ({ run, writes: true });

const ROUTES = new Router<Route>({
  'GET /prompts/partials': reads(partials.listPartials),
  'POST /prompts/partials': writes(partials.createPartial),
  'GET /prompts/partials/:id': reads(partials.showPartial),
  'PUT /prompts/partials/:id': writes(partials.updatePartial),
  'DELETE /prompts/partials/:id': writes(partials.deletePartial),
  'GET /prompts/partials/:id/versions': reads(partials.listPartialVersions),
  'PUT /prompts/partials/:id/makeDefault': writes(partials.publishPartialVersion),
  'GET /prompts': reads(listPrompts),
  'POST /prompts': writes(createPrompt),
  'GET /prompts/:id': reads(showPrompt),
  'PUT /prompts/:id': writes(updatePrompt),
  'DELETE /prompts/:id': writes(deletePrompt),
  'GET /prompts/:id/versions': reads(listVersions),
  'GET /prompts/:id/versions/:versionId': reads(showVersion),
  'PUT /prompts/:id/versions/:versionId': writes(labelVersion),
  'PUT /prompts/:id/makeDefault': writes(publishVersion),
  'POST /prompts/:id/render': reads(render),
  'POST /prompts/:id/completions': reads(complete),
  'GET /collections': reads(collections.listCollections),
  'POST /collections': writes(collections.createCollection),
  'GET /collections/:id': reads(collections.showCollection),
  'PUT /collections/:id': writes(collections.updateCollection),
  'DELETE /collections/:id': writes(collections.deleteCollection),
  'GET /labels': reads(labels.listLabels),
  'POST /labels': writes(labels.createLabel),
  'GET /labels/:id': reads(labels.showLabel),
  'PUT /labels/:id': writes(labels.updateLabel),
  'DELETE /labels/:id': writes(labels.deleteLabel),
  'GET /virtual-keys': reads(listVirtualKeys),
  'GET /virtual-keys/:id': reads(showVirtualKey),
  'GET /providers': reads(listProviders),
  'GET /models': reads(listModels),
});

/** The emulated Portkey: authenticates, routes, refuses the writes of a read-only key. */
export class PortkeyApi implements Upstream {
  constructor(readonly state: PortkeyState) {}

  handle(request: UpstreamRequest): Answer {
    try {
      const key = String(request.headers['x-portkey-api-key'] ?? '');
      const account = Object.hasOwn(ACCOUNTS, key) ? ACCOUNTS[key] : undefined;
      if (!account) return errorAnswer('AB05', 'Unauthorized: invalid API key');
      const match = ROUTES.find(request.method, request.path);
      if (!match) return errorAnswer('AB08', 'Not found');
      if (match.handler.writes && account.readOnly) {
        return errorAnswer('AB03', 'You do not have enough permissions to execute this request');
      }
      return match.handler.run({ state: this.state, owner: account.owner, params: match.params, request });
    } catch (error) {
      if (error instanceof Refusal) return error.answer;
      throw error;
    }
  }

  error(status: number, message: string): Answer {
    return answerForStatus(status, message);
  }
}
