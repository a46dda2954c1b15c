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
  let release = (): void => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  let hasEnded = false;
  const aTransactionHasCommitted = new Promise<void>((resolve) => {
    const held: Run = async (each) => {
      if (!isOwn.getStore()) return run(each);
      try {
        return await run(each);
      } finally {
        resolve();
        await released;
      }
    };
    Object.defineProperty(transactions, 'run', { value: held, configurable: true });
  });
  const over = () => void (hasEnded = true);
  const ending = isOwn.run(true, work).then(over, over);
  await Promise.race([aTransactionHasCommitted, ending]);
  await pause(MOMENT_MS);
  const isEarly = hasEnded;
  release();
  await ending;
  Reflect.deleteProperty(transactions, 'run');
  return isEarly;
}
