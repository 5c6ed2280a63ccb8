import { timestamp } from '../clock.js';
import { userIdOf } from './account.js';
import { type Call, ownRecords } from './call.js';
import { isSet, wholeNumber } from './paging.js';
import type { Prompt } from './records.js';

const IDS: Record<string, (prompt: Prompt) => number | null> = {
  tune_id: (prompt) => prompt.tune_id,
  pack_id: (prompt) => prompt.pack_id,
  base_pack_id: (prompt) => prompt.base_pack_id,
  user_id: (prompt) => userIdOf(prompt.owner),
  orig_prompt_id: (prompt) => prompt.orig_prompt_id,
  order_id: (prompt) => prompt.order_id,
};
const FLAGS: Record<string, (prompt: Prompt) => boolean> = {
  liked: (prompt) => prompt.liked,
  today: (prompt) => prompt.created_at.slice(0, 10) === timestamp().slice(0, 10),
  is_video: (prompt) => prompt.video_model !== null,
  is_api: (prompt) => prompt.is_api,
};

/** Query parameters that filter a list of prompts. */
export const FILTERS = ['text', ...Object.keys(IDS), ...Object.keys(FLAGS)];

/** Returns the account's prompts that match all filters of the query. A `pack_id` also finds the templates of a public pack. */
export function filterPrompts(call: Call): Prompt[] {
  const { query } = call.request;
  const tests = [...textTest(query), ...idTests(query), ...flagTests(query)];
  const packId = wholeNumber(query, 'pack_id');
  const { prompts } = call.state;
  const templates = packId === null ? [] : prompts.where({ owner: 'gallery', pack_id: packId });
  return [...ownRecords(call, prompts), ...templates].filter((prompt) => tests.every((test) => test(prompt)));
}

type Test = (prompt: Prompt) => boolean;

function textTest(query: URLSearchParams): Test[] {
  const part = query.get('text')?.toLowerCase();
  return part === undefined ? [] : [({ text }) => text?.toLowerCase().includes(part) ?? false];
}

function idTests(query: URLSearchParams): Test[] {
  return Object.entries(IDS).flatMap(([name, read]) => {
    const wanted = wholeNumber(query, name);
    return wanted === null ? [] : [(prompt: Prompt) => read(prompt) === wanted];
  });
}

function flagTests(query: URLSearchParams): Test[] {
  return Object.entries(FLAGS).flatMap(([name, test]) => (isSet(query, name) ? [test] : []));
}
