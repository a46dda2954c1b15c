import { freePort, type ServiceProcess, SimulatorClient, waitUntil } from '@parley/local-stack';
import { simulatorProcess } from '@parley/testing';
import {
  addAudio,
  addSentence,
  completeAudio,
  newUtterance,
  type SpokenWord,
  type Utterance,
  spokenWordsOf,
} from '@parley/turn-taking';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { TextToSpeech, VoiceSignal, VoiceStream } from '../text-to-speech/text-to-speech.js';

const TEXT = 'One moment, I am looking. There is a table at seven, and another one at eight.';
const OTHER = 'Something else entirely is said here at the same time.';
const FOR_EVER_MS = 60_000;

/** Runs the contract of every voice against the simulator. `make` gets the simulator's URL. */
export function textToSpeechContract(
  name: string,
  {
    vendor,
    make,
  }: {
    /** The vendor's name in the simulator. */
    vendor: string;
    make: (vendorsUrl: string) => TextToSpeech;
  },
): void {
  describe(`a voice of ${name}`, () => {
    let vendors: ServiceProcess;
    let simulator: SimulatorClient;
    let voice: Voice;

    beforeAll(async () => {
      vendors = simulatorProcess(await freePort(), { SIMULATOR_LATENCY: 'none' });
      await vendors.start();
      simulator = new SimulatorClient(vendors.url);
    });
    beforeEach(async () => {
      voice = new Voice(make(vendors.url));
      await waitUntil('the voice to be connected', async () => (await sockets()).length === 1);
    });
    afterEach(async () => {
      voice.stream.close();
      await simulator.reset();
    });
    afterAll(() => vendors?.stop());

    const settings = (wanted: object) => simulator.voice({ [vendor]: wanted });
    const sockets = async () =>
      (await simulator.vendorSockets(vendor)).map((socket) => ({ contexts: [], ...socket }));

    it('a voice speaks pieces of text whole and in order, and reports the end', async () => {
      await voice.say('t1', TEXT);
      const whole = voice.audioOf('t1');
      for (const sentence of ['One moment, ', 'I am looking. ', 'There is a table at seven, ']) {
        voice.stream.speak('t2', sentence);
      }
      await voice.say('t2', 'and another one at eight.');
      expect(voice.audioOf('t2').equals(whole)).toBe(true);
      expect(voice.signals.filter(({ kind }) => kind === 'finished')).toHaveLength(2);
      const last = voice.signals.findLastIndex((one) => one.kind === 'audio' && one.utterance === 't1');
      expect(last).toBeLessThan(voice.signals.findIndex((one) => one.kind === 'finished'));
    });

    it('a voice separates utterances that are spoken at the same time', async () => {
      await settings({ chunkMs: 5 });
      const both = [voice.say('t1', TEXT), voice.say('t2', OTHER)];
      await Promise.all(both);
      await voice.say('t3', TEXT);
      await voice.say('t4', OTHER);
      expect(voice.audioOf('t1').equals(voice.audioOf('t3'))).toBe(true);
      expect(voice.audioOf('t2').equals(voice.audioOf('t4'))).toBe(true);
    });

    // In `mixed`, the words of a piece without times are up to 650 ms off.
    it.each([
      ['plain', 2],
      ['restarting', 2],
      ['mixed', 650],
    ])('a voice with the alignment "%s" reports when each word sounds', async (alignment, withinMs) => {
      await settings({ alignment: 'plain' });
      await voice.say('t1', TEXT);
      await settings({ alignment });
      await voice.say('t2', TEXT);
      const [plain, shaped] = ['t1', 't2'].map((utterance) =>
        voice.wordsOf(utterance, TEXT).map(({ endMs }) => endMs),
      );
      const errorsMs = shaped!.map((endMs, at) => Math.abs(endMs - plain![at]!));
      expect(Math.max(...errorsMs)).toBeLessThanOrEqual(withinMs);
    });

    it('a voice that sends no times speaks, and its words are spread evenly over the audio', async () => {
      await settings({ alignment: 'null' });
      await voice.say('t1', TEXT);
      const words = voice.wordsOf('t1', TEXT);
      expect(words.map(({ endMs }) => endMs)).toEqual(
        words.map(({ endMs }) => endMs).toSorted((one, other) => one - other),
      );
      expect(Math.round(words.at(-1)!.endMs)).toBe(Math.round(voice.audioOf('t1').length / 8));
    });

    it('a voice reports nothing more of an utterance that was dropped, although the vendor still sends its audio', async () => {
      await settings({ chunkMs: 20 });
      voice.stream.speak('t1', TEXT);
      voice.stream.finish('t1');
      await voice.until('the first audio', () => voice.audioOf('t1').length > 0);
      voice.stream.drop('t1');
      const before = voice.audioOf('t1').length;
      await voice.say('t2', TEXT);
      expect(voice.audioOf('t2').length).toBeGreaterThan(before);
      expect(voice.audioOf('t1').length).toBe(before);
      expect(voice.ended('t1')).toBe(false);
    });

    it('a voice speaks further utterances while the end of an earlier one is late, with no more contexts than the vendor allows', async () => {
      await settings({ isFinalDelayMs: FOR_EVER_MS });
      for (let n = 1; n <= 11; n++) await voice.sayUnended(`t${n}`, TEXT);
      expect(voice.lost).toEqual([]);
      const open = await sockets();
      expect(open.map(({ contexts }) => contexts.length)).toEqual([4, 4, 3]);
      // Nothing waits for a missing `finished` signal: sockets without live contexts are closed.
      voice.stream.tick(performance.now() + 20_000);
      await waitUntil('two sockets to be closed', closedSockets(2));
      await voice.sayUnended('t12', TEXT);
    });

    it('a voice reports the end of an utterance that the vendor sends late', async () => {
      await settings({ isFinalDelayMs: 300 });
      await voice.sayUnended('t1', TEXT);
      expect(voice.ended('t1')).toBe(false);
      await voice.until('the end', () => voice.ended('t1'));
    });

    it('a voice sends keepalives for an utterance that waits for its next sentence', async () => {
      voice.stream.tick(1_000);
      voice.stream.speak('t1', 'One moment, ');
      await voice.until('the first audio', () => voice.audioOf('t1').length > 0);
      voice.stream.tick(10_999);
      expect((await sockets())[0]!.contexts[0]).toMatchObject({ id: 't1', keepalives: 0 });
      for (const nowMs of [11_000, 12_000, 21_000]) voice.stream.tick(nowMs);
      const hasTwoKeepalives = async () => (await sockets())[0]!.contexts[0]!.keepalives === 2;
      await waitUntil('two keepalives', hasTwoKeepalives);
    });

    it('a voice that is cut off reports the lost utterances and speaks later ones', async () => {
      await voice.say('t1', TEXT);
      await settings({ firstAudioMs: FOR_EVER_MS });
      voice.stream.speak('t2', TEXT);
      voice.stream.speak('t3', OTHER);
      voice.stream.drop('t3');
      const given = async () => (await sockets())[0]!.contexts.length === 3;
      await waitUntil('the vendor to have the texts', given);
      await settings({ firstAudioMs: 0 });
      await simulator.troubleVendor(vendor, { action: 'reset' });
      await voice.until('the loss', () => voice.lost.length > 0);
      expect(voice.lost).toMatchObject([{ utterances: ['t2'] }]);
      await voice.say('t4', TEXT);
      expect(voice.audioOf('t4').equals(voice.audioOf('t1'))).toBe(true);
    });

    it('a voice with too many contexts reports its open utterances as lost, and speaks later ones', async () => {
      await settings({ isFinalDelayMs: FOR_EVER_MS });
      for (let n = 1; n <= 4; n++) await voice.sayUnended(`t${n}`, TEXT);
      // The utterance is closed on our side and still live at the vendor.
      voice.stream.tick(performance.now() + 20_000);
      await voice.sayUnended('t5', TEXT);
      voice.stream.speak('t6', TEXT);
      await voice.until('the loss', () => voice.lost.length > 0);
      expect(voice.lost).toMatchObject([{ reason: expect.stringMatching(/^Maximum simultaneous contexts/) }]);
      expect(voice.lost[0]!.utterances).toContain('t6');
      await settings({ isFinalDelayMs: 0 });
      await voice.say('t7', TEXT);
      expect(voice.lost).toHaveLength(1);
    });

    it.each([
      [401, 'quota_exceeded'],
      [429, 'too_many_concurrent_requests'],
      [429, 'system_busy'],
    ])(
      'a voice that the vendor refuses with %s %s reports the reason, and speaks the next utterance',
      async (status, code) => {
        await simulator.fault({ kind: vendor, mode: 'refuse', status, code });
        const refused = new Voice(make(vendors.url));
        refused.stream.speak('t1', TEXT);
        await refused.until('the refusal', () => refused.lost.length > 0);
        expect(refused.lost).toEqual([{ kind: 'lost', reason: `${status} ${code}`, utterances: ['t1'] }]);
        await refused.say('t2', TEXT);
        expect(refused.lost).toHaveLength(1);
        refused.stream.close();
      },
    );

    it('a closed voice reports nothing more and closes its connection', async () => {
      await settings({ chunkMs: 20 });
      voice.stream.speak('t1', TEXT);
      await voice.until('the first audio', () => voice.audioOf('t1').length > 0);
      voice.stream.close();
      const signals = voice.signals.length;
      voice.stream.speak('t2', TEXT);
      await waitUntil('the socket to be closed', closedSockets(1));
      expect(voice.signals).toHaveLength(signals);
    });

    const closedSockets = (count: number) => async () =>
      (await sockets()).filter(({ closed }) => closed !== null).length === count;
  });
}

