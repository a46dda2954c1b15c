import type { VoiceAgent } from '../agents/voice-agent.js';
import type { Call } from '../calls/call.js';

/** A request to open a media socket. */
export interface MediaUpgrade {
  readonly callId: string;
  readonly token: string;
  /** Path and query as received. */
  readonly url: string;
  readonly signature: string | undefined;
}

/** A call whose media socket is admitted. */
export interface AdmittedCall {
  readonly call: Call;
  readonly agent: VoiceAgent;
}

/** HTTP statuses of a refused upgrade; Twilio only distinguishes them from 101. */
export type MediaRefusal = 403 | 404 | 410 | 503;

/** Decides who may open a media socket, before the upgrade is accepted. */
export abstract class MediaAdmission {
  abstract admit(upgrade: MediaUpgrade): Promise<AdmittedCall | { refusal: MediaRefusal; reason: string }>;
}
