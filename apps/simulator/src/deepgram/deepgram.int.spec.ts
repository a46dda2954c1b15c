import { DeepgramClient } from '@deepgram/sdk';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { SAMPLES_PER_MS, silentAudio, encodeSpeech } from '../speech/tone-modem.js';
import { type RunningSimulator, startSimulator } from '../testing/running-simulator.js';

const KEY = 'deepgram-key';
const MULAW = { encoding: 'mulaw', sample_rate: 8000 } as const;
const pause = (ms: number) => silentAudio(ms * SAMPLES_PER_MS);

/** Collects the messages that the SDK delivers, so that tests can wait for them. */
class ReceivedMessages<M extends { type?: string }> {
  readonly messages: M[] = [];
  isClosed = false;
  private readonly waiting = new Set<() => void>();

  add(message: M): void {
    this.messages.push(message);
    this.changed();
  }

  close(): void {
    this.isClosed = true;
    this.changed();
  }

  async until<T extends M>(fits: (message: M) => message is T): Promise<T>;
  async until(fits: (message: M) => boolean): Promise<M>;
  async until(fits: (message: M) => boolean): Promise<M> {
    await this.untilTrue(() => this.messages.some(fits));
    return this.messages.find(fits)!;
  }

  untilClosed(): Promise<void> {
    return this.untilTrue(() => this.isClosed);
  }

  private untilTrue(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const check = () => {
        if (!condition()) return;
        this.waiting.delete(check);
        resolve();
      };
      this.waiting.add(check);
      check();
    });
  }

  private changed(): void {
    for (const check of this.waiting) check();
  }
}

/** The methods that both sockets of the SDK have. */
interface SdkSocket {
  on(event: 'close', listener: () => void): void;
  on(event: 'error', listener: () => void): void;
  connect(): unknown;
  waitForOpen(): Promise<unknown>;
  sendMedia(audio: ArrayBufferView): void;
}

/** Connects a socket of the SDK. Returns a function that sends audio in pieces of 80 ms. */
async function opened(socket: SdkSocket, closed: () => void): Promise<(...pieces: Uint8Array[]) => void> {
  socket.on('close', closed);
  socket.on('error', () => {});
  socket.connect();
  await socket.waitForOpen();
  return (...pieces) => {
    const audio = Buffer.concat(pieces);
    for (let i = 0; i < audio.length; i += 640) socket.sendMedia(audio.subarray(i, i + 640));
  };
}

