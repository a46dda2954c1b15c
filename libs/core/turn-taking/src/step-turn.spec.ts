import { describe, expect, it } from 'vitest';
import {
  answeringCall,
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
import type { TurnEvent } from './turn-input.js';
import { DEFAULT_TURN_POLICY as policy } from './turn-policy.js';

const listening = (): PlayedCall => new PlayedCall().at(0, callStarted(false));

describe('[V-04] the end of a turn', () => {
  it('[V-04] a turn starts with the final transcript at the end of turn', () => {
    const call = listening()
      .at(900, speechStarted)
      .at(1_000, interimTranscript('what time'))
      .at(1_400, { kind: 'end-of-turn', text: 'What time is it?', lastWordEndMs: 1_150 });
    expect(call.takeOutputs()).toEqual([
      { kind: 'start-turn', turnNo: 1, said: 'What time is it?', speechEndMs: 1_150, sttFinalMs: 1_400 },
    ]);
  });

  it('[V-04] a turn holds the transcripts of a lost recogniser and its replacement', () => {
    const lost: TurnEvent = { kind: 'recogniser-lost' };
    const call = listening()
      .at(900, speechStarted, interimTranscript('my number is'))
      .at(1_200, lost, speechStarted, interimTranscript('five five'))
      .at(1_900, endOfTurn('five five one'));
    expect(call.takeOutputs()).toMatchObject([{ kind: 'start-turn', said: 'my number is five five one' }]);
  });

  it("[V-04] a turn holds the first recogniser's transcript when its replacement recognises nothing more", () => {
    const call = listening()
      .at(900, speechStarted, interimTranscript('hello'))
      .at(1_000, { kind: 'recogniser-lost' });
    expect(call.until(1_000 + policy.recogniserSilentMs).takeOutputs()).toMatchObject([
      { kind: 'reconnect-recogniser' },
      { kind: 'start-turn', said: 'hello' },
    ]);
    const over = listening()
      .at(900, speechStarted, interimTranscript('hello'))
      .at(1_000, { kind: 'recogniser-lost' }, endOfTurn(''));
    expect(over.takeOutputs()).toMatchObject([{ kind: 'start-turn', said: 'hello' }]);
  });

  it('[V-04] an end of turn without words is ignored', () => {
    expect(listening().at(900, endOfTurn('')).takeIgnored()).toEqual(['no-open-speech']);
    expect(listening().at(900, speechStarted, endOfTurn('')).takeIgnored()).toEqual(['no-words']);
  });

  it('[V-04] a turn whose recogniser falls mute is ended with the transcript so far', () => {
    const call = listening().at(900, speechStarted, interimTranscript('I would like to'));
    const atMs = 900 + policy.recogniserSilentMs;
    expect(call.until(atMs - 1).takeOutputs()).toEqual([]);
    expect(call.until(atMs).takeOutputs()).toEqual([
      { kind: 'reconnect-recogniser' },
      { kind: 'start-turn', turnNo: 1, said: 'I would like to', speechEndMs: 900, sttFinalMs: atMs },
    ]);
  });
});

describe('[V-02] a person who speaks over the agent', () => {
  it('[V-02] a person who speaks over the agent suspends it with the first sound, and takes the turn with words that count', () => {
    const call = answeringCall().at(2_600, speechStarted);
    expect(call.takeOutputs()).toEqual([{ kind: 'suspend', turnNo: 1 }]);
    expect(call.at(2_900, interimTranscript('and on Sunday')).takeOutputs()).toEqual([
      { kind: 'close-turn', turnNo: 1, cut: 'barge-in' },
    ]);
    expect(call.at(3_600, endOfTurn('And on Sunday?')).takeOutputs()).toMatchObject([
      { kind: 'start-turn', turnNo: 2, said: 'And on Sunday?' },
    ]);
  });

  it('[V-02] an interruption cancels a reply that is still being composed', () => {
    const call = listening()
      .at(500, endOfTurn('A table'))
      .at(900, replyText(1, 'Cert'), speechStarted)
      .at(1_000, interimTranscript('for two'));
    expect(call.takeOutputs().slice(1)).toEqual([
      { kind: 'suspend', turnNo: 1 },
      { kind: 'cancel-turn', turnNo: 1, reason: 'barge-in' },
      { kind: 'close-turn', turnNo: 1, cut: 'barge-in' },
    ]);
  });

  it('[V-02] a person who interrupts gets no reply to the turn before', () => {
    const call = listening()
      .at(500, endOfTurn('A table'))
      .at(900, speechStarted)
      .at(1_000, interimTranscript('for two'));
    call.takeAll();
    expect(call.at(1_100, replyText(1, 'Sure. '), replyEnded(1)).takeIgnored()).toEqual([
      'stale-turn',
      'stale-turn',
    ]);
  });

  it('[V-02] an agent with minWords 3 is not interrupted by two words', () => {
    const call = answeringCall({ minWords: 3 }).at(2_600, speechStarted, interimTranscript('no wait'));
    expect(call.takeIgnored()).toEqual(['too-few-words']);
    expect(call.at(2_900, interimTranscript('no wait a moment')).takeOutputs()).toMatchObject([
      { kind: 'close-turn', cut: 'barge-in' },
    ]);
  });

  it('[V-02] words interrupt even if the recogniser reported no start of speech', () => {
    expect(answeringCall().at(2_600, interimTranscript('and on Sunday')).takeOutputs()).toMatchObject([
      { kind: 'close-turn', cut: 'barge-in' },
    ]);
  });

  it('[V-02] the first words interrupt the agent even if they arrive together with the end of turn', () => {
    const call = answeringCall().at(2_600, speechStarted).at(2_900, endOfTurn('And on Sunday?'));
    expect(call.takeOutputs()).toMatchObject([
      { kind: 'suspend' },
      { kind: 'close-turn', cut: 'barge-in' },
      { kind: 'start-turn', turnNo: 2 },
    ]);
  });

  it('[V-02] a suspended reply still receives text', () => {
    const call = listening()
      .at(500, endOfTurn('When?'))
      .at(900, replyText(1, 'At six. '))
      .at(1_000, playbackStarted(1), speechStarted);
    call.takeAll();
    expect(call.at(1_100, replyText(1, 'Or at eight. ')).takeOutputs()).toEqual([
      { kind: 'speak', turnNo: 1, sentence: 'Or at eight. ' },
    ]);
  });
});

describe('[V-03] a false interruption', () => {
  it('[V-03] a reply suspended by a cough resumes soon after the sound', () => {
    const call = answeringCall().at(2_600, speechStarted);
    const resumesAtMs = 2_600 + policy.resumeAfterMs;
    expect(call.until(resumesAtMs - 1).takeOutputs()).toEqual([{ kind: 'suspend', turnNo: 1 }]);
    expect(call.until(resumesAtMs).takeOutputs()).toEqual([{ kind: 'resume', turnNo: 1 }]);
  });

  it('[V-03] a reply suspended by a backchannel resumes at the end of turn, and the backchannel is recorded', () => {
    const call = answeringCall()
      .at(2_600, speechStarted, interimTranscript('uh-huh'))
      .at(2_900, endOfTurn('Uh-huh, yeah.'));
    expect(call.takeOutputs()).toEqual([
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

  it('[V-03] a reply suspended by a backchannel resumes soon even without an end of turn', () => {
    const call = answeringCall().at(2_600, speechStarted).at(2_800, interimTranscript('okay'));
    call.takeAll();
    const resumesAtMs = 2_800 + policy.resumeAfterMs;
    expect(call.until(resumesAtMs - 1).takeOutputs()).toEqual([]);
    expect(call.until(resumesAtMs).takeOutputs()).toEqual([{ kind: 'resume', turnNo: 1 }]);
  });

  it('[V-03] a reply suspended by a backchannel resumes soon after the words, even if they are reported late', () => {
    const call = answeringCall().at(2_600, speechStarted);
    call.at(3_100, { kind: 'interim-transcript', text: 'okay', lastWordEndMs: 2_800 });
    call.takeAll();
    expect(call.until(2_800 + policy.resumeAfterMs).takeOutputs()).toEqual([{ kind: 'resume', turnNo: 1 }]);
  });

  it('[V-03] a reply resumes after the longest suspension even if sounds continue', () => {
    const call = answeringCall({ suspendedLongestMs: 2_000 }).at(2_600, speechStarted);
    for (let atMs = 2_700; atMs < 4_500; atMs += 100) call.at(atMs, speechStarted);
    expect(call.until(4_600).takeOutputs().at(-1)).toEqual({ kind: 'resume', turnNo: 1 });
  });

  it('[V-03] a backchannel after the end of a reply takes the turn', () => {
    const call = answeringCall()
      .at(2_600, speechStarted)
      .at(2_700, playbackFinished(1))
      .at(3_000, endOfTurn('Okay'));
    expect(call.takeOutputs().at(-1)).toMatchObject({ kind: 'start-turn', said: 'Okay' });
  });

  it('[V-03] a backchannel after a question takes the turn even before the reply ends', () => {
    const call = answeringCall()
      .at(2_550, wordsHeard(1, 'Shall I book it?'))
      .at(2_600, speechStarted, interimTranscript('yes'));
    expect(call.takeOutputs().at(-1)).toMatchObject({ kind: 'close-turn', cut: 'barge-in' });
  });
});

describe('[V-02] an echo', () => {
  it('[V-02] an echo starts no turn, and after an echo only words interrupt the agent', () => {
    const call = answeringCall().at(2_600, speechStarted).at(2_700, endOfTurn('open at five'));
    expect(call.takeOutputs()).toMatchObject([
      { kind: 'suspend' },
      { kind: 'record-unanswered', reason: 'echo', said: 'open at five' },
      { kind: 'resume' },
    ]);
    expect(call.at(3_000, speechStarted).takeAll()).toEqual([
      { kind: 'ignore', input: 'speech-started', reason: 'barge-in-guarded' },
    ]);
    expect(call.at(3_100, interimTranscript('at five stop please')).takeOutputs()).toMatchObject([
      { kind: 'close-turn' },
    ]);
  });

  it('[V-02] a single repeated word is an echo, and so are several repeated words beside one new word', () => {
    expect(answeringCall().at(2_600, speechStarted, interimTranscript('five')).takeIgnored()).toEqual([
      'echo',
    ]);
    expect(
      answeringCall().at(2_600, speechStarted, interimTranscript('open at five hmpf')).takeIgnored(),
    ).toEqual(['echo']);
  });

  it('[V-02] an echo does not hide the words beside it', () => {
    const call = answeringCall().at(2_600, speechStarted, interimTranscript('open at five no that is wrong'));
    expect(call.takeOutputs().at(-1)).toMatchObject({ kind: 'close-turn', cut: 'barge-in' });
  });

  it('[V-02] words that were played more than three seconds before are no echo', () => {
    const call = answeringCall().at(5_600, speechStarted, interimTranscript('open at five'));
    expect(call.takeOutputs().at(-1)).toMatchObject({ kind: 'close-turn', cut: 'barge-in' });
  });

  it('[V-02] speech counts as an echo if it began within 600 ms after the audio, and not later', () => {
    const late = (atMs: number): string =>
      answeringCall()
        .at(2_600, playbackFinished(1))
        .at(atMs, speechStarted)
        .at(atMs, endOfTurn('open at five'))
        .takeOutputs()
        .at(-1)!.kind;
    expect(late(3_100)).toBe('record-unanswered');
    expect(late(3_300)).toBe('start-turn');
  });

  it('[V-02] a person who answers a question with one of its words takes the turn', () => {
    const call = answeringCall()
      .at(2_500, wordsHeard(1, 'Five or six?'))
      .at(2_600, speechStarted)
      .at(2_700, playbackFinished(1))
      .at(3_000, endOfTurn('Six'));
    expect(call.takeOutputs().at(-1)).toMatchObject({ kind: 'start-turn', said: 'Six' });
  });
});

describe('barge-in modes', () => {
  it('an agent with bargeIn "words" is interrupted by words and not suspended by sound', () => {
    const call = answeringCall({ bargeIn: 'words' }).at(2_600, speechStarted);
    expect(call.takeAll()).toMatchObject([{ kind: 'ignore', reason: 'barge-in-guarded' }]);
    expect(call.at(2_900, interimTranscript('wait')).takeOutputs()).toMatchObject([
      { kind: 'close-turn', cut: 'barge-in' },
    ]);
  });

  it('an agent with bargeIn "off" finishes its reply and then answers all interruptions together', () => {
    const call = answeringCall({ bargeIn: 'off' })
      .at(2_600, speechStarted, interimTranscript('wait'))
      .at(2_800, endOfTurn('Wait.'))
      .at(3_000, speechStarted, endOfTurn('And on Sunday?'))
      .at(3_050, speechStarted, endOfTurn('uh-huh'));
    expect(call.takeOutputs()).toMatchObject([
      { kind: 'record-unanswered', turnNo: 2, reason: 'backchannel' },
    ]);
    expect(call.at(3_500, playbackFinished(1)).takeOutputs()).toMatchObject([
      { kind: 'close-turn', turnNo: 1 },
      { kind: 'start-turn', turnNo: 3, said: 'Wait. And on Sunday?' },
    ]);
  });

  it('an agent with bargeIn "off" waits for a person who still speaks when its reply ends', () => {
    const call = answeringCall({ bargeIn: 'off' })
      .at(2_800, endOfTurn('Wait.'))
      .at(3_000, speechStarted, interimTranscript('I'))
      .at(3_100, playbackFinished(1));
    expect(call.takeOutputs()).toMatchObject([{ kind: 'close-turn', turnNo: 1 }]);
    expect(call.at(3_500, endOfTurn('I need more')).takeOutputs()).toMatchObject([
      { said: 'Wait. I need more' },
    ]);
  });

  it('an agent with bargeIn "off" answers an interruption although a noise follows it', () => {
    const call = answeringCall({ bargeIn: 'off' })
      .at(2_800, endOfTurn('Wait.'))
      .at(3_000, speechStarted, playbackFinished(1));
    call.takeAll();
    expect(call.until(3_000 + policy.wordlessSpeechMs).takeOutputs()).toMatchObject([
      { kind: 'start-turn', said: 'Wait.' },
    ]);
  });
});

describe('[V-06] a call', () => {
  it('[V-06] the agent greets the caller at the start of a call', () => {
    expect(new PlayedCall().at(0, callStarted(true)).takeOutputs()).toEqual([
      { kind: 'say', turnNo: 1, phrase: 'greeting', nth: 1 },
      { kind: 'finish-speaking', turnNo: 1 },
    ]);
  });

  it('[V-06] a guarded greeting is played to its end, and words are answered after it', () => {
    const call = new PlayedCall({ isGreetingGuarded: true })
      .at(0, callStarted(true))
      .at(100, playbackStarted(1));
    call.takeAll();
    expect(call.at(500, speechStarted, interimTranscript('hello there')).takeOutputs()).toEqual([]);
    expect(call.at(900, endOfTurn('Hello there'), playbackFinished(1)).takeOutputs()).toMatchObject([
      { kind: 'close-turn', turnNo: 1 },
      { kind: 'start-turn', turnNo: 2, said: 'Hello there' },
    ]);
  });

  it('[V-06] a silent caller gets two reprompts, a goodbye and a hang-up', () => {
    const call = listening();
    const hear = (turnNo: number): void =>
      void call.at(call.nowMs, playbackStarted(turnNo)).at(call.nowMs + 1_000, playbackFinished(turnNo));
    expect(call.until(7_999).takeOutputs()).toEqual([]);
    expect(call.until(8_000).takeOutputs()).toMatchObject([
      { kind: 'say', phrase: 'reprompt', nth: 1 },
      { turnNo: 1 },
    ]);
    hear(1);
    expect(call.until(16_999).takeOutputs()).toEqual([{ kind: 'close-turn', turnNo: 1 }]);
    expect(call.until(17_000).takeOutputs()).toMatchObject([
      { kind: 'say', phrase: 'reprompt', nth: 2 },
      { turnNo: 2 },
    ]);
    hear(2);
    call.takeAll();
    expect(call.until(26_000).takeOutputs()).toMatchObject([
      { kind: 'say', phrase: 'goodbye' },
      { turnNo: 3 },
    ]);
    hear(3);
    expect(call.takeOutputs()).toEqual([
      { kind: 'close-turn', turnNo: 3 },
      { kind: 'hang-up', reason: 'silence' },
    ]);
    expect(
      call.at(30_000, speechStarted, interimTranscript('hello'), endOfTurn('hello')).takeAll(),
    ).toMatchObject([{ reason: 'call-over' }, { reason: 'call-over' }, { reason: 'call-over' }]);
  });

  it('[V-06] reprompts count from 1 again after the person has spoken', () => {
    const call = listening().until(8_000);
    call
      .at(8_500, playbackFinished(1))
      .at(9_000, endOfTurn('Yes?'))
      .at(9_500, replyText(2, 'Good. '), replyEnded(2));
    call.at(10_000, playbackFinished(2));
    call.takeAll();
    expect(call.until(18_000).takeOutputs()).toMatchObject([{ phrase: 'reprompt', nth: 1 }, {}]);
  });

  it('[V-06] a noise delays the next reprompt a little and does not restart the wait for it', () => {
    const call = listening().at(7_500, speechStarted);
    expect(call.until(9_499).takeOutputs()).toEqual([]);
    expect(call.until(9_500).takeOutputs()).toMatchObject([{ phrase: 'reprompt' }, {}]);
  });

  it('[V-06] the goodbye to a silent person can be interrupted', () => {
    const call = new PlayedCall({ maxReprompts: 0 }).at(0, callStarted(false)).until(8_000);
    expect(
      call.at(8_500, playbackStarted(1), speechStarted, endOfTurn('I am here, wait')).takeOutputs().slice(2),
    ).toMatchObject([
      { kind: 'suspend' },
      { kind: 'close-turn', turnNo: 1, cut: 'barge-in' },
      { kind: 'start-turn', turnNo: 2 },
    ]);
  });

  const short = { maxDurationMs: 5_000, maxDurationGraceMs: 2_000 };

  it('[V-06] a call that lasted too long ends with a goodbye when the agent has finished', () => {
    const call = answeringCall(short);
    expect(call.until(5_500).takeOutputs()).toEqual([]);
    expect(call.at(5_500, playbackFinished(1)).takeOutputs()).toMatchObject([
      { kind: 'close-turn' },
      { phrase: 'goodbye' },
      {},
    ]);
    expect(call.at(6_000, speechStarted, interimTranscript('but wait')).takeOutputs()).toEqual([]);
    expect(call.at(6_500, playbackFinished(2)).takeOutputs()).toMatchObject([
      { kind: 'close-turn', turnNo: 2 },
      { kind: 'record-unanswered', said: 'but wait', reason: 'call-over' },
      { kind: 'hang-up', reason: 'too-long' },
    ]);
  });

  it('[V-06] a call that lasted too long ends with a goodbye at once if nobody speaks', () => {
    const call = new PlayedCall({ maxDurationMs: 5_000 }).at(0, callStarted(false)).until(5_000);
    expect(call.takeOutputs()).toMatchObject([{ kind: 'say', phrase: 'goodbye' }, {}]);
  });

  it('[V-06] a call that lasted too long answers no new turn', () => {
    const call = new PlayedCall(short)
      .at(0, callStarted(false))
      .at(4_900, speechStarted, interimTranscript('and'))
      .at(5_200, endOfTurn('And?'));
    expect(call.takeOutputs()).toMatchObject([
      { kind: 'record-unanswered', reason: 'call-over', said: 'And?' },
      { phrase: 'goodbye' },
      {},
    ]);
  });

  it('[V-06] a call that lasted too long ends after a grace period, even while the agent speaks', () => {
    const call = answeringCall(short);
    expect(call.until(6_999).takeOutputs()).toEqual([]);
    expect(call.until(7_000).takeOutputs()).toMatchObject([
      { kind: 'close-turn', turnNo: 1, cut: 'hang-up' },
      { phrase: 'goodbye', turnNo: 2 },
      {},
    ]);
  });

  it('[V-06] a call whose goodbye is never heard is hung up', () => {
    const call = new PlayedCall({ maxReprompts: 0 }).at(0, callStarted(false)).until(8_000);
    call.takeAll();
    expect(call.until(8_000 + policy.goodbyeStalledMs).takeOutputs()).toEqual([
      { kind: 'close-turn', turnNo: 1, cut: 'hang-up' },
      { kind: 'hang-up', reason: 'silence' },
    ]);
  });

  it('[V-06] a reply that asks for a hang-up ends the call once it was heard', () => {
    const call = listening().at(500, endOfTurn('Bye')).at(900, replyText(1, 'Goodbye!'), replyEnded(1, true));
    call.takeAll();
    expect(call.at(2_000, playbackFinished(1)).takeOutputs()).toEqual([
      { kind: 'close-turn', turnNo: 1 },
      { kind: 'hang-up', reason: 'agent' },
    ]);
  });

  it('[V-06] a call that the caller ends leaves no turn open', () => {
    const call = listening()
      .at(500, endOfTurn('A table'))
      .at(900, replyText(1, 'Sure'))
      .at(1_000, speechStarted, interimTranscript('uh-huh'));
    call.takeAll();
    expect(call.at(1_100, { kind: 'call-ended', by: 'hang-up' }).takeOutputs()).toMatchObject([
      { kind: 'cancel-turn', turnNo: 1, reason: 'hang-up' },
      { kind: 'close-turn', turnNo: 1, cut: 'hang-up' },
      { kind: 'record-unanswered', turnNo: 2, said: 'uh-huh', reason: 'call-over' },
    ]);
    expect(call.state.kind).toBe('ended');
  });
});

describe('a reply', () => {
  it('a reply is spoken sentence by sentence as it arrives', () => {
    const call = listening().at(500, endOfTurn('When?'));
    call.takeAll();
    expect(call.at(900, replyText(1, 'At six. Or')).takeOutputs()).toEqual([
      { kind: 'speak', turnNo: 1, sentence: 'At six. ' },
    ]);
    expect(call.at(950, replyText(1, ' at eight')).takeOutputs()).toEqual([]);
    expect(call.at(990, replyEnded(1)).takeOutputs()).toEqual([
      { kind: 'speak', turnNo: 1, sentence: 'Or at eight' },
      { kind: 'finish-speaking', turnNo: 1 },
    ]);
  });

  it('a complete sentence is spoken although the reply pauses for a tool', () => {
    const call = listening().at(500, endOfTurn('When?')).at(900, replyText(1, 'One moment.'));
    call.takeAll();
    expect(call.until(900 + policy.sentenceSettlesMs).takeOutputs()).toEqual([
      { kind: 'speak', turnNo: 1, sentence: 'One moment.' },
    ]);
  });

  it('a reply without a word ends its turn', () => {
    const call = listening().at(500, endOfTurn('…and so'));
    call.takeAll();
    expect(call.at(900, replyEnded(1)).takeOutputs()).toEqual([{ kind: 'close-turn', turnNo: 1 }]);
  });

  it('a reply that fails before its first word is replaced by the apology', () => {
    const call = listening().at(500, endOfTurn('When?'));
    call.takeAll();
    expect(call.at(900, { kind: 'reply-failed', turnNo: 1 }).takeOutputs()).toEqual([
      { kind: 'close-turn', turnNo: 1, cut: 'failure' },
      { kind: 'say', turnNo: 2, phrase: 'apology', nth: 1 },
      { kind: 'finish-speaking', turnNo: 2 },
    ]);
  });

  it('the words of a reply that fails in the middle are played, and the apology follows', () => {
    const call = listening().at(500, endOfTurn('When?')).at(900, replyText(1, 'At six. Or'));
    call.takeAll();
    expect(call.at(950, { kind: 'reply-failed', turnNo: 1 }).takeOutputs()).toMatchObject([
      { kind: 'speak', sentence: 'Or' },
      { kind: 'finish-speaking' },
    ]);
    expect(call.at(2_000, playbackFinished(1)).takeOutputs()).toMatchObject([
      { kind: 'close-turn' },
      { phrase: 'apology' },
      {},
    ]);
  });

  it('a reply whose voice is lost after its last text is followed by the apology', () => {
    const call = answeringCall();
    expect(call.at(2_600, { kind: 'reply-failed', turnNo: 1 }).takeOutputs()).toEqual([]);
    expect(call.at(3_000, playbackFinished(1)).takeOutputs()).toMatchObject([
      { kind: 'close-turn', turnNo: 1 },
      { kind: 'say', phrase: 'apology' },
      {},
    ]);
    expect(call.at(3_100, { kind: 'reply-failed', turnNo: 2 }).takeOutputs()).toEqual([]);
    expect(call.at(3_200, playbackFinished(2)).takeOutputs()).toEqual([{ kind: 'close-turn', turnNo: 2 }]);
  });

  it('a reply without progress is given up', () => {
    const call = listening().at(500, endOfTurn('When?')).at(900, replyText(1, 'At six. '));
    call.takeAll();
    expect(call.until(900 + policy.replyStalledMs).takeOutputs()).toMatchObject([
      { kind: 'cancel-turn', reason: 'failure' },
      { kind: 'close-turn', turnNo: 1, cut: 'failure' },
      { kind: 'say', phrase: 'apology' },
      {},
    ]);
  });

  it.each([
    ['text for another turn', [replyText(7, 'x')], ['stale-turn']],
    ['reply text after the end of the reply', [replyEnded(1), replyText(1, 'x')], ['reply-already-ended']],
    [
      'the end of playback while the reply is still being written',
      [playbackFinished(1)],
      ['reply-still-open'],
    ],
    ['a second start of the call', [callStarted(true)], ['call-already-started']],
    ['a tick at which nothing is due', [{ kind: 'tick' } as const], ['nothing-due']],
  ])('a reply in progress is not changed by %s', (_, events, reasons) => {
    const call = listening().at(500, endOfTurn('When?')).at(900, replyText(1, 'At six. '));
    call.takeAll();
    expect(call.at(950, ...events).takeIgnored()).toEqual(reasons);
  });

  it('stepTurn ignores events before the start of a call', () => {
    expect(new PlayedCall().at(0, speechStarted).takeIgnored()).toEqual(['call-not-started']);
  });
});

describe('a late reply', () => {
  const asked = (): PlayedCall => {
    const call = new PlayedCall()
      .at(0, callStarted(false))
      .at(500, speechStarted)
      .at(1_000, endOfTurn('When do you open?'));
    call.takeAll();
    return call;
  };
  const fill = { kind: 'fill', turnNo: 1, nth: 1 };

  it('a late reply is preceded by one filler', () => {
    const call = asked().until(2_499);
    expect(call.takeOutputs()).toEqual([]);
    expect(call.until(2_500).takeOutputs()).toEqual([fill]);
    expect(call.at(9_000, replyText(1, 'At five. ')).takeOutputs()).toEqual([
      { kind: 'speak', turnNo: 1, sentence: 'At five. ' },
    ]);
  });

  it('a reply whose first words have arrived needs no filler', () => {
    expect(asked().at(2_400, replyText(1, 'At')).until(3_000).takeOutputs()).toEqual([]);
  });

  it('no filler is spoken over the person, or while they may continue', () => {
    const call = asked()
      .at(2_000, speechStarted)
      .until(2_000 + policy.resumeAfterMs - 1);
    expect(call.takeOutputs()).toEqual([{ kind: 'suspend', turnNo: 1 }]);
    expect(call.until(5_000).takeOutputs()).toEqual([{ kind: 'resume', turnNo: 1 }, fill]);
  });

  it('the sound of a person delays a filler, even if sound does not suspend the agent', () => {
    const call = new PlayedCall({ bargeIn: 'words' })
      .at(0, callStarted(false))
      .at(1_000, endOfTurn('When do you open?'));
    call.takeAll();
    expect(call.at(2_000, speechStarted).until(3_999).takeOutputs()).toEqual([]);
    expect(call.until(4_000).takeOutputs()).toEqual([fill]);
  });

  it('a reply that is requested again loses its first text and is preceded by a filler at once', () => {
    const restarted: TurnEvent = { kind: 'reply-restarted', turnNo: 1 };
    const call = asked().at(1_200, replyText(1, 'At fi'), restarted).until(1_200);
    expect(call.takeOutputs()).toEqual([fill]);
    expect(call.at(1_300, restarted).until(1_400).takeOutputs()).toEqual([]);
    expect(call.at(1_500, replyText(1, 'At six. ')).takeOutputs()).toEqual([
      { kind: 'speak', turnNo: 1, sentence: 'At six. ' },
    ]);
    call.at(1_600, restarted);
    expect(call.takeIgnored()).toEqual(['reply-already-spoken']);
  });

  it('an empty reply lets its filler play to the end, and a failed reply is followed by the apology at once', () => {
    const silent = asked().until(2_500);
    silent.takeAll();
    expect(silent.at(2_600, replyEnded(1)).takeOutputs()).toEqual([{ kind: 'finish-speaking', turnNo: 1 }]);
    expect(silent.at(3_500, playbackFinished(1)).takeOutputs()).toEqual([{ kind: 'close-turn', turnNo: 1 }]);
    const failed = asked().until(2_500);
    failed.takeAll();
    expect(failed.at(2_600, { kind: 'reply-failed', turnNo: 1 }).takeOutputs()).toMatchObject([
      { kind: 'close-turn', cut: 'failure' },
      { kind: 'say', phrase: 'apology' },
      { kind: 'finish-speaking' },
    ]);
  });

  it('a person can interrupt the filler of a late reply', () => {
    const call = asked().until(2_500).at(2_700, playbackStarted(1));
    call.takeAll();
    expect(call.at(3_000, speechStarted, interimTranscript('never mind that')).takeOutputs()).toEqual([
      { kind: 'suspend', turnNo: 1 },
      { kind: 'cancel-turn', turnNo: 1, reason: 'barge-in' },
      { kind: 'close-turn', turnNo: 1, cut: 'barge-in' },
    ]);
  });
});
