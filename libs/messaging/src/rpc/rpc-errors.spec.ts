import { describe, expect, it } from 'vitest';
import { mayRpcSucceedLater, RpcFailure, RpcUnavailableError } from './rpc-errors.js';

describe('mayRpcSucceedLater', () => {
  it.each([
    ['a request that no service answered', new RpcUnavailableError('no answer'), true],
    ['a retryable refusal', new RpcFailure('overloaded', 'Too many requests', true), true],
    ['a final refusal', new RpcFailure('not-found', 'No such thing'), false],
    ['a bug', new TypeError('x is not a function'), false],
  ])('for %s (%s) the answer is %s', (_case, error, expected) => {
    expect(mayRpcSucceedLater(error)).toBe(expected);
  });
});
