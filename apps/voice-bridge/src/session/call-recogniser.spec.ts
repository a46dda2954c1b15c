import type { RecogniserEvent } from '@parley/turn-taking';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CallRecogniser } from './call-recogniser.js';
import {
  SpeechToText,
  type RecogniserSignal,
  type RecogniserStream,
} from '../speech-to-text/speech-to-text.js';

/** A recogniser that reports the signals the test gives it. */
class TalkativeRecogniser extends SpeechToText {
  readonly modelSetting = 'MODEL';
  say: (signal: RecogniserSignal) => void = () => undefined;
  understands(): boolean {
    return true;
  }
  open(_options: unknown, onSignal: (signal: RecogniserSignal) => void): RecogniserStream {
    this.say = onSignal;
    return { push: () => undefined, tick: () => undefined, close: () => undefined };
  }
}

const FRAME = Buffer.alloc(160, 0xff).toString('base64');

it.each([
  ['before any audio', 0, 0.5],
  ['after the audio', 4, 1e18],
  ['before the start of the audio', 4, -1e18],
])("a word's time %s is clamped to a moment of this call", (_what, frames, lastWordEndMs) => {
  const recogniser = new TalkativeRecogniser();
  const heard: RecogniserEvent[] = [];
  const sinceMs = performance.now();
  const listening = new CallRecogniser(
    recogniser,
    { languages: ['en'] },
    { recognised: (event) => heard.push(event), lost: () => undefined, unavailable: () => undefined },
  );
  for (let i = 0; i < frames; i++) listening.frame(i * 20, FRAME);
  recogniser.say({ kind: 'end-of-turn', text: 'hello', lastWordEndMs });
  const [{ lastWordEndMs: endMs }] = heard as [Extract<RecogniserEvent, { kind: 'end-of-turn' }>];
  expect(endMs).toBeGreaterThanOrEqual(sinceMs - 20 * frames);
  expect(endMs).toBeLessThanOrEqual(performance.now());
});

/** Opens streams that refuse, stay mute or listen, and records the audio of each. */
class MoodyRecogniser extends SpeechToText {
  readonly modelSetting = 'MODEL';
  readonly opened: { atMs: number; bytes: number }[] = [];
  constructor(private readonly mood: (nth: number) => 'refuses' | 'mute' | 'listens') {
    super();
  }
  understands(): boolean {
    return true;
  }
  open(_options: unknown, onSignal: (signal: RecogniserSignal) => void): RecogniserStream {
    const stream = { atMs: performance.now(), bytes: 0 };
    const mood = this.mood(this.opened.push(stream));
    if (mood === 'refuses') setTimeout(() => onSignal({ kind: 'lost', reason: 'refused' }), 20);
    return {
      push: (piece) => {
        stream.bytes += piece.length;
        if (mood === 'listens') onSignal({ kind: 'alive' });
      },
      tick: () => undefined,
      close: () => undefined,
    };
  }
}

describe('a recogniser that does not work', () => {
  const VOICED = Buffer.alloc(160, 0x20).toString('base64');

  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  /** Makes a call and pushes this audio for this long. */
  function call(mood: (nth: number) => 'refuses' | 'mute' | 'listens', frame: string, forMs: number) {
    const recogniser = new MoodyRecogniser(mood);
    const startedAtMs = performance.now();
    const seen: { unavailableAtMs?: number } = {};
    const unavailable = (): void => void (seen.unavailableAtMs ??= performance.now() - startedAtMs);
    const listening = new CallRecogniser(
      recogniser,
      { languages: ['en'] },
      { recognised: () => undefined, lost: () => undefined, unavailable },
    );
    for (let ms = 0; ms < forMs && seen.unavailableAtMs === undefined; ms += 20) {
      listening.frame(ms, frame);
      vi.advanceTimersByTime(20);
      listening.tick(performance.now());
    }
    return {
      opened: recogniser.opened.map((one) => ({ ...one, atMs: one.atMs - startedAtMs })),
      unavailableAtMs: seen.unavailableAtMs,
    };
  }

  it('a recogniser that keeps failing is tried again within 2 s, and counts as unavailable after 2 to 3 s', () => {
    const { opened, unavailableAtMs } = call(() => 'refuses', FRAME, 10_000);
    expect(opened[1]!.atMs).toBeLessThan(2_000);
    expect(unavailableAtMs).toBeGreaterThanOrEqual(2_000);
    expect(unavailableAtMs).toBeLessThan(3_000);
  });

  it('a connection that works after three refusals gets the audio since the start of the call', () => {
    const { opened, unavailableAtMs } = call((nth) => (nth < 4 ? 'refuses' : 'listens'), VOICED, 20_000);
    expect(unavailableAtMs).toBeUndefined();
    expect(opened).toHaveLength(4);
    expect(opened[3]!.bytes).toBeGreaterThanOrEqual(19_800 * 8);
  });

  it('a recogniser that is mute while the caller speaks is replaced, and counts as unavailable if its replacement is mute too', () => {
    expect(call((nth) => (nth === 1 ? 'mute' : 'listens'), VOICED, 20_000)).toMatchObject({
      opened: [{}, {}],
      unavailableAtMs: undefined,
    });
    const { opened, unavailableAtMs } = call(() => 'mute', VOICED, 20_000);
    expect(opened).toHaveLength(2);
    expect(unavailableAtMs).toBeLessThan(7_000);
  });

  it('a recogniser that reports nothing is not replaced while nobody speaks', () => {
    const { opened, unavailableAtMs } = call(() => 'mute', FRAME, 60_000);
    expect(opened).toHaveLength(1);
    expect(unavailableAtMs).toBeUndefined();
  });

  it('a recogniser that is lost once a minute does not count as unavailable', () => {
    const recogniser = new TalkativeRecogniser();
    let lost = 0;
    const listening = new CallRecogniser(
      recogniser,
      { languages: ['en'] },
      {
        recognised: () => undefined,
        lost: () => void (lost += 1),
        unavailable: () => expect.unreachable(),
      },
    );
    for (let n = 0; n < 5; n++) {
      vi.advanceTimersByTime(60_000);
      recogniser.say({ kind: 'lost', reason: 'closed' });
      vi.advanceTimersByTime(200);
      listening.tick(performance.now());
    }
    expect(lost).toBe(5);
  });
});
