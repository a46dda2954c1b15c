import { freePort, type ServiceProcess, SimulatorClient, waitUntil } from '@parley/local-stack';
import { simulatorProcess } from '@parley/testing';
import { addAudio, addSentence, completeAudio, newUtterance, spokenWordsOf } from '@parley/turn-taking';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { simulatedVoice } from './simulated-voice.js';
import {
  isTimed,
  type RecogniserSignal,
  type RecogniserStream,
  type SpeechToText,
} from '../speech-to-text/speech-to-text.js';

/** 80 ms, the length of the pieces that a call session pushes. */
const CHUNK_BYTES = 640;
/** Longer than any recogniser waits after the last word. */
const PAUSE = Buffer.alloc(8 * 1_600, 0xff);

/** Runs the contract of every recogniser against the simulator. `make` gets the simulator's URL. */
export function speechToTextContract(
  name: string,
  {
    vendor,
    make,
    needsKeepalive,
  }: {
    /** The vendor's name in the simulator. */
    vendor: string;
    make: (vendorsUrl: string) => SpeechToText;
    needsKeepalive: boolean;
  },
): void {
  describe(`a recogniser: ${name}`, () => {
    let vendors: ServiceProcess;
    let simulator: SimulatorClient;
    let listener: Listener;

    beforeAll(async () => {
      vendors = simulatorProcess(await freePort(), { SIMULATOR_LATENCY: 'none' });
      await vendors.start();
      simulator = new SimulatorClient(vendors.url);
    });
    beforeEach(async () => {
      listener = new Listener(make(vendors.url));
      await waitUntil('the recogniser to be connected', async () => (await sockets()).length === 1);
    });
    afterEach(async () => {
      listener.stream.close();
      await simulator.reset();
    });
    afterAll(() => vendors?.stop());

    const sockets = () => simulator.vendorSockets(vendor);
    const voice = () => spoken(vendors.url, 'I would like a table.');

    it('a recogniser reports the start of speech, the transcript, and the end of turn with its moment', async () => {
      const { audio, endMs } = await voice();
      listener.listenTo(audio, PAUSE);
      await listener.until('the end of the turn', () => listener.ends.length === 1);
      expect(listener.signals[0]).toEqual({ kind: 'speech-started' });
      expect(plain(listener.ends[0]!.text)).toBe('i would like a table');
      expect(Math.abs(listener.ends[0]!.endMs - endMs)).toBeLessThanOrEqual(20);
    });

    it('a recogniser reports turn after turn, with times from the start of its audio', async () => {
      const { audio, endMs } = await voice();
      listener.listenTo(audio, PAUSE);
      await listener.until('the first end', () => listener.ends.length === 1);
      listener.listenTo(audio, PAUSE);
      await listener.until('the second end', () => listener.ends.length === 2);
      expect(listener.ends.map(({ text }) => plain(text))).toEqual([
        'i would like a table',
        'i would like a table',
      ]);
      const secondMs = (audio.length + PAUSE.length) / 8 + endMs;
      expect(Math.abs(listener.ends[1]!.endMs - secondMs)).toBeLessThanOrEqual(100);
      expect(listener.signals.filter(({ kind }) => kind === 'speech-started')).toHaveLength(2);
    });

    it('a recogniser loses no audio that was sent before its connection opened', async () => {
      const { audio } = await voice();
      const again = new Listener(make(vendors.url));
      again.listenTo(audio, PAUSE);
      await again.until('the end of the turn', () => again.ends.length === 1);
      expect(plain(again.ends[0]!.text)).toBe('i would like a table');
      again.stream.close();
    });

    it('a recogniser reports no words in silence or noise', async () => {
      const noise = Buffer.from(Array.from({ length: 8 * 800 }, (_, at) => ((at * 7) % 2) * 0x80 + 0x21));
      listener.listenTo(PAUSE, noise, PAUSE);
      const all = async () => (await sockets())[0]!.audioMs === (2 * PAUSE.length + noise.length) / 8;
      await waitUntil('all to be heard', all);
      const { audio } = await voice();
      listener.listenTo(audio, PAUSE);
      await listener.until('the words after it', () => listener.ends.length === 1);
      expect(plain(listener.ends[0]!.text)).toBe('i would like a table');
      const words = new Set(listener.words.flatMap((text) => plain(text).split(' ')));
      expect([...words].every((word) => 'i would like a table'.split(' ').includes(word))).toBe(true);
    });

    it('a recogniser that needs keepalives gets them while the caller sends nothing', async () => {
      const keepalives = async () => (await sockets())[0]!.keepalives;
      const { audio } = await voice();
      const nowMs = performance.now();
      listener.listenTo(audio, PAUSE);
      listener.stream.tick(nowMs);
      listener.stream.tick(nowMs + 3_999);
      await listener.until('the first turn', () => listener.ends.length === 1);
      expect(await keepalives()).toBe(0);
      for (const silentMs of [4_000, 5_000, 7_999]) listener.stream.tick(nowMs + silentMs);
      listener.listenTo(audio, PAUSE);
      await listener.until('the second turn', () => listener.ends.length === 2);
      expect(await keepalives()).toBe(needsKeepalive ? 1 : 0);
    });

    it.each([1011, 1008, 1006])(
      'a recogniser whose connection is cut off with %s reports the loss once, and ignores later audio',
      async (code) => {
        await simulator.troubleVendor(
          vendor,
          code === 1006 ? { action: 'reset' } : { action: 'close', code },
        );
        await listener.until('the loss', () => listener.lost.length > 0);
        const { audio } = await voice();
        listener.listenTo(audio, PAUSE);
        listener.stream.tick(60_000);
        listener.stream.close();
        await waitUntil('the socket to be gone', async () => (await sockets())[0]!.closed !== null);
        expect(listener.signals).toEqual([{ kind: 'lost', reason: expect.any(String) }]);
      },
    );

    it.each([401, 429])('a refused recogniser (%s) is reported as lost, once', async (status) => {
      await simulator.fault({ kind: vendor, mode: 'refuse', status });
      const refused = new Listener(make(vendors.url));
      const { audio } = await voice();
      refused.listenTo(audio);
      await refused.until('the refusal', () => refused.lost.length > 0);
      expect(refused.signals).toHaveLength(1);
      refused.stream.close();
    });

    it('a closed recogniser closes its connection and reports nothing more', async () => {
      const { audio } = await voice();
      listener.listenTo(audio);
      await listener.until('some words', () => listener.words.length > 0);
      listener.stream.close();
      const count = listener.signals.length;
      await waitUntil('the socket to be closed', async () => (await sockets())[0]!.closed !== null);
      expect(listener.signals).toHaveLength(count);
    });
  });
}

