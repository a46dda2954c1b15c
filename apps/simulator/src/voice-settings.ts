import { z } from 'zod';
import { limits } from './limits.js';
import {
  forEachSpeechVendor,
  SPEECH_VENDOR_NAMES,
  SPEECH_VENDORS,
  type SpeechVendor,
} from './speech-vendors.js';

const ms = z.int().min(0).max(limits.waitMs);

const TwilioVoice = z.strictObject({
  /** Twilio does not document what follows a failed stream handshake, so both are possible. */
  failedHandshake: z.enum(['next-verb', 'hang-up']),
  pace: z.number().min(0.25).max(20),
});
const Model = z.strictObject({ firstTokenMs: ms, perPieceMs: ms });

/** A change of some settings. `latency` first sets all delays to the vendors' published figures, or to 0. */
export const VoiceSettingsChange = z.strictObject({
  latency: z.enum(['published', 'none']).optional(),
  twilio: TwilioVoice.partial().optional(),
  ...forEachSpeechVendor(({ schema }) => schema.partial().optional()),
  model: Model.partial().optional(),
});
export type VoiceSettingsChange = z.output<typeof VoiceSettingsChange>;

export type LatencyProfile = 'published' | 'none';

const FIRST_TOKEN_MS = { published: 350, none: 0 } as const;

type SettingsByVendor = {
  -readonly [Vendor in SpeechVendor]: z.output<(typeof SPEECH_VENDORS)[Vendor]['schema']>;
};

/** Speed and behaviour of the simulated vendors in calls. A change affects only calls and sockets that start later. */
export class VoiceSettings {
  twilio!: z.output<typeof TwilioVoice>;
  vendors!: SettingsByVendor;
  model!: z.output<typeof Model>;

  constructor(private readonly initial: LatencyProfile) {
    this.clear();
  }

  /** Restores the initial settings. The model has no latency unless a test sets it, so that texts do not wait. */
  clear(): void {
    this.twilio = { failedHandshake: 'next-verb', pace: 1 };
    this.vendors = forEachSpeechVendor(({ initial }) => ({ ...initial })) as SettingsByVendor;
    this.model = { firstTokenMs: 0, perPieceMs: 0 };
    this.setLatency(this.initial);
    this.model.firstTokenMs = 0;
  }

  change(change: VoiceSettingsChange): void {
    if (change.latency) this.setLatency(change.latency);
    Object.assign(this.twilio, change.twilio);
    for (const name of SPEECH_VENDOR_NAMES) Object.assign(this.vendors[name], change[name]);
    Object.assign(this.model, change.model);
  }

  get view() {
    const { twilio, vendors, model } = this;
    return { twilio, ...vendors, model };
  }

  private setLatency(latency: LatencyProfile): void {
    for (const name of SPEECH_VENDOR_NAMES) {
      for (const [delay, publishedMs] of Object.entries(SPEECH_VENDORS[name].publishedDelays)) {
        Object.assign(this.vendors[name], { [delay]: latency === 'published' ? publishedMs : 0 });
      }
    }
    this.model.firstTokenMs = FIRST_TOKEN_MS[latency];
  }
}
