import { FRAME_MS, WordDecoder } from '../../speech/tone-modem.js';
import type { Call } from './call.js';
import type { TwimlNode } from './twiml.js';

export interface GatherResult {
  readonly speech: string | null;
  readonly digits: string | null;
}

interface GatherRules {
  readonly takesSpeech: boolean;
  readonly takesDigits: boolean;
  /** Longest wait for speech or a first digit, and between two digits. */
  readonly timeoutMs: number;
  /** Silence that ends the speech. */
  readonly speechEndMs: number;
  readonly numDigits: number;
  readonly finishOnKey: string;
}

const AUTO_SPEECH_END_MS = 700;
const seconds = (text: string | undefined, fallbackMs: number): number =>
  text !== undefined && /^\d+$/.test(text) ? Number(text) * 1_000 : fallbackMs;

export function gatherRules({ attributes }: TwimlNode): GatherRules {
  const input = (attributes['input'] ?? 'dtmf').split(/\s+/);
  const timeoutMs = seconds(attributes['timeout'], 5_000);
  return {
    takesSpeech: input.includes('speech'),
    takesDigits: input.includes('dtmf'),
    timeoutMs,
    speechEndMs:
      attributes['speechTimeout'] === 'auto'
        ? AUTO_SPEECH_END_MS
        : seconds(attributes['speechTimeout'], timeoutMs),
    numDigits: Number(attributes['numDigits'] ?? Number.POSITIVE_INFINITY),
    finishOnKey: attributes['finishOnKey'] ?? '#',
  };
}

/**
 * Collects speech or digits from the caller without a media stream. The time-out starts when `promptOver` resolves. Returns
 * null when there is no input, or after an abort.
 */
export function gatherInput(
  call: Call,
  rules: GatherRules,
  promptOver: Promise<unknown>,
  signal: AbortSignal,
  onInput: () => void,
): Promise<GatherResult | null> {
  return new Promise((resolve) => {
    const reader = new WordDecoder();
    const words: string[] = [];
    let digits = '';
    let silentMs = 0;
    let isPromptOver = false;
    const finish = (gathered: GatherResult | null) => {
      call.listener = undefined;
      signal.removeEventListener('abort', aborted);
      resolve(gathered);
    };
    const aborted = () => finish(null);
    if (signal.aborted) return finish(null);
    signal.addEventListener('abort', aborted);
    void promptOver.then(() => (isPromptOver = true));
    call.listener = {
      frame(frame) {
        if (rules.takesSpeech) {
          for (const word of reader.push(frame)) {
            if (words.length === 0) onInput();
            words.push(word.cut ? `[cut:${word.text}]` : word.text);
          }
        }
        silentMs = reader.current === undefined ? silentMs + FRAME_MS : 0;
        if (!isPromptOver && words.length === 0 && digits === '') silentMs = 0;
        const endMs = words.length > 0 ? rules.speechEndMs : rules.timeoutMs;
        if (silentMs < endMs) return;
        if (words.length > 0) finish({ speech: words.join(' '), digits: null });
        else finish(digits === '' ? null : { speech: null, digits });
      },
      digit(digit) {
        if (!rules.takesDigits) return;
        onInput();
        silentMs = 0;
        if (digit === rules.finishOnKey) return finish(digits === '' ? null : { speech: null, digits });
        digits += digit;
        if (digits.length >= rules.numDigits) finish({ speech: null, digits });
      },
    };
  });
}
