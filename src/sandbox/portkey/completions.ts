import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { wallClockMs } from '../clock.js';
import { numberFor } from '../deterministic.js';
import { stringifyLossless } from '../lossless-json.js';
import { json, type SandboxResponse } from '../response.js';
import type { Call } from './call.js';
import { fillPrompt, type ModelRequest } from './fill-prompt.js';
import { promptToRun } from './prompts.js';

/** POST /prompts/:id/render */
export function render(call: Call): unknown {
  const { stream: _stream, ...modelRequest } = fillPrompt(call, promptToRun(call).version);
  return { success: true, data: modelRequest };
}

/** POST /prompts/:id/completions. The content of the response depends only on the filled prompt. */
export function complete(call: Call): SandboxResponse {
  const { prompt, version } = promptToRun(call);
  const modelRequest = fillPrompt(call, version);
  const content = `Sandbox answer of ${modelRequest.model} for "${prompt.name}": ${excerpt(modelRequest)}`;
  const hash = numberFor(stringifyLossless(modelRequest), 2 ** 40).toString(36);
  const isChat = modelRequest.messages !== undefined;
  const head = { id: `${isChat ? 'chatcmpl' : 'cmpl'}-${hash}`, created: Math.floor(wallClockMs() / 1000) };
  const response = modelRequest.stream
    ? streamed(head, modelRequest, content)
    : completion(head, modelRequest, content);
  return { ...response, headers: { ...response.headers, ...portkeyHeaders(call) } };
}

interface Head {
  id: string;
  created: number;
}

function completion({ id, created }: Head, modelRequest: ModelRequest, content: string): SandboxResponse {
  const promptTokens = Math.ceil(stringifyLossless(modelRequest.messages ?? modelRequest.prompt).length / 4);
  const completionTokens = Math.ceil(content.length / 4);
  return json(200, {
    id,
    object: modelRequest.messages ? 'chat.completion' : 'text_completion',
    created,
    model: modelRequest.model,
    choices: [modelRequest.messages ? chatChoice(modelRequest, id, content) : textChoice(content, 'stop')],
    usage: {
      prompt_tokens: promptTokens,
      completion_tokens: completionTokens,
      total_tokens: promptTokens + completionTokens,
    },
  });
}

function chatChoice(modelRequest: ModelRequest, id: string, content: string): object {
  const toolCall = forcedToolCall(modelRequest, id);
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

function excerpt(modelRequest: ModelRequest): string {
  const last = modelRequest.messages?.at(-1)?.content ?? modelRequest.prompt ?? '';
  const text = typeof last === 'string' ? last : stringifyLossless(last);
  return text.length > 200 ? `${text.slice(0, 200)}...` : text;
}

const NamedTool = z.looseObject({ function: z.looseObject({ name: z.string() }) });

/** Returns a tool call if `tool_choice` forces one, otherwise null. With `auto` the emulated model never calls a tool. */
function forcedToolCall(modelRequest: ModelRequest, id: string): unknown {
  const choice = modelRequest.tool_choice;
  const first = Array.isArray(modelRequest.tools) ? modelRequest.tools[0] : undefined;
  const forced = NamedTool.safeParse(choice === 'required' ? first : choice);
  if (!forced.success) return null;
  const { name } = forced.data.function;
  return { id: `call_${id.slice(9)}`, type: 'function', function: { name, arguments: '{}' } };
}

function streamed(
  { id, created }: Head,
  { model, messages }: ModelRequest,
  content: string,
): SandboxResponse {
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
