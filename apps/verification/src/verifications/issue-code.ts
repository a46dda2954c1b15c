import { randomInt } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { SendCode } from '@parley/contracts';
import { Outbox, type Transaction } from '@parley/persistence';
import {
  CODE_DIGITS,
  type CodeChannel,
  codeText,
  type VerificationPolicy,
} from '@parley/verification-policy';
import { VERIFICATION_ENV, VERIFICATION_POLICY, type VerificationEnv } from '../verification.env.js';
import { isoOf, type Verification } from './verification.js';
import { type NewCode, VerificationStore } from './verification-store.js';

const MINUTE_MS = 60_000;
const CODES = 10 ** CODE_DIGITS;

/** Draws a code, stores its digest and sends it. */
@Injectable()
export class IssueCode {
  constructor(
    private readonly store: VerificationStore,
    private readonly outbox: Outbox,
    @Inject(VERIFICATION_POLICY) private readonly policy: VerificationPolicy,
    @Inject(VERIFICATION_ENV) private readonly env: Pick<VerificationEnv, 'VERIFICATION_DOMAIN'>,
  ) {}

  /** Adds a verification with its first code, and sends it by SMS. */
  async first(
    tx: Transaction,
    verification: Parameters<VerificationStore['add']>[1],
    nowMs: number,
  ): Promise<Verification> {
    const code = this.#draw('sms', nowMs);
    return this.#send(tx, await this.store.add(tx, verification, code), code);
  }

  /** Sends another code of a pending verification. */
  async another(
    tx: Transaction,
    pending: Verification,
    channel: CodeChannel,
    nowMs: number,
  ): Promise<Verification> {
    const code = this.#draw(channel, nowMs);
    return this.#send(tx, await this.store.addCode(tx, pending, code), code);
  }

  #draw(channel: CodeChannel, nowMs: number): NewCode {
    const code = String(randomInt(CODES)).padStart(CODE_DIGITS, '0');
    return { code, channel, sentAtMs: nowMs, expiresAtMs: nowMs + this.policy.codeValidMs };
  }

  async #send(tx: Transaction, verification: Verification, code: NewCode): Promise<Verification> {
    const { id, number, codeNo } = verification;
    const validMinutes = Math.round(this.policy.codeValidMs / MINUTE_MS);
    await this.outbox.add(tx, {
      contract: SendCode,
      data: {
        verificationId: id,
        codeNo,
        to: number,
        text: codeText(code.code, validMinutes, this.env.VERIFICATION_DOMAIN),
        validUntil: isoOf(code.expiresAtMs),
      },
    });
    return verification;
  }
}
