import { describe, expect, it } from '@jest/globals';
import { parse } from 'graphql';
import { foundObjects } from '../../playground/results/extract-entities.js';
import { createSchema } from '../../src/graphql/schema.js';
import { describeGateway } from '../support/describe-gateway.js';
import { at } from '../support/gateway.js';

const schema = createSchema();
const NOTHING = { prompts: [], replications: [], userErrors: [] };

/** Finds the objects in a literal response. */
const found = (query: string, data: unknown, operationName: string | null = null) =>
  foundObjects(schema, parse(query), operationName, data);

describe('search for objects in a literal response', () => {
  it('the search for objects in a literal response finds a prompt by the field names of the schema, whatever the aliases', () => {
    const query = '{ one: prompt(id: "1") { key: id words: text status: error how: status pics: images } }';
    const data = {
      one: { key: '1', words: 'a cat', status: 'no', how: 'FAILED', pics: ['https://a/1.png'] },
    };
    expect(found(query, data).prompts).toEqual([
      { id: '1', text: 'a cat', error: 'no', status: 'FAILED', images: ['https://a/1.png'], isNew: false },
    ]);
  });

  it('the search for objects in a literal response does not mistake objects of the same shape for prompts', () => {
    const query = `{
      tunes { nodes { id text: title status images: origImages error: title } }
      portkeyPrompts { nodes { id text: name status images: variables } }
    }`;
    const node = { id: '1', text: 't', status: 'RUNNING', images: ['https://a/1.png'], error: 'e' };
    expect(found(query, { tunes: { nodes: [node] }, portkeyPrompts: { nodes: [node] } })).toEqual(NOTHING);
  });

  it('the search for objects in a literal response reads nodes and edges, and merges all fields of a prompt into one result', () => {
    const query = `{
      prompts { nodes { id text } edges { node { id status } } }
      again: prompt(id: "2") { id images }
    }`;
    const data = {
      prompts: {
        nodes: [
          { id: '1', text: 'one' },
          { id: '2', text: 'two' },
        ],
        edges: [{ node: { id: '1', status: 'RUNNING' } }, { node: { id: '2', status: 'SUCCEEDED' } }],
      },
      again: { id: '2', images: [] },
    };
    expect(found(query, data).prompts).toEqual([
      { id: '1', text: 'one', status: 'RUNNING', isNew: false },
      { id: '2', text: 'two', status: 'SUCCEEDED', images: [], isNew: false },
    ]);
  });

  it('the search for objects in a literal response spreads named and inline fragments, and merges fields that are selected twice', () => {
    const query = `
      query { ...All prompts { nodes { ... on Prompt { status } ... @include(if: true) { images } } } }
      fragment All on Query { prompts { nodes { ...Words } } }
      fragment Words on Prompt { id text }
    `;
    const data = { prompts: { nodes: [{ id: '1', text: 'one', status: 'RUNNING', images: null }] } };
    expect(found(query, data).prompts).toEqual([
      { id: '1', text: 'one', status: 'RUNNING', images: null, isNew: false },
    ]);
  });

  it('the search for objects in a literal response ignores fragments that are on another type or spread themselves', () => {
    const query = `
      query { ...Loop prompt(id: "1") { id ... on Tune { text } ...OfTune } }
      fragment Loop on Query { ...Loop prompt(id: "1") { status } }
      fragment OfTune on Tune { error }
    `;
    const data = { prompt: { id: '1', status: 'RUNNING', text: 'not asked for', error: 'not asked for' } };
    expect(found(query, data).prompts).toEqual([{ id: '1', status: 'RUNNING', isNew: false }]);
  });

  it('the search for objects in a literal response keeps prompts without an id apart', () => {
    const { prompts } = found('{ prompts { nodes { text } } }', {
      prompts: { nodes: [{ text: 'a' }, { text: 'a' }] },
    });
    expect(prompts).toEqual([
      { id: null, text: 'a', isNew: false },
      { id: null, text: 'a', isNew: false },
    ]);
  });

  it('the search for objects in a literal response accepts null and missing fields', () => {
    const query = `query ($no: Boolean!) {
      prompt(id: "1") { id text @include(if: $no) error }
      tune(id: "1") { prompts { nodes { id } edges { node { id } } } }
      prompts { nodes { id } }
    }`;
    const data = {
      prompt: { id: '1', error: null },
      tune: { prompts: { nodes: [null, { id: '2' }], edges: null } },
      prompts: null,
    };
    expect(found(query, data).prompts).toEqual([
      { id: '1', error: null, isNew: false },
      { id: '2', isNew: false },
    ]);
  });

  it.each([
    ['no data', null],
    ['missing data', undefined],
    ['data of another shape', { prompt: 'text', prompts: [1, 'two', [null]] }],
  ])('the search for objects in a literal response finds nothing in %s', (_name, data) => {
    expect(found('{ prompt(id: "1") { id } prompts { nodes { id } } }', data)).toEqual(NOTHING);
  });

  it('the search for objects in a literal response finds nothing without a schema, without the operation, or in a field that the schema lacks', () => {
    const data = { prompt: { id: '1' } };
    expect(foundObjects(null, parse('{ prompt(id: "1") { id } }'), null, data)).toEqual(NOTHING);
    expect(found('query A { prompt(id: "1") { id } } query B { tunes { nodes { id } } }', data)).toEqual(
      NOTHING,
    );
    expect(found('{ prompt: unheardOf(id: "1") { id } }', data)).toEqual(NOTHING);
  });

  it('the search for objects in a literal response reads the operation that ran', () => {
    const query =
      'query A { tunes { nodes { id } } } query B { prompt: tune(id: "1") { id } it: prompt { id } }';
    const data = { prompt: { id: '1' }, it: { id: '2' } };
    expect(found(query, data, 'B').prompts).toEqual([{ id: '2', isNew: false }]);
  });

  it('the search for objects in a literal response distinguishes a prompt that a mutation created from existing ones', () => {
    const query = `mutation {
      createPrompt(tuneId: "1", input: {}) { made: prompt { id tune { prompts { nodes { id } } } } }
    }`;
    const data = {
      createPrompt: { made: { id: '9', tune: { prompts: { nodes: [{ id: '8' }, { id: '9' }] } } } },
    };
    expect(found(query, data).prompts).toEqual([
      { id: '9', isNew: true },
      { id: '8', isNew: false },
    ]);
  });

  it('the search for objects in a literal response finds replications in a subscription, and merges the parts of their counts', () => {
    const query = `subscription {
      a: replicationProgress(id: "1") { id state: status c: counts { all: total } d: counts { pending } }
    }`;
    const data = { a: { id: '1', state: 'RUNNING', c: { all: 3 }, d: { pending: 2 } } };
    expect(found(query, data).replications).toEqual([
      { id: '1', status: 'RUNNING', counts: { total: 3, pending: 2 } },
    ]);
  });
});

