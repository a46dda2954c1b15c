import type { DeepgramClient } from '@deepgram/sdk';
import { z } from 'zod';
import { SpeechToText, type SpeechOptions, type SpeechSignal, type SpeechStream } from '../speech-to-text.js';
import { DeepgramConnection } from './deepgram-connection.js';
import { MULAW_8KHZ, type DeepgramOptions } from './deepgram-options.js';

const EOT_THRESHOLD = 0.7;
const EOT_TIMEOUT_MS = 5_000;

const TurnInfo = z.object({ type: z.literal('TurnInfo'), event: z.string(), transcript: z.string() });
const Fatal = z.object({ type: z.literal('Error'), code: z.string() });

/** Deepgram's Flux on /v2/listen: it decides itself when a turn is over. */
export class DeepgramFlux extends SpeechToText {
  constructor(
    private readonly client: DeepgramClient,
    private readonly options: DeepgramOptions,
  ) {
    super();
  }

  open({ language, keyterms }: SpeechOptions, onSignal: (signal: SpeechSignal) => void): SpeechStream {
    return new DeepgramConnection(
      {
        make: () =>
          this.client.listen.v2.connect({
            model: this.options.model as 'flux-general-en',
            ...MULAW_8KHZ,
            eot_threshold: EOT_THRESHOLD,
            eot_timeout_ms: EOT_TIMEOUT_MS,
            ...(keyterms.length > 0 && { keyterm: [...keyterms] }),
            ...(language !== undefined && this.options.model.endsWith('-multi') && { language_hint: language }),
            reconnectAttempts: 0,
          }),
        read: readFlux,
        end: (socket) => socket.sendCloseStream({ type: 'CloseStream' }),
      },
      onSignal,
    );
  }
}

/** `Connected`, `ConfigureSuccess` and what did not exist when this was written mean nothing to us. */
export function readFlux(message: unknown): SpeechSignal[] {
  const info = TurnInfo.safeParse(message);
  if (info.success) return signalsOf(info.data.event, info.data.transcript);
  const fatal = Fatal.safeParse(message);
  return fatal.success ? [{ kind: 'lost', reason: fatal.data.code }] : [];
}

function signalsOf(event: string, text: string): SpeechSignal[] {
  switch (event) {
    case 'StartOfTurn':
      return text === '' ? [{ kind: 'speech-started' }] : [{ kind: 'speech-started' }, { kind: 'words', text }];
    case 'Update':
      return text === '' ? [] : [{ kind: 'words', text }];
    case 'EagerEndOfTurn':
      return [{ kind: 'eager-end', text }];
    case 'TurnResumed':
      return [{ kind: 'turn-resumed' }];
    case 'EndOfTurn':
      return [{ kind: 'turn-ended', text }];
    default:
      return [];
  }
}
