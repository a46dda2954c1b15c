import { type CallEvent, type HeardWord, type SimulatedCall, waitUntil } from '@parley/local-stack';
import { RunningParley, someNumber } from '@parley/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const GREETING = 'Good morning, who is there?';
/** A filler may precede a reply, because a slow machine makes replies late. */
const FILLER = 'Hm.';
const RESUMES_WITHIN_MS = 700;
const HEARD_WITHIN_MS = 150;
/** A slow machine sends a `clear` late, and the audio plays on until then. A whole reply lasts some 3,000 ms. */
const HEARD_WITHIN_AT_MOST_MS = 600;
const SILENT_WITHIN_MS = 300;
/** Two processes read the same clock in whole milliseconds, so their times may differ by this much. */
const CLOCK_MS = 5;

let parley: RunningParley;

async function start(recogniser: string, greetingMayBeInterrupted: boolean): Promise<void> {
  parley = await RunningParley.start({
    voice: true,
    model: 'simulated',
    agentVoice: { greeting: GREETING, greetingMayBeInterrupted, fillers: [FILLER] },
    env: { DEEPGRAM_MODEL: recogniser },
  });
  await parley.untilAgentsAreKnown();
}

async function greetedCall(): Promise<SimulatedCall> {
  const call = await parley.simulator.call(someNumber());
  await call.untilHeard(GREETING);
  await call.untilQuiet();
  return call;
}

/** Sets the model's answer to a prompt with this text. */
async function answers(asked: string, text: string): Promise<void> {
  await parley.simulator.model({ mode: 'fixed', text, asked });
}

/** Returns the prompt in which this was the newest text of the person. */
async function promptFor(said: string): Promise<string[]> {
  const asked = await parley.simulator.prompts(said);
  const last = asked.findLast(({ request }) => request.messages.at(-1)?.content.includes(said));
  if (!last) throw new Error(`the model was not asked: ${said}`);
  return last.request.messages.slice(1).map(({ role, content }) => `${role}: ${content}`);
}

describe('a caller heard by Flux', () => {
  beforeAll(() => start('flux-general-en', true));
  afterAll(() => parley?.stop());

  it.concurrent(
    '[V-03] a caller who says "uh-huh" to Flux hears every word of the reply, and starts no turn',
    () => hearsAllOf({ interruptedBy: ['uh-huh', 'uh-huh'] }),
  );

  it.concurrent('[V-02] wherever a reply is cut, the log holds the words that the caller heard', async () => {
    for (const asked of ['begin now', 'Another number'])
      await answers(asked, 'one two three four five six seven eight.');
    const calls = await Promise.all([0, 1, 2, 3].map(() => greetedCall()));
    const cuts = (await Promise.all(calls.map((call) => cutReplies(call, 6)))).flat();
    expect(cuts.length).toBeGreaterThanOrEqual(20);
    // Some of the cuts came when all of the reply had been sent.
    const wholeMs = Math.max(...cuts.map(({ sentMs }) => sentMs));
    expect(cuts.filter(({ sentMs }) => sentMs === wholeMs).length).toBeGreaterThanOrEqual(5);
    const errorsMs = cuts.map(({ recordedMs, playedMs }) => Math.abs(recordedMs - playedMs));
    expect(median(errorsMs)).toBeLessThanOrEqual(HEARD_WITHIN_MS);
    expect(percentile95(errorsMs)).toBeLessThanOrEqual(HEARD_WITHIN_AT_MOST_MS);
    // The recogniser reports speech at the first whole word, which lasts 0.1 s here.
    expect(median(cuts.map(({ silentAfterMs }) => silentAfterMs))).toBeLessThanOrEqual(SILENT_WITHIN_MS);
  });

  it.concurrent('[V-06] a caller can interrupt an unguarded greeting, and gets a reply', async () => {
    const call = await parley.simulator.call(someNumber());
    await call.untilHeard('Good');
    await call.say('It is me.', { pace: 4 });
    await call.untilHeard('you said "It is me."');
    await call.command('hangup');
    const [greeting, answer] = await parley.transcriptOf(call, 2);
    expect(greeting!.reply).toMatchObject({ kind: 'greeting', text: GREETING, cutBy: 'barge-in' });
    expect(GREETING.startsWith(greeting!.reply!.heardText)).toBe(true);
    expect((await call.heard()).text).not.toContain('there?');
    expect(answer).toMatchObject({ said: 'It is me.', reply: { kind: 'answer' } });
  });

  it('[V-02] a reply interrupted before its first sound is recorded as not heard, in the log and in later prompts', async () => {
    const call = await greetedCall();
    await parley.simulator.voice({ elevenlabs: { firstAudioMs: 30_000 } });
    await answers('first thing', 'You will never hear this.');
    await call.say('What is the first thing?');
    const isGiven = async () =>
      (await parley.simulator.vendorSockets('elevenlabs')).some(({ contexts = [] }) =>
        contexts.some(({ text }) => text.includes('never hear')),
      );
    await waitUntil('the voice to be given the reply', isGiven);
    await parley.simulator.voice({ elevenlabs: { firstAudioMs: 0 } });
    await answers('something else', 'This you do hear.');
    await call.say('Actually something else.');
    await call.untilHeard('This you do hear.');
    expect(await promptFor('something else')).toEqual([
      'user: (You speak first.)',
      `assistant: ${GREETING}`,
      'user: What is the first thing?\n\nActually something else.',
    ]);
    await call.command('hangup');
    const turns = await parley.transcriptOf(call, 3);
    expect(turns[1]!.reply).toEqual({
      kind: 'answer',
      text: 'You will never hear this.',
      heardText: '',
      heardMs: 0,
      cutBy: 'barge-in',
    });
    expect(turns[1]!.timings).not.toHaveProperty('firstHeardAt');
    expect((await call.heard()).text).not.toContain('never');
  });

  it('[V-13] the transcript holds the times of every turn as the carrier, the model and the voice measured them', async () => {
    await parley.simulator.voice({ model: { firstTokenMs: 200 }, elevenlabs: { firstAudioMs: 100 } });
    const call = await greetedCall();
    for (const said of ['What comes first?', 'And what after that?']) {
      await call.say(said);
      await call.untilHeard(`you said "${said}"`);
      await call.untilQuiet();
    }
    await call.command('hangup');
    await parley.simulator.voice({ model: { firstTokenMs: 0 }, elevenlabs: { firstAudioMs: 0 } });
    const turns = (await parley.transcriptOf(call, 3)).slice(1);
    const [ends, plays] = await Promise.all([call.events('speech-ended', 2), call.events('playing', 3)]);
    for (const [at, { said, timings }] of turns.entries()) {
      const [prompt] = await parley.simulator.prompts(`"${said}`.slice(1), { count: 1 });
      const moments = {
        speechEnds: momentOf(ends[at]),
        speechEnd: timings.speechEndAt,
        sttFinal: timings.sttFinalAt,
        asked: prompt!.at,
        firstToken: timings.firstTokenAt,
        firstAudio: timings.firstAudioAt,
        plays: momentOf(plays[at + 1]),
        firstHeard: timings.firstHeardAt,
      };
      const times = Object.values(moments).map((moment) => Date.parse(moment ?? ''));
      for (const [i, time] of times.entries()) {
        expect(time, JSON.stringify(moments)).toBeGreaterThanOrEqual((times[i - 1] ?? 0) - CLOCK_MS);
      }
      // The recogniser dates the end of speech by the audio, even in a late report.
      expect(times[1]! - times[0]!, JSON.stringify(moments)).toBeLessThanOrEqual(150);
      expect(times[4]! - times[3]!).toBeGreaterThanOrEqual(200 - CLOCK_MS);
    }
  });
});

