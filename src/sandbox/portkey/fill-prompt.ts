import { z } from 'zod';
import { isJsonObject, parseLossless } from '../lossless-json.js';
import { type Call, jsonObject, readBody } from './call.js';
import { type PromptVersion, publishedVersion } from './records.js';
import { ownRecords } from './resources.js';
import { fill } from './template.js';

/** Parameters of a version that are sent to the model. The remaining ones are default values of variables. */
const MODEL_PARAMETERS = new Set([
  ...['model', 'temperature', 'top_p', 'top_k', 'n', 'max_tokens', 'max_completion_tokens'],
  ...['presence_penalty', 'frequency_penalty', 'seed', 'stop', 'user', 'logprobs', 'top_logprobs'],
  ...['logit_bias', 'response_format', 'reasoning_effort', 'thinking', 'parallel_tool_calls', 'metadata'],
  ...['stream_options', 'function_call'],
]);

/** Body fields that are not sent to the model. The SDK leaves `prompt_id` in the body. */
const NOT_FOR_THE_MODEL = new Set(['variables', 'prompt_id']);

const RunBody = z.looseObject({
  variables: jsonObject,
  model: z.string().optional(),
  stream: z.boolean().optional(),
  messages: z.array(z.looseObject({ role: z.string() })).optional(),
});

interface Message {
  role: string;
  content?: unknown;
}

/** A complete request to the model. */
export interface ModelRequest {
  model: string;
  messages?: Message[];
  prompt?: string;
  stream: boolean;
  [parameter: string]: unknown;
}

/** Fills the variables of a version. Root fields of the body replace saved values. */
export function fillPrompt(call: Call, version: PromptVersion): ModelRequest {
  const body = readBody(call, RunBody);
  const values = { ...version.parameters, ...body.variables };
  const text = fillTemplate(version, (template) => fill(template, values, (name) => partialText(call, name)));
  const { tools, functions, tool_choice } = version;
  const saved = Object.entries(version.parameters).filter(([name]) => MODEL_PARAMETERS.has(name));
  const optional = Object.entries({ tools, functions, tool_choice }).filter(([, value]) => value !== null);
  const overrides = Object.entries(body).filter(([name]) => !NOT_FOR_THE_MODEL.has(name));
  return {
    ...Object.fromEntries(saved),
    ...text,
    ...Object.fromEntries(optional),
    ...Object.fromEntries(overrides),
    model: body.model ?? version.model ?? 'unknown',
    stream: body.stream ?? version.parameters.stream === true,
  };
}

/** Fills a raw template before parsing it as JSON, and any other template after parsing. */
function fillTemplate(
  version: PromptVersion,
  fillText: (template: string) => string,
): { messages: Message[] } | { prompt: string } {
  if (version.is_raw_template) {
    const text = fillText(version.string);
    const messages = messagesOf(text);
    return messages ? { messages } : { prompt: text };
  }
  const messages = messagesOf(version.string);
  if (!messages) return { prompt: fillText(version.string) };
  return {
    messages: messages.map((message) => ({ ...message, content: fillParts(message.content, fillText) })),
  };
}

/** Returns the messages of a chat prompt, or null for a text prompt. */
function messagesOf(template: string): Message[] | null {
  if (!template.trimStart().startsWith('[')) return null;
  try {
    return z.array(z.looseObject({ role: z.string() })).parse(parseLossless(template));
  } catch {
    return null;
  }
}

function fillParts(part: unknown, fillText: (template: string) => string): unknown {
  if (typeof part === 'string') return fillText(part);
  if (Array.isArray(part)) return part.map((each) => fillParts(each, fillText));
  if (!isJsonObject(part)) return part;
  return Object.fromEntries(Object.entries(part).map(([name, value]) => [name, fillParts(value, fillText)]));
}

/** Returns the published text for `{{>name}}`, or that of version 5 for `{{>name@5}}`. Labels are not supported. */
function partialText(call: Call, reference: string): string | null {
  const [name, number] = reference.split('@');
  const partial = ownRecords(call, call.state.partials).find(
    (each) => each.name === name || each.slug === name || each.id === name,
  );
  if (!partial) return null;
  if (number === undefined) return publishedVersion(partial).string;
  return partial.versions.find((version) => String(version.number) === number)?.string ?? null;
}
