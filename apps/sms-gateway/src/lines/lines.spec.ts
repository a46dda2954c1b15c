import type { E164 } from '@parley/kernel';
import { RetryableError } from '@parley/resilience';
import { newId } from '@parley/service-kit';
import { describe, expect, it } from 'vitest';
import { type Line, LineStore } from './line-store.js';
import { Lines } from './lines.js';

const OURS = '+15550100000' as E164;
const ANOTHER = '+15550100001' as E164;

describe('our lines', () => {
  it('Lines.numbers throws until the lines are loaded', async () => {
    const store = new InMemoryLineStore();
    await store.ensure(ANOTHER);
    const lines = new Lines(store);
    expect(() => lines.numbers).toThrow(RetryableError);
    await lines.ensure(ANOTHER);
    expect(() => lines.numbers).toThrow(RetryableError);

    await lines.load(OURS);
    expect([...lines.numbers].toSorted()).toEqual([OURS, ANOTHER]);
    expect(lines.default?.number).toBe(OURS);
    expect(await lines.find(ANOTHER)).toMatchObject({ number: ANOTHER });
  });

  it('Lines.find returns a line that another process stored', async () => {
    const store = new InMemoryLineStore();
    const lines = new Lines(store);
    await lines.load(OURS);
    expect(await lines.find(ANOTHER)).toBeUndefined();
    const line = await store.ensure(ANOTHER);
    expect(await lines.find(ANOTHER)).toEqual(line);
    expect(lines.numbers).toContain(ANOTHER);
  });
});

class InMemoryLineStore extends LineStore {
  readonly #lines = new Map<E164, Line>();

  override async all(): Promise<Line[]> {
    return [...this.#lines.values()];
  }

  override async find(number: E164): Promise<Line | undefined> {
    return this.#lines.get(number);
  }

  override async ensure(number: E164): Promise<Line> {
    const line = this.#lines.get(number) ?? { id: newId('line'), number };
    this.#lines.set(number, line);
    return line;
  }
}
