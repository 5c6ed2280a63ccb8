import { json, type SandboxResponse } from '../response.js';
import { type Call, ownRecords, requireOwn } from './call.js';
import type { Workspace } from './records.js';
import { RequestFields } from './request-fields.js';
import type { Rule } from './values.js';

const CREATE_RULES = { title: { kind: 'text' } } as const satisfies Record<string, Rule>;
const PATCH_RULES = {
  landing_page_html: { kind: 'text' },
  brief: { kind: 'text' },
} as const satisfies Record<string, Rule>;

/** GET /workspaces */
export function listWorkspaces(call: Call): SandboxResponse {
  const items = ownRecords(call, call.state.workspaces).map(({ id, title, slug }) => ({ id, title, slug }));
  return json(200, items);
}

/** POST /workspaces */
export function createWorkspace(call: Call): SandboxResponse {
  const fields = new RequestFields(call.request.body);
  const { values } = fields.read(CREATE_RULES, fields.object('workspace'));
  fields.requireFilled(values, 'title');
  fields.throwIfAny();
  const workspace = call.state.addWorkspace({ title: String(values.title), owner: call.owner });
  return json(201, present(workspace));
}

/** GET /workspaces/:id */
export function showWorkspace(call: Call): SandboxResponse {
  return json(200, present(requireOwn(call, call.state.workspaces)));
}

/** PATCH /workspaces/:id */
export function updateWorkspace(call: Call): SandboxResponse {
  const workspace = requireOwn(call, call.state.workspaces);
  const fields = new RequestFields(call.request.body);
  const { values } = fields.read(PATCH_RULES, fields.object('workspace'));
  fields.throwIfAny();
  Object.assign(workspace, values);
  return json(200, present(workspace));
}

function present({ owner: _owner, ...shown }: Workspace): Record<string, unknown> {
  return shown;
}
