import { afterAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { PromptAttributesInput } from '../../src/domain/prompt.js';
import { PROMPT_ATTRIBUTES } from '../../src/domain/prompt-attributes.js';
import { UpstreamError } from '../../src/domain/upstream-error.js';
import { checkAttributes, needsOriginal } from '../../src/services/prompts/attribute-rules.js';
import { matchCreatedPrompt } from '../../src/services/prompts/match-created-prompt.js';
import { verify } from '../../src/services/replication/copying/verify.js';
import {
  clashingNames,
  decide,
  nameReplicas,
  unknownPlaceholders,
} from '../../src/services/replication/planning/plan.js';
import { checkRequest, withDefaults } from '../../src/services/replication/request.js';
import type { SentCreate } from '../../src/storage/create-store.js';
import * as astria from '../../src/upstream/astria/decoders.js';
import { decode } from '../../src/upstream/decode.js';
import * as portkey from '../../src/upstream/portkey/decoders.js';
import { sampled } from '../support/sampling.js';
import { casesRun, forAll, JSON_TEXT, objectsWith, objectText, TEXT } from './cases.js';

afterAll(() => {
  expect(casesRun()).toBeGreaterThanOrEqual(sampled(6_000));
  expect(Object.keys(Object.prototype)).toEqual([]);
});

const LOG = { debug() {}, info() {}, warn() {}, error() {} };
const id = fc.integer({ min: 1, max: 2 ** 40 });
const time = fc.oneof(
  fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
  fc.constantFrom('2026-08-01T12:00:00Z', '2026-08-01 12:00', null, ''),
);
const word = (words: Record<string, string>) => fc.constantFrom(...Object.values(words));

const ASTRIA_PROMPT = objectsWith({
  ...Object.fromEntries(
    Object.values(PROMPT_ATTRIBUTES).map(({ wireName }) => [
      wireName,
      fc.oneof(fc.nat(), TEXT, fc.boolean()),
    ]),
  ),
  scheduler: word(PROMPT_ATTRIBUTES.scheduler.words),
  style: word(PROMPT_ATTRIBUTES.style.words),
  aspect_ratio: word(PROMPT_ATTRIBUTES.aspectRatio.words),
  images: fc.array(fc.webUrl(), { maxLength: 2 }),
  user_error: fc.option(TEXT),
  cost_mc: fc.nat(),
  created_at: time,
  trained_at: time,
});
const TUNE = objectsWith({
  title: TEXT,
  name: TEXT,
  base_tune_id: id,
  ckpt_urls: fc.array(fc.webUrl(), { maxLength: 2 }),
  eta: time,
  trained_at: time,
  started_training_at: time,
  steps: fc.nat(),
  face_crop: fc.boolean(),
});
const VERSION = objectsWith({
  id: fc.uuid(),
  string: TEXT,
  parameters: fc.jsonValue(),
  functions: fc.array(fc.jsonValue(), { maxLength: 2 }),
  tools: fc.constantFrom('[]', '{', null),
  tool_choice: fc.jsonValue(),
  template_metadata: fc.jsonValue(),
  is_raw_template: fc.nat(1),
  status: fc.constantFrom('active', 'archived'),
  prompt_version: fc.nat(),
  prompt_version_id: fc.uuid(),
  variable_components: fc.constantFrom('{"variables":["a"]}', { partials: [{ name: 'b' }] }, '7'),
});
const PORTKEY_PROMPT = fc
  .tuple(
    objectsWith({ slug: TEXT, name: TEXT, model: TEXT, collection_id: TEXT, created_at: time }),
    VERSION,
    VERSION,
  )
  .chain(([flat, one, two]) =>
    fc.constantFrom(
      flat,
      `${flat.slice(0, -1)}${flat === '{}' ? '' : ','}"current_version":${one}}`,
      `{"id":"x","versions":[${one},${two}]}`,
      `{"id":"x","versions":{"data":[${one}]},"name":"n"}`,
      one,
    ),
  );
/** Adds members such as an id, so that an object is not rejected for their absence. */
const named = (object: fc.Arbitrary<string>, ...members: readonly (readonly [string, string])[]) =>
  object.map((text) => `${text.slice(0, -1)}${text === '{}' ? '' : ','}${objectText(members).slice(1)}`);

describe('upstream response', () => {
  const KINDS = [
    ['a tune', astria.tune, named(TUNE, ['id', '5'])],
    ['an image prompt', astria.prompt, named(ASTRIA_PROMPT, ['id', '5'], ['tune_id', '6'])],
    ['an LLM prompt', portkey.prompt, named(PORTKEY_PROMPT, ['id', '"x"'])],
    [
      'a list of LLM prompts',
      portkey.promptList,
      PORTKEY_PROMPT.map((text) => `{"total":1,"data":[${text}]}`),
    ],
    ['versions', portkey.versions, fc.array(VERSION, { maxLength: 3 }).map((all) => `[${all.join()}]`)],
    ['a new prompt', portkey.created, PORTKEY_PROMPT],
  ] as const;

  it.each(KINDS)(
    'an upstream response for %s is decoded, or rejected as BAD_RESPONSE',
    (_kind, decoder, good) => {
      let understood = 0;
      forAll(fc.oneof({ weight: 4, arbitrary: good }, JSON_TEXT), 700, (text) => {
        const from = { upstream: 'astria', endpoint: 'GET /', log: LOG } as const;
        try {
          const value = decode<unknown>(decoder, JSON.parse(text), from);
          understood += 1;
          for (const field of Object.values(Object(value)))
            if (field instanceof UpstreamError) expect(field.message).toMatch(/^[^\n{]{10,150}$/);
        } catch (error) {
          expect(error).toBeInstanceOf(UpstreamError);
          expect(error).toHaveProperty('kind', 'BAD_RESPONSE');
        }
      });
      expect(understood).toBeGreaterThan(sampled(10));
    },
  );

  it('an upstream response with errors yields messages and fields that are strings', () => {
    const body = objectsWith({
      error: fc.oneof(TEXT, fc.record({ message: TEXT })),
      message: TEXT,
      text: fc.array(TEXT, { maxLength: 2 }),
      base: fc.array(TEXT, { maxLength: 2 }),
      data: fc.record({ message: TEXT }),
    });
    forAll(fc.oneof(body, JSON_TEXT), 800, (text) => {
      for (const parseFieldErrors of [astria.parseFieldErrors, portkey.parseFieldErrors])
        for (const { field, message } of parseFieldErrors(JSON.parse(text))) {
          expect(typeof message).toBe('string');
          expect(field === null || typeof field === 'string').toBe(true);
        }
    });
  });
});

const number = fc.oneof(
  fc.integer(),
  fc.double({ noNaN: true }),
  fc.constantFrom(0, 1, 8, 50, 2 ** 32, 512, 513, -0),
);
const attributes: fc.Arbitrary<PromptAttributesInput> = fc.record(
  {
    text: fc.option(TEXT),
    callback: fc.option(fc.oneof(TEXT, fc.webUrl())),
    numImages: fc.option(number),
    seed: fc.option(number),
    cfgScale: fc.option(number),
    steps: fc.option(number),
    width: fc.option(number),
    height: fc.option(number),
    backendVersion: fc.option(number),
    denoisingStrength: fc.option(number),
    superResolution: fc.option(fc.boolean()),
    inpaintFaces: fc.option(fc.boolean()),
    hiresFix: fc.option(fc.boolean()),
    controlnet: fc.option(fc.constantFrom('CANNY', 'POSE')),
  },
  { requiredKeys: [] },
);

describe('attributes of a prompt', () => {
  it('the attributes of a prompt are within their bounds, or an error names the field', () => {
    const inherited = fc.constantFrom(null, undefined, { superResolution: true }, {});
    forAll(fc.tuple(attributes, inherited), 800, ([input, original]) => {
      const errors = checkAttributes(input, ['input'], original);
      for (const { field, message } of errors) {
        expect(field?.[0]).toBe('input');
        expect(message).toMatch(/^[a-zA-Z]+ [^\n]{5,150}$/);
      }
      const hasError = (name: string) => errors.some(({ field }) => field?.[1] === name);
      const { steps, width, numImages, seed } = input;
      const within = (value: number | null | undefined, min: number, max: number) =>
        value == null || (value >= min && value <= max);
      expect(hasError('steps')).toBe(!within(steps, 0, 50));
      expect(hasError('numImages')).toBe(!within(numImages, 1, 8));
      expect(hasError('seed')).toBe(!within(seed, 0, 2 ** 32));
      expect(hasError('width')).toBe(width != null && !(width >= 8 && width % 8 === 0));
      expect(typeof needsOriginal(input)).toBe('boolean');
    });
  });

  it('the attributes of a prompt select a free prompt, or null, for a create request', () => {
    const create = fc.tuple(attributes, fc.nat(90_000), fc.option(fc.nat(90_000))).map(
      ([given, sentAt, lostAt]): SentCreate => ({
        id: 'a',
        account: 'b',
        known: { tuneId: '6', attributes: given, newerThan: null, images: '' },
        callback: null,
        sentAt,
        lostAt,
      }),
    );
    const prompt = named(ASTRIA_PROMPT, ['tune_id', '6']);
    const lists = fc.array(prompt, { maxLength: 3 }).map((texts) =>
      texts.map((text, n) => {
        const wire: unknown = { ...JSON.parse(text), id: n + 1, created_at: new Date(45_000).toISOString() };
        return decode(astria.prompt, wire, { upstream: 'astria', endpoint: '', log: LOG });
      }),
    );
    forAll(fc.tuple(lists, create, fc.array(create, { maxLength: 2 })), 500, ([prompts, own, others]) => {
      const rest = {
        others: others.map((other) => ({ ...other, isInProgress: false, responsePromptId: null })),
        taken: new Set(['1']),
      };
      expect([null, '2', '3']).toContain(matchCreatedPrompt(prompts, own, rest, 0));
    });
  });
});

describe('plan', () => {
  const source = named(PORTKEY_PROMPT, ['id', '"x"']).map((text) => {
    try {
      return decode(portkey.prompt, JSON.parse(text), { upstream: 'portkey', endpoint: '', log: LOG });
    } catch {
      return null;
    }
  });
  const sources = fc.array(source, { maxLength: 4 }).map((all) => all.filter((each) => each !== null));
  const template = fc.oneof(
    TEXT,
    fc
      .array(fc.oneof(fc.constantFrom('{name}', '{slug}', '{model}', '{', '}', '{constructor}'), TEXT))
      .map((parts) => parts.join('')),
  );

  it('a plan gives every source a replica name without internals of JavaScript', () => {
    forAll(fc.tuple(sources, template, TEXT), 400, ([selected, text, model]) => {
      const options = withDefaults({ nameTemplate: text });
      const plan = nameReplicas(selected, { options, targetModel: model }, new Map());
      expect(plan.length).toBeLessThanOrEqual(selected.length);
      for (const { replicaName: name } of plan) expect(name).not.toMatch(/\[native code\]|\[object/);
      expect(clashingNames(plan).size).toBeLessThanOrEqual(plan.length);
      for (const name of unknownPlaceholders(text)) expect(text).toContain(`{${name}}`);
    });
  });

  it('a plan decides on an action for every source, with a readable error if there is one', () => {
    forAll(fc.tuple(source, sources, TEXT, fc.boolean()), 400, ([one, namesakes, model, exists]) => {
      if (!one) return;
      const options = withDefaults({ onExisting: exists ? 'UPDATE' : 'SKIP' });
      const situation = {
        source: one,
        replicaName: 'r',
        targetModel: model,
        options,
        namesakes,
        isClashing: false,
      };
      const { action, error } = decide({ ...situation, sourceExists: () => exists });
      expect(['NONE', 'CREATE', 'SKIP', 'UPDATE', 'CONFLICT']).toContain(action);
      if (error) expect(error.message).not.toMatch(/undefined|\[object|\n {4}at /);
    });
  });

  it('a plan is rejected with readable errors', () => {
    const text = fc.option(TEXT);
    const request = fc.record({
      targetModel: TEXT,
      selection: fc.record({
        all: fc.boolean(),
        ids: fc.option(fc.array(TEXT)),
        search: text,
        collectionId: text,
      }),
      options: fc.record({
        nameTemplate: fc.option(template),
        concurrency: fc.option(fc.integer()),
        virtualKey: text,
      }),
      dryRun: fc.boolean(),
      awaitSeconds: fc.integer(),
      idempotencyKey: text,
    });
    forAll(request, 400, (given) => {
      for (const { field, message } of checkRequest(given)) {
        expect(field?.length).toBeGreaterThan(0);
        expect(message).not.toMatch(/undefined|\[object|\n {4}at /);
      }
    });
  });

  it('a plan passes verification, or fails it with VERIFICATION_FAILED', () => {
    forAll(fc.tuple(source, source), 400, ([one, two]) => {
      if (!one || !two) return;
      const { template: text, parameters, model } = two;
      const sent = {
        name: 'r',
        collectionId: 'c',
        template: typeof text === 'string' ? text : '',
        isRawTemplate: false,
        parameters: parameters instanceof UpstreamError ? {} : (parameters ?? {}),
        model: typeof model === 'string' ? model : '',
        virtualKey: 'v',
        functions: null,
        tools: null,
        toolChoice: null,
        versionDescription: null,
        metadata: {},
      };
      const error = verify(sent, one);
      if (error) expect(error.code).toBe('VERIFICATION_FAILED');
    });
  });
});
