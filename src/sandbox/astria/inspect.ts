import { numberFor, pick } from '../deterministic.js';
import { json, type SandboxResponse } from '../response.js';
import type { Call } from './call.js';
import { RequestFields } from './request-fields.js';
import { isFilled, type Rule } from './values.js';

const RULES = {
  name: { kind: 'text' },
  file: { kind: 'file', accepts: 'image' },
  file_url: { kind: 'url' },
} as const satisfies Record<string, Rule>;
const FLAGS = [
  ...['blurry', 'selfie', 'funny_face', 'wearing_hat', 'wearing_sunglasses', 'includes_multiple_people'],
  ...['full_body_image_or_longshot', 'low_resolution', 'low_quality'],
];
const STRINGS: Record<string, readonly string[]> = {
  age: ['20 yo', '30 yo', '40 yo'],
  ethnicity: ['caucasian', 'hispanic', 'japanese', ''],
  eye_color: ['brown', 'blue', 'green'],
  hair_color: ['black', 'brown', 'blonde'],
  hair_length: ['short', 'medium', 'long'],
  hair_style: ['straight', 'curly', 'NONE'],
  facial_hair: ['NONE', 'beard', 'mustache'],
  glasses: ['NONE', 'glasses'],
  is_bald: ['', 'bald'],
  body_type: ['slim', 'average'],
  headcover: ['NONE', 'hat'],
};

/** POST /images/inspect. Always returns the same characteristics for the same picture. */
export function inspectImage(call: Call): SandboxResponse {
  const fields = new RequestFields(call.request.body);
  const { values, files } = fields.read(RULES, fields.root);
  fields.requireFilled(values, 'name');
  const source = files.get('file')?.[0]?.sha256 ?? values.file_url;
  if (!fields.has('file_url') && !isFilled(source)) fields.addFirst('file', "can't be blank");
  fields.throwIfAny();
  const strings = Object.entries(STRINGS).map(([name, choices]) => [
    name,
    pick(`${source}/${name}`, choices),
  ]);
  const flags = FLAGS.map((name) => [name, numberFor(`${source}/${name}`, 8) === 0]);
  return json(200, { name: values.name, ...Object.fromEntries(strings), ...Object.fromEntries(flags) });
}
