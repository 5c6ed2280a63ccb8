import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { describeGateway } from '../support/describe-gateway.js';
import { type RawUpstream, startRawUpstream } from '../support/raw-upstream.js';
import { lines, replicate } from './replicating.js';

/** Free JSON with everything that a parser with doubles and plain objects loses. */
const PARAMETERS =
  '{"model":"gpt-4o","seed":9007199254740993,"__proto__":{"kept":true},"presence_penalty":-0.0,"logit_bias":{"50256":-9007199254740993}}';
const TOOLS =
  '[{"type":"function","function":{"name":"f","parameters":{"properties":{"n":{"maximum":9223372036854775807}}}}}]';
const FUNCTIONS =
  '[{"name":"g","parameters":{"__proto__":{"type":"object"},"minimum":-9223372036854775808}}]';
const TOOL_CHOICE = '{"type":"function","function":{"name":"f","limit":12345678901234567890}}';
const METADATA = '{"ticket":9007199254740993}';

const SUMMARY =
  '"slug":"pp-a","collection_id":"c","status":"active","created_at":"2026-08-01T00:00:00.000Z","last_updated_at":"2026-08-01T00:00:00.000Z","object":"prompt"';

/** A full prompt as JSON text. */
const fullPrompt = (id: string, name: string, fields: string) =>
  `{"id":"${id}","name":"${name}",${SUMMARY},"prompt_version":1,"prompt_version_id":"${id}-v1",${fields}}`;

const SOURCE = fullPrompt(
  'a',
  'a',
  `"model":"gpt-4o","string":"Hi","virtual_key":"openai","parameters":${PARAMETERS},"tools":${TOOLS},"functions":${FUNCTIONS},"tool_choice":${TOOL_CHOICE},"template_metadata":${METADATA}`,
);

let portkey: RawUpstream;
/** The body of the create request, as it arrived. */
let created: string | null = null;
/** Whether the server is one that parses numbers as doubles. */
let losesDigits = false;

beforeAll(async () => {
  portkey = await startRawUpstream(({ method, target, body }, response) => {
    response.setHeader('content-type', 'application/json');
    if (method === 'POST') {
      created = losesDigits ? body.replaceAll('9007199254740993', '9007199254740992') : body;
      response.end('{"id":"b","slug":"pp-b","version_id":"b-v1","object":"prompt"}');
    } else if (target.startsWith('/prompts?')) {
      const item = `{"id":"a","name":"a","model":"gpt-4o",${SUMMARY}}`;
      response.end(`{"object":"list","total":1,"data":[${item}]}`);
    } else if (target === '/prompts/a') response.end(SOURCE);
    else response.end(fullPrompt('b', 'a-replica', (created ?? '{}').slice(1, -1)));
  });
});
const gateway = describeGateway(() => ({ env: { PORTKEY_BASE_URL: portkey.url, PORTKEY_API_KEY: 'pk' } }));
afterAll(() => portkey.close());

const FIELDS = 'parameters tools functions toolChoice metadata';

async function rawText(query: string, headers: Record<string, string> = {}): Promise<string> {
  const response = await fetch(`${gateway.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query }),
  });
  return response.text();
}

describe('numbers that a double cannot hold and unusual keys', () => {
  it('are shown unchanged in a response', async () => {
    const text = await rawText(`{ portkeyPrompt(id: "a") { ${FIELDS} } }`);
    expect(text).toContain(`"parameters":${PARAMETERS}`);
    expect(text).toContain(`"tools":${TOOLS}`);
    expect(text).toContain(`"functions":${FUNCTIONS}`);
    expect(text).toContain(`"toolChoice":${TOOL_CHOICE}`);
    expect(text).toContain(`"metadata":${METADATA}`);
  });

  it('are in a replica digit for digit and key for key, and verification finds no difference', async () => {
    const job = await replicate(gateway, { options: { verify: true } });
    expect(lines(job)).toEqual(['a: CREATE CREATED']);
    expect(created).toContain(`"parameters":${PARAMETERS.replace('gpt-4o', 'gpt-5')}`);
    expect(created).toContain(`"tools":${TOOLS}`);
    expect(created).toContain(`"functions":${FUNCTIONS}`);
    expect(created).toContain(`"tool_choice":${TOOL_CHOICE}`);
    expect(created).toContain('"ticket":9007199254740993');
  });

  it('fail verification when one digit of them was lost', async () => {
    losesDigits = true;
    const job = await replicate(gateway, { targetModel: 'gpt-6', options: { verify: true } });
    losesDigits = false;
    expect(job.items).toMatchObject([
      { status: 'FAILED', error: { message: expect.stringContaining('parameters.seed') } },
    ]);
  });

  it('are shown unchanged in events', async () => {
    const job = await replicate(gateway, { targetModel: 'gpt-7' });
    const nodes = `items(first: 1) { nodes { source { ${FIELDS} } } }`;
    const text = await rawText(`subscription { replicationProgress(id: "${job.id}") { ${nodes} } }`, {
      accept: 'text/event-stream',
    });
    expect(text).toContain(`"parameters":${PARAMETERS}`);
    expect(text).toContain(`"toolChoice":${TOOL_CHOICE}`);
  });
});
