import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { describeGateway } from '../support/describe-gateway.js';
import { type RawUpstream, startRawUpstream } from '../support/raw-upstream.js';
import { lines, replicate } from './replicating.js';

/** JSON values that a parser with doubles and plain objects would change. */
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

/** Builds the JSON of a full prompt. */
const fullPrompt = (id: string, name: string, fields: string) =>
  `{"id":"${id}","name":"${name}",${SUMMARY},"prompt_version":1,"prompt_version_id":"${id}-v1",${fields}}`;

const SOURCE = fullPrompt(
  'a',
  'a',
  `"model":"gpt-4o","string":"Hi","virtual_key":"openai","parameters":${PARAMETERS},"tools":${TOOLS},"functions":${FUNCTIONS},"tool_choice":${TOOL_CHOICE},"template_metadata":${METADATA}`,
);

let portkey: RawUpstream;
/** Raw body of the create request. */
let created: string | null = null;
/** Set to true to make the upstream round numbers to doubles. */
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

async function rawBody(query: string, headers: Record<string, string> = {}): Promise<string> {
  const response = await fetch(`${gateway.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query }),
  });
  return response.text();
}

describe('numbers that a double cannot hold and unusual keys', () => {
  it('numbers that a double cannot hold and unusual keys are shown unchanged in a response', async () => {
    const body = await rawBody(`{ portkeyPrompt(id: "a") { ${FIELDS} } }`);
    expect(body).toContain(`"parameters":${PARAMETERS}`);
    expect(body).toContain(`"tools":${TOOLS}`);
    expect(body).toContain(`"functions":${FUNCTIONS}`);
    expect(body).toContain(`"toolChoice":${TOOL_CHOICE}`);
    expect(body).toContain(`"metadata":${METADATA}`);
  });

  it('numbers that a double cannot hold and unusual keys reach a replica unchanged and pass verification', async () => {
    const job = await replicate(gateway, { options: { verify: true } });
    expect(lines(job)).toEqual(['a: CREATE CREATED']);
    expect(created).toContain(`"parameters":${PARAMETERS.replace('gpt-4o', 'gpt-5')}`);
    expect(created).toContain(`"tools":${TOOLS}`);
    expect(created).toContain(`"functions":${FUNCTIONS}`);
    expect(created).toContain(`"tool_choice":${TOOL_CHOICE}`);
    expect(created).toContain('"ticket":9007199254740993');
  });

  it('numbers that a double cannot hold and unusual keys fail verification when the upstream has changed a digit', async () => {
    losesDigits = true;
    const job = await replicate(gateway, { targetModel: 'gpt-6', options: { verify: true } });
    losesDigits = false;
    expect(job.items).toMatchObject([
      { status: 'FAILED', error: { message: expect.stringContaining('parameters.seed') } },
    ]);
  });

  it('numbers that a double cannot hold and unusual keys are shown unchanged in events', async () => {
    const job = await replicate(gateway, { targetModel: 'gpt-7' });
    const nodes = `items(first: 1) { nodes { source { ${FIELDS} } } }`;
    const body = await rawBody(`subscription { replicationProgress(id: "${job.id}") { ${nodes} } }`, {
      accept: 'text/event-stream',
    });
    expect(body).toContain(`"parameters":${PARAMETERS}`);
    expect(body).toContain(`"toolChoice":${TOOL_CHOICE}`);
  });
});
