import type { DeepgramClient } from '@deepgram/sdk';
import { z } from 'zod';
import { SpeechToText, type SpeechOptions, type SpeechSignal, type SpeechStream } from '../speech-to-text.js';
import { lastWordEnd, TimedWord } from './deepgram-words.js';
import { DeepgramConnection } from './deepgram-connection.js';
import { isUnderstoodBy } from './deepgram-languages.js';
import { MULAW_8KHZ, type DeepgramOptions } from './deepgram-options.js';

const ENDPOINTING_MS = 300;
const UTTERANCE_END_MS = 1_000;

const Results = z.object({
  type: z.literal('Results'),
  is_final: z.boolean().default(false),
  speech_final: z.boolean().default(false),
  channel: z.object({
    alternatives: z.array(z.object({ transcript: z.string(), words: z.array(TimedWord).default([]) })),
  }),
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

  understands(language: string): boolean {
    return isUnderstoodBy(this.options.model, language);
  }

  open({ languages: [language] }: SpeechOptions, onSignal: (signal: SpeechSignal) => void): SpeechStream {
    return new DeepgramConnection(
      {
        make: () =>
          this.client.listen.v1.connect({
            model: this.options.model,
            ...MULAW_8KHZ,
            channels: 1,
            interim_results: 'true',
            smart_format: 'true',
            vad_events: 'true',
            endpointing: ENDPOINTING_MS,
            utterance_end_ms: UTTERANCE_END_MS,
            language,
            reconnectAttempts: 0,
          }),
        read: readNova,
        keepAlive: (socket) => socket.sendKeepAlive({ type: 'KeepAlive' }),
        end: (socket) => socket.sendCloseStream({ type: 'CloseStream' }),
      },
      onSignal,
    );
  }
}

/** An unknown message means nothing to us. */
export function readNova(message: unknown): SpeechSignal[] {
  const results = Results.safeParse(message);
  if (results.success) return [pieceOf(results.data)];
  const type = Typed.safeParse(message).data?.type;
  if (type === 'SpeechStarted') return [{ kind: 'speech-started' }];
  return type === 'UtteranceEnd' ? [{ kind: 'utterance-ended' }] : [];
}

function pieceOf({
  is_final: isFinal,
  speech_final: isSpeechFinal,
  channel,
}: z.output<typeof Results>): SpeechSignal {
  const { transcript: text, words } = channel.alternatives[0] ?? { transcript: '', words: [] };
  return { kind: 'piece-words', text, isFinal, isSpeechFinal, ...lastWordEnd(words) };
}
