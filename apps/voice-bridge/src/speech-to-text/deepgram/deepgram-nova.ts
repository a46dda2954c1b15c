import type { DeepgramClient } from '@deepgram/sdk';
import {
  SpeechToText,
  type RecogniserOptions,
  type RecogniserSignal,
  type RecogniserStream,
} from '../speech-to-text.js';
import { DeepgramConnection } from './deepgram-connection.js';
import { modelUnderstands } from './deepgram-languages.js';
import { NovaTranscript } from './nova-transcript.js';
import { MULAW_8KHZ, type DeepgramOptions } from './deepgram-options.js';

const ENDPOINTING_MS = 300;
const UTTERANCE_END_MS = 1_000;

/** Deepgram's Nova on /v1/listen, for the languages that Flux does not know. */
export class DeepgramNova extends SpeechToText {
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

  open(
    { languages: [language] }: RecogniserOptions,
    onSignal: (signal: RecogniserSignal) => void,
  ): RecogniserStream {
    const transcript = new NovaTranscript();
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
        read: (message) => transcript.read(message),
        keepAlive: (socket) => socket.sendKeepAlive({ type: 'KeepAlive' }),
        end: (socket) => socket.sendCloseStream({ type: 'CloseStream' }),
      },
      onSignal,
    );
  }
}
