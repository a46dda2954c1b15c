import type { DeepgramClient } from '@deepgram/sdk';
import { z } from 'zod';
import { SpeechToText, type SpeechOptions, type SpeechSignal, type SpeechStream } from '../speech-to-text.js';
import { DeepgramConnection } from './deepgram-connection.js';
import { MULAW_8KHZ, type DeepgramOptions } from './deepgram-options.js';

const ENDPOINTING_MS = 300;
const UTTERANCE_END_MS = 1_000;

const Results = z.object({
  type: z.literal('Results'),
  is_final: z.boolean().default(false),
  speech_final: z.boolean().default(false),
  channel: z.object({ alternatives: z.array(z.object({ transcript: z.string() })) }),
});
const Typed = z.object({ type: z.string() });

/** Deepgram's Nova on /v1/listen, for the languages that Flux does not speak. */
export class DeepgramNova extends SpeechToText {
  constructor(
    private readonly client: DeepgramClient,
    private readonly options: DeepgramOptions,
  ) {
    super();
  }

  open({ language, keyterms }: SpeechOptions, onSignal: (signal: SpeechSignal) => void): SpeechStream {
    const turns = new NovaTurns();
    return new DeepgramConnection(
      {
        make: () =>
          this.client.listen.v1.connect({
            model: this.options.model as 'nova-3',
            ...MULAW_8KHZ,
            channels: 1,
            interim_results: 'true',
            smart_format: 'true',
            vad_events: 'true',
            endpointing: ENDPOINTING_MS,
            utterance_end_ms: UTTERANCE_END_MS,
            ...(language !== undefined && { language }),
            ...(keyterms.length > 0 && { keyterm: [...keyterms] }),
            reconnectAttempts: 0,
          }),
        read: (message) => turns.read(message),
        keepAlive: (socket) => socket.sendKeepAlive({ type: 'KeepAlive' }),
        end: (socket) => socket.sendCloseStream({ type: 'CloseStream' }),
      },
      onSignal,
    );
  }
}

/** Joins the final pieces of an utterance until Deepgram ends it by `speech_final`, or by `UtteranceEnd` alone. */
export class NovaTurns {
  #finals: string[] = [];

  read(message: unknown): SpeechSignal[] {
    const results = Results.safeParse(message);
    if (results.success) return this.#results(results.data);
    const type = Typed.safeParse(message).data?.type;
    if (type === 'SpeechStarted') return [{ kind: 'speech-started' }];
    // After a speech_final it only repeats what we know.
    if (type === 'UtteranceEnd') return this.#finals.length > 0 ? [this.#end()] : [];
    return [];
  }

  #results({ is_final: isFinal, speech_final: isLast, channel }: z.output<typeof Results>): SpeechSignal[] {
    const text = channel.alternatives[0]?.transcript.trim() ?? '';
    if (isFinal && text !== '') this.#finals.push(text);
    if (isLast) return this.#finals.length > 0 ? [this.#end()] : [];
    if (text === '') return [];
    const words = isFinal ? this.#finals : [...this.#finals, text];
    return [{ kind: 'words', text: words.join(' ') }];
  }

  #end(): SpeechSignal {
    const text = this.#finals.join(' ');
    this.#finals = [];
    return { kind: 'turn-ended', text };
  }
}