describe('Deepgram, by its own SDK', () => {
  let simulator: RunningSimulator;
  let client: DeepgramClient;

  beforeAll(async () => {
    simulator = await startSimulator({ SIMULATOR_DEEPGRAM_API_KEY: KEY, SIMULATOR_LATENCY: 'none' });
    client = new DeepgramClient({
      apiKey: KEY,
      baseUrl: `${simulator.url.replace('http', 'ws')}/deepgram`,
      reconnect: false,
    });
  });
  beforeEach(() => simulator.control('POST', 'reset'));
  afterAll(() => simulator.close());

  async function flux(over: object = {}) {
    const socket = await client.listen.v2.connect({
      model: 'flux-general-en',
      ...MULAW,
      eager_eot_threshold: 0.4,
      reconnectAttempts: 0,
      ...over,
    });
    const received = new ReceivedMessages<{
      type: string;
      event?: string;
      transcript?: string;
      sequence_id?: number;
    }>();
    socket.on('message', (message) => received.add(message));
    return { socket, received, sendAudio: await opened(socket, () => received.close()) };
  }

  async function nova(over: object = {}) {
    const socket = await client.listen.v1.connect({
      model: 'nova-3',
      ...MULAW,
      channels: 1,
      interim_results: 'true',
      endpointing: 300,
      utterance_end_ms: 1000,
      vad_events: 'true',
      punctuate: 'true',
      reconnectAttempts: 0,
      ...over,
    });
    const received = new ReceivedMessages<{
      type: string;
      is_final?: boolean;
      speech_final?: boolean;
      from_finalize?: boolean;
    }>();
    socket.on('message', (message) => received.add(message));
    return { socket, received, sendAudio: await opened(socket, () => received.close()) };
  }

  /** Returns status and `dg-error` of a refused upgrade. */
  function refusal(path: string, key = KEY): Promise<string> {
    return new Promise((resolve, reject) => {
      const ws = new WebSocket(`${simulator.url.replace('http', 'ws')}/deepgram${path}`, {
        headers: { authorization: `Token ${key}` },
      });
      ws.on('open', () => reject(new Error('the upgrade was accepted')));
      ws.on('error', () => {});
      ws.on('unexpected-response', (request, response) => {
        resolve(`${response.statusCode} ${String(response.headers['dg-error'])}`);
        request.destroy();
      });
    });
  }
  const sockets = async (query = '') =>
    (await simulator.control('GET', `deepgram/sockets?${query}`)).json.sockets;

  it('[V-04] the simulated Flux reports each turn with its words in numbered messages', async () => {
    const { received, sendAudio, socket } = await flux();
    expect(await received.until(({ type }) => type === 'Connected')).toMatchObject({ sequence_id: 0 });
    sendAudio(
      pause(100),
      encodeSpeech('Where is my parcel?', 2).audio,
      pause(500),
      encodeSpeech('Thanks!', 2).audio,
      pause(500),
    );
    const last = await received.until(
      ({ event, transcript }) => event === 'EndOfTurn' && transcript === 'Thanks!',
    );
    expect(last).toMatchObject({ turn_index: 1, trigger: 'model' });
    const changes = received.messages.filter(({ event }) => event !== undefined && event !== 'Update');
    expect(changes.map(({ event }) => event).slice(0, 3)).toEqual([
      'StartOfTurn',
      'EagerEndOfTurn',
      'EndOfTurn',
    ]);
    expect(changes[2]).toMatchObject({ transcript: 'Where is my parcel?' });
    expect(received.messages.map(({ sequence_id: id }) => id)).toEqual(received.messages.map((_, i) => i));
    socket.close();
    const [record] = await sockets('open=false&waitMs=10000');
    expect(record).toMatchObject({ api: 'v2', transcripts: ['Where is my parcel?', 'Thanks!'] });
    expect(record.query).toMatchObject({ model: 'flux-general-en', eager_eot_threshold: '0.4' });
  });

  it('the simulated Flux accepts Configure and ForceEndTurn during a stream', async () => {
    const { received, sendAudio, socket } = await flux({
      model: 'flux-general-multi',
      language_hint: ['de', 'en'],
    });
    socket.sendConfigure({
      type: 'Configure',
      thresholds: { eot_threshold: 1 },
      keyterms: ['Parley'],
    });
    expect(await received.until(({ type }) => type === 'ConfigureSuccess')).toMatchObject({
      thresholds: { eot_threshold: 1, eager_eot_threshold: 0.4, eot_timeout_ms: 5000 },
      keyterms: ['Parley'],
      language_hints: ['de', 'en'],
    });
    socket.sendConfigure({ type: 'Configure', thresholds: { eot_threshold: 7 } });
    await received.until(({ type }) => type === 'ConfigureFailure');
    sendAudio(encodeSpeech('Eins zwei', 2).audio, pause(2_000));
    const start = await received.until(({ event }) => event === 'StartOfTurn');
    expect(start).toMatchObject({ languages: ['de'], languages_hinted: ['de', 'en'] });
    socket.sendForceEndTurn({ type: 'ForceEndTurn' });
    expect(await received.until(({ event }) => event === 'EndOfTurn')).toMatchObject({
      transcript: 'Eins zwei',
      trigger: 'manual',
    });
    socket.sendCloseStream({ type: 'CloseStream' });
    await received.untilClosed();
    expect((await sockets('open=false&waitMs=10000'))[0].closed).toEqual({
      code: 1005,
      reason: '',
      by: 'vendor',
    });
  });

  it('the simulated Flux answers KeepAlive with an error and closes', async () => {
    const { received, socket } = await flux();
    socket.socket.send('{"type":"KeepAlive"}');
    expect(await received.until(({ type }) => type === 'Error')).toMatchObject({
      code: 'UNPARSABLE_CLIENT_MESSAGE',
    });
    await received.untilClosed();
  });

  it('the simulated Nova sends interim and final results, speech_final and UtteranceEnd', async () => {
    const { received, sendAudio, socket } = await nova();
    sendAudio(pause(100), encodeSpeech('Hello, my name is Ada.', 2).audio, pause(1_500));
    await received.until(({ type }) => type === 'SpeechStarted');
    await received.until(({ is_final: isFinal }) => isFinal === false);
    expect(await received.until(({ speech_final: isOver }) => isOver === true)).toMatchObject({
      is_final: true,
      channel: { alternatives: [{ transcript: 'Hello, my name is Ada.' }] },
    });
    await received.until(({ type }) => type === 'UtteranceEnd');
    sendAudio(encodeSpeech('and', 2).audio);
    socket.sendFinalize({ type: 'Finalize' });
    await received.until(({ from_finalize: isForced }) => isForced === true);
    socket.sendCloseStream({ type: 'CloseStream' });
    await received.until(({ type }) => type === 'Metadata');
    await received.untilClosed();
    expect((await sockets())[0]).toMatchObject({
      api: 'v1',
      closed: { code: 1000, by: 'vendor' },
      transcripts: ['Hello, my name is Ada.', 'and'],
    });
  });

  it('the simulated Nova closes with NET-0001 when it receives neither audio nor KeepAlive', async () => {
    await simulator.control('POST', 'voice', { deepgram: { idleCloseMs: 300 } });
    const { received } = await nova();
    await received.untilClosed();
    expect((await sockets('open=false&waitMs=10000'))[0].closed).toMatchObject({
      code: 1011,
      reason: expect.stringContaining('NET-0001'),
    });
  });

  it('the simulated Nova closes with DATA-0000 on an unknown message', async () => {
    const { received, socket } = await nova();
    socket.socket.send('{"type":"Hello"}');
    await received.untilClosed();
    expect((await sockets('open=false&waitMs=10000'))[0].closed).toMatchObject({
      code: 1008,
      reason: expect.stringContaining('DATA-0000'),
    });
  });

  it('the simulated Deepgram refuses a wrong key or query with the reason in dg-error', async () => {
    const v1 = '/v1/listen?model=nova-3&encoding=mulaw&sample_rate=8000';
    const v2 = '/v2/listen?model=flux-general-en&encoding=mulaw&sample_rate=8000';
    expect(await refusal(v1, 'wrong')).toBe('401 Invalid credentials.');
    expect(await refusal(v1.replace('nova-3', 'nova-9'))).toBe('400 model: unknown model');
    expect(await refusal(`${v1}&utterance_end_ms=1000`)).toBe(
      '400 utterance_end_ms: needs interim_results=true',
    );
    expect(await refusal(`${v1}&interim_results=true&utterance_end_ms=500`)).toMatch(/^400 utterance_end_ms/);
    expect(await refusal(`${v2}&eot_threshold=0.2`)).toMatch(/^400 eot_threshold/);
    expect(await refusal(`${v2}&eager_eot_threshold=x`)).toMatch(/^400 eager_eot_threshold/);
    expect(await refusal(v2.replace('8000', '16000'))).toMatch(/^400 sample_rate/);
    expect(await refusal('/v3/listen')).toMatch(/^404/);
  });

  it('a scripted fault refuses, mutes or closes a simulated Deepgram socket', async () => {
    const fault = (over: object) => simulator.control('POST', 'faults', { kind: 'deepgram', ...over });
    await fault({ mode: 'refuse', status: 429 });
    expect(await refusal('/v2/listen?model=flux-general-en&encoding=mulaw&sample_rate=8000')).toMatch(/^429/);
    await fault({ mode: 'close', afterMs: 500, closeCode: 1011, reason: 'NET-0000' });
    const closing = await flux();
    closing.sendAudio(pause(1_000));
    await closing.received.untilClosed();
    expect((await sockets('open=false&waitMs=10000'))[0].closed).toEqual({
      code: 1011,
      reason: 'NET-0000',
      by: 'vendor',
    });
    await fault({ mode: 'mute', afterMs: 600 });
    const muted = await flux();
    muted.sendAudio(pause(5_000));
    await simulator.control('GET', 'deepgram/sockets?open=true&waitMs=10000');
    const before = () => muted.received.messages.length;
    await muted.received.until(({ event }) => event === 'Update');
    await simulator.control('POST', 'deepgram/sockets', { action: 'unmute' });
    muted.sendAudio(encodeSpeech('again', 4).audio, pause(400));
    await muted.received.until(({ event }) => event === 'EndOfTurn');
    expect(before()).toBeLessThan(10);
  });
});
