import { z } from 'zod';
import type { RecogniserSignal } from '../speech-to-text.js';
import { lastWordEnd, TimedWord } from './deepgram-words.js';

const Results = z.object({
  type: z.literal('Results'),
  is_final: z.boolean().default(false),
  speech_final: z.boolean().default(false),
  channel: z.object({
    alternatives: z.array(z.object({ transcript: z.string(), words: z.array(TimedWord).default([]) })),
  }),
});
type Results = z.output<typeof Results>;
const Typed = z.object({ type: z.string() });

/**
 * Assembles a turn from Nova's messages. `Results` hold one piece of the turn: `is_final` completes the piece, and
 * `speech_final` also ends the turn. `UtteranceEnd` ends a turn that had no `speech_final`.
 */
export class NovaTranscript {
  #final = '';
  #interim = '';
  #lastWordEnd: { lastWordEndMs?: number } = {};
  /** True if an `UtteranceEnd` arrived before the last piece was final: that piece then ends the turn. */
  #endsWithPiece = false;

  /** Translates one message. Messages of other types are ignored. */
  read(message: unknown): RecogniserSignal[] {
    const results = Results.safeParse(message);
    if (results.success) return [this.#addPiece(results.data)];
    const type = Typed.safeParse(message).data?.type;
    if (type === 'SpeechStarted') return [{ kind: 'speech-started' }];
    return type === 'UtteranceEnd' ? [this.#endUtterance()] : [];
  }

  #addPiece({ is_final: isFinal, speech_final: isSpeechFinal, channel }: Results): RecogniserSignal {
    const { transcript, words } = channel.alternatives[0] ?? { transcript: '', words: [] };
    const before = this.#text;
    this.#lastWordEnd = { ...this.#lastWordEnd, ...lastWordEnd(words) };
    if (isFinal) this.#final = joined(this.#final, transcript.trim());
    this.#interim = isFinal ? '' : transcript.trim();
    if (isFinal && (isSpeechFinal || this.#endsWithPiece)) return this.#end();
    const text = this.#text;
    if (text === '' && before === '') return { kind: 'alive' };
    return { kind: 'interim-transcript', text, ...this.#lastWordEnd };
  }

  #endUtterance(): RecogniserSignal {
    if (this.#interim === '') return this.#end();
    this.#endsWithPiece = true;
    return { kind: 'alive' };
  }

  #end(): RecogniserSignal {
    const end = { kind: 'end-of-turn' as const, text: this.#final, ...this.#lastWordEnd };
    this.#final = '';
    this.#interim = '';
    this.#lastWordEnd = {};
    this.#endsWithPiece = false;
    return end;
  }

  get #text(): string {
    return joined(this.#final, this.#interim);
  }
}

const joined = (one: string, other: string): string =>
  one === '' || other === '' ? one + other : `${one} ${other}`;
