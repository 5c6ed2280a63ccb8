import { describe, expect, it } from '@jest/globals';
import { parse } from 'graphql';
import { Runs } from '../../playground/session/runs.js';
import { ChosenFiles } from '../../playground/uploads/chosen-files.js';

const asked = (operationName: string) => ({
  operationName,
  document: parse(`query ${operationName} { a }`),
  headers: {},
});
const PICTURE = new File(['x'], 'picture.png');

describe('last run of each tab', () => {
  it('the last run of each tab is the newest run, with a distinct id and no response yet', () => {
    const runs = new Runs();
    expect(runs.of('one')).toBeNull();
    runs.begin('one', asked('First'));
    const first = runs.of('one');
    runs.begin('one', asked('Second'));
    runs.begin('two', asked('Third'));
    expect(first).toMatchObject({ operationName: 'First', result: null });
    expect(runs.of('one')).toMatchObject({ operationName: 'Second', result: null });
    const ids = [first, runs.of('one'), runs.of('two')].map((run) => run?.id);
    expect(new Set(ids).size).toBe(3);
  });

  it('the last run of each tab takes its own responses and not those of the previous run', () => {
    const runs = new Runs();
    const late = runs.begin('one', asked('First'));
    const answered = runs.begin('one', asked('Second'));
    answered({ data: { n: 1 } });
    const { id } = runs.of('one') ?? {};
    answered({ data: { n: 2 } });
    late({ data: { n: 3 } });
    expect(runs.of('one')).toMatchObject({ id, operationName: 'Second', result: { data: { n: 2 } } });
  });

  it('the last run of each tab notifies subscribers until they unsubscribe', () => {
    const runs = new Runs();
    let changes = 0;
    const leave = runs.subscribe(() => {
      changes += 1;
    });
    runs.begin('one', asked('First'))({});
    expect(changes).toBe(2);
    leave();
    runs.begin('one', asked('Second'));
    expect(changes).toBe(2);
  });

  it('the last run of each tab is removed with its tab, and ignores later responses', () => {
    const runs = new Runs();
    const answered = runs.begin('closed', asked('First'));
    runs.begin('open', asked('Second'));
    runs.keepOnly(['open', 'new']);
    answered({ data: {} });
    expect(runs.of('closed')).toBeNull();
    expect(runs.of('open')).toMatchObject({ operationName: 'Second' });
  });
});

describe('files of each tab', () => {
  it('the files of each tab stay the same object until they change', () => {
    const files = new ChosenFiles();
    expect(files.get('one')).toBe(files.get('two'));
    files.set('one', 'file', [PICTURE]);
    const before = files.get('one');
    expect(files.get('one')).toBe(before);
    files.set('one', 'other', [PICTURE]);
    expect([...before.keys(), '-', ...files.get('one').keys()]).toEqual(['file', '-', 'file', 'other']);
  });

  it('the files of each tab still count as chosen after they have been removed', () => {
    const files = new ChosenFiles();
    expect(files.has('one')).toBe(false);
    files.set('one', 'file', [PICTURE]);
    files.set('one', 'file', []);
    expect([files.has('one'), files.get('one').size]).toEqual([true, 0]);
  });

  it('the files of each tab are removed with their tab', () => {
    const files = new ChosenFiles();
    for (const tab of ['closed', 'open']) files.set(tab, 'file', [PICTURE]);
    files.keepOnly(['open', 'new']);
    expect([files.has('closed'), files.get('closed').size]).toEqual([false, 0]);
    expect(files.get('open').get('file')).toEqual([PICTURE]);
  });
});
