import { z } from 'zod';
import { uuidFor } from '../deterministic.js';
import { type Call, nonEmptyString, readBody } from './call.js';
import { refusal } from './errors.js';
import { type Label, removeLabel } from './records.js';
import {
  ownRecords,
  type ResourceKind,
  requireFreeName,
  requireRecord,
  touch,
  WORKSPACES,
} from './resources.js';

/** Allows at most one character other than letters, digits, `_` and `-`. Names of versions are reserved. */
const labelName = z
  .string()
  .regex(/^(?=.)[\w-]*[^@\s]?[\w-]*$/u, 'must consist of letters, digits, _ and -')
  .refine((name) => !/^(latest|default|\d+)$/.test(name), 'must not be a version');
const LabelFields = {
  name: labelName,
  description: z.string().nullable().optional(),
  color_code: z.string().nullable().optional(),
};
const CreateBody = z.strictObject({
  ...LabelFields,
  workspace_id: nonEmptyString.optional(),
  organisation_id: nonEmptyString.optional(),
});
const UpdateBody = z.strictObject(LabelFields).partial();

export const LABELS: ResourceKind<Label> = {
  noun: 'Label',
  store: ({ labels }) => labels,
  filters: ['organisation_id', 'workspace_id', 'search'],
  showQuery: ['organisation_id', 'workspace_id'],
  item: present,
  show: present,
  create(call) {
    const { workspace_id: ref, name, description = null, color_code = null } = readBody(call, CreateBody);
    const workspace_id = ref ? requireRecord(call, WORKSPACES, ref).id : null;
    refuseTakenName(call, name, workspace_id, null);
    const { owner } = call;
    return { id: call.state.addLabel({ owner, name, description, color_code, workspace_id }).id };
  },
  update(label, call) {
    requireCustom(label);
    const body = readBody(call, UpdateBody);
    if (body.name !== undefined) refuseTakenName(call, body.name, label.workspace_id, label);
    label.name = body.name ?? label.name;
    if (body.description !== undefined) label.description = body.description;
    if (body.color_code !== undefined) label.color_code = body.color_code;
    touch(label);
    return {};
  },
  beforeDelete(label, { state }) {
    requireCustom(label);
    for (const store of [state.prompts, state.partials]) {
      for (const record of store.values()) removeLabel(record, label.id);
    }
  },
};

/** Rejects changes to built-in labels. @throws Refusal */
function requireCustom(label: Label): void {
  if (label.is_universal) throw refusal('AB01', `The label "${label.name}" is built in`);
}

/** Rejects a name that is taken in the workspace, or by a label that exists in all workspaces. @throws Refusal */
function refuseTakenName(call: Call, name: string, workspaceId: string | null, except: Label | null): void {
  const others = ownRecords(call, call.state.labels).filter(
    (other) =>
      other !== except &&
      (other.workspace_id === null || workspaceId === null || other.workspace_id === workspaceId),
  );
  requireFreeName(LABELS.noun, name, others);
}

/** Returns a label as shown by the API. Optional fields are omitted if they are null. */
function present(label: Label): Record<string, unknown> {
  const { owner, description, color_code, workspace_id, ...shown } = label;
  const optional = Object.entries({ description, color_code, workspace_id });
  return {
    ...shown,
    ...Object.fromEntries(optional.filter(([, value]) => value !== null)),
    organisation_id: uuidFor(`organisation/${owner}`),
    status: 'active',
  };
}
