import { z } from 'zod';
import type { Endpoint } from '../endpoint.js';
import { jsonObject } from './common.js';
import { inferenceHeaders } from './headers.js';

/** Overrides are at the root next to the variables. Providers define more of them than Portkey documents. */
const overrides = {
  variables: jsonObject,
  stream: z.boolean().optional(),
  hyperparameters: z.never('must not be nested: overrides belong at the root').optional(),
};

const toolCalls = z.array(jsonObject);
const finishReason = z.string().nullable();
const logprobs = z.unknown().optional();
const index = z.int().min(0);

const message = z.strictObject({
  role: z.string(),
  content: z.string().nullable(),
  tool_calls: toolCalls.optional(),
});
const usage = z.strictObject({
  prompt_tokens: z.int(),
  completion_tokens: z.int(),
  total_tokens: z.int(),
});
const hookResults = z.strictObject({
  before_request_hooks: z.array(z.unknown()),
  after_request_hooks: z.array(z.unknown()),
});
const envelope = {
  id: z.string(),
  created: z.int(),
  model: z.string(),
  usage,
  hook_results: hookResults.optional(),
};

const chatCompletion = z.strictObject({
  ...envelope,
  object: z.literal('chat.completion'),
  choices: z.array(z.strictObject({ index, message, finish_reason: finishReason, logprobs })),
});
const textCompletion = z.strictObject({
  ...envelope,
  object: z.literal('text_completion'),
  choices: z.array(z.strictObject({ index, text: z.string(), finish_reason: finishReason, logprobs })),
});
const completion = z.union([chatCompletion, textCompletion]);

/** The OpenAPI document wraps the completion, unlike its examples and the vendor's types. */
const anyCompletion = z.union([
  completion,
  z.strictObject({ status: z.int(), headers: jsonObject, body: completion }),
]);

/** Only `choices[].delta` is documented. `hook_results` may arrive in a chunk after `[DONE]`. */
const chunk = z.union([
  z.looseObject({ choices: z.array(z.looseObject({ delta: jsonObject })) }),
  z.looseObject({ choices: z.array(z.looseObject({ text: z.string() })) }),
  z.looseObject({ hook_results: jsonObject }),
]);

export const completions: readonly Endpoint[] = [
  {
    method: 'POST',
    path: '/prompts/:reference/render',
    request: { json: z.looseObject(overrides), headers: inferenceHeaders },
    responses: { 200: z.strictObject({ success: z.literal(true), data: jsonObject }) },
  },
  {
    method: 'POST',
    path: '/prompts/:reference/completions',
    request: { json: z.looseObject(overrides), headers: inferenceHeaders },
    responses: { 200: anyCompletion, 246: anyCompletion },
    streamEvent: chunk,
  },
];
