import { Injectable } from '@nestjs/common';
import type { E164, ThreadId } from '@parley/kernel';
import type { Transaction } from '@parley/persistence';
import type { Consent } from '@parley/sms-policy';
import { ConsentStore } from '../../consent/consent-store.js';
import { Lines } from '../../lines/lines.js';
import { ThreadStore } from '../../threads/thread-store.js';
import { type SendingLine, TextThreads } from '../text-threads.js';

/** Answers from the gateway's own stores. If the API ran in its own process, this class would send NATS requests. */
@Injectable()
export class GatewayTextThreads extends TextThreads {
  constructor(
    private readonly lines: Lines,
    private readonly threads: ThreadStore,
    private readonly consents: ConsentStore,
  ) {
    super();
  }

  override get defaultLine(): SendingLine | undefined {
    return this.lines.default;
  }

  findLine(number: string): Promise<SendingLine | undefined> {
    return this.lines.find(number);
  }

  isLine(number: E164): boolean {
    return this.lines.numbers.has(number);
  }

  lockConsent(tx: Transaction, person: E164): Promise<Consent> {
    return this.consents.lock(tx, person);
  }

  ensureThread(tx: Transaction, { id }: SendingLine, person: E164): Promise<ThreadId> {
    return this.threads.ensure(tx, id, person);
  }
}