describe('a caller heard by Nova', () => {
  beforeAll(() => start('nova-3', false));
  afterAll(() => parley?.stop());

  it.concurrent(
    '[V-03] a caller who coughs or says "uh-huh" to Nova hears every word of the reply, and starts no turn',
    () => hearsAllOf({ interruptedBy: ['uh-huh', 'a cough', 'uh-huh'] }),
  );

  it.concurrent(
    '[V-06] a caller who speaks during a guarded greeting hears the greeting to its end, and then an answer',
    async () => {
      const call = await parley.simulator.call(someNumber());
      await call.untilHeard('Good');
      await call.command('noise', { ms: 300, wait: false });
      await call.say('It is me.', { pace: 2 });
      await call.untilHeard('you said "It is me."');
      expect((await call.heard()).text.replace(FILLER, '').replace(/ +/g, ' ')).toContain(
        `${GREETING} Message`,
      );
      expect(await call.events('clear')).toEqual([]);
      await call.command('hangup');
      const turns = await parley.transcriptOf(call, 2);
      expect(turns).toMatchObject([
        { turnNo: 1, said: '', reply: { kind: 'greeting', heardText: GREETING } },
        { turnNo: 2, said: 'It is me.', reply: { kind: 'answer' } },
      ]);
      expect(turns[0]!.reply).not.toHaveProperty('cutBy');
    },
  );
});

/**
 * Checks that a caller who makes sounds hears the whole reply: no word is missing, and only the word that was cut is
 * repeated.
 */
