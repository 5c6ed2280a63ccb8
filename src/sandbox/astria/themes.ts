import { empty, type SandboxResponse } from '../response.js';
import { promptAttributes } from './attributes.js';
import { type Call, workspaceOf } from './call.js';
import { checkDependencies } from './prompt-checks.js';
import { readPromptFields } from './prompt-fields.js';
import { RequestFields } from './request-fields.js';
import type { Rule } from './values.js';

const PROMPTS_PER_TUNE = 10;
const RULES = {
  theme: { kind: 'text' },
  tune_ids: { kind: 'ids' },
  prompt_attributes: { kind: 'object' },
} as const satisfies Record<string, Rule>;

/** POST /themes. Renders prompts on a theme for each tune. */
export function createThemePrompts(call: Call): SandboxResponse {
  const fields = new RequestFields(call.request.body);
  const { values } = fields.read(RULES, fields.object('theme'));
  fields.requireFilled(values, 'theme', 'tune_ids');
  const ids: number[] = Array.isArray(values.tune_ids) ? values.tune_ids : [];
  const tunes = ids
    .flatMap((id) => call.state.tunes.get(id) ?? [])
    .filter(({ owner }) => owner === call.owner);
  if (tunes.length < ids.length) fields.add('tune_ids', 'has ids of tunes that do not exist');
  const given = Object(values.prompt_attributes ?? {});
  const { values: overrides } = readPromptFields(fields, given, 'prompt_attributes.');
  const theme = String(values.theme);
  const attributes = promptAttributes({ ...overrides, theme, text: theme });
  checkDependencies(attributes, fields, 'prompt_attributes.');
  fields.throwIfAny();
  for (const tune of tunes) {
    for (let n = 1; n <= PROMPTS_PER_TUNE; n += 1) {
      const text = `${tune.token ?? 'ohwx'} ${tune.name}, ${theme}, variation ${n}`;
      const target = { owner: call.owner, tune_id: tune.id, workspace_id: workspaceOf(call) };
      call.state.renderPrompt({ ...attributes, ...target, text });
    }
  }
  return empty(201);
}
