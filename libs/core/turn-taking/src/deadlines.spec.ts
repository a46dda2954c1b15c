import { describe, expect, it } from 'vitest';
import {
  callStarted,
  endOfTurn,
  playbackFinished,
  wordsHeard,
  PlayedCall,
  playbackStarted,
  replyText,
  replyEnded,
  speechStarted,
  interimTranscript,
} from './testing/played-call.js';
import type { TurnOutput } from './turn-output.js';
import { DEFAULT_TURN_POLICY as policy } from './turn-policy.js';

/** Each awaited event takes its usual time, multiplied by one of these. */
const TIMES = [0.5, 1, 2, 5, 10];
const MODEL_MS = 1_000;
const VOICE_MS = 300;
const WORD_MS = 300;
const MARK_MS = 150;

const asked = (): PlayedCall =>
  new PlayedCall().at(0, callStarted(false)).at(500, endOfTurn('When do you open?'));

/** Returns the phrases that follow a failure, and the turns that were cut. */
const failed = (outputs: readonly TurnOutput[]): TurnOutput[] =>
  outputs.filter(
    (output) =>
      (output.kind === 'say' && output.phrase === 'apology') ||
      (output.kind === 'close-turn' && output.cut !== undefined) ||
      output.kind === 'reconnect-recogniser',
  );

/** Lets the recogniser report these words of the person at this pace; returns when the last one was reported. */
function recognises(call: PlayedCall, text: string, fromMs: number, everyMs: number): number {
  const all = text.split(' ');
  all.forEach((_, i) => call.at(fromMs + i * everyMs, interimTranscript(all.slice(0, i + 1).join(' '))));
  return fromMs + all.length * everyMs;
}

describe('an answer', () => {
  it.each(TIMES.flatMap((model) => TIMES.map((voice) => [model * MODEL_MS, voice * VOICE_MS])))(
    'a reply that arrives after %d ms and sounds %d ms later is heard, after a filler if it is late',
    (modelMs, voiceMs) => {
      const call = asked();
      const isLate = modelMs > policy.fillerAfterMs;
      if (isLate) {
        call
          .at(500 + policy.fillerAfterMs + VOICE_MS, playbackStarted(1))
          .at(call.nowMs + 800, wordsHeard(1, 'Just a moment.'));
      }
      call.at(Math.max(call.nowMs, 500 + modelMs), replyText(1, 'We open at five.'), replyEnded(1));
      if (!isLate) call.at(call.nowMs + voiceMs, playbackStarted(1));
      call
        .at(call.nowMs + voiceMs, wordsHeard(1, 'We open at five.'))
        .at(call.nowMs + MARK_MS, playbackFinished(1));
      const outputs = call.takeOutputs();
      expect(failed(outputs)).toEqual([]);
      expect(outputs.filter(({ kind }) => kind === 'fill')).toHaveLength(isLate ? 1 : 0);
      expect(outputs).toContainEqual({ kind: 'speak', turnNo: 1, sentence: 'We open at five.' });
      expect(outputs.at(-1)).toEqual({ kind: 'close-turn', turnNo: 1 });
    },
  );

  it.each(TIMES.map((time) => time * MODEL_MS))(
    'a reply whose sentences arrive %d ms apart is not given up',
    (gapMs) => {
      const call = asked();
      call.at(1_000, replyText(1, 'One. ')).at(1_300, playbackStarted(1)).at(1_800, wordsHeard(1, 'One.'));
      for (let n = 0; n < 5; n++) {
        call
          .at(call.nowMs + gapMs, replyText(1, 'And another. '))
          .at(call.nowMs + 900, wordsHeard(1, 'And another.'));
      }
      call.at(call.nowMs + gapMs, replyEnded(1)).at(call.nowMs + MARK_MS, playbackFinished(1));
      expect(failed(call.takeOutputs())).toEqual([]);
    },
  );

  it.each(TIMES.map((time) => time * MARK_MS))(
    'a reply whose marks return every %d ms is heard to its end',
    (markMs) => {
      const call = asked()
        .at(1_000, replyText(1, 'One two three four.'), replyEnded(1))
        .at(1_300, playbackStarted(1));
      for (let n = 0; n < 40; n++) call.at(call.nowMs + markMs, wordsHeard(1, 'word'));
      expect(failed(call.at(call.nowMs + markMs, playbackFinished(1)).takeOutputs())).toEqual([]);
    },
  );

  it("a reply is not given up although the person's sounds suspend it for 30 s", () => {
    const call = asked()
      .at(1_000, replyText(1, 'We open at five.'), replyEnded(1))
      .at(1_300, playbackStarted(1));
    for (let n = 0; n < 60; n++) call.at(call.nowMs + 500, speechStarted);
    const quietAtMs = call.nowMs;
    call
      .at(quietAtMs + policy.wordlessSpeechMs + 500, wordsHeard(1, 'We open at five.'))
      .at(call.nowMs, playbackFinished(1));
    expect(failed(call.takeOutputs())).toEqual([]);
  });
});

