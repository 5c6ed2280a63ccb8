import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  type PortkeyPrompt,
  type PromptVersion,
  publishedVersion,
} from '../../src/sandbox/portkey/records.js';
import { describeGateway } from '../support/describe-gateway.js';
import { ended, library, lines, names, replicate, resume, undo, writes } from './replicating.js';

const gateway = describeGateway({ sandbox: { seed: 'empty' } });
beforeEach(() => {
  gateway.sandbox.reset();
  gateway.sandbox.portkey.addPrompt({
    name: 'a',
    string: '[{"role":"system","content":"Be {{tone}}"},{"role":"user","content":"{{question}}"}]',
    parameters: {
      model: 'gpt-4o',
      temperature: 0.2,
      response: { format: { kind: 'json' } },
      stop: ['END', 'STOP'],
    },
    tools: [{ type: 'function', function: { name: 'look_up', parameters: { type: 'object' } } }],
    functions: [{ name: 'old_style' }],
    tool_choice: { type: 'function', function: { name: 'look_up' } },
  });
  gateway.sandbox.portkey.addPrompt({ name: 'b', string: 'Say {{word}}' });
});

const options = { verify: true };

function live(name: string): PortkeyPrompt {
  const found = library(gateway.sandbox).find((prompt) => prompt.name === name);
  if (!found) throw new Error(`there is no ${name}`);
  return found;
}

describe('replication with verify', () => {
  it.each(['flat', 'current_version', 'versions'] as const)(
    'a replication with verify reads every replica back once (prompt shape %s)',
    async (shape) => {
      gateway.sandbox.setDialect({ promptShape: shape });
      const job = await replicate(gateway, { options });
      expect(lines(job)).toEqual(['a: CREATE CREATED', 'b: CREATE CREATED']);
      for (const { replica } of job.items) {
        const reads = gateway.sandbox.requests({ method: 'GET', path: `/prompts/${replica?.id}` });
        expect(reads).toHaveLength(1);
      }
    },
  );

  it.each<[string, string, (version: PromptVersion) => Partial<PromptVersion>]>([
    [
      'the template',
      'template[1].content',
      (v) => ({ string: String(v.string).replace('question', 'answer') }),
    ],
    [
      'a message of the template',
      'template[1]',
      () => ({ string: '[{"role":"system","content":"Be {{tone}}"}]' }),
    ],
    [
      'a parameter',
      'parameters.temperature',
      (v) => ({ parameters: { ...Object(v.parameters), temperature: 1 } }),
    ],
    [
      'a nested parameter',
      'parameters.response.format.kind',
      (v) => ({ parameters: { ...Object(v.parameters), response: { format: { kind: 'text' } } } }),
    ],
    [
      'an extra parameter',
      'parameters.top_p',
      (v) => ({ parameters: { ...Object(v.parameters), top_p: 1 } }),
    ],
    [
      'a list in the parameters',
      'parameters.stop[1]',
      (v) => ({ parameters: { ...Object(v.parameters), stop: ['END'] } }),
    ],
    [
      'the model in the parameters',
      'parameters.model',
      (v) => ({ parameters: { ...Object(v.parameters), model: 'x' } }),
    ],
    ['the tools', 'tools', () => ({ tools: null })],
    [
      'a tool',
      'tools[0].function.name',
      () => ({ tools: [{ type: 'function', function: { name: 'other' } }] }),
    ],
    ['the functions', 'functions', () => ({ functions: null })],
    ['the tool choice', 'toolChoice', () => ({ tool_choice: 'auto' })],
    ['the model', 'model', () => ({ model: 'gpt-4o' })],
  ])(
    'a replication with verify fails an item whose replica differs in %s, and names the path',
    async (_case, path, change) => {
      const original = gateway.sandbox.portkey.addPrompt;
      // Makes the upstream store a different value than it received.
      gateway.sandbox.portkey.addPrompt = function (...args) {
        const prompt = original.apply(this, args);
        const [version] = prompt.versions;
        if (prompt.name === 'a-replica' && version) Object.assign(version, change(version));
        return prompt;
      };
      try {
        const job = await replicate(gateway, { options });
        expect(lines(job)).toEqual(['a: CREATE FAILED VERIFICATION_FAILED', 'b: CREATE CREATED']);
        const item = job.items.find(({ error }) => error);
        expect(item?.error?.message).toContain(` at ${path}. `);
        expect(item?.replica?.id).toBe(live('a-replica').id);
        // The replica still belongs to this job.
        expect((await undo(gateway, job.id)).deleted).toHaveLength(2);
        expect(names(gateway.sandbox)).toEqual(['a', 'b']);
      } finally {
        gateway.sandbox.portkey.addPrompt = original;
      }
    },
  );

  it('a replication with verify accepts a reformatted template and an added copy of the model', async () => {
    await replicate(gateway, { options });
    const version = publishedVersion(live('a-replica'));
    version.string = JSON.stringify(JSON.parse(version.string), null, 2);
    const plain = publishedVersion(live('b-replica'));
    plain.parameters = { ...plain.parameters, model: 'gpt-5' };
    expect(lines(await replicate(gateway, { options }))).toEqual(['a: SKIP SKIPPED', 'b: SKIP SKIPPED']);
  });

  it('a replication with verify verifies existing replicas too, without further calls', async () => {
    await replicate(gateway);
    publishedVersion(live('b-replica')).string = 'Say something else';
    gateway.sandbox.clearRequests();
    const job = await replicate(gateway, { options });
    expect(lines(job)).toEqual(['a: SKIP SKIPPED', 'b: SKIP FAILED VERIFICATION_FAILED']);
    expect(writes(gateway.sandbox)).toEqual([]);
    expect(gateway.sandbox.requests({ method: 'GET', path: '/prompts/*' })).toHaveLength(4);
  });

  it('a replication with verify fails an existing replica whose is_raw_template differs from its source', async () => {
    await replicate(gateway);
    publishedVersion(live('b-replica')).is_raw_template = 1;
    const job = await replicate(gateway, { options });
    expect(lines(job)).toEqual(['a: SKIP SKIPPED', 'b: SKIP FAILED VERIFICATION_FAILED']);
    expect(job.items.find(({ error }) => error)?.error?.message).toContain(' at isRawTemplate. ');
  });

  it('a replication with verify verifies a failed item again when it is resumed', async () => {
    await replicate(gateway);
    const version = publishedVersion(live('b-replica'));
    const { string } = version;
    version.string = 'Say something else';
    const job = await replicate(gateway, { options });
    version.string = string;
    expect(lines(job)).toContain('b: SKIP FAILED VERIFICATION_FAILED');
    expect((await resume(gateway, job.id)).userErrors).toEqual([]);
    expect(lines(await ended(gateway, job.id))).toEqual(['a: SKIP SKIPPED', 'b: SKIP SKIPPED']);
  });

  it('a replication with verify repeats a failed read of a replica', async () => {
    gateway.sandbox.addFault({
      ...{ upstream: 'portkey', kind: '500', method: 'GET', path: '/prompts/*', skip: 2 },
    });
    expect(lines(await replicate(gateway, { options }))).toEqual(['a: CREATE CREATED', 'b: CREATE CREATED']);
  });
});
