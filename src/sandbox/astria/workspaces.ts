import { type Answer, json } from '../answer.js';
import type { Rule } from './attributes.js';
import { type Call, idFrom, notFound } from './call.js';
import { FieldErrors } from './field-errors.js';
import { refuseUnknownQuery } from './paging.js';
import { readParams, requireObject } from './rails-params.js';
import type { Workspace } from './records.js';
import { isFilled, readFields } from './values.js';

const CREATE_RULES = { title: { kind: 'text' } } as const satisfies Record<string, Rule>;
const PATCH_RULES = {
  landing_page_html: { kind: 'text' },
  brief: { kind: 'text' },
} as const satisfies Record<string, Rule>;

/** GET /workspaces */
export function listWorkspaces(call: Call): Answer {
  refuseUnknownQuery(call.request.query, []);
  const own = [...call.state.workspaces.values()].filter(({ owner }) => owner === call.owner);
  return json(
    200,
    own.map(({ id, title, slug }) => ({ id, title, slug })),
  );
}

/** POST /workspaces */
export function createWorkspace(call: Call): Answer {
  const values = readWorkspace(call, CREATE_RULES, (given, errors) => {
    if (!errors.has('title') && !isFilled(given.title)) errors.add('title', "can't be blank");
  });
  const workspace = call.state.addWorkspace({ title: String(values.title), owner: call.owner });
  return json(201, present(workspace));
}

/** GET /workspaces/:id */
export function showWorkspace(call: Call): Answer {
  refuseUnknownQuery(call.request.query, []);
  return json(200, present(requireWorkspace(call)));
}

/** PATCH /workspaces/:id */
export function updateWorkspace(call: Call): Answer {
  const workspace = requireWorkspace(call);
  Object.assign(workspace, readWorkspace(call, PATCH_RULES));
  return json(200, present(workspace));
}

function readWorkspace(
  call: Call,
  rules: Record<string, Rule>,
  check: (given: Record<string, unknown>, errors: FieldErrors) => void = () => undefined,
): Record<string, unknown> {
  refuseUnknownQuery(call.request.query, []);
  const params = readParams(call.request.body);
  const errors = new FieldErrors();
  const { values } = readFields(rules, requireObject(params, 'workspace'), params.isForm, errors);
  check(values, errors);
  errors.throwIfAny();
  return values;
}

function requireWorkspace(call: Call): Workspace {
  const workspace = call.state.workspaces.get(idFrom(call, 'id'));
  if (workspace?.owner !== call.owner) throw notFound();
  return workspace;
}

function present({ owner: _owner, ...shown }: Workspace): Record<string, unknown> {
  return shown;
}
