import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { type Answer, json } from '../answer.js';
import { wallClockMs } from '../clock.js';
import { numberFor } from '../deterministic.js';
import { stringifyLossless } from '../lossless-json.js';
import type { Call } from './call.js';
import { type Filled, fillPrompt } from './fill-prompt.js';
import { promptToRun } from './prompts.js';

/** POST /prompts/:id/render */
export function render(call: Call): unknown {
  const { stream: _stream, ...filled } = fillPrompt(call, promptToRun(call).version);
  return { success: true, data: filled };
}

/** POST /prompts/:id/completions. The content of the response depends only on the filled prompt. */
export function complete(call: Call): Answer {
  const { prompt, version } = promptToRun(call);
  const filled = fillPrompt(call, version);
  const content = `Sandbox answer of ${filled.model} for "${prompt.name}": ${excerpt(filled)}`;
  const hash = numberFor(stringifyLossless(filled), 2 ** 40).toString(36);
  const isChat = filled.messages !== undefined;
  const head = { id: `${isChat ? 'chatcmpl' : 'cmpl'}-${hash}`, created: Math.floor(wallClockMs() / 1000) };
  const answer = filled.stream ? streamed(head, filled, content) : completion(head, filled, content);
  return { ...answer, headers: { ...answer.headers, ...portkeyHeaders(call) } };
}

interface Head {
  id: string;
  created: number;
}

function completion({ id, created }: Head, filled: Filled, content: string): Answer {
  const promptTokens = Math.ceil(stringifyLossless(filled.messages ?? filled.prompt).length / 4);
  const completionTokens = Math.ceil(content.length / 4);
  return json(200, {
    id,
    object: filled.messages ? 'chat.completion' : 'text_completion',
    created,
    model: filled.model,
    choices: [filled.messages ? chatChoice(filled, id, content) : textChoice(content, 'stop')],
    usage: {
      prompt_tokens: promptTokens,
      completion_tokens: completionTokens,
      total_tokens: promptTokens + completionTokens,
    },
  });
}

function chatChoice(filled: Filled, id: string, content: string): object {
  const toolCall = forcedToolCall(filled, id);
  const message = toolCall ? { content: null, tool_calls: [toolCall] } : { content };
  return {
    index: 0,
    message: { role: 'assistant', ...message },
    finish_reason: toolCall ? 'tool_calls' : 'stop',
    logprobs: null,
  };
}

function textChoice(text: string, finish: string | null): object {
  return { index: 0, text, finish_reason: finish, logprobs: null };
}

function excerpt(filled: Filled): string {
  const last = filled.messages?.at(-1)?.content ?? filled.prompt ?? '';
  const text = typeof last === 'string' ? last : stringifyLossless(last);
  return text.length > 200 ? `${text.slice(0, 200)}...` : text;
}

const NamedTool = z.looseObject({ function: z.looseObject({ name: z.string() }) });

/** Returns a tool call if `tool_choice` forces one, otherwise null. With `auto` the emulated model never calls a tool. */
function forcedToolCall(filled: Filled, id: string): unknown {
  const choice = filled.tool_choice;
  const first = Array.isArray(filled.tools) ? filled.tools[0] : undefined;
  const forced = NamedTool.safeParse(choice === 'required' ? first : choice);
  if (!forced.success) return null;
  const { name } = forced.data.function;
  return { id: `call_${id.slice(9)}`, type: 'function', function: { name, arguments: '{}' } };
}

function streamed({ id, created }: Head, { model, messages }: Filled, content: string): Answer {
  const object = messages ? 'chat.completion.chunk' : 'text_completion';
  const chunk = (choice: object) =>
    `data: ${JSON.stringify({ id, object, created, model, choices: [choice] })}\n\n`;
  const chat = (delta: object, finish: string | null) => chunk({ index: 0, delta, finish_reason: finish });
  const words = content.match(/\S+\s*/g) ?? [];
  const chunks = messages
    ? [
        chat({ role: 'assistant', content: '' }, null),
        ...words.map((word) => chat({ content: word }, null)),
        chat({}, 'stop'),
      ]
    : [...words.map((word) => chunk(textChoice(word, null))), chunk(textChoice('', 'stop'))];
  const events = [...chunks, 'data: [DONE]\n\n'];
  return { status: 200, headers: { 'content-type': 'text/event-stream' }, body: '', events };
}

function portkeyHeaders({ request }: Call): Record<string, string> {
  return {
    'x-portkey-trace-id': String(request.headers['x-portkey-trace-id'] ?? randomUUID()),
    'x-portkey-retry-attempt-count': '0',
    'x-portkey-cache-status': 'DISABLED',
    'x-portkey-last-used-option-index': '0',
  };
}
