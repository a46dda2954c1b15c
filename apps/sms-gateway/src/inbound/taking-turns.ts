export interface TakingTurnsOptions<Item> {
  /** How many items are done together at most. */
  readonly maxItems: number;
  /** Does all of it or nothing. */
  readonly work: (items: readonly Item[]) => Promise<void>;
}

interface Waiting<Item> {
  readonly item: Item;
  readonly settle: (work: PromiseLike<void>) => void;
}

/**
 * Does the items of one key one after the other; those that come meanwhile are done together, in their order. When that
 * fails, each is done on its own, so that it fails alone.
 */
export class TakingTurns<Key, Item> {
  /** Who waits, for each key that is busy. */
  readonly #waiting = new Map<Key, Waiting<Item>[]>();

  constructor(private readonly options: TakingTurnsOptions<Item>) {}

  /** Settles as its item's work does. */
  add(key: Key, item: Item): Promise<void> {
    let settle: Waiting<Item>['settle'] = () => undefined;
    const done = new Promise<void>((resolve) => {
      settle = resolve;
    });
    const others = this.#waiting.get(key);
    if (others) others.push({ item, settle });
    else {
      this.#waiting.set(key, []);
      void this.#run(key, [{ item, settle }]);
    }
    return done;
  }

  async #run(key: Key, first: readonly Waiting<Item>[]): Promise<void> {
    for (let turn = first; turn.length > 0;) {
      await this.#do(turn);
      turn = this.#waiting.get(key)!.splice(0, this.options.maxItems);
    }
    this.#waiting.delete(key);
  }

  async #do(turn: readonly Waiting<Item>[]): Promise<void> {
    const together = this.options.work(turn.map(({ item }) => item));
    const isDone = await together.then(
      () => true,
      () => false,
    );
    if (isDone || turn.length === 1) {
      for (const { settle } of turn) settle(together);
      return;
    }
    for (const each of turn) await this.#do([each]);
  }
}
