import { describe, expect, it } from '@jest/globals';
import { reportedPrompt } from '../../src/services/callbacks/callback-bodies.js';
import { describeStorage } from '../support/describe-storage.js';

describe('callback store', () => {
  const storage = describeStorage();
  const add = (id: string, target: string | null = null) =>
    storage.callbacks.add({ id, account: 'me', secretHash: 'h', target });

  it('the callback store numbers calls in order, and counts only the first call of each URL', async () => {
    const { callbacks } = storage;
    expect(await callbacks.lastCall()).toBe(0);
    await Promise.all([add('a'), add('b'), callbacks.change('b', { promptId: '7' })]);
    await callbacks.call('b', '7', 'PROMPT');
    await callbacks.call('a', null, null);
    await callbacks.call('b', '8', 'BARE');
    expect(await callbacks.callsAfter(0)).toEqual([
      { number: 1, id: 'b', account: 'me', promptId: '7' },
      { number: 2, id: 'a', account: 'me', promptId: null },
    ]);
    expect(await callbacks.callsAfter(1)).toHaveLength(1);
    expect(await callbacks.get('b')).toMatchObject({
      ...{ reportedPromptId: '7', envelope: 'PROMPT', calledAt: expect.any(Number) },
    });
  });

  it('the callback store releases callbacks to another process only after their own process has ended', async () => {
    await add('a', 'https://example.com/');
    const other = storage.open();
    expect(await other.callbacks.abandonedAccounts()).toEqual([]);
    expect(await other.callbacks.takeWaiting('me')).toEqual([]);
    await storage.close();
    expect(await other.callbacks.abandonedAccounts()).toEqual(['me']);
    expect(await other.callbacks.takeWaiting('you')).toEqual([]);
    expect(await other.callbacks.takeWaiting('me')).toEqual(['a']);
    expect(await other.callbacks.abandonedAccounts()).toEqual([]);
    await other.close();
  });
});

describe('prompt that a callback reports', () => {
  it.each([
    ['{"id":7}', { id: '7', envelope: 'BARE' }],
    ['{"prompt":{"id":7,"images":[]}}', { id: '7', envelope: 'PROMPT' }],
    ['{"prompt":{},"id":8}', { id: '8', envelope: 'BARE' }],
    ['{"prompt":7}', null],
    ['{"id":"7"}', null],
    ['{"id":-1}', null],
    ['{"id":1.5}', null],
    ['[{"id":7}]', null],
    ['null', null],
    ['', null],
    ['{"id":', null],
  ])('the prompt that a callback reports in the body %s is %p', (body, claimed) => {
    expect(reportedPrompt(body)).toEqual(claimed);
  });
});