describe('a person', () => {
  it.each(TIMES.map((time) => time * WORD_MS))(
    'a person whose words are recognised every %d ms is not cut off before the end of turn',
    (wordMs) => {
      const call = new PlayedCall().at(0, callStarted(false)).at(500, speechStarted);
      const text = 'I would like a table for six people tonight';
      const endMs = recognises(call, text, 500, wordMs);
      call.at(endMs, endOfTurn(text));
      const outputs = call.takeOutputs();
      expect(outputs).toMatchObject([{ kind: 'start-turn', turnNo: 1, said: text }]);
    },
  );

  it.each(TIMES.map((time) => time * MODEL_MS))(
    "a reprompt is due after the person's own silence, however long the agent spoke (%d ms a word)",
    (wordMs) => {
      const call = asked()
        .at(1_000, replyText(1, 'We open at five.'), replyEnded(1))
        .at(1_300, playbackStarted(1));
      for (let n = 0; n < 8; n++) call.at(call.nowMs + wordMs, wordsHeard(1, 'word'));
      call.at(call.nowMs + MARK_MS, playbackFinished(1));
      call.takeAll();
      const sinceMs = call.nowMs;
      expect(call.until(sinceMs + policy.repromptAfterMs - 1).takeOutputs()).toEqual([]);
      expect(call.until(sinceMs + policy.repromptAfterMs).takeOutputs()).toMatchObject([
        { phrase: 'reprompt' },
        {},
      ]);
    },
  );
});

describe('a goodbye', () => {
  const bye = (): PlayedCall => {
    const call = new PlayedCall({ maxReprompts: 0 }).at(0, callStarted(false)).until(policy.repromptAfterMs);
    call.takeAll();
    return call;
  };

  it.each(TIMES.map((time) => time * VOICE_MS))(
    'a goodbye whose words are heard every %d ms is heard to its end',
    (wordMs) => {
      const call = bye().at(policy.repromptAfterMs + wordMs, playbackStarted(1));
      for (let n = 0; n < 50; n++) call.at(call.nowMs + wordMs, wordsHeard(1, 'word'));
      expect(call.takeOutputs()).toEqual([]);
      expect(call.at(call.nowMs + MARK_MS, playbackFinished(1)).takeOutputs()).toEqual([
        { kind: 'close-turn', turnNo: 1 },
        { kind: 'hang-up', reason: 'silence' },
      ]);
    },
  );

  it('a goodbye that is suspended again and again ends once the call has lasted too long', () => {
    const brief = { maxReprompts: 0, maxDurationMs: 60_000, maxDurationGraceMs: 5_000 };
    const call = new PlayedCall(brief).at(0, callStarted(false)).until(policy.repromptAfterMs);
    const turnNo = (): number => (call.state.kind === 'live' ? call.state.lastTurnNo : 0);
    while (call.nowMs < 66_000) {
      const no = turnNo();
      call
        .at(call.nowMs + 900, playbackStarted(no), speechStarted)
        .at(call.nowMs + 900, wordsHeard(no, 'bye'));
    }
    call.at(call.nowMs, playbackFinished(turnNo()));
    expect(call.takeOutputs().at(-1)).toEqual({ kind: 'hang-up', reason: 'too-long' });
  });
});
