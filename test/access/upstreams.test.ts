import { expect, it } from '@jest/globals';
import { startTestGateway } from '../support/gateway.js';
import { reply, startRawUpstream } from '../support/raw-upstream.js';
import { bearer, type Token, TokensOnDisk } from './tokens-on-disk.js';

const TOKEN: Token = { name: 'a', secret: 'pg_marked_token', scopes: ['read', 'create', 'replicate'] };
const OPERATIONS = [
  '{ tunes(first: 1) { nodes { id } } prompts(first: 1) { nodes { id } } portkeyPrompts(first: 1) { nodes { id } } }',
  'mutation { createPrompt(tuneId: 1, input: { text: "x" }) { userErrors { code } } }',
  'mutation { replicatePrompts(targetModel: "gpt-5", awaitSeconds: 1) { userErrors { code } } }',
];

it('the gateway sends no token to an upstream, and the key of a client only to its own upstream', async () => {
  const upstream = await startRawUpstream((_request, response) => reply(response, 200, []));
  const file = new TokensOnDisk();
  await file.write(TOKEN);
  const gateway = await startTestGateway({
    env: {
      AUTH_TOKENS_FILE: file.file,
      ASTRIA_BASE_URL: `${upstream.url}/astria`,
      ASTRIA_API_KEY: 'own-astria',
      PORTKEY_BASE_URL: `${upstream.url}/portkey`,
      PORTKEY_API_KEY: 'own-portkey',
    },
  });
  try {
    const callers = [
      bearer(TOKEN),
      { ...bearer(TOKEN), 'x-astria-api-key': 'their-astria' },
      { 'x-astria-api-key': 'other-astria', 'x-portkey-api-key': 'other-portkey' },
    ];
    for (const query of OPERATIONS)
      await Promise.all(callers.map((headers) => gateway.graphql(query, {}, headers)));
    const sent = upstream.requests.map((request) => JSON.stringify(request));
    expect(sent.join('')).not.toContain(TOKEN.secret);
    const keysAt = (api: string) => {
      const there = sent.filter((text) => text.includes(`"target":"/${api}`)).join('');
      return ['own', 'their', 'other'].flatMap((whose) =>
        ['astria', 'portkey'].map((name) => `${whose}-${name}`).filter((key) => there.includes(key)),
      );
    };
    expect(keysAt('astria')).toEqual(['own-astria', 'their-astria', 'other-astria']);
    expect(keysAt('portkey')).toEqual(['own-portkey', 'other-portkey']);
  } finally {
    await gateway.close();
    await upstream.close();
    await file.remove();
  }
});
