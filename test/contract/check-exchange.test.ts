import { channel } from 'node:diagnostics_channel';
import { describe, expect, it } from '@jest/globals';
import { EXCHANGE_CHANNEL } from './channels.js';
import { checkExchange, describeViolation } from './check-exchange.js';
import { exampleBody } from './examples.js';
import type { Exchange } from './exchange.js';
import { currentViolations, expectUndocumentedResponses, useViolations, Violations } from './violations.js';

const ID = '00000001-5f0c-4a7e-9b1d-3c2a7e90d101';
const fullPrompt = Object(exampleBody('GET /prompts/:id', 'a chat prompt with every share field null'));
const imagePrompt = Object(exampleBody('GET /prompts/:id', 'a running prompt'));
const created = exampleBody('POST /prompts', 'a created prompt');

const PORTKEY: Exchange = {
  upstream: 'portkey',
  method: 'GET',
  path: `/prompts/${ID}`,
  query: {},
  headers: { 'x-portkey-api-key': '[redacted]' },
  body: null,
  fault: false,
  status: 200,
  responseText: JSON.stringify(fullPrompt),
  contentType: 'application/json; charset=utf-8',
};
const CREATE = {
  name: 'Greeting',
  collection_id: 'support-7f3a10',
  string: 'Hello {{name}}',
  parameters: {},
  virtual_key: 'anthropic',
};
const ASTRIA: Exchange = {
  ...PORTKEY,
  upstream: 'astria',
  method: 'POST',
  path: '/tunes/2104/prompts',
  headers: { accept: 'application/json', authorization: '[redacted]', 'content-type': 'application/json' },
  body: { prompt: { text: 'a field' } },
  status: 201,
  responseText: JSON.stringify(imagePrompt),
};
const FORM = { ...ASTRIA.headers, 'content-type': 'multipart/form-data; boundary=x' };
const FILE = { filename: 'in.png', contentType: 'image/png', size: 400, sha256: 'f00d' };

const check = (exchange: Exchange) => checkExchange(exchange).map(describeViolation);
const create = (body: unknown): Exchange => ({
  ...PORTKEY,
  method: 'POST',
  path: '/prompts',
  body,
  responseText: JSON.stringify(created),
});
const update = (body: unknown): Exchange => ({ ...PORTKEY, method: 'PUT', body, responseText: '{}' });
const respond = (body: unknown): Exchange => ({ ...PORTKEY, responseText: JSON.stringify(body) });

describe('contract check', () => {
  it.each([
    ['a read of a Portkey prompt', PORTKEY],
    ['a create request of a Portkey prompt', create(CREATE)],
    ['an update with patch', update({ patch: true, string: 'Hi', prompt_metadata: {} })],
    ['an update of only the name', update({ name: 'Greeting' })],
    ['a create request of an Astria prompt as JSON', ASTRIA],
    [
      'a create request of an Astria prompt as a form',
      {
        ...ASTRIA,
        headers: FORM,
        body: { 'prompt[text]': 'a field', 'prompt[seed]': '4294967296', 'prompt[input_image]': FILE },
      },
    ],
    [
      'a duplicate with image_index at the top level',
      { ...ASTRIA, path: '/prompts/30504/duplicate', body: { image_index: 0, prompt: { seed: null } } },
    ],
    [
      'a path of Astria that ends in .json',
      { ...ASTRIA, method: 'GET', path: '/prompts/30505.json', body: null, status: 200 },
    ],
    [
      'a 404 for an unknown path',
      { ...PORTKEY, path: '/nothing/here/at/all', status: 404, responseText: '' },
    ],
  ] satisfies [string, Exchange][])('the contract check accepts %s', (_name, exchange) => {
    const isKnown = exchange.path !== '/nothing/here/at/all';
    expect(check(exchange).filter((text) => isKnown || text.includes(' response: '))).toEqual([]);
  });
});

