import { randomBytes } from 'node:crypto';
import { SmsReceived } from '@parley/contracts';
import { DataKeys } from '@parley/encryption';
import { PoisonMessageError } from '@parley/resilience';
import { expect, it, vi } from 'vitest';
import { MessageCodec, sourceOf } from '../codec/message-codec.js';
import { type FailedMessage, FailedMessages } from '../failed-messages.js';
import { type MessageHandler, MessageHandling } from './message-handling.js';

const CONSUMER = 'a-consumer';
const codec = new MessageCodec(DataKeys.parse(`k1:${randomBytes(32).toString('base64')}`));

function aMessage(): FailedMessage {
  const { subject, headers, payload } = codec.encode(
    SmsReceived,
    SmsReceived.schema.parse(SmsReceived.example),
    {
      id: 'evt_01k9wm3v7hq2b8yjr5xet6c4dn',
      source: sourceOf('sms-gateway'),
      time: '2026-01-02T03:04:05.678Z',
    },
  );
  return { id: 'evt_1', subject, headers, payload };
}

class CountedFailures extends FailedMessages {
  failures = 0;
  readonly deadLetters: unknown[] = [];

  async countFailure(): Promise<number> {
    return (this.failures += 1);
  }

  async storeDeadLetter(_consumer: string, _message: FailedMessage, error: unknown): Promise<void> {
    this.deadLetters.push(error);
  }
}

it('a poison message becomes a dead letter at its first failure', async () => {
  const error = new PoisonMessageError('nobody can handle it');
  const handler = vi.fn<MessageHandler>(() => Promise.reject(error));
  const failed = new CountedFailures();
  const handling = new MessageHandling(SmsReceived, CONSUMER, codec, handler, failed);
  expect(await handling.handle(aMessage(), new AbortController().signal)).toEqual({
    kind: 'dead-letter',
    error,
  });
  expect(handler).toHaveBeenCalledTimes(1);
  expect(failed.deadLetters).toEqual([error]);
  expect(failed.failures).toBe(0);
});
