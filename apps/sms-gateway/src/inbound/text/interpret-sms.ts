import { Inject, Injectable } from '@nestjs/common';
import { type Consent, decideInboundSms, type InboundDecision } from '@parley/sms-policy';
import { GATEWAY_ENV, type GatewayEnv } from '../../gateway.env.js';
import { Lines } from '../../lines/lines.js';
import type { InboundSms } from './inbound-sms.js';

/** Applies the policy to an inbound text, with this installation's lines and settings and its sender's consent. */
@Injectable()
export class InterpretSms {
  constructor(
    private readonly lines: Lines,
    @Inject(GATEWAY_ENV) private readonly env: GatewayEnv,
  ) {}

  decide(sms: InboundSms, consent: Consent): InboundDecision {
    return decideInboundSms(
      { ...sms, mediaCount: sms.media.length },
      { ownNumbers: this.lines.numbers, consent, optOutHandling: this.env.TWILIO_OPT_OUT_HANDLING },
    );
  }
}