describe('contract check of a wrong exchange', () => {
  it.each([
    [
      'an undocumented field of a request',
      create({ ...CREATE, prompt_metadata: {} }),
      'portkey POST /prompts request: body.prompt_metadata: is not documented',
    ],
    [
      'template_metadata in an update',
      update({ patch: true, template_metadata: {} }),
      'portkey PUT /prompts/:id request: body.template_metadata: is not documented',
    ],
    [
      'an undocumented field of a response',
      respond({ ...fullPrompt, is_shared: false }),
      'portkey GET /prompts/:id response: 200.is_shared: is not documented',
    ],
    [
      'an undocumented query parameter',
      { ...PORTKEY, query: { expand: 'all' } },
      'portkey GET /prompts/:id request: query.expand: is not documented',
    ],
    [
      'an undocumented header of the vendor',
      { ...PORTKEY, headers: { ...PORTKEY.headers, 'x-portkey-retry': '3' } },
      'portkey GET /prompts/:id request: headers.x-portkey-retry: is not documented',
    ],
    [
      'a missing field of a request',
      create({ ...CREATE, string: undefined }),
      'portkey POST /prompts request: body.string: Invalid input: expected string, received undefined',
    ],
    [
      'a missing field of a response',
      respond({ ...fullPrompt, prompt_version: undefined }),
      'portkey GET /prompts/:id response: 200.prompt_version: Invalid input: expected number, received undefined',
    ],
    [
      'a wrong type in a list',
      { ...respond({ object: 'list', total: 1, data: [{ ...fullPrompt, name: 7 }] }), path: '/prompts' },
      'portkey GET /prompts response: 200.data[].name: Invalid input: expected string, received number',
    ],
    [
      'a number out of range',
      { ...ASTRIA, body: { prompt: { text: 'a field', num_images: 9 } } },
      'astria POST /tunes/:id/prompts request: body.prompt.num_images: Too big: expected number to be <=8',
    ],
    [
      'a file part instead of a string',
      { ...ASTRIA, headers: FORM, body: { 'prompt[text]': FILE } },
      'astria POST /tunes/:id/prompts request: body.prompt.text: Invalid input: expected string, received object',
    ],
    [
      'image_index inside the prompt',
      { ...ASTRIA, path: '/prompts/30504/duplicate', body: { prompt: { image_index: 0 } } },
      'astria POST /prompts/:id/duplicate request: body.prompt.image_index: is not documented',
    ],
    [
      'a video without num_images 1',
      { ...ASTRIA, body: { prompt: { video_model: 'wan22', video_prompt: 'waves', num_images: 2 } } },
      'astria POST /tunes/:id/prompts request: body.prompt: a video needs num_images 1',
    ],
    [
      'an undocumented status',
      { ...PORTKEY, status: 418 },
      'portkey GET /prompts/:id response: status: 418 is not documented',
    ],
    [
      'an undocumented error body',
      { ...PORTKEY, status: 404, responseText: '{"detail":"Not found"}' },
      'portkey GET /prompts/:id response: 404.detail: is not documented',
    ],
    [
      'an undocumented endpoint',
      { ...PORTKEY, method: 'PATCH', status: 404, responseText: '' },
      `portkey PATCH /prompts/${ID} request: path: is not a documented endpoint`,
    ],
    [
      'an undocumented body',
      { ...PORTKEY, body: {} },
      'portkey GET /prompts/:id request: body: JSON is not documented',
    ],
  ] satisfies [string, Exchange, string][])(
    'the contract check of a wrong exchange reports %s with its endpoint, side and field',
    (_name, exchange, expected) => {
      expect(check(exchange)).toContain(expected);
    },
  );

  it('the contract check of a wrong exchange reports missing version fields in an update without patch', () => {
    const found = check(update({ string: 'Hi', parameters: {}, model: 'gpt-4o', virtual_key: 'openai' }));
    expect(found.join('\n')).toMatch(/PUT \/prompts\/:id request: body\.(string|is_raw_template)/);
  });

  it('the contract check of a wrong exchange ignores the response of an injected fault but checks its request', () => {
    const exchange = { ...create({ ...CREATE, extra: 1 }), fault: true, status: 599, responseText: '<html>' };
    expect(check(exchange)).toEqual(['portkey POST /prompts request: body.extra: is not documented']);
  });
});

describe('violations of a test file', () => {
  const wrong = { ...create({ ...CREATE, extra: 1 }), responseText: '{"surprise":1}' };

  it('the violations of a test file are listed once each', () => {
    const violations = new Violations('/dist/test/prompts/create-prompt.test.js');
    violations.record(wrong);
    violations.record(wrong);
    expect(violations.list().filter((text) => text.includes('extra'))).toHaveLength(1);
    expect(violations.list().join()).toContain('surprise');
  });

  it('the violations of a test file exclude the requests of a file that calls the sandbox directly', () => {
    const violations = new Violations('sandbox/portkey-prompts');
    violations.record(wrong);
    expect(violations.list().join()).not.toContain(' request: ');
    expect(violations.list()).not.toEqual([]);
  });

  it('the violations of a test file exclude responses if undocumented ones are expected', () => {
    const violations = new Violations('/dist/test/graphql/invalid-values.test.js');
    violations.ignore('response');
    violations.record(wrong);
    expect(violations.list()).toEqual(['portkey POST /prompts request: body.extra: is not documented']);
  });

  it('the violations of a test file include an unreadable exchange', () => {
    const violations = new Violations('');
    violations.record({ upstream: 'astria' });
    expect(violations.list().join()).toContain('The exchange could not be checked.');
  });

  it('the violations of a test file include the violations of a callback', () => {
    const violations = new Violations('');
    violations.recordCallback({ kind: 'prompt', body: { prompt: imagePrompt } });
    violations.recordCallback({ kind: 'prompts', body: [imagePrompt] });
    expect(violations.list()).toEqual([]);
    violations.recordCallback({ kind: 'prompt', body: { ...imagePrompt, surprise: 1 } });
    violations.recordCallback({ kind: 'order' });
    expect(violations.list()).toEqual([
      expect.stringContaining('The callback could not be checked.'),
      'astria callback of prompt: surprise: is not documented',
    ]);
  });

  it('the violations of a test file arrive over the channel of the sandbox', () => {
    const own = currentViolations();
    const other = new Violations('prompts/create-prompt');
    useViolations(other);
    expectUndocumentedResponses('this test publishes a wrong response');
    channel(EXCHANGE_CHANNEL).publish(wrong);
    useViolations(own);
    const found = other.list();
    expect(found).toEqual(['portkey POST /prompts request: body.extra: is not documented']);
  });
});
