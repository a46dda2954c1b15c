import { describe, expect, it } from 'vitest';
import {
  answeringCall,
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
import type { TurnEvent } from './turn-input.js';
import { DEFAULT_TURN_POLICY as policy } from './turn-policy.js';

const listening = (): PlayedCall => new PlayedCall().at(0, callStarted(false));

describe('[V-04] the end of a turn', () => {
  it('[V-04] at the end of turn, the turn has the final transcript', () => {
    const call = listening()
      .at(900, started)
      .at(1_000, words('what time'))
      .at(1_400, { kind: 'end-of-turn', text: 'What time is it?', lastWordEndMs: 1_150 });
    expect(call.done()).toEqual([
      { kind: 'start-turn', turnNo: 1, said: 'What time is it?', speechEndMs: 1_150, sttFinalMs: 1_400 },
    ]);
  });

  it('[V-04] a turn holds the transcripts of both recognisers when one replaces the other', () => {
    const lost: TurnEvent = { kind: 'recogniser-lost' };
    const call = listening()
      .at(900, started, words('my number is'))
      .at(1_200, lost, started, words('five five'))
      .at(1_900, ended('five five one'));
    expect(call.done()).toMatchObject([{ kind: 'start-turn', said: 'my number is five five one' }]);
  });

  it("[V-04] a turn holds the first recogniser's transcript when its replacement recognises nothing more", () => {
    const call = listening().at(900, started, words('hello')).at(1_000, { kind: 'recogniser-lost' });
    expect(call.until(1_000 + policy.recogniserSilentMs).done()).toMatchObject([
      { kind: 'reconnect-recogniser' },
      { kind: 'start-turn', said: 'hello' },
    ]);
    const over = listening()
      .at(900, started, words('hello'))
      .at(1_000, { kind: 'recogniser-lost' }, ended(''));
    expect(over.done()).toMatchObject([{ kind: 'start-turn', said: 'hello' }]);
  });

  it('[V-04] an end of turn without words is ignored', () => {
    expect(listening().at(900, ended('')).ignored()).toEqual(['no-open-speech']);
    expect(listening().at(900, started, ended('')).ignored()).toEqual(['no-words']);
  });

  it('[V-04] a turn that a mute recogniser never ends is ended with the transcript so far', () => {
    const call = listening().at(900, started, words('I would like to'));
    const atMs = 900 + policy.recogniserSilentMs;
    expect(call.until(atMs - 1).done()).toEqual([]);
    expect(call.until(atMs).done()).toEqual([
      { kind: 'reconnect-recogniser' },
      { kind: 'start-turn', turnNo: 1, said: 'I would like to', speechEndMs: 900, sttFinalMs: atMs },
    ]);
  });
});

describe('[V-02] a person who speaks over the agent', () => {
  it('[V-02] a person who speaks over the agent suspends it with the first sound, and takes the turn with words that count', () => {
    const call = answeringCall().at(2_600, started);
    expect(call.done()).toEqual([{ kind: 'suspend', turnNo: 1 }]);
    expect(call.at(2_900, words('and on Sunday')).done()).toEqual([
      { kind: 'close-turn', turnNo: 1, cut: 'barge-in' },
    ]);
    expect(call.at(3_600, ended('And on Sunday?')).done()).toMatchObject([
      { kind: 'start-turn', turnNo: 2, said: 'And on Sunday?' },
    ]);
  });

  it('[V-02] an interruption cancels a reply that is still being composed', () => {
    const call = listening()
      .at(500, ended('A table'))
      .at(900, reply(1, 'Cert'), started)
      .at(1_000, words('for two'));
    expect(call.done().slice(1)).toEqual([
      { kind: 'suspend', turnNo: 1 },
      { kind: 'cancel-turn', turnNo: 1, reason: 'barge-in' },
      { kind: 'close-turn', turnNo: 1, cut: 'barge-in' },
    ]);
  });

  it('[V-02] a person who interrupts gets no reply to the turn before', () => {
    const call = listening().at(500, ended('A table')).at(900, started).at(1_000, words('for two'));
    call.look();
    expect(call.at(1_100, reply(1, 'Sure. '), replyEnded(1)).ignored()).toEqual(['stale-turn', 'stale-turn']);
  });

  it('[V-02] an interruption can take more than one word', () => {
    const call = answeringCall({ minWords: 3 }).at(2_600, started, words('no wait'));
    expect(call.ignored()).toEqual(['too-few-words']);
    expect(call.at(2_900, words('no wait a moment')).done()).toMatchObject([
      { kind: 'close-turn', cut: 'barge-in' },
    ]);
  });

  it('[V-02] words interrupt even if the recogniser reported no start of speech', () => {
    expect(answeringCall().at(2_600, words('and on Sunday')).done()).toMatchObject([
      { kind: 'close-turn', cut: 'barge-in' },
    ]);
  });

  it('[V-02] the first words interrupt the agent even if they arrive together with the end of turn', () => {
    const call = answeringCall().at(2_600, started).at(2_900, ended('And on Sunday?'));
    expect(call.done()).toMatchObject([
      { kind: 'suspend' },
      { kind: 'close-turn', cut: 'barge-in' },
      { kind: 'start-turn', turnNo: 2 },
    ]);
  });

  it('[V-02] a suspended reply still receives text', () => {
    const call = listening()
      .at(500, ended('When?'))
      .at(900, reply(1, 'At six. '))
      .at(1_000, playing(1), started);
    call.look();
    expect(call.at(1_100, reply(1, 'Or at eight. ')).done()).toEqual([
      { kind: 'speak', turnNo: 1, sentence: 'Or at eight. ' },
    ]);
  });
});

describe('[V-03] a false interruption', () => {
  it('[V-03] a cough lets the reply resume soon after its sound', () => {
    const call = answeringCall().at(2_600, started);
    const resumesAtMs = 2_600 + policy.resumeAfterMs;
    expect(call.until(resumesAtMs - 1).done()).toEqual([{ kind: 'suspend', turnNo: 1 }]);
    expect(call.until(resumesAtMs).done()).toEqual([{ kind: 'resume', turnNo: 1 }]);
  });

  it('[V-03] a backchannel lets the reply resume at its end, and is recorded', () => {
    const call = answeringCall().at(2_600, started, words('uh-huh')).at(2_900, ended('Uh-huh, yeah.'));
    expect(call.done()).toEqual([
      { kind: 'suspend', turnNo: 1 },
      {
        kind: 'record-unanswered',
        turnNo: 2,
        reason: 'backchannel',
        said: 'Uh-huh, yeah.',
        speechEndMs: 2_900,
        sttFinalMs: 2_900,
      },
      { kind: 'resume', turnNo: 1 },
    ]);
  });

  it('[V-03] a backchannel without an end of turn lets the reply resume soon after it', () => {
    const call = answeringCall().at(2_600, started).at(2_800, words('okay'));
    call.look();
    const resumesAtMs = 2_800 + policy.resumeAfterMs;
    expect(call.until(resumesAtMs - 1).done()).toEqual([]);
    expect(call.until(resumesAtMs).done()).toEqual([{ kind: 'resume', turnNo: 1 }]);
  });

  it('[V-03] a backchannel that is reported late lets the reply resume soon after it was said', () => {
    const call = answeringCall().at(2_600, started);
    call.at(3_100, { kind: 'interim-transcript', text: 'okay', lastWordEndMs: 2_800 });
    call.look();
    expect(call.until(2_800 + policy.resumeAfterMs).done()).toEqual([{ kind: 'resume', turnNo: 1 }]);
  });

  it('[V-03] a reply is suspended no longer than its audio is held', () => {
    const call = answeringCall({ suspendedLongestMs: 2_000 }).at(2_600, started);
    for (let atMs = 2_700; atMs < 4_500; atMs += 100) call.at(atMs, started);
    expect(call.until(4_600).done().at(-1)).toEqual({ kind: 'resume', turnNo: 1 });
  });

  it('[V-03] a backchannel after the end of a reply is an answer', () => {
    const call = answeringCall().at(2_600, started).at(2_700, finished(1)).at(3_000, ended('Okay'));
    expect(call.done().at(-1)).toMatchObject({ kind: 'start-turn', said: 'Okay' });
  });

  it('[V-03] a backchannel after a question is an answer even before the end of the reply', () => {
    const call = answeringCall().at(2_550, heard(1, 'Shall I book it?')).at(2_600, started, words('yes'));
    expect(call.done().at(-1)).toMatchObject({ kind: 'close-turn', cut: 'barge-in' });
  });
});

describe('[V-02] an echo', () => {
  it('[V-02] an echo starts no turn; from then on only words stop the agent, not sound alone', () => {
    const call = answeringCall().at(2_600, started).at(2_700, ended('open at five'));
    expect(call.done()).toMatchObject([
      { kind: 'suspend' },
      { kind: 'record-unanswered', reason: 'echo', said: 'open at five' },
      { kind: 'resume' },
    ]);
    expect(call.at(3_000, started).look()).toEqual([
      { kind: 'ignore', input: 'speech-started', reason: 'barge-in-guarded' },
    ]);
    expect(call.at(3_100, words('at five stop please')).done()).toMatchObject([{ kind: 'close-turn' }]);
  });

  it('[V-02] an echo can be a single word, or all words but one', () => {
    expect(answeringCall().at(2_600, started, words('five')).ignored()).toEqual(['echo']);
    expect(answeringCall().at(2_600, started, words('open at five hmpf')).ignored()).toEqual(['echo']);
  });

  it('[V-02] an echo does not hide the words beside it', () => {
    const call = answeringCall().at(2_600, started, words('open at five no that is wrong'));
    expect(call.done().at(-1)).toMatchObject({ kind: 'close-turn', cut: 'barge-in' });
  });

  it('[V-02] words count as an echo for three seconds after they were played', () => {
    const call = answeringCall().at(5_600, started, words('open at five'));
    expect(call.done().at(-1)).toMatchObject({ kind: 'close-turn', cut: 'barge-in' });
  });

  it('[V-02] speech counts as an echo if it began within 600 ms after the audio, and not later', () => {
    const late = (atMs: number): string =>
      answeringCall().at(2_600, finished(1)).at(atMs, started).at(atMs, ended('open at five')).done().at(-1)!
        .kind;
    expect(late(3_100)).toBe('record-unanswered');
    expect(late(3_300)).toBe('start-turn');
  });

  it('[V-02] a word of the question is an answer and no echo', () => {
    const call = answeringCall()
      .at(2_500, heard(1, 'Five or six?'))
      .at(2_600, started)
      .at(2_700, finished(1))
      .at(3_000, ended('Six'));
    expect(call.done().at(-1)).toMatchObject({ kind: 'start-turn', said: 'Six' });
  });
});

describe('barge-in modes', () => {
  it('an agent with bargeIn "words" is interrupted by words and not suspended by sound', () => {
    const call = answeringCall({ bargeIn: 'words' }).at(2_600, started);
    expect(call.look()).toMatchObject([{ kind: 'ignore', reason: 'barge-in-guarded' }]);
    expect(call.at(2_900, words('wait')).done()).toMatchObject([{ kind: 'close-turn', cut: 'barge-in' }]);
  });

  it('an agent with bargeIn "off" finishes its reply and then answers all interruptions together', () => {
    const call = answeringCall({ bargeIn: 'off' })
      .at(2_600, started, words('wait'))
      .at(2_800, ended('Wait.'))
      .at(3_000, started, ended('And on Sunday?'))
      .at(3_050, started, ended('uh-huh'));
    expect(call.done()).toMatchObject([{ kind: 'record-unanswered', turnNo: 2, reason: 'backchannel' }]);
    expect(call.at(3_500, finished(1)).done()).toMatchObject([
      { kind: 'close-turn', turnNo: 1 },
      { kind: 'start-turn', turnNo: 3, said: 'Wait. And on Sunday?' },
    ]);
  });

  it('an agent with bargeIn "off" waits for a person who still speaks when it ends', () => {
    const call = answeringCall({ bargeIn: 'off' })
      .at(2_800, ended('Wait.'))
      .at(3_000, started, words('I'))
      .at(3_100, finished(1));
    expect(call.done()).toMatchObject([{ kind: 'close-turn', turnNo: 1 }]);
    expect(call.at(3_500, ended('I need more')).done()).toMatchObject([{ said: 'Wait. I need more' }]);
  });

  it('an agent with bargeIn "off" answers an interruption although a noise follows it', () => {
    const call = answeringCall({ bargeIn: 'off' }).at(2_800, ended('Wait.')).at(3_000, started, finished(1));
    call.look();
    expect(call.until(3_000 + policy.wordlessSpeechMs).done()).toMatchObject([
      { kind: 'start-turn', said: 'Wait.' },
    ]);
  });
});

describe('[V-06] a call', () => {
  it('[V-06] the agent greets the caller at the start of a call', () => {
    expect(new PlayedCall().at(0, callStarted(true)).done()).toEqual([
      { kind: 'say', turnNo: 1, phrase: 'greeting', nth: 1 },
      { kind: 'finish-speaking', turnNo: 1 },
    ]);
  });

  it('[V-06] a guarded greeting is played to its end, and words are answered after it', () => {
    const call = new PlayedCall({ isGreetingGuarded: true }).at(0, callStarted(true)).at(100, playing(1));
    call.look();
    expect(call.at(500, started, words('hello there')).done()).toEqual([]);
    expect(call.at(900, ended('Hello there'), finished(1)).done()).toMatchObject([
      { kind: 'close-turn', turnNo: 1 },
      { kind: 'start-turn', turnNo: 2, said: 'Hello there' },
    ]);
  });

  it('[V-06] a silent caller gets two reprompts, a goodbye and a hang-up', () => {
    const call = listening();
    const hear = (turnNo: number): void =>
      void call.at(call.nowMs, playing(turnNo)).at(call.nowMs + 1_000, finished(turnNo));
    expect(call.until(7_999).done()).toEqual([]);
    expect(call.until(8_000).done()).toMatchObject([
      { kind: 'say', phrase: 'reprompt', nth: 1 },
      { turnNo: 1 },
    ]);
    hear(1);
    expect(call.until(16_999).done()).toEqual([{ kind: 'close-turn', turnNo: 1 }]);
    expect(call.until(17_000).done()).toMatchObject([
      { kind: 'say', phrase: 'reprompt', nth: 2 },
      { turnNo: 2 },
    ]);
    hear(2);
    call.look();
    expect(call.until(26_000).done()).toMatchObject([{ kind: 'say', phrase: 'goodbye' }, { turnNo: 3 }]);
    hear(3);
    expect(call.done()).toEqual([
      { kind: 'close-turn', turnNo: 3 },
      { kind: 'hang-up', reason: 'silence' },
    ]);
    expect(call.at(30_000, started, words('hello'), ended('hello')).look()).toMatchObject([
      { reason: 'call-over' },
      { reason: 'call-over' },
      { reason: 'call-over' },
    ]);
  });

  it('[V-06] a call counts the silence anew once the person has spoken', () => {
    const call = listening().until(8_000);
    call.at(8_500, finished(1)).at(9_000, ended('Yes?')).at(9_500, reply(2, 'Good. '), replyEnded(2));
    call.at(10_000, finished(2));
    call.look();
    expect(call.until(18_000).done()).toMatchObject([{ phrase: 'reprompt', nth: 1 }, {}]);
  });

  it('[V-06] a noise delays the next reprompt a little and does not restart the silence', () => {
    const call = listening().at(7_500, started);
    expect(call.until(9_499).done()).toEqual([]);
    expect(call.until(9_500).done()).toMatchObject([{ phrase: 'reprompt' }, {}]);
  });

  it('[V-06] a goodbye for silence can be interrupted', () => {
    const call = new PlayedCall({ maxReprompts: 0 }).at(0, callStarted(false)).until(8_000);
    expect(call.at(8_500, playing(1), started, ended('I am here, wait')).done().slice(2)).toMatchObject([
      { kind: 'suspend' },
      { kind: 'close-turn', turnNo: 1, cut: 'barge-in' },
      { kind: 'start-turn', turnNo: 2 },
    ]);
  });

  const short = { maxDurationMs: 5_000, maxDurationGraceMs: 2_000 };

  it('[V-06] a call that lasted too long ends with a goodbye when the agent has finished', () => {
    const call = answeringCall(short);
    expect(call.until(5_500).done()).toEqual([]);
    expect(call.at(5_500, finished(1)).done()).toMatchObject([
      { kind: 'close-turn' },
      { phrase: 'goodbye' },
      {},
    ]);
    expect(call.at(6_000, started, words('but wait')).done()).toEqual([]);
    expect(call.at(6_500, finished(2)).done()).toMatchObject([
      { kind: 'close-turn', turnNo: 2 },
      { kind: 'record-unanswered', said: 'but wait', reason: 'call-over' },
      { kind: 'hang-up', reason: 'too-long' },
    ]);
  });

  it('[V-06] a call that lasted too long ends with a goodbye at once if nobody speaks', () => {
    const call = new PlayedCall({ maxDurationMs: 5_000 }).at(0, callStarted(false)).until(5_000);
    expect(call.done()).toMatchObject([{ kind: 'say', phrase: 'goodbye' }, {}]);
  });

  it('[V-06] a call that lasted too long answers no new turn', () => {
    const call = new PlayedCall(short)
      .at(0, callStarted(false))
      .at(4_900, started, words('and'))
      .at(5_200, ended('And?'));
    expect(call.done()).toMatchObject([
      { kind: 'record-unanswered', reason: 'call-over', said: 'And?' },
      { phrase: 'goodbye' },
      {},
    ]);
  });

  it('[V-06] a call that lasted too long ends after a grace period, even while somebody speaks', () => {
    const call = answeringCall(short);
    expect(call.until(6_999).done()).toEqual([]);
    expect(call.until(7_000).done()).toMatchObject([
      { kind: 'close-turn', turnNo: 1, cut: 'hang-up' },
      { phrase: 'goodbye', turnNo: 2 },
      {},
    ]);
  });

  it('[V-06] a call ends even if the goodbye is never heard', () => {
    const call = new PlayedCall({ maxReprompts: 0 }).at(0, callStarted(false)).until(8_000);
    call.look();
    expect(call.until(8_000 + policy.goodbyeStalledMs).done()).toEqual([
      { kind: 'close-turn', turnNo: 1, cut: 'hang-up' },
      { kind: 'hang-up', reason: 'silence' },
    ]);
  });

  it('[V-06] a call is ended by the agent once its last words were heard', () => {
    const call = listening().at(500, ended('Bye')).at(900, reply(1, 'Goodbye!'), replyEnded(1, true));
    call.look();
    expect(call.at(2_000, finished(1)).done()).toEqual([
      { kind: 'close-turn', turnNo: 1 },
      { kind: 'hang-up', reason: 'agent' },
    ]);
  });

  it('[V-06] a call that the caller ends leaves no turn open', () => {
    const call = listening()
      .at(500, ended('A table'))
      .at(900, reply(1, 'Sure'))
      .at(1_000, started, words('uh-huh'));
    call.look();
    expect(call.at(1_100, { kind: 'call-ended', by: 'hang-up' }).done()).toMatchObject([
      { kind: 'cancel-turn', turnNo: 1, reason: 'hang-up' },
      { kind: 'close-turn', turnNo: 1, cut: 'hang-up' },
      { kind: 'record-unanswered', turnNo: 2, said: 'uh-huh', reason: 'call-over' },
    ]);
    expect(call.state.kind).toBe('ended');
  });
});

describe('a reply', () => {
  it('a reply is spoken sentence by sentence as it arrives', () => {
    const call = listening().at(500, ended('When?'));
    call.look();
    expect(call.at(900, reply(1, 'At six. Or')).done()).toEqual([
      { kind: 'speak', turnNo: 1, sentence: 'At six. ' },
    ]);
    expect(call.at(950, reply(1, ' at eight')).done()).toEqual([]);
    expect(call.at(990, replyEnded(1)).done()).toEqual([
      { kind: 'speak', turnNo: 1, sentence: 'Or at eight' },
      { kind: 'finish-speaking', turnNo: 1 },
    ]);
  });

  it('a reply does not hold a sentence back until a tool has run', () => {
    const call = listening().at(500, ended('When?')).at(900, reply(1, 'One moment.'));
    call.look();
    expect(call.until(900 + policy.sentenceSettlesMs).done()).toEqual([
      { kind: 'speak', turnNo: 1, sentence: 'One moment.' },
    ]);
  });

  it('a reply without a word ends its turn', () => {
    const call = listening().at(500, ended('…and so'));
    call.look();
    expect(call.at(900, replyEnded(1)).done()).toEqual([{ kind: 'close-turn', turnNo: 1 }]);
  });

  it('a reply that fails before its first word is replaced by the apology', () => {
    const call = listening().at(500, ended('When?'));
    call.look();
    expect(call.at(900, { kind: 'reply-failed', turnNo: 1 }).done()).toEqual([
      { kind: 'close-turn', turnNo: 1, cut: 'failure' },
      { kind: 'say', turnNo: 2, phrase: 'apology', nth: 1 },
      { kind: 'finish-speaking', turnNo: 2 },
    ]);
  });

  it('a reply that fails after its first words is played as far as it arrived, and the apology follows', () => {
    const call = listening().at(500, ended('When?')).at(900, reply(1, 'At six. Or'));
    call.look();
    expect(call.at(950, { kind: 'reply-failed', turnNo: 1 }).done()).toMatchObject([
      { kind: 'speak', sentence: 'Or' },
      { kind: 'finish-speaking' },
    ]);
    expect(call.at(2_000, finished(1)).done()).toMatchObject([
      { kind: 'close-turn' },
      { phrase: 'apology' },
      {},
    ]);
  });

  it('a reply whose voice is lost after its last text is followed by the apology', () => {
    const call = answeringCall();
    expect(call.at(2_600, { kind: 'reply-failed', turnNo: 1 }).done()).toEqual([]);
    expect(call.at(3_000, finished(1)).done()).toMatchObject([
      { kind: 'close-turn', turnNo: 1 },
      { kind: 'say', phrase: 'apology' },
      {},
    ]);
    expect(call.at(3_100, { kind: 'reply-failed', turnNo: 2 }).done()).toEqual([]);
    expect(call.at(3_200, finished(2)).done()).toEqual([{ kind: 'close-turn', turnNo: 2 }]);
  });

  it('a reply without progress is given up', () => {
    const call = listening().at(500, ended('When?')).at(900, reply(1, 'At six. '));
    call.look();
    expect(call.until(900 + policy.replyStalledMs).done()).toMatchObject([
      { kind: 'cancel-turn', reason: 'failure' },
      { kind: 'close-turn', turnNo: 1, cut: 'failure' },
      { kind: 'say', phrase: 'apology' },
      {},
    ]);
  });

  it.each([
    ['text for another turn', [reply(7, 'x')], ['stale-turn']],
    ['reply text after the end of the reply', [replyEnded(1), reply(1, 'x')], ['reply-already-ended']],
    ['the end of playback while the reply is still being written', [finished(1)], ['reply-still-open']],
    ['a second start of the call', [callStarted(true)], ['call-already-started']],
    ['a tick at which nothing is due', [{ kind: 'tick' } as const], ['nothing-due']],
  ])('a turn with a reply ignores %s', (_, events, reasons) => {
    const call = listening().at(500, ended('When?')).at(900, reply(1, 'At six. '));
    call.look();
    expect(call.at(950, ...events).ignored()).toEqual(reasons);
  });

  it('stepTurn ignores events before the start of a call', () => {
    expect(new PlayedCall().at(0, started).ignored()).toEqual(['call-not-started']);
  });
});

describe('a late reply', () => {
  const asked = (): PlayedCall => {
    const call = new PlayedCall()
      .at(0, callStarted(false))
      .at(500, started)
      .at(1_000, ended('When do you open?'));
    call.look();
    return call;
  };
  const fill = { kind: 'fill', turnNo: 1, nth: 1 };

  it('a late reply is preceded by one filler', () => {
    const call = asked().until(2_499);
    expect(call.done()).toEqual([]);
    expect(call.until(2_500).done()).toEqual([fill]);
    expect(call.at(9_000, reply(1, 'At five. ')).done()).toEqual([
      { kind: 'speak', turnNo: 1, sentence: 'At five. ' },
    ]);
  });

  it('a reply whose first words have arrived needs no filler', () => {
    expect(asked().at(2_400, reply(1, 'At')).until(3_000).done()).toEqual([]);
  });

  it('no filler is spoken over the person, or while they may continue', () => {
    const call = asked()
      .at(2_000, started)
      .until(2_000 + policy.resumeAfterMs - 1);
    expect(call.done()).toEqual([{ kind: 'suspend', turnNo: 1 }]);
    expect(call.until(5_000).done()).toEqual([{ kind: 'resume', turnNo: 1 }, fill]);
  });

  it('the sound of a person delays a filler, even if sound does not suspend the agent', () => {
    const call = new PlayedCall({ bargeIn: 'words' })
      .at(0, callStarted(false))
      .at(1_000, ended('When do you open?'));
    call.look();
    expect(call.at(2_000, started).until(3_999).done()).toEqual([]);
    expect(call.until(4_000).done()).toEqual([fill]);
  });

  it('a reply that is requested again is preceded by a filler at once, and loses its first text', () => {
    const restarted: TurnEvent = { kind: 'reply-restarted', turnNo: 1 };
    const call = asked().at(1_200, reply(1, 'At fi'), restarted).until(1_200);
    expect(call.done()).toEqual([fill]);
    expect(call.at(1_300, restarted).until(1_400).done()).toEqual([]);
    expect(call.at(1_500, reply(1, 'At six. ')).done()).toEqual([
      { kind: 'speak', turnNo: 1, sentence: 'At six. ' },
    ]);
    call.at(1_600, restarted);
    expect(call.ignored()).toEqual(['reply-already-spoken']);
  });

  it('an empty reply lets its filler play to the end, and a failed one is followed by the apology at once', () => {
    const silent = asked().until(2_500);
    silent.look();
    expect(silent.at(2_600, replyEnded(1)).done()).toEqual([{ kind: 'finish-speaking', turnNo: 1 }]);
    expect(silent.at(3_500, finished(1)).done()).toEqual([{ kind: 'close-turn', turnNo: 1 }]);
    const failed = asked().until(2_500);
    failed.look();
    expect(failed.at(2_600, { kind: 'reply-failed', turnNo: 1 }).done()).toMatchObject([
      { kind: 'close-turn', cut: 'failure' },
      { kind: 'say', phrase: 'apology' },
      { kind: 'finish-speaking' },
    ]);
  });

  it('a late reply can be interrupted in its filler', () => {
    const call = asked().until(2_500).at(2_700, playing(1));
    call.look();
    expect(call.at(3_000, started, words('never mind that')).done()).toEqual([
      { kind: 'suspend', turnNo: 1 },
      { kind: 'cancel-turn', turnNo: 1, reason: 'barge-in' },
      { kind: 'close-turn', turnNo: 1, cut: 'barge-in' },
    ]);
  });
});
