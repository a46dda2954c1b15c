import { z } from 'zod';
import { limits } from './limits.js';

const ms = z.int().min(0).max(limits.waitMs);
const pace = z.number().min(0.25).max(20);

const TwilioVoice = z.strictObject({
  /** Twilio does not document what follows a failed stream handshake, so both are possible. */
  failedHandshake: z.enum(['next-verb', 'hang-up']),
  pace,
});
const Deepgram = z.strictObject({
  /** Delay from audio to its message. */
  messageDelayMs: ms,
  /** Silence after which Flux's end-of-turn confidence reaches 0.7. */
  endOfTurnSilenceMs: z.int().min(1).max(limits.waitMs),
  /** A v1 socket without audio and KeepAlive closes after this time. */
  idleCloseMs: z.int().min(100).max(limits.waitMs),
});
const ElevenLabs = z.strictObject({
  firstAudioMs: ms,
  /** Time between two audio messages of one generation. */
  chunkMs: ms,
  isFinalDelayMs: ms,
  pace,
  alignment: z.enum(['plain', 'restarting', 'null', 'mixed']),
});
const Model = z.strictObject({ firstTokenMs: ms, perPieceMs: ms });

/** A change of some settings. `latency` first sets all delays to the vendors' published figures, or to 0. */
export const VoiceSettingsChange = z.strictObject({
  latency: z.enum(['published', 'none']).optional(),
  twilio: TwilioVoice.partial().optional(),
  deepgram: Deepgram.partial().optional(),
  elevenlabs: ElevenLabs.partial().optional(),
  model: Model.partial().optional(),
});
export type VoiceSettingsChange = z.output<typeof VoiceSettingsChange>;

export type LatencyProfile = 'published' | 'none';

const delays = {
  published: { messageDelayMs: 50, firstAudioMs: 100, chunkMs: 20, firstTokenMs: 350 },
  none: { messageDelayMs: 0, firstAudioMs: 0, chunkMs: 0, firstTokenMs: 0 },
} as const;

/** Speed and behaviour of the simulated vendors in calls. A change affects only calls and sockets that start later. */
export class VoiceSettings {
  twilio!: z.output<typeof TwilioVoice>;
  deepgram!: z.output<typeof Deepgram>;
  elevenlabs!: z.output<typeof ElevenLabs>;
  model!: z.output<typeof Model>;

  constructor(private readonly initial: LatencyProfile) {
    this.clear();
  }

  /** Restores the initial settings. The model has no latency unless a test sets it, so that texts do not wait. */
  clear(): void {
    this.twilio = { failedHandshake: 'next-verb', pace: 1 };
    this.deepgram = { messageDelayMs: 0, endOfTurnSilenceMs: 200, idleCloseMs: 10_000 };
    this.elevenlabs = { firstAudioMs: 0, chunkMs: 0, isFinalDelayMs: 0, pace: 1, alignment: 'plain' };
    this.model = { firstTokenMs: 0, perPieceMs: 0 };
    this.setLatency(this.initial);
    this.model.firstTokenMs = 0;
  }

  change(change: VoiceSettingsChange): void {
    if (change.latency) this.setLatency(change.latency);
    Object.assign(this.twilio, change.twilio);
    Object.assign(this.deepgram, change.deepgram);
    Object.assign(this.elevenlabs, change.elevenlabs);
    Object.assign(this.model, change.model);
  }

  get view() {
    const { twilio, deepgram, elevenlabs, model } = this;
    return { twilio, deepgram, elevenlabs, model };
  }

  private setLatency(latency: LatencyProfile): void {
    const { messageDelayMs, firstAudioMs, chunkMs, firstTokenMs } = delays[latency];
    this.deepgram.messageDelayMs = messageDelayMs;
    Object.assign(this.elevenlabs, { firstAudioMs, chunkMs });
    this.model.firstTokenMs = firstTokenMs;
  }
}
