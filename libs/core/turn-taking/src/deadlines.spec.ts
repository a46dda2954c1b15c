import { describe, expect, it } from 'vitest';
import {
  callStarted,
  ended,
  finished,
  heard,
  PlayedCall,
  playing,
  reply,
  replyEnded,
  started,
  words,
} from './testing/played-call.js';
import type { TurnOutput } from './turn-output.js';
import { DEFAULT_TURN_POLICY as policy } from './turn-policy.js';

/** Each awaited event takes its usual time multiplied by one of these. */
const TIMES = [0.5, 1, 2, 5, 10];
const MODEL_MS = 1_000;
const VOICE_MS = 300;
const WORD_MS = 300;
const MARK_MS = 150;

const asked = (): PlayedCall =>
  new PlayedCall().at(0, callStarted(false)).at(500, ended('When do you open?'));

/** Phrases that the agent says only after a failure, and turns that were cut. */
const failed = (outputs: readonly TurnOutput[]): TurnOutput[] =>
  outputs.filter(
    (output) =>
      (output.kind === 'say' && output.phrase === 'apology') ||
      (output.kind === 'close-turn' && output.cut !== undefined) ||
      output.kind === 'reconnect-recogniser',
  );

/** The recogniser reports these words of the person, at this pace. */
function hears(call: PlayedCall, text: string, fromMs: number, everyMs: number): number {
  const all = text.split(' ');
  all.forEach((_, i) => call.at(fromMs + i * everyMs, words(all.slice(0, i + 1).join(' '))));
  return fromMs + all.length * everyMs;
}

describe('an answer', () => {
  it.each(TIMES.flatMap((model) => TIMES.map((voice) => [model * MODEL_MS, voice * VOICE_MS])))(
    'a reply that arrives after %d ms and sounds after %d ms is heard, and a late one has a filler',
    (modelMs, voiceMs) => {
      const call = asked();
      const isLate = modelMs > policy.fillerAfterMs;
      if (isLate) {
        call
          .at(500 + policy.fillerAfterMs + VOICE_MS, playing(1))
          .at(call.nowMs + 800, heard(1, 'Just a moment.'));
      }
      call.at(Math.max(call.nowMs, 500 + modelMs), reply(1, 'We open at five.'), replyEnded(1));
      if (!isLate) call.at(call.nowMs + voiceMs, playing(1));
      call.at(call.nowMs + voiceMs, heard(1, 'We open at five.')).at(call.nowMs + MARK_MS, finished(1));
      const outputs = call.done();
      expect(failed(outputs)).toEqual([]);
      expect(outputs.filter(({ kind }) => kind === 'fill')).toHaveLength(isLate ? 1 : 0);
      expect(outputs).toContainEqual({ kind: 'speak', turnNo: 1, sentence: 'We open at five.' });
      expect(outputs.at(-1)).toEqual({ kind: 'close-turn', turnNo: 1 });
    },
  );

  it.each(TIMES.map((time) => time * MODEL_MS))(
    'a reply whose sentences arrive %d ms apart continues',
    (gapMs) => {
      const call = asked();
      call.at(1_000, reply(1, 'One. ')).at(1_300, playing(1)).at(1_800, heard(1, 'One.'));
      for (let n = 0; n < 5; n++) {
        call.at(call.nowMs + gapMs, reply(1, 'And another. ')).at(call.nowMs + 900, heard(1, 'And another.'));
      }
      call.at(call.nowMs + gapMs, replyEnded(1)).at(call.nowMs + MARK_MS, finished(1));
      expect(failed(call.done())).toEqual([]);
    },
  );

  it.each(TIMES.map((time) => time * MARK_MS))(
    'a reply whose marks return every %d ms is heard to its end',
    (markMs) => {
      const call = asked().at(1_000, reply(1, 'One two three four.'), replyEnded(1)).at(1_300, playing(1));
      for (let n = 0; n < 40; n++) call.at(call.nowMs + markMs, heard(1, 'word'));
      expect(failed(call.at(call.nowMs + markMs, finished(1)).done())).toEqual([]);
    },
  );

  it('a reply that was suspended by a sound is not given up for that', () => {
    const call = asked().at(1_000, reply(1, 'We open at five.'), replyEnded(1)).at(1_300, playing(1));
    for (let n = 0; n < 60; n++) call.at(call.nowMs + 500, started);
    const quietAtMs = call.nowMs;
    call
      .at(quietAtMs + policy.wordlessSpeechMs + 500, heard(1, 'We open at five.'))
      .at(call.nowMs, finished(1));
    expect(failed(call.done())).toEqual([]);
  });
});

describe('a person', () => {
  it.each(TIMES.map((time) => time * WORD_MS))(
    'a person whose words arrive every %d ms is recognised to the end',
    (wordMs) => {
      const call = new PlayedCall().at(0, callStarted(false)).at(500, started);
      const text = 'I would like a table for six people tonight';
      const endMs = hears(call, text, 500, wordMs);
      call.at(endMs, ended(text));
      const outputs = call.done();
      expect(outputs).toMatchObject([{ kind: 'start-turn', turnNo: 1, said: text }]);
    },
  );

  it.each(TIMES.map((time) => time * MODEL_MS))(
    "a reprompt counts the person's own silence, however long the agent spoke (%d ms a word)",
    (wordMs) => {
      const call = asked().at(1_000, reply(1, 'We open at five.'), replyEnded(1)).at(1_300, playing(1));
      for (let n = 0; n < 8; n++) call.at(call.nowMs + wordMs, heard(1, 'word'));
      call.at(call.nowMs + MARK_MS, finished(1));
      call.look();
      const sinceMs = call.nowMs;
      expect(call.until(sinceMs + policy.repromptAfterMs - 1).done()).toEqual([]);
      expect(call.until(sinceMs + policy.repromptAfterMs).done()).toMatchObject([{ phrase: 'reprompt' }, {}]);
    },
  );
});

describe('a goodbye', () => {
  const bye = (): PlayedCall => {
    const call = new PlayedCall({ maxReprompts: 0 }).at(0, callStarted(false)).until(policy.repromptAfterMs);
    call.look();
    return call;
  };

  it.each(TIMES.map((time) => time * VOICE_MS))(
    'a goodbye whose words are heard every %d ms is heard to its end',
    (wordMs) => {
      const call = bye().at(policy.repromptAfterMs + wordMs, playing(1));
      for (let n = 0; n < 50; n++) call.at(call.nowMs + wordMs, heard(1, 'word'));
      expect(call.done()).toEqual([]);
      expect(call.at(call.nowMs + MARK_MS, finished(1)).done()).toEqual([
        { kind: 'close-turn', turnNo: 1 },
        { kind: 'hang-up', reason: 'silence' },
      ]);
    },
  );

  it("a goodbye that is suspended again and again ends at the call's longest duration", () => {
    const brief = { maxReprompts: 0, maxDurationMs: 60_000, maxDurationGraceMs: 5_000 };
    const call = new PlayedCall(brief).at(0, callStarted(false)).until(policy.repromptAfterMs);
    const turnNo = (): number => (call.state.kind === 'live' ? call.state.lastTurnNo : 0);
    while (call.nowMs < 66_000) {
      const no = turnNo();
      call.at(call.nowMs + 900, playing(no), started).at(call.nowMs + 900, heard(no, 'bye'));
    }
    call.at(call.nowMs, finished(turnNo()));
    expect(call.done().at(-1)).toEqual({ kind: 'hang-up', reason: 'too-long' });
  });
});