describe('search for objects in a response of a gateway', () => {
  const gateway = describeGateway();

  /** Sends a query, and returns the response and the objects found in it. */
  async function ask(query: string, headers: Record<string, string> = {}) {
    const { data, errors } = await gateway.graphql(query, {}, headers);
    return { ...found(query, data), data, errors };
  }

  it('the search for objects in a response of a gateway finds every prompt of a page', async () => {
    const { prompts, data } = await ask('{ p: prompts(first: 30) { n: nodes { id what: text images } } }');
    const nodes = at(data, 'p.n') as { id: string; what: string; images: string[] }[];
    expect(nodes).toHaveLength(30);
    expect(prompts).toEqual(nodes.map(({ id, what, images }) => ({ id, text: what, images, isNew: false })));
  });

  it('the search for objects in a response of a gateway finds each prompt of tunes once', async () => {
    const { prompts, data } = await ask(
      '{ tunes(first: 3) { edges { node { prompts(first: 5) { nodes { id tune { prompts { nodes { id } } } } } } } } }',
    );
    const edges = at(data, 'tunes.edges') as object[];
    const ids = edges.flatMap((edge) =>
      (at(edge, 'node.prompts.nodes') as { id: string }[]).map(({ id }) => id),
    );
    expect(ids.length).toBeGreaterThan(5);
    const foundIds = prompts.map(({ id }) => id);
    expect(foundIds).toEqual(expect.arrayContaining(ids));
    expect(new Set(foundIds).size).toBe(foundIds.length);
  });

  it('the search for objects in a response of a gateway finds the created prompt of one mutation and the user errors of another', async () => {
    const { prompts, userErrors } = await ask(`mutation {
      good: createPrompt(tuneId: "2690418", input: { text: "a cat" }) { prompt { id text } userErrors { code } }
      bad: createPrompt(tuneId: "2690418", input: { text: "a cat", steps: 99 }) {
        prompt { id }
        faults: userErrors { kind: code where: field words: message }
      }
    }`);
    expect(prompts).toEqual([{ id: expect.any(String), text: 'a cat', isNew: true }]);
    expect(userErrors).toEqual([
      { code: 'INVALID', field: ['input', 'steps'], message: expect.stringContaining('50') },
    ]);
  });

  it('the search for objects in a response of a gateway finds prompts next to errors', async () => {
    const { prompts, errors } = await ask(
      '{ prompts(first: 2) { nodes { id } } portkeyPrompts { nodes { id } } }',
      { 'x-portkey-api-key': 'wrong' },
    );
    expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['UPSTREAM_UNAUTHENTICATED']);
    expect(prompts).toHaveLength(2);
  });

  it('the search for objects in a response of a gateway finds a replication with its counts, also in a list, and no image prompts in its items', async () => {
    const { replications, prompts } = await ask(`mutation {
      replicatePrompts(targetModel: "gpt-5", dryRun: true) {
        replication {
          id status targetModel dryRun counts { total pending }
          items(first: 5) { nodes { source { id status } } }
        }
      }
    }`);
    expect(prompts).toEqual([]);
    expect(replications).toEqual([
      {
        id: expect.any(String),
        status: 'PLANNED',
        targetModel: 'gpt-5',
        dryRun: true,
        counts: { total: expect.any(Number), pending: expect.any(Number) },
      },
    ]);
    const listed = await ask('{ replications { nodes { id } edges { node { id dryRun } } } }');
    expect(listed.replications).toEqual([{ id: replications[0]?.id, dryRun: true }]);
  });
});
