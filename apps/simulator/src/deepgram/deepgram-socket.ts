import type { WebSocket } from 'ws';
import type { VendorFault } from '../control/scripted-faults.js';
import { limits } from '../limits.js';
import { VendorSocket } from '../vendors/vendor-socket.js';
import type { VoiceSettings } from '../voice-settings.js';
import { ConfigureMessage, type FluxOptions, NovaControlMessage } from './deepgram-query.js';
import { FluxRecogniser, type TurnInfo } from './flux-recogniser.js';
import { type NovaOptions, NovaRecogniser } from './nova-recogniser.js';

export interface DeepgramSocketDependencies {
  readonly ws: WebSocket;
  readonly index: number;
  readonly query: Readonly<Record<string, string | string[]>>;
  readonly fault: VendorFault | undefined;
  readonly settings: VoiceSettings;
  readonly changed: () => void;
}

/** Base of both APIs: records final transcripts and sends messages after the configured delay. */
export abstract class DeepgramSocket extends VendorSocket {
  readonly transcripts: string[] = [];
  protected keepalives = 0;
  protected abstract readonly api: 'v1' | 'v2';
  protected abstract readonly audioMs: number;
  protected readonly settings: VoiceSettings;

  constructor({ ws, index, query, fault, settings, changed }: DeepgramSocketDependencies) {
    super(ws, index, query, fault, changed);
    this.settings = settings;
  }

  view(): object {
    const { index, id, api, query, openedAt, closed, isMuted, audioMs, transcripts, keepalives } = this;
    return { index, id, api, query, openedAt, closed, isMuted, audioMs, transcripts, keepalives };
  }

  protected sendAll(messages: readonly object[]): void {
    const { messageDelayMs } = this.settings.vendors.deepgram;
    for (const message of messages) this.send(message, messageDelayMs);
  }

  protected recordTranscript(transcript: string): void {
    if (transcript === '') return;
    this.transcripts.push(transcript);
    if (this.transcripts.length > limits.eventsPerCall) this.transcripts.shift();
  }

  /** Closes the socket after all messages that are still queued. */
  protected endLater(code: number, reason = ''): void {
    this.runLater(this.settings.vendors.deepgram.messageDelayMs, () => this.end(code, reason));
  }
}

function jsonOf(data: Buffer): unknown {
  try {
    return JSON.parse(data.toString('utf8'));
  } catch {
    return undefined;
  }
}

/** `/v1/listen` */
export class NovaSocket extends DeepgramSocket {
  protected readonly api = 'v1';
  private readonly engine: NovaRecogniser;
  private readonly idle: NodeJS.Timeout;

  constructor(parts: DeepgramSocketDependencies, options: NovaOptions) {
    super(parts);
    this.engine = new NovaRecogniser(options, {
      request_id: this.id,
      model_info: { name: 'general-nova-3', version: '2026-01-01.0', arch: 'nova-3' },
      model_uuid: '00000000-0000-4000-8000-000000000003',
    });
    this.idle = setTimeout(() => {
      const reason = 'Deepgram did not receive audio data or a text message within the timeout window';
      this.end(1011, `NET-0001: ${reason}`);
    }, this.settings.vendors.deepgram.idleCloseMs);
    this.applyFaultAfter(0);
  }

  protected get audioMs(): number {
    return this.engine.audioMs;
  }

  protected receive(data: Buffer, isBinary: boolean): void {
    this.idle.refresh();
    if (isBinary) {
      this.sendResults(this.engine.push(data));
      return this.applyFaultAfter(this.audioMs);
    }
    const message = NovaControlMessage.safeParse(jsonOf(data));
    if (!message.success) return this.end(1008, 'DATA-0000: unknown message type');
    if (message.data.type === 'KeepAlive') {
      this.keepalives += 1;
      return;
    }
    this.sendResults(this.engine.finalize());
    if (message.data.type === 'Finalize') return;
    this.sendAll([
      {
        type: 'Metadata',
        transaction_key: 'deprecated',
        request_id: this.id,
        sha256: '0'.repeat(64),
        created: this.openedAt,
        duration: this.audioMs / 1_000,
        channels: 1,
      },
    ]);
    this.endLater(1000);
  }

