import { Injectable } from '@nestjs/common';
import { type CallId, parseId } from '@parley/kernel';
import { retryWithin } from '@parley/resilience';
import { WebhookSignatures } from '@parley/twilio';
import { VoiceUrls } from '../calls/voice-urls.js';
import { VoiceAgents } from '../agents/voice-agents.js';
import { CallStore } from '../calls/call-store.js';
import { CallSessions } from '../session/call-sessions.js';
import {
  type AdmittedCall,
  MediaAdmission,
  type MediaRefusal,
  type MediaUpgrade,
} from './media-admission.js';

/** How long admission waits for Postgres, because a refused socket ends the call with an apology. */
const ADMIT_WITHIN_MS = 3_000;

type Refusal = { refusal: MediaRefusal; reason: string };

/** Admits a media socket with a valid signature and a valid token of a call that is not over, while there is capacity. */
@Injectable()
export class AdmitMedia extends MediaAdmission {
  constructor(
    private readonly signatures: WebhookSignatures,
    private readonly urls: VoiceUrls,
    private readonly calls: CallStore,
    private readonly agents: VoiceAgents,
    private readonly sessions: CallSessions,
  ) {
    super();
  }

  async admit(upgrade: MediaUpgrade): Promise<AdmittedCall | Refusal> {
    const url = this.urls.mediaTarget(upgrade.url);
    if (!this.signatures.isSignedUrl(url, upgrade.signature)) return refuse(403, 'wrong-signature');
    const callId = parseId('call', upgrade.callId);
    if (!callId) return refuse(404, 'unknown');
    if (this.sessions.isClosing) return refuse(503, 'closing');
    if (this.sessions.isFull) return refuse(503, 'full');
    return retryWithin(ADMIT_WITHIN_MS, () => this.#lookUp(callId, upgrade.token));
  }

  async #lookUp(callId: CallId, token: string): Promise<AdmittedCall | Refusal> {
    const check = await this.calls.checkMediaToken(callId, token);
    if (check.kind === 'valid') return { call: check.call, agent: await this.agents.ofCall(check.call) };
    return refuse(check.kind === 'unknown' ? 404 : 410, check.kind);
  }
}

function refuse(refusal: MediaRefusal, reason: string): Refusal {
  return { refusal, reason };
}
