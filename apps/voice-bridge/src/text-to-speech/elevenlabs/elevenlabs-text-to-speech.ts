import { TextToSpeech, type VoiceOptions, type VoiceSignal, type VoiceStream } from '../text-to-speech.js';
import { modelSpeaks, languageCode } from './elevenlabs-languages.js';
import type { ElevenLabsMessage } from './elevenlabs-messages.js';
import { ElevenLabsSocket } from './elevenlabs-socket.js';

/** One fewer than ElevenLabs allows: a context may be live longer than we know. */
const MAX_LIVE_CONTEXTS = 4;
/** The longest silence, in seconds, after which ElevenLabs closes a context. */
const INACTIVITY_TIMEOUT_S = 180;
const LIVE_BASE_URL = 'https://api.elevenlabs.io';

export interface ElevenLabsOptions {
  readonly apiKey: string;
  readonly model: string;
  /** The voice of agents that choose none. */
  readonly voiceId: string;
  /** A stand-in, `http://…` or `https://…`, from which the sockets' addresses derive. */
  readonly baseUrl?: string | undefined;
}

/** ElevenLabs' multi-context socket: one context per utterance. */
export class ElevenLabsTextToSpeech extends TextToSpeech {
  readonly modelSetting = 'ELEVENLABS_MODEL';

  constructor(private readonly options: ElevenLabsOptions) {
    super();
  }

  speaks(language: string): boolean {
    return modelSpeaks(this.options.model, language);
  }

  open({ voiceId, languages }: VoiceOptions, onSignal: (signal: VoiceSignal) => void): VoiceStream {
    return new ElevenLabsVoice(
      streamUrl(this.options, voiceId ?? this.options.voiceId, languages),
      this.options.apiKey,
      onSignal,
    );
  }
}

function streamUrl(
  { baseUrl = LIVE_BASE_URL, model }: ElevenLabsOptions,
  voiceId: string,
  languages: readonly string[],
): string {
  const code = languageCode(model, languages);
  const query = new URLSearchParams({
    model_id: model,
    output_format: 'ulaw_8000',
    auto_mode: 'true',
    sync_alignment: 'true',
    inactivity_timeout: String(INACTIVITY_TIMEOUT_S),
    ...(code !== undefined && { language_code: code }),
  });
  const base = baseUrl.replace(/^http/, 'ws').replace(/\/+$/, '');
  return `${base}/v1/text-to-speech/${voiceId}/multi-stream-input?${query.toString()}`;
}

/** The sockets of one call: usually one, and another one while the first has too many live contexts. */
class ElevenLabsVoice implements VoiceStream {
  #current: ElevenLabsSocket | undefined;
  readonly #draining = new Set<ElevenLabsSocket>();
  readonly #dropped = new Set<string>();
  #isClosed = false;

  constructor(
    private readonly url: string,
    private readonly apiKey: string,
    private readonly onSignal: (signal: VoiceSignal) => void,
  ) {
    this.#current = this.#connect();
  }

  speak(utterance: string, text: string): void {
    if (this.#isClosed || this.#dropped.has(utterance)) return;
    (this.#socketOf(utterance) ?? this.#freeSocket()).speak(utterance, text);
  }

  finish(utterance: string): void {
    this.#socketOf(utterance)?.finish(utterance);
  }

  drop(utterance: string): void {
    this.#dropped.add(utterance);
    this.#socketOf(utterance)?.drop(utterance);
  }

  reconnect(): void {
    for (const socket of this.#sockets()) socket.close();
    this.#draining.clear();
    this.#current = undefined;
  }

  tick(nowMs: number): void {
    for (const socket of this.#sockets()) socket.tick(nowMs);
    for (const socket of this.#draining) {
      if (socket.liveContexts > 0) continue;
      this.#draining.delete(socket);
      socket.close();
    }
  }

  close(): void {
    this.#isClosed = true;
    for (const socket of this.#sockets()) socket.close();
  }

  #sockets(): ElevenLabsSocket[] {
    return [...(this.#current ? [this.#current] : []), ...this.#draining];
  }

  #socketOf(utterance: string): ElevenLabsSocket | undefined {
    return this.#sockets().find((socket) => socket.has(utterance));
  }

  #freeSocket(): ElevenLabsSocket {
    const current = this.#current;
    if (current && current.liveContexts < MAX_LIVE_CONTEXTS) return current;
    if (current) this.#draining.add(current);
    this.#current = this.#connect();
    return this.#current;
  }

  #connect(): ElevenLabsSocket {
    const socket: ElevenLabsSocket = new ElevenLabsSocket(this.url, this.apiKey, {
      message: (message) => this.#receive(message),
      lost: (reason, contexts) => this.#lose(socket, reason, contexts),
    });
    return socket;
  }

  #receive(message: ElevenLabsMessage): void {
    if (this.#isClosed || message.kind === 'other' || message.kind === 'error') return;
    const utterance = message.context;
    const isFinal = message.kind === 'final' || message.isFinal;
    if (this.#dropped.has(utterance)) {
      if (isFinal) this.#dropped.delete(utterance);
      return;
    }
    if (message.kind === 'audio') {
      this.onSignal({ kind: 'audio', utterance, audio: message.audio, chunk: message.chunk });
    }
    if (isFinal) this.onSignal({ kind: 'finished', utterance });
  }

  #lose(socket: ElevenLabsSocket, reason: string, contexts: string[]): void {
    this.#draining.delete(socket);
    if (this.#current === socket) this.#current = undefined;
    if (this.#isClosed) return;
    const utterances = contexts.filter((context) => !this.#dropped.delete(context));
    this.onSignal({ kind: 'lost', reason, utterances });
  }
}
