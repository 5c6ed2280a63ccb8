import { z } from 'zod';
import { type Answer, json } from '../answer.js';
import { numberFor } from '../deterministic.js';
import { type Call, own, readBody, readQuery, requirePrompt } from './call.js';
import { type PortkeyPrompt, publishedVersion } from './records.js';
import { fill } from './template.js';

const HYPERPARAMETERS = {
  model: z.string(),
  temperature: z.number(),
  top_p: z.number(),
  top_k: z.number(),
  n: z.int(),
  max_tokens: z.int(),
  max_completion_tokens: z.int(),
  presence_penalty: z.number(),
  frequency_penalty: z.number(),
  seed: z.int(),
  stop: z.union([z.string(), z.array(z.string())]),
  user: z.string(),
  logprobs: z.boolean(),
  top_logprobs: z.int(),
  logit_bias: z.record(z.string(), z.number()),
  response_format: z.record(z.string(), z.unknown()),
  reasoning_effort: z.string(),
  tools: z.array(z.record(z.string(), z.unknown())),
  tool_choice: z.union([z.string(), z.record(z.string(), z.unknown())]),
  parallel_tool_calls: z.boolean(),
  functions: z.array(z.record(z.string(), z.unknown())),
  metadata: z.record(z.string(), z.unknown()),
  stream: z.boolean(),
  stream_options: z.record(z.string(), z.unknown()),
};

const RunBody = z
  .strictObject(HYPERPARAMETERS)
  .partial()
  .extend({ variables: z.record(z.string(), z.unknown()) });

interface Filled {
  model: string;
  messages?: { role: string; content: unknown }[];
  prompt?: string;
  stream: boolean;
  [hyperparameter: string]: unknown;
}

/** POST /prompts/:id/render */
export function render(call: Call): Answer {
  readQuery(call, []);
  const { stream: _stream, ...filled } = fillPrompt(call, requirePrompt(call));
  return json(200, { success: true, data: filled });
}

/** POST /prompts/:id/completions: an answer that depends on nothing but the filled prompt. */
export function complete(call: Call): Answer {
  readQuery(call, []);
  const prompt = requirePrompt(call);
  const filled = fillPrompt(call, prompt);
  const id = `chatcmpl-${numberFor(JSON.stringify(filled), 2 ** 40).toString(36)}`;
  const created = Math.floor(Date.now() / 1000);
  const content = `Sandbox answer of ${filled.model} for "${prompt.name}": ${excerpt(filled)}`;
  if (filled.stream) return streamed(id, created, filled.model, content);
  const promptTokens = Math.ceil(JSON.stringify(filled.messages ?? filled.prompt).length / 4);
  const completionTokens = Math.ceil(content.length / 4);
  const toolCall = forcedToolCall(filled, id);
  return json(200, {
    id,
    object: 'chat.completion',
    created,
    model: filled.model,
    choices: [
      toolCall
        ? {
            index: 0,
            message: { role: 'assistant', content: null, tool_calls: [toolCall] },
            finish_reason: 'tool_calls',
          }
        : { index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' },
    ],
    usage: {
      prompt_tokens: promptTokens,
      completion_tokens: completionTokens,
      total_tokens: promptTokens + completionTokens,
    },
  });
}

/** The published version with its variables filled in; what the body says at its root overrides the parameters. */
function fillPrompt(call: Call, prompt: PortkeyPrompt): Filled {
  const { variables, ...overrides } = readBody(call, RunBody);
  const version = publishedVersion(prompt);
  const known = Object.entries(version.parameters).filter(([name]) => Object.hasOwn(HYPERPARAMETERS, name));
  const values = { ...version.parameters, ...variables };
  const fillText = (template: string) => fill(template, values, (name) => partialText(call, name));
  const messages = messagesOf(version.string);
  const text = messages
    ? { messages: messages.map((message) => fillMessage(message, fillText)) }
    : { prompt: fillText(version.string) };
  const tools = version.tools ? { tools: version.tools } : {};
  const functions = version.functions ? { functions: version.functions } : {};
  const toolChoice = version.tool_choice ? { tool_choice: version.tool_choice } : {};
  const given = Object.fromEntries(Object.entries(overrides).filter(([, value]) => value !== undefined));
  return {
    ...Object.fromEntries(known),
    ...text,
    ...tools,
    ...functions,
    ...toolChoice,
    ...given,
    model: overrides.model ?? version.model ?? 'unknown',
    stream: overrides.stream ?? false,
  };
}

function partialText(call: Call, name: string): string | null {
  const partial = own(call, call.state.partials).find((each) => each.name === name || each.slug === name);
  return partial ? publishedVersion(partial).string : null;
}

/** The messages of a chat prompt; null for a text prompt. */
function messagesOf(template: string): { role: string; content: unknown }[] | null {
  if (!template.trimStart().startsWith('[')) return null;
  try {
    return z.array(z.looseObject({ role: z.string(), content: z.unknown() })).parse(JSON.parse(template));
  } catch {
    return null;
  }
}

function fillMessage(
  message: { role: string; content: unknown },
  fillText: (template: string) => string,
): { role: string; content: unknown } {
  const fillPart = (part: unknown): unknown => {
    if (typeof part === 'string') return fillText(part);
    if (Array.isArray(part)) return part.map(fillPart);
    if (typeof part !== 'object' || part === null) return part;
    return Object.fromEntries(Object.entries(part).map(([name, value]) => [name, fillPart(value)]));
  };
  return { ...message, content: fillPart(message.content) };
}

function excerpt(filled: Filled): string {
  const last = filled.messages?.at(-1)?.content ?? filled.prompt ?? '';
  const text = typeof last === 'string' ? last : JSON.stringify(last);
  return text.length > 200 ? `${text.slice(0, 200)}...` : text;
}

const NamedTool = z.looseObject({ function: z.looseObject({ name: z.string() }) });

/** With a tool_choice that forces a tool, the model calls it; with 'auto' it never does here. */
function forcedToolCall(filled: Filled, id: string): unknown {
  const choice = filled.tool_choice;
  const first = Array.isArray(filled.tools) ? filled.tools[0] : undefined;
  const forced = NamedTool.safeParse(choice === 'required' ? first : choice);
  if (!forced.success) return null;
  const { name } = forced.data.function;
  return { id: `call_${id.slice(9)}`, type: 'function', function: { name, arguments: '{}' } };
}

function streamed(id: string, created: number, model: string, content: string): Answer {
  const chunk = (delta: object, finish: string | null) => {
    const choices = [{ index: 0, delta, finish_reason: finish }];
    return `data: ${JSON.stringify({ id, object: 'chat.completion.chunk', created, model, choices })}\n\n`;
  };
  const words = content.match(/\S+\s*/g) ?? [];
  const events = [
    chunk({ role: 'assistant', content: '' }, null),
    ...words.map((word) => chunk({ content: word }, null)),
    chunk({}, 'stop'),
    'data: [DONE]\n\n',
  ];
  return { status: 200, headers: { 'content-type': 'text/event-stream' }, body: '', events };
}
