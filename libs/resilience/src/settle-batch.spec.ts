import { describe, expect, it } from 'vitest';
import { RetryableError } from './errors.js';
import { settleBatch } from './settle-batch.js';

/** Work that fails with the error of any of its items. */
function given(errors: Readonly<Record<string, Error>>) {
  const attempts: string[] = [];
  const settle = (...items: string[]) =>
    settleBatch(items, async (batch) => {
      attempts.push(batch.join(''));
      const faulty = batch.find((item) => errors[item]);
      if (faulty) throw errors[faulty];
      return batch.map((item) => `${item} done`);
    });
  return { attempts, settle };
}

const bad = new Error('bad');
const away = new RetryableError('away');

describe('settleBatch', () => {
  it('a batch that succeeds is processed once', async () => {
    const { attempts, settle } = given({});
    expect(await settle('a', 'b')).toMatchObject([{ value: 'a done' }, { value: 'b done' }]);
    expect(attempts).toEqual(['ab']);
  });

  it('after a failed batch each item is processed alone, in order, and only the faulty one fails', async () => {
    const { attempts, settle } = given({ b: bad });
    expect(await settle('a', 'b', 'c')).toMatchObject([
      { value: 'a done' },
      { reason: bad },
      { value: 'c done' },
    ]);
    expect(attempts).toEqual(['abc', 'a', 'b', 'c']);
  });

  it('a batch of one item is processed once, even if it fails', async () => {
    const { attempts, settle } = given({ a: bad });
    expect(await settle('a')).toMatchObject([{ reason: bad }]);
    expect(attempts).toEqual(['a']);
  });

  it('after a retryable error no item is processed alone', async () => {
    const { attempts, settle } = given({ a: away });
    expect(await settle('a', 'b')).toMatchObject([{ reason: away }, { reason: away }]);
    expect(attempts).toEqual(['ab']);
  });

  it('a retryable error of an item alone fails the items after it without processing them', async () => {
    const { attempts, settle } = given({ a: bad, b: away });
    expect(await settle('a', 'b', 'c')).toMatchObject([{ reason: bad }, { reason: away }, { reason: away }]);
    expect(attempts).toEqual(['abc', 'a', 'b']);
  });
});
