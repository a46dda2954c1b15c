export { Batcher } from './batcher.js';
export { NotReadyYetError, PoisonMessageError, RetryableError } from './errors.js';
export { KeyedQueues } from './keyed-queues.js';
export { messageOf, nameAndMessageOf } from './message-of.js';
export { retryWhile, retryWithin } from './retry.js';
export { WakeableLoop } from './wakeable-loop.js';
