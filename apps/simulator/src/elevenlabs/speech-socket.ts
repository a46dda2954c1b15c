import { z } from 'zod';
import type { WebSocket } from 'ws';
import type { VendorFault } from '../control/scripted-faults.js';
import { SAMPLES_PER_MS, encodeSpeech } from '../speech/tone-modem.js';
import { VendorSocket } from '../vendors/vendor-socket.js';
import type { VoiceSettings } from '../voice-settings.js';
import { alignmentsFor, timedCharacters } from './alignment.js';
import { SpeechContext } from './speech-context.js';

const MAX_CONTEXTS = 5;
/** About 300 ms; deliberately not a multiple of the 160 bytes of a telephone frame. */
const CHUNK_SAMPLES = 2_417;

/** ElevenLabs refuses a language with a region, such as `es-ES`. */
const BASE_LANGUAGE = /^[a-z]{2,3}$/;

const ClientMessage = z.looseObject({
  text: z.string().nullish(),
  context_id: z.string().nullish(),
  voice_settings: z.looseObject({ speed: z.number().min(0.7).max(1.2).nullish() }).nullish(),
  generation_config: z.looseObject({}).nullish(),
  flush: z.boolean().nullish(),
  close_context: z.boolean().nullish(),
  close_socket: z.boolean().nullish(),
});
type ClientMessage = z.output<typeof ClientMessage>;

export interface SpeechSocketOptions {
  readonly voice: string;
  readonly isAuto: boolean;
  readonly syncAlignment: boolean;
  readonly inactivityMs: number;
  readonly language: string | undefined;
}

/** `/v1/text-to-speech/{voice}/multi-stream-input` */
export class SpeechSocket extends VendorSocket {
  private readonly contexts: SpeechContext[] = [];
  private readonly timers = new Map<SpeechContext, NodeJS.Timeout>();
  private readonly pending = new Set<NodeJS.Timeout>();
  private characters = 0;
  private audioMs = 0;
  private mostOpen = 0;
  private isClosing = false;

  constructor(
    ws: WebSocket,
    index: number,
    query: Readonly<Record<string, string | string[]>>,
    fault: VendorFault | undefined,
    changed: () => void,
    private readonly options: SpeechSocketOptions,
    private readonly settings: VoiceSettings,
  ) {
    super(ws, index, query, fault, changed);
    this.applyFaultAfter(0);
  }

  view(): object {
    const { index, id, query, openedAt, closed, isMuted, characters, audioMs } = this;
    return {
      index,
      id,
      query,
      openedAt,
      closed,
      isMuted,
      voice: this.options.voice,
      characters,
      audioMs,
      mostOpen: this.mostOpen,
      contexts: this.contexts.map((context) => ({
        id: context.id,
        text: context.text,
        audioMs: context.audioMs,
        state: context.state,
        keepalives: context.keepalives,
      })),
    };
  }

  protected receive(data: Buffer, isBinary: boolean): void {
    const message = isBinary ? undefined : parse(data);
    if (!message) return this.refuse('invalid_message', 'The message could not be parsed');
    if (message.close_socket) return this.closeAll();
    const { language } = this.options;
    if (language !== undefined && !BASE_LANGUAGE.test(language)) {
      return this.refuse('unsupported_language', `Language ${language} is not supported`);
    }
    const id = message.context_id ?? 'default';
    const known = this.contexts.find((context) => context.id === id && context.state !== 'final');
    if (known) return this.continueContext(known, message);
    if (message.text !== undefined && message.text !== null && message.text !== '')
      this.openContext(id, message);
  }

  protected override onClosed(): void {
    for (const timer of [...this.timers.values(), ...this.pending]) clearTimeout(timer);
    this.timers.clear();
    this.pending.clear();
  }

  private openContext(id: string, message: ClientMessage): void {
    if (this.contexts.filter(({ state }) => state !== 'final').length >= MAX_CONTEXTS) {
      return this.refuse(
        'max_active_conversations',
        `Maximum simultaneous contexts per WebSocket connection exceeded (${MAX_CONTEXTS}). Please close an existing context before opening a new one.`,
      );
    }
    const context = new SpeechContext(id, this.options.isAuto);
    context.speed = message.voice_settings?.speed ?? 1;
    this.contexts.push(context);
    const open = this.contexts.filter(({ state }) => state === 'open').length;
    this.mostOpen = Math.max(this.mostOpen, open);
    this.timers.set(
      context,
      setTimeout(() => this.closeContext(context), this.options.inactivityMs),
    );
    this.speakFrom(context, message);
  }

