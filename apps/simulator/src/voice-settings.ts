import { z } from 'zod';
import { limits } from './limits.js';

const ms = z.int().min(0).max(limits.waitMs);
const pace = z.number().min(0.25).max(20);

const TwilioVoice = z.strictObject({
  /** What Twilio does after a Stream whose handshake failed is not documented: both can be played. */
  failedHandshake: z.enum(['next-verb', 'hang-up']),
  pace,
});
const Deepgram = z.strictObject({
  /** From audio in to message out. */
  messageDelayMs: ms,
  /** Silence after which Flux' confidence that a turn is over reaches 0.7. */
  endOfTurnSilenceMs: z.int().min(1).max(limits.waitMs),
  /** A v1 socket without audio and KeepAlive closes after this time. */
  idleCloseMs: z.int().min(100).max(limits.waitMs),
});
const ElevenLabs = z.strictObject({
  firstAudioMs: ms,
  /** Between two audio messages of one generation. */
  chunkMs: ms,
  isFinalDelayMs: ms,
  pace,
  alignment: z.enum(['plain', 'restarting', 'null', 'mixed']),
});
const Model = z.strictObject({ firstTokenMs: ms, perPieceMs: ms });

/** A part of the settings; `latency` first sets all delays to what vendors publish, or to nothing. */
export const VoiceSettingsChange = z.strictObject({
  latency: z.enum(['published', 'none']).optional(),
  twilio: TwilioVoice.partial().optional(),
  deepgram: Deepgram.partial().optional(),
  elevenlabs: ElevenLabs.partial().optional(),
  model: Model.partial().optional(),
});
export type VoiceSettingsChange = z.output<typeof VoiceSettingsChange>;

export type Latency = 'published' | 'none';

const delays = {
  published: { messageDelayMs: 50, firstAudioMs: 100, chunkMs: 20, firstTokenMs: 350 },
  none: { messageDelayMs: 0, firstAudioMs: 0, chunkMs: 0, firstTokenMs: 0 },
} as const;

/** How fast and how the simulated vendors behave in calls. Read at the moment of use; a change counts from then on. */
export class VoiceSettings {
  twilio!: z.output<typeof TwilioVoice>;
  deepgram!: z.output<typeof Deepgram>;
  elevenlabs!: z.output<typeof ElevenLabs>;
  model!: z.output<typeof Model>;

  constructor(private readonly initial: Latency) {
    this.clear();
  }

  /** The model answers at once unless somebody asks for its latency: texts do not wait for it. */
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

  private setLatency(latency: Latency): void {
    const { messageDelayMs, firstAudioMs, chunkMs, firstTokenMs } = delays[latency];
    this.deepgram.messageDelayMs = messageDelayMs;
    Object.assign(this.elevenlabs, { firstAudioMs, chunkMs });
    this.model.firstTokenMs = firstTokenMs;
  }
}
