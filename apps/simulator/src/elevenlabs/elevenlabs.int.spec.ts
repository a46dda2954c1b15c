import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { SAMPLES_PER_MS, WordDecoder } from '../speech/tone-modem.js';
import { type RunningSimulator, startSimulator } from '../testing/running-simulator.js';
import type { Alignment } from './alignment.js';

interface Message {
  readonly audio?: string;
  readonly contextId?: string;
  readonly isFinal?: boolean;
  readonly flush_done?: boolean;
  readonly error?: string;
  readonly code?: number;
  readonly alignment?: Alignment | null;
  readonly normalizedAlignment?: Alignment | null;
}

const QUERY = 'model_id=eleven_flash_v2_5&output_format=ulaw_8000&auto_mode=true&sync_alignment=true';
const PATH = `/v1/text-to-speech/voice_1/multi-stream-input?${QUERY}`;
const KEY = 'elevenlabs-key';

class Speaker {
  readonly messages: Message[] = [];
  closeCode: number | null = null;
  private readonly waiting = new Set<() => void>();

  private constructor(readonly ws: WebSocket) {
    ws.on('message', (data: Buffer) => {
      this.messages.push(JSON.parse(data.toString()) as Message);
      for (const check of this.waiting) check();
    });
    ws.on('close', (code) => {
      this.closeCode = code;
      for (const check of this.waiting) check();
    });
  }

  static async open(url: string): Promise<Speaker> {
    const speaker = new Speaker(new WebSocket(url, { headers: { 'xi-api-key': KEY } }));
    await once(speaker.ws, 'open');
    return speaker;
  }

  send(context: string, message: object): void {
    this.ws.send(JSON.stringify({ context_id: context, ...message }));
  }