  private continueContext(context: SpeechContext, message: ClientMessage): void {
    if (message.voice_settings ?? message.generation_config) {
      return this.refuse(
        'invalid_message',
        'voice_settings and generation_config are allowed only in the first message of a context',
      );
    }
    if (context.state === 'open') this.speakFrom(context, message);
  }

  private speakFrom(context: SpeechContext, message: ClientMessage): void {
    this.timers.get(context)?.refresh();
    const { text } = message;
    if (text === '') context.keepalives += 1;
    if (text !== undefined && text !== null && text !== '') {
      this.characters += text.trim() === '' ? 0 : text.length;
      this.generate(context, context.add(text));
    }
    if (message.flush) {
      this.generate(context, context.flush());
      this.afterAudio(context, 0, () => this.sendNow({ flush_done: true, contextId: context.id }));
    }
    if (message.close_context) this.closeContext(context);
  }

  /** Speaks the buffered text, then reports the context as final. */
  private closeContext(context: SpeechContext): void {
    if (context.state !== 'open') return;
    context.state = 'closing';
    clearTimeout(this.timers.get(context));
    this.timers.delete(context);
    this.generate(context, context.flush());
    this.afterAudio(context, this.settings.vendors.elevenlabs.isFinalDelayMs, () => {
      context.state = 'final';
      this.sendNow({ isFinal: true, contextId: context.id });
      this.changed();
      if (this.isClosing && this.contexts.every(({ state }) => state === 'final')) this.end(1000);
    });
  }

  private closeAll(): void {
    this.isClosing = true;
    for (const context of this.contexts) this.closeContext(context);
    if (this.contexts.every(({ state }) => state === 'final')) this.end(1000);
  }

  private generate(context: SpeechContext, text: string): void {
    if (text === '') return;
    const { firstAudioMs, chunkMs, pace, alignment } = this.settings.vendors.elevenlabs;
    const speech = encodeSpeech(text, pace * context.speed);
    const characters = timedCharacters(speech);
    const { audio } = speech;
    for (let from = 0, number = 0; from < audio.length; from += CHUNK_SAMPLES, number += 1) {
      const to = Math.min(audio.length, from + CHUNK_SAMPLES);
      const piece = audio.subarray(from, to);
      const aligned = this.options.syncAlignment
        ? alignmentsFor(characters, from, to, number, alignment)
        : { alignment: null, normalizedAlignment: null };
      const now = performance.now();
      context.busyUntil = Math.max(context.busyUntil + chunkMs, number === 0 ? now + firstAudioMs : now);
      this.afterAudio(context, 0, () => {
        context.audioMs += piece.length / SAMPLES_PER_MS;
        this.audioMs += piece.length / SAMPLES_PER_MS;
        const bytes = Buffer.from(piece.buffer, piece.byteOffset, piece.length);
        this.sendNow({ audio: bytes.toString('base64'), ...aligned, contextId: context.id });
        this.applyFaultAfter(this.audioMs);
      });
    }
  }

  /** Runs `act` once the context's audio so far has been sent, plus `delayMs`. Contexts do not wait for each other. */
  private afterAudio(context: SpeechContext, delayMs: number, act: () => void): void {
    const waitMs = context.busyUntil - performance.now() + delayMs;
    if (waitMs <= 0 && context.waiting.length === 0) return act();
    context.waiting.push({ dueAt: performance.now() + waitMs, act });
    if (context.waiting.length === 1) this.wake(context);
  }

  private wake(context: SpeechContext): void {
    const [next] = context.waiting;
    if (!next) return;
    const timer = setTimeout(
      () => {
        this.pending.delete(timer);
        while (context.waiting.length > 0 && context.waiting[0]!.dueAt <= performance.now()) {
          context.waiting.shift()!.act();
        }
        this.wake(context);
      },
      Math.max(0, next.dueAt - performance.now()),
    );
    this.pending.add(timer);
  }

  private refuse(error: string, message: string): void {
    this.sendNow({ message, error, code: 1008 });
    this.end(1008, message.slice(0, 100));
  }

  private sendNow(message: object): void {
    this.send(message, 0);
  }
}

function parse(data: Buffer): ClientMessage | undefined {
  try {
    const parsed = ClientMessage.safeParse(JSON.parse(data.toString('utf8')));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
