import type { DeepgramClient } from '@deepgram/sdk';
import { z } from 'zod';
import {
  SpeechToText,
  type RecogniserOptions,
  type RecogniserSignal,
  type RecogniserStream,
} from '../speech-to-text.js';
import { lastWordEnd, TimedWord } from './deepgram-words.js';
import { DeepgramConnection } from './deepgram-connection.js';
import { fluxHints, modelUnderstands } from './deepgram-languages.js';
import { MULAW_8KHZ, type DeepgramOptions } from './deepgram-options.js';

const EOT_THRESHOLD = 0.7;
const EOT_TIMEOUT_MS = 5_000;

const TurnInfo = z.object({
  type: z.literal('TurnInfo'),
  event: z.string(),
  transcript: z.string(),
  words: z.array(TimedWord).default([]),
});
const Fatal = z.object({ type: z.literal('Error'), code: z.string() });

/** Deepgram's Flux on /v2/listen, which itself decides the end of turn. */
export class DeepgramFlux extends SpeechToText {
  readonly modelSetting = 'DEEPGRAM_MODEL';

  constructor(
    private readonly client: DeepgramClient,
    private readonly options: DeepgramOptions,
  ) {
    super();
  }

  understands(language: string): boolean {
    return modelUnderstands(this.options.model, language);
  }

  open({ languages }: RecogniserOptions, onSignal: (signal: RecogniserSignal) => void): RecogniserStream {
    const hints = fluxHints(this.options.model, languages);
    return new DeepgramConnection(
      {
        make: () =>
          this.client.listen.v2.connect({
            model: this.options.model,
            ...MULAW_8KHZ,
            eot_threshold: EOT_THRESHOLD,
            eot_timeout_ms: EOT_TIMEOUT_MS,
            ...(hints.length > 0 && { language_hint: hints }),
            reconnectAttempts: 0,
          }),
        read: readFluxMessage,
        end: (socket) => socket.sendCloseStream({ type: 'CloseStream' }),
      },
      onSignal,
    );
  }
}

/** Translates a message of Flux into signals. `Connected`, `ConfigureSuccess` and unknown messages give none. */
export function readFluxMessage(message: unknown): RecogniserSignal[] {
  const info = TurnInfo.safeParse(message);
  if (info.success) {
    const signals = signalsOf(info.data);
    return signals.length > 0 ? signals : [{ kind: 'alive' }];
  }
  const fatal = Fatal.safeParse(message);
  return fatal.success ? [{ kind: 'lost', reason: fatal.data.code }] : [];
}

/** Translates a `TurnInfo`. Ignores the eager end of turn, which we do not request. */
function signalsOf({ event, transcript: text, words }: z.output<typeof TurnInfo>): RecogniserSignal[] {
  const said = { text, ...lastWordEnd(words) };
  switch (event) {
    case 'StartOfTurn':
      return [
        { kind: 'speech-started' },
        ...(text === '' ? [] : [{ kind: 'interim-transcript' as const, ...said }]),
      ];
    case 'Update':
    case 'TurnResumed':
      return text === '' ? [] : [{ kind: 'interim-transcript', ...said }];
    case 'EndOfTurn':
      return [{ kind: 'end-of-turn', ...said }];
    default:
      return [];
  }
}
