import { describe, expect, it } from '@jest/globals';
import { redact, redactFieldErrors } from '../../src/upstream/redact.js';

const KEY = 'the-very-key-of-this-call';

describe('message of an upstream', () => {
  it.each([
    ['must be between 1 and 8'],
    ["can't be blank"],
    ['must be one of 16:9, 9:16, 1:1'],
    ['w must be a multiple of 8: 513'],
    ['token is invalid'],
    ['is no image/png and/or image/jpeg'],
    ['at 12:30:45 the model gpt-4o/mini of version 1.5.0 was off'],
    ['Foo::Bar is not a model'],
    ['is too long (maximum is 2000 characters)'],
  ])('a message of an upstream is shown unchanged without secrets: %j', (words) => {
    expect(redact(words, KEY)).toBe(words);
  });

  it.each([
    ['see https://api.astria.ai/x?key=1 for more', 'see [address] for more'],
    ['key sd_abc123 is unknown', 'key [key] is unknown'],
    ['pk-abc and vk_def', '[key] and [key]'],
    ['Authorization: Bearer abc.def', 'Authorization: [key]'],
    [`no access with ${KEY}, sorry`, 'no access with [key], sorry'],
    [`x${KEY}${KEY}y`, 'x[key][key]y'],
    ['connect ECONNREFUSED 10.0.3.17:5432', 'connect ECONNREFUSED [address]'],
    ['host 192.168.1.1 is down.', 'host [address] is down.'],
    ['via 2001:db8::8a2e:370:7334 and ::1', 'via [address] and [address]'],
    ['[fe80::1%eth0]:8080 refused', '[address] refused'],
    ['connect to localhost:3000', 'connect to [address]'],
    ['db-primary:5432 is read-only', '[address] is read-only'],
    ['api.eu.prod.example.com:443 failed', '[address] failed'],
    ['asked redis.internal and node-1.cluster.local.', 'asked [address] and [address].'],
    ['password=hunter2 is wrong', 'password=[key] is wrong'],
    ['PASSWORD = "two words" is wrong', 'PASSWORD = [key] is wrong'],
    ['token: abc, api_key=xyz; client_secret=s', 'token: [key], api_key=[key]; client_secret=[key]'],
    ['ask jo.doe+x@corp.example for it', 'ask [e-mail] for it'],
    ['undefined method at User.save (/srv/app.rb:12)', 'undefined method [path]'],
    ['app/models/user.rb:12: no', '[path]: no'],
    ['cannot open /usr/share/models/x.bin', 'cannot open [path]'],
    ['C:\\srv\\app\\x.rb broke', '[path] broke'],
    ['one\ntwo\u0000three\u001b[31m', 'one two three [31m'],
    ['  spaced  ', 'spaced'],
    ['{"error": "nested", "trace": []}', 'was rejected'],
    ['<html><body>502</body></html>', 'was rejected'],
    ['failed: {"stack": 1}', 'was rejected'],
    [' \n ', 'was rejected'],
  ])('a message of an upstream such as %j becomes %j', (words, expected) => {
    expect(redact(words, KEY)).toBe(expected);
  });

  it('a message of an upstream is truncated to 300 characters', () => {
    expect(redact('x'.repeat(300))).toBe('x'.repeat(300));
    expect(redact('x'.repeat(301))).toBe(`${'x'.repeat(299)}…`);
    expect(redact('y'.repeat(1_000_000))).toHaveLength(300);
  });

  it('a message of an upstream is redacted before it is truncated, so that no part of a secret remains', () => {
    for (let at = 1180; at <= 1210; at += 1) {
      const start = `https://x/${'y'.repeat(at - 12)} `;
      expect(redact(`${start}sd_secretsecretsecret and more`)).not.toContain('secret');
      expect(redact(`${start}${KEY} and more`, KEY)).not.toContain('the-');
    }
  });

  it.each([
    '-'.repeat(100_000),
    'a.'.repeat(50_000),
    '/a'.repeat(50_000),
    'token'.repeat(20_000),
    ':'.repeat(9_999),
  ])('a message of an upstream is redacted quickly, whatever it contains (case %#)', (words) => {
    // CPU time excludes other processes on the machine.
    const start = process.cpuUsage();
    redact(words, KEY);
    expect(process.cpuUsage(start).user).toBeLessThan(500_000);
  });
});

it('the first 20 field errors of a response are shown with their fields', () => {
  const faults = Array.from({ length: 500 }, (_, n) => ({
    field: n === 0 ? 'text' : null,
    message: `${KEY} ${n}`,
  }));
  const shown = redactFieldErrors(faults, KEY);
  expect(shown).toHaveLength(20);
  expect(shown.slice(0, 2)).toEqual([
    { field: 'text', message: '[key] 0' },
    { field: null, message: '[key] 1' },
  ]);
});

it.each([
  ['text', 'was rejected'],
  [null, 'the reason cannot be shown'],
])('a message about the field %s that cannot be shown becomes "%s"', (field, message) => {
  expect(redactFieldErrors([{ field, message: '<b>no</b>' }], KEY)).toEqual([{ field, message }]);
});

it.each(['k+e/y=1~!', 'plain-key'])('the key %s is recognized in other encodings', (key) => {
  const bytes = Buffer.from(key);
  for (const form of [encodeURIComponent(key), bytes.toString('base64'), bytes.toString('base64url')]) {
    expect(redact(`the header ${form} is refused`, key)).toBe('the header [key] is refused');
  }
});