  until(condition: () => boolean): Promise<void> {
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

  of(context: string): Message[] {
    return this.messages.filter(({ contextId }) => contextId === context);
  }

  isFinal(context: string): boolean {
    return this.of(context).some(({ isFinal }) => isFinal === true);
  }

  audioOf(context: string): Buffer {
    return Buffer.concat(this.of(context).map(({ audio }) => Buffer.from(audio ?? '', 'base64')));
  }

  wordsOf(context: string): string {
    const reader = new WordDecoder();
    const words = [...reader.push(this.audioOf(context)), ...reader.finish()];
    return words.map(({ text, cut }) => (cut ? `[cut:${text}]` : text)).join(' ');
  }
}

describe('ElevenLabs’ multi-context socket', () => {
  let simulator: RunningSimulator;
  const speakers: Speaker[] = [];

  beforeAll(async () => {
    simulator = await startSimulator({ SIMULATOR_LATENCY: 'none', SIMULATOR_ELEVENLABS_API_KEY: KEY });
  });
  beforeEach(() => simulator.control('POST', 'reset'));
  afterEach(() => {
    for (const { ws } of speakers.splice(0)) ws.terminate();
  });
  afterAll(() => simulator.close());

  const url = (path = PATH) => `${simulator.url.replace('http', 'ws')}/elevenlabs${path}`;
  const open = async (path = PATH) => {
    const speaker = await Speaker.open(url(path));
    speakers.push(speaker);
    return speaker;
  };
  const settings = (elevenlabs: object) => simulator.control('POST', 'voice', { elevenlabs });
  function refusal(path = PATH, key = KEY): Promise<string> {
    return new Promise((resolve, reject) => {
      const ws = new WebSocket(url(path), { headers: { 'xi-api-key': key } });
      ws.on('open', () => reject(new Error('the upgrade was accepted')));
      ws.on('error', () => {});
      ws.on('unexpected-response', (_request, response) => {
        let body = '';
        response.on('data', (piece) => (body += piece));
        response.on('end', () => resolve(`${response.statusCode} ${JSON.parse(body).detail.status}`));
      });
    });
  }

  it('the simulated ElevenLabs speaks the text of each context and reports flush and final', async () => {
    const speaker = await open();
    speaker.send('t1', { text: ' ', voice_settings: { stability: 0.5 } });
    speaker.send('t1', { text: 'One moment, ' });
    speaker.send('t2', { text: 'Something else entirely. ' });
    speaker.send('t1', { text: 'I am look' });
    speaker.send('t1', { text: 'ing. ' });
    speaker.send('t1', { flush: true });
    await speaker.until(() => speaker.of('t1').some(({ flush_done: isDone }) => isDone === true));
    expect(speaker.isFinal('t1')).toBe(false);
    speaker.send('t1', { close_context: true });
    speaker.send('t2', { close_context: true });
    await speaker.until(() => speaker.isFinal('t1') && speaker.isFinal('t2'));
    expect(speaker.wordsOf('t1')).toBe('One moment, I am looking.');
    expect(speaker.wordsOf('t2')).toBe('Something else entirely.');
    const { json } = await simulator.control('GET', 'elevenlabs/sockets');
    expect(json.sockets[0]).toMatchObject({
      voice: 'voice_1',
      contexts: [
        { id: 't1', state: 'final', text: ' One moment, I am looking. ' },
        { id: 't2', state: 'final' },
      ],
    });
  });

  it('the simulated ElevenLabs aligns characters with the audio of their chunk', async () => {
    const speaker = await open();
    const text = 'The quick brown fox jumps over the lazy dog.';
    speaker.send('t1', { text: `${text} ` });
    speaker.send('t1', { close_context: true });
    await speaker.until(() => speaker.isFinal('t1'));
    const chunks = speaker.of('t1').filter(({ audio }) => audio !== undefined);
    expect(chunks.length).toBeGreaterThan(5);
    expect(chunks.flatMap(({ alignment }) => alignment!.chars).join('')).toBe(`${text} `);
    let offsetMs = 0;
    const starts = new Map<number, number>();
    let index = 0;
    for (const { audio, alignment, normalizedAlignment } of chunks) {
      const lengthMs = Buffer.from(audio!, 'base64').length / SAMPLES_PER_MS;
      expect(alignment!.charStartTimesMs.every((ms) => ms >= 0 && ms <= lengthMs)).toBe(true);
      expect(normalizedAlignment!.chars[0]).toBe(' ');
      for (const ms of alignment!.charStartTimesMs) starts.set((index += 1) - 1, offsetMs + ms);
      offsetMs += lengthMs;
    }
    const reader = new WordDecoder();
    const words = reader.push(speaker.audioOf('t1'));
    const jumps = words.find((word) => word.text === 'jumps')!;
    expect(Math.abs(starts.get(text.indexOf('jumps'))! - jumps.start / SAMPLES_PER_MS)).toBeLessThanOrEqual(
      1,
    );
    expect(chunks.some(({ audio }) => Buffer.from(audio!, 'base64').length % 160 !== 0)).toBe(true);
  });

  it.each(['restarting', 'null', 'mixed'])(
    'the simulated ElevenLabs sends %s alignments when the settings ask for them',
    async (alignment) => {
      await settings({ alignment });
      const speaker = await open();
      speaker.send('t1', { text: 'Four words make chunks and more chunks follow them. ', flush: true });
      speaker.send('t1', { close_context: true });
      await speaker.until(() => speaker.isFinal('t1'));
      const chunks = speaker.of('t1').filter(({ audio }) => audio !== undefined);
      const kinds = new Set(
        chunks.slice(1).map(({ alignment: given }) => {
          if (given === null || given === undefined) return 'null';
          return given.chars.slice(0, 4).join('') === 'Four' ? 'restarting' : 'plain';
        }),
      );
      expect([...kinds].toSorted()).toEqual(
        alignment === 'mixed' ? ['null', 'plain', 'restarting'] : [alignment],
      );
      const names = chunks.map(({ alignment: given }) =>
        Object.keys(given ?? {}).find((name) => name.includes('Dur')),
      );
      if (alignment === 'mixed') expect(names).toContain('charsDurationsMs');
    },
  );

  it('the simulated ElevenLabs speaks whole words only, and without auto mode waits for 120 characters', async () => {
    const speaker = await open(PATH.replace('auto_mode=true&', ''));
    speaker.send('t1', { text: 'Too short to be spoken. ' });
    speaker.send('t1', { text: '' });
    speaker.send('t2', { text: 'many words '.repeat(12) });
    await speaker.until(() => speaker.of('t2').length > 0);
    expect(speaker.of('t1')).toEqual([]);
    speaker.send('t1', { flush: true });
    await speaker.until(() => speaker.wordsOf('t1') === 'Too short to be spoken.');
  });

  it('the simulated ElevenLabs refuses a sixth live context and closes the socket', async () => {
    const speaker = await open();
    for (const id of ['a', 'b', 'c', 'd', 'e']) speaker.send(id, { text: 'Hello ' });
    speaker.send('a', { close_context: true });
    await speaker.until(() => speaker.isFinal('a'));
    speaker.send('f', { text: 'Hello ' });
    await speaker.until(() => speaker.of('f').length > 0);
    speaker.send('g', { text: 'Hello ' });
    await speaker.until(() => speaker.closeCode !== null);
    expect(speaker.closeCode).toBe(1008);
    expect(speaker.messages.at(-1)).toMatchObject({ error: 'max_active_conversations', code: 1008 });
  });

  it.each([{ voice_settings: { speed: 1 } }, { generation_config: { chunk_length_schedule: [50] } }])(
    'the simulated ElevenLabs refuses %j after the first message of a context',
    async (late) => {
      const speaker = await open();
      speaker.send('t1', { text: ' ' });
      speaker.send('t1', { text: 'Hello ', ...late });
      await speaker.until(() => speaker.closeCode !== null);
      expect(speaker.closeCode).toBe(1008);
    },
  );

  it('the simulated ElevenLabs finalises an idle context unless a keepalive prevents it', async () => {
    const speaker = await open(`${PATH}&inactivity_timeout=1`);
    speaker.send('idle', { text: 'Hello ' });
    speaker.send('kept', { text: 'Hello ' });
    const keepalive = setInterval(() => speaker.send('kept', { text: '' }), 100);
    let wasKept = false;
    await speaker.until(() => {
      wasKept = !speaker.isFinal('kept');
      return speaker.isFinal('idle');
    });
    clearInterval(keepalive);
    expect(wasKept).toBe(true);
  });

  it('the simulated ElevenLabs sends the remaining audio before it closes on close_socket', async () => {
    const speaker = await open();
    speaker.send('t1', { text: 'The very last words ' });
    speaker.ws.send('{"close_socket":true}');
    await speaker.until(() => speaker.closeCode === 1000);
    expect(speaker.wordsOf('t1')).toBe('The very last words');
  });

  it('the simulated ElevenLabs delays the first audio as configured and sends chunks in order', async () => {
    await settings({ firstAudioMs: 150, chunkMs: 10, isFinalDelayMs: 50 });
    const speaker = await open();
    const startedAt = performance.now();
    speaker.send('t1', { text: 'Slow but in order, every single one of these words. ', close_context: true });
    await speaker.until(() => speaker.of('t1').length > 0);
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(145);
    await speaker.until(() => speaker.isFinal('t1'));
    expect(speaker.wordsOf('t1')).toBe('Slow but in order, every single one of these words.');
  });

  it.each([
    ['es', null],
    ['es-ES', 1008],
  ])(
    'the simulated ElevenLabs closes a socket with language_code=%s with code %s (null: not at all)',
    async (language, code) => {
      const speaker = await open(`${PATH}&language_code=${language}`);
      speaker.send('a', { text: 'Hola. ', flush: true });
      await speaker.until(() => speaker.closeCode !== null || speaker.messages.some(({ audio }) => audio));
      expect(speaker.closeCode).toBe(code);
    },
  );

  it('the simulated ElevenLabs refuses an upgrade with a wrong key, model or format, or with a scripted fault', async () => {
    expect(await refusal(PATH, 'wrong')).toBe('401 invalid_api_key');
    expect(await refusal(PATH.replace('eleven_flash_v2_5', 'eleven_v3'))).toBe('403 unsupported_model');
    expect(await refusal(PATH.replace('ulaw_8000', 'mp3_44100_128'))).toBe('400 invalid_request');
    for (const [status, code] of [
      [401, 'quota_exceeded'],
      [429, 'too_many_concurrent_requests'],
      [429, 'system_busy'],
    ]) {
      await simulator.control('POST', 'faults', { kind: 'elevenlabs', mode: 'refuse', status, code });
      expect(await refusal()).toBe(`${status} ${code}`);
    }
  });

  it('the control API mutes and resets an ElevenLabs socket', async () => {
    const speaker = await open();
    await simulator.control('POST', 'elevenlabs/sockets', { action: 'mute' });
    speaker.send('t1', { text: 'Nobody hears this. ', flush: true });
    await simulator.control('POST', 'elevenlabs/sockets', { action: 'reset' });
    await speaker.until(() => speaker.closeCode === 1006);
    expect(speaker.messages).toEqual([]);
  });
});
