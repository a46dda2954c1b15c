/**
 * Settles as `work` does or, if that takes longer than `ms`, as `onTimeout` returns or throws. The work continues, and
 * its outcome is ignored.
 */
export async function withTimeout<T, U>(
  ms: number,
  work: PromiseLike<T>,
  onTimeout: () => U,
): Promise<T | U> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<U>((resolve, reject) => {
    timer = setTimeout(() => {
      try {
        resolve(onTimeout());
      } catch (error) {
        reject(error);
      }
    }, ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
