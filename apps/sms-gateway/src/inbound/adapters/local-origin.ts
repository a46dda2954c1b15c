import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { Problem, problems } from '@parley/service-kit';
import type { Form, WebhookRequest } from '@parley/twilio';
import { GATEWAY_ENV, type GatewayEnv } from '../../gateway.env.js';
import { Lines } from '../../lines/lines.js';

const HEADER = 'x-parley-local-origin';

/**
 * Recognises texts posted from this machine (`curl -d From=+1555… -d Body=Hello`): the launcher marks them with a secret that
 * no other process knows. Without that secret the gateway accepts no unsigned text.
 */
@Injectable()
export class LocalOrigin {
  readonly #secretHash: Buffer | undefined;

  constructor(
    private readonly lines: Lines,
    @Inject(GATEWAY_ENV) private readonly env: GatewayEnv,
  ) {
    const { LOCAL_ORIGIN_SECRET: secret } = env;
    this.#secretHash = secret === undefined ? undefined : hashOf(secret);
  }

  isLocal({ headers }: WebhookRequest): boolean {
    const secret = headers[HEADER];
    if (this.#secretHash === undefined || typeof secret !== 'string') return false;
    return timingSafeEqual(hashOf(secret), this.#secretHash);
  }

  /**
   * Adds the fields that Twilio would post, and restores the `+` of a number, which a form decodes as a space. Refuses an
   * unknown line: only a signed webhook can add a line.
   */
  completeForm(form: Form): Form {
    const to = numberOf(form['To'] ?? this.env.TWILIO_PHONE_NUMBER);
    if (!this.lines.numbers.has(to)) {
      const wrong = { pointer: '#/To', code: 'unknown_line', detail: 'is not one of our numbers' };
      throw new Problem(problems.validationFailed, { errors: [wrong] });
    }
    return {
      MessageSid: `SM${randomBytes(16).toString('hex')}`,
      ...form,
      To: to,
      ...(form['From'] !== undefined && { From: numberOf(form['From']) }),
    };
  }
}

function numberOf(text: string): string {
  return text.replace(/^ (?=\d)/, '+');
}

function hashOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