async function hearsAllOf({ interruptedBy }: { interruptedBy: string[] }): Promise<void> {
  const reply = Array.from({ length: 4 + 3 * interruptedBy.length }, (_, i) => `word${i + 1}`);
  const call = await greetedCall();
  const since = (await call.heard()).next;
  await answers('Tell me everything', `${reply.join(' ')}.`);
  await call.say('Tell me everything.');
  for (const [at, sound] of interruptedBy.entries()) {
    await call.untilHeard(reply[2 + 3 * at]!, since);
    await (sound === 'a cough' ? call.command('noise', { ms: 400 }) : call.say(sound));
  }
  await call.untilHeard(`${reply.at(-1)}.`, since);
  await call.untilQuiet();

  const resumed = await resumptions(call, interruptedBy.length);
  expect(resumed).toHaveLength(interruptedBy.length);
  expect(Math.min(...resumed.map(({ afterSpeechMs }) => afterSpeechMs))).toBeLessThanOrEqual(
    RESUMES_WITHIN_MS,
  );
  const { words } = await call.heard(since);
  const whole = words.filter(({ cut, text }) => !cut && text !== FILLER);
  expect(withoutRepeats(whole, resumed).join(' ')).toBe(`${reply.join(' ')}.`);

  await call.command('hangup');
  const said = interruptedBy.filter((sound) => sound !== 'a cough');
  const turns = await parley.transcriptOf(call, 2 + said.length);
  expect(turns.map((turn) => [plain(turn.said), turn.noReplyReason])).toEqual([
    ['', undefined],
    ['tell me everything', undefined],
    ...said.map((word) => [word, 'backchannel']),
  ]);
  const heardText = `${reply.join(' ')}.`;
  expect(turns[1]!.reply).toMatchObject({ text: heardText, heardText });
  expect(turns[1]!.reply).not.toHaveProperty('cutBy');
  const asked = await parley.simulator.prompts('uh-huh', { waitMs: 0 });
  expect(asked.filter(({ request }) => /uh-huh/i.test(request.messages.at(-1)!.content))).toEqual([]);
}

/**
 * One resumption of playback: when playback was cleared, and how long after the end of the interrupting sound playback
 * resumed.
 */
interface Resumption {
  clearAtMs: number;
  afterSpeechMs: number;
}

async function resumptions(call: SimulatedCall, count: number): Promise<Resumption[]> {
  const [clears, starts, ends, plays] = await Promise.all([
    call.events('clear', count),
    call.events('speech-started'),
    call.events('speech-ended'),
    call.events('playing'),
  ]);
  return clears.flatMap(({ atMs }) => {
    const speech = ends[starts.findLastIndex((one) => one.atMs <= atMs)];
    const play = plays.find((one) => one.atMs > atMs);
    return speech && play ? [{ clearAtMs: atMs, afterSpeechMs: play.atMs - speech.atMs }] : [];
  });
}

/**
 * Drops the first of two equal words if it ended while the `clear` was on its way: only such a word is played again.
 */
function withoutRepeats(words: readonly HeardWord[], resumed: readonly Resumption[]): string[] {
  const onTheWayMs = 150;
  return words
    .filter((word, at) => {
      const isRepeated = words[at + 1]?.text === word.text;
      return !isRepeated || !resumed.some(({ clearAtMs }) => Math.abs(clearAtMs - word.endMs) <= onTheWayMs);
    })
    .map(({ text }) => text);
}

/** How much of a reply was sent and played until it was cut, and how much the transcript holds. */
interface CutReply {
  sentMs: number;
  playedMs: number;
  recordedMs: number;
  /** From the start of the interrupting speech to silence. */
  silentAfterMs: number;
}

/** Interrupts one reply after another with the next question, early and late. */
async function cutReplies(call: SimulatedCall, times: number): Promise<CutReply[]> {
  await call.say('Please begin now.', { pace: 4 });
  for (let i = 0; i < times; i++) {
    const since = (await call.heard()).next;
    await call.untilHeard(['two', 'seven', 'four', 'seven'][i % 4]!, since);
    await call.say(`Another number ${i} please.`, { pace: 4 });
  }
  await call.events('clear', 1);
  await call.command('hangup');
  const turns = await parley.transcriptOf(call, times + 1);
  const [clears, audio, marks, speeches] = await Promise.all([
    call.events('clear'),
    call.events('audio'),
    call.events('mark'),
    call.events('speech-started'),
  ]);
  /**
   * Returns the turn of a cleared playback. A mark is named after its playback, and every turn here has one; the first
   * is that of the greeting.
   */
  const turnOf = (clear: CallEvent) =>
    numberIn(marks.findLast(({ index, why }) => why === 'cleared' && index < clear.index)?.['name']);
  const greetingEnds = marks.findLast(({ name }) => numberIn(name) === 1)!.index;
  return clears.flatMap((clear, at) => {
    const before = clears[at - 1];
    const reply = turns.find(({ turnNo }) => turnNo === turnOf(clear))?.reply;
    // Audio cannot be attributed to this reply if the reply before it was not cut.
    const isNext = turnOf(clear) === (before ? turnOf(before) : 1) + 1;
    if (!isNext || reply?.cutBy !== 'barge-in') return [];
    const from = before?.index ?? greetingEnds;
    const sentMs = audio
      .filter(({ index }) => index > from && index < clear.index)
      .reduce((sum, { ms }) => sum + Number(ms), 0);
    const playedMs = sentMs - Number(clear['unplayedMs']);
    const speech = speeches.findLast(({ index }) => index < clear.index)!;
    return [{ sentMs, playedMs, recordedMs: reply.heardMs, silentAfterMs: clear.atMs - speech.atMs }];
  });
}

const numberIn = (name: unknown): number => Number(/^g(\d+):/.exec(String(name))?.[1]);

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)]!;
}

function percentile95(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.ceil(sorted.length * 0.95) - 1]!;
}

const plain = (text: string): string => text.toLowerCase().replaceAll(/[^a-z -]/g, '');

const momentOf = (event: CallEvent | undefined): string => String(event?.['at']);