/** A voice and its signals. */
class Voice {
  readonly signals: VoiceSignal[] = [];
  readonly stream: VoiceStream;

  constructor(voice: TextToSpeech) {
    this.stream = voice.open({ voiceId: undefined, languages: ['en-US'] }, (signal) =>
      this.signals.push(signal),
    );
  }

  /** Speaks a text, and waits until the voice reports the end. */
  async say(utterance: string, text: string): Promise<void> {
    this.stream.speak(utterance, text);
    this.stream.finish(utterance);
    await this.until(`the end of ${utterance}`, () => this.ended(utterance));
  }

  /** Speaks a text, and waits for the audio of the last letter: for a voice that reports the end late. */
  async sayUnended(utterance: string, text: string): Promise<void> {
    this.stream.speak(utterance, text);
    this.stream.finish(utterance);
    const isWhole = () => {
      const { timedChars, spoken, audioBytes } = this.spoken(utterance, text);
      return (
        timedChars === spoken.length &&
        audioBytes / 8 >= spokenWordsOf(this.spoken(utterance, text)).at(-1)!.endMs
      );
    };
    await this.until(`the last sound of ${utterance}`, isWhole);
  }

  async until(what: string, condition: () => boolean): Promise<void> {
    await waitUntil(what, condition);
  }

  ended(utterance: string): boolean {
    return this.signals.some((signal) => signal.kind === 'finished' && signal.utterance === utterance);
  }

  get lost(): Extract<VoiceSignal, { kind: 'lost' }>[] {
    return this.signals.filter((signal) => signal.kind === 'lost');
  }

  audioOf(utterance: string): Buffer {
    return Buffer.concat(this.#chunksOf(utterance).map(({ audio }) => audio));
  }

  wordsOf(utterance: string, text: string): readonly SpokenWord[] {
    return spokenWordsOf(completeAudio(this.spoken(utterance, text)));
  }

  spoken(utterance: string, text: string): Utterance {
    const begun = addSentence(newUtterance('en-US'), text).utterance;
    return this.#chunksOf(utterance).reduce((so, { chunk }) => addAudio(so, chunk), begun);
  }

  #chunksOf(utterance: string): Extract<VoiceSignal, { kind: 'audio' }>[] {
    return this.signals
      .filter((signal) => signal.kind === 'audio')
      .filter((signal) => signal.utterance === utterance);
  }
}
