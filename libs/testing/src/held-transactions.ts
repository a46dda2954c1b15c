import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as pause } from 'node:timers/promises';

type Run = (work: (transaction: never) => Promise<unknown>) => Promise<unknown>;

/** Work that does not wait for its transactions ends within this time. */
const MOMENT_MS = 50;

/**
 * Runs work while none of its transactions returns. Returns true if the work ended before its transactions: its caller
 * then believes that the work is done, although it may still be rolled back.
 */
export async function endsBeforeItsTransactions(
  transactions: { run: unknown },
  work: () => Promise<unknown>,
): Promise<boolean> {
  const run = (transactions.run as Run).bind(transactions);
  const isOwn = new AsyncLocalStorage<true>();
  const held = Promise.withResolvers<void>();
  const committed = Promise.withResolvers<void>();
  let hasEnded = false;
  const runAndHold: Run = async (each) => {
    if (!isOwn.getStore()) return run(each);
    try {
      return await run(each);
    } finally {
      committed.resolve();
      await held.promise;
    }
  };
  Object.defineProperty(transactions, 'run', { value: runAndHold, configurable: true });
  const over = () => void (hasEnded = true);
  const ending = isOwn.run(true, work).then(over, over);
  await Promise.race([committed.promise, ending]);
  await pause(MOMENT_MS);
  const isEarly = hasEnded;
  held.resolve();
  await ending;
  Reflect.deleteProperty(transactions, 'run');
  return isEarly;
}
