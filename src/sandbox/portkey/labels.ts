import { z } from 'zod';
import { type Answer, json } from '../answer.js';
import {
  type Call,
  filled,
  idOf,
  matchesSearch,
  own,
  PAGING,
  pageOf,
  readBody,
  readQuery,
  requireLabel,
  requireWorkspace,
} from './call.js';
import { refusal } from './errors.js';
import { presentLabel } from './present.js';
import { type Label, timestamp } from './records.js';

/** At most one character besides letters, digits, `_` and `-`; the words for versions are taken. */
const labelName = z
  .string()
  .regex(/^(?=.)[\w-]*[^@\s]?[\w-]*$/u, 'must consist of letters, digits, _ and -')
  .refine((name) => !/^(latest|default|\d+)$/.test(name), 'must not be a version');
const LabelFields = {
  name: labelName,
  description: z.string().nullable().optional(),
  color_code: z.string().nullable().optional(),
};
const CreateLabel = z.strictObject({
  ...LabelFields,
  workspace_id: filled.optional(),
  organisation_id: filled.optional(),
});
const UpdateLabel = z.strictObject(LabelFields).partial();

/** GET /labels */
export function listLabels(call: Call): Answer {
  const query = readQuery(call, [...PAGING, 'organisation_id', 'workspace_id', 'search']);
  const workspaceId = idOf(call, call.state.workspaces, query('workspace_id'));
  const labels = own(call, call.state.labels).filter(
    (label) =>
      (workspaceId === null || label.workspace_id === null || label.workspace_id === workspaceId) &&
      matchesSearch(label, query('search')),
  );
  return json(200, pageOf(call, labels, presentLabel));
}

export function showLabel(call: Call): Answer {
  readQuery(call, ['organisation_id', 'workspace_id']);
  return json(200, presentLabel(requireLabel(call)));
}

export function createLabel(call: Call): Answer {
  readQuery(call, []);
  const body = readBody(call, CreateLabel);
  const workspaceId = body.workspace_id ? requireWorkspace(call, body.workspace_id).id : null;
  refuseTakenLabel(call, body.name, workspaceId, null);
  const label = call.state.addLabel({
    owner: call.owner,
    name: body.name,
    description: body.description ?? null,
    color_code: body.color_code ?? null,
    workspace_id: workspaceId,
  });
  return json(200, { id: label.id });
}

export function updateLabel(call: Call): Answer {
  readQuery(call, []);
  const label = customLabel(call);
  const body = readBody(call, UpdateLabel);
  if (body.name !== undefined) refuseTakenLabel(call, body.name, label.workspace_id, label);
  label.name = body.name ?? label.name;
  if (body.description !== undefined) label.description = body.description;
  if (body.color_code !== undefined) label.color_code = body.color_code;
  label.last_updated_at = timestamp();
  return json(200, {});
}

export function deleteLabel(call: Call): Answer {
  readQuery(call, []);
  const { id } = customLabel(call);
  for (const { versions } of [...call.state.prompts.values(), ...call.state.partials.values()]) {
    for (const version of versions) if (version.label_id === id) version.label_id = null;
  }
  call.state.labels.delete(id);
  return json(200, {});
}

/** The built-in labels cannot be changed or removed. */
function customLabel(call: Call): Label {
  const label = requireLabel(call);
  if (label.is_universal) throw refusal('AB01', `The label "${label.name}" is built in`);
  return label;
}

/** A name is unique in its workspace, and never one of a label that is in every workspace. */
function refuseTakenLabel(call: Call, name: string, workspaceId: string | null, except: Label | null): void {
  const taken = own(call, call.state.labels).some(
    (other) =>
      other !== except &&
      other.name === name &&
      (other.workspace_id === null || workspaceId === null || other.workspace_id === workspaceId),
  );
  if (taken) throw refusal('AB07', `A label named "${name}" already exists`);
}