/** A recogniser that records its signals. */
class Listener {
  readonly signals: RecogniserSignal[] = [];
  readonly ends: { text: string; endMs: number }[] = [];
  readonly stream: RecogniserStream;
  #endMs = 0;

  constructor(recogniser: SpeechToText) {
    this.stream = recogniser.open({ languages: ['en-US'] }, (signal) => this.#take(signal));
  }

  listenTo(...audio: Buffer[]): void {
    const all = Buffer.concat(audio);
    for (let at = 0; at < all.length; at += CHUNK_BYTES) {
      this.stream.push(Buffer.from(all.subarray(at, at + CHUNK_BYTES)));
    }
  }

  async until(what: string, condition: () => boolean): Promise<void> {
    await waitUntil(what, condition);
  }

  get lost(): RecogniserSignal[] {
    return this.signals.filter(({ kind }) => kind === 'lost');
  }

  get words(): string[] {
    return this.signals.flatMap((signal) => ('text' in signal && signal.text !== '' ? [signal.text] : []));
  }

  #take(signal: RecogniserSignal): void {
    this.signals.push(signal);
    if (signal.kind === 'lost') return;
    if (isTimed(signal)) this.#endMs = signal.lastWordEndMs ?? this.#endMs;
    if (signal.kind === 'end-of-turn' && signal.text !== '')
      this.ends.push({ text: signal.text, endMs: this.#endMs });
  }
}

/** Returns spoken words as audio, and the end of the last word. */
async function spoken(vendorsUrl: string, text: string): Promise<{ audio: Buffer; endMs: number }> {
  const voice = simulatedVoice(vendorsUrl);
  const pieces: Buffer[] = [];
  let utterance = addSentence(newUtterance('en-US'), text).utterance;
  let isOver = false;
  const stream = voice.open({ voiceId: undefined, languages: ['en-US'] }, (signal) => {
    if (signal.kind === 'audio') {
      pieces.push(signal.audio);
      utterance = addAudio(utterance, signal.chunk);
    }
    isOver ||= signal.kind !== 'audio';
  });
  stream.speak('all', text);
  stream.finish('all');
  await waitUntil('the words to be spoken', () => isOver);
  stream.close();
  return { audio: Buffer.concat(pieces), endMs: spokenWordsOf(completeAudio(utterance)).at(-1)!.endMs };
}

/** Recognisers differ in case and punctuation. */
function plain(text: string): string {
  return text.toLowerCase().replaceAll(/[^a-z ]/g, '');
}