  protected override onClosed(): void {
    clearTimeout(this.idle);
  }

  private sendResults(messages: readonly object[]): void {
    for (const message of messages as {
      is_final?: boolean;
      channel?: { alternatives: [{ transcript: string }] };
    }[]) {
      if (message.is_final) this.recordTranscript(message.channel!.alternatives[0].transcript);
    }
    this.sendAll(messages);
  }
}

/** Flux, `/v2/listen` */
export class FluxSocket extends DeepgramSocket {
  protected readonly api = 'v2';
  private readonly engine: FluxRecogniser;
  private keyterms: string[];
  private languageHints: string[];
  private sequence = 0;
  private isConfiguring = false;

  constructor(
    parts: DeepgramSocketDependencies,
    private readonly options: FluxOptions,
  ) {
    super(parts);
    this.keyterms = options.keyterms;
    this.languageHints = options.languageHints;
    this.engine = new FluxRecogniser(options.thresholds, this.settings.vendors.deepgram.endOfTurnSilenceMs);
    this.sendNumbered([{ type: 'Connected' }]);
    this.applyFaultAfter(0);
  }

  protected get audioMs(): number {
    return this.engine.audioMs;
  }

  protected receive(data: Buffer, isBinary: boolean): void {
    if (isBinary) {
      this.sendResults(this.engine.push(data));
      return this.applyFaultAfter(this.audioMs);
    }
    const json = jsonOf(data) as { type?: unknown } | undefined;
    switch (json?.type) {
      case 'CloseStream':
        return this.endLater(1005);
      case 'ForceEndTurn':
        return this.sendResults(this.engine.forceEnd());
      case 'Configure':
        return this.configure(json);
      default: {
        const description = 'Unknown message type';
        this.sendNumbered([{ type: 'Error', code: 'UNPARSABLE_CLIENT_MESSAGE', description }]);
        return this.endLater(1008, 'UNPARSABLE_CLIENT_MESSAGE');
      }
    }
  }

  /** Fails when the answer to an earlier `Configure` is still pending. */
  private configure(json: unknown): void {
    const parsed = ConfigureMessage.safeParse(json);
    if (!parsed.success || this.isConfiguring) return this.sendNumbered([{ type: 'ConfigureFailure' }]);
    const { thresholds = {}, keyterms, language_hints: hints } = parsed.data;
    const before = this.engine.thresholds;
    this.engine.thresholds = {
      eotThreshold: thresholds.eot_threshold ?? before.eotThreshold,
      eagerEotThreshold:
        thresholds.eager_eot_threshold === undefined
          ? before.eagerEotThreshold
          : thresholds.eager_eot_threshold,
      eotTimeoutMs: thresholds.eot_timeout_ms ?? before.eotTimeoutMs,
    };
    if (keyterms !== undefined) this.keyterms = [keyterms].flat();
    if (hints !== undefined) this.languageHints = hints;
    const now = this.engine.thresholds;
    this.isConfiguring = true;
    this.sendNumbered([
      {
        type: 'ConfigureSuccess',
        thresholds: {
          eot_threshold: now.eotThreshold,
          eager_eot_threshold: now.eagerEotThreshold,
          eot_timeout_ms: now.eotTimeoutMs,
        },
        keyterms: this.keyterms,
        ...(this.options.isMultilingual ? { language_hints: this.languageHints } : {}),
      },
    ]);
    this.runLater(0, () => (this.isConfiguring = false));
  }

  private sendResults(infos: readonly TurnInfo[]): void {
    const { isMultilingual } = this.options;
    for (const info of infos) if (info.event === 'EndOfTurn') this.recordTranscript(info.transcript);
    this.sendNumbered(
      infos.map((info) => ({
        ...info,
        ...(isMultilingual && info.words.length > 0 ? { languages: [this.languageHints[0] ?? 'en'] } : {}),
        ...(isMultilingual && this.languageHints.length > 0 ? { languages_hinted: this.languageHints } : {}),
      })),
    );
  }

  private sendNumbered(messages: readonly object[]): void {
    this.sendAll(
      messages.map((message) => {
        const numbered = { ...message, request_id: this.id, sequence_id: this.sequence };
        this.sequence += 1;
        return numbered;
      }),
    );
  }
}
