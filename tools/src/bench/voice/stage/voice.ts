import { alignmentsFor, encodeSpeech, timedCharacters } from '@parley/simulator';
import type { WebSocket } from 'ws';
import type { VendorDelays } from './stage-messages.js';
import { firstPositionIn } from './script.js';
import type { TurnFinder } from './measured-turn.js';
import { TimedQueue } from './timed-queue.js';

/** About 300 ms; deliberately not a multiple of the 160 bytes of a telephone frame. */
const CHUNK_SAMPLES = 2_417;
/** A chunk of 300 ms is sent every 20 ms, because synthesis is faster than speech. */
const CHUNK_EVERY_MS = 20;
const SENTENCE = /^.*?[.!?]\s/;

interface ClientMessage {
  text?: string;
  context_id?: string;
  flush?: boolean;
  close_context?: boolean;
  close_socket?: boolean;
}

interface Context {
  pending: string;
  isClosed: boolean;
  /** Earliest time of its next audio. */
  freeAtMs: number;
  readonly queue: TimedQueue;
}

/** Simulates ElevenLabs' multi-context socket in auto mode: speaks each sentence once it is complete. */
export function simulateVoice(ws: WebSocket, delays: VendorDelays, turns: TurnFinder): void {
  const contexts = new Map<string, Context>();
  const say = (message: object): void => {
    if (ws.readyState === ws.OPEN) ws.send(JSON.stringify(message));
  };
  ws.on('message', (data: Buffer) => {
    const message = JSON.parse(data.toString('utf8')) as ClientMessage;
    if (message.close_socket) return ws.close();
    const id = message.context_id ?? '';
    const context = contexts.get(id) ?? {
      pending: '',
      isClosed: false,
      freeAtMs: 0,
      queue: new TimedQueue(),
    };
    contexts.set(id, context);
    context.pending += (message.text ?? '').replace(/^ $/, '');
    for (let [sentence] = SENTENCE.exec(context.pending) ?? []; sentence;) {
      generate(id, context, sentence);
      context.pending = context.pending.slice(sentence.length);
      [sentence] = SENTENCE.exec(context.pending) ?? [];
    }
    if (message.flush || message.close_context) {
      if (context.pending.trim() !== '' && message.flush) generate(id, context, context.pending);
      context.pending = '';
    }
    if (message.close_context && !context.isClosed) {
      context.isClosed = true;
      context.queue.at(context.freeAtMs, () => {
        contexts.delete(id);
        say({ isFinal: true, contextId: id });
      });
    }
  });

  function generate(contextId: string, context: Context, text: string): void {
    const position = firstPositionIn(text);
    const turn = position && turns.turn(position);
    if (turn) turn.sentenceAtVoiceMs ??= performance.now();
    const speech = encodeSpeech(text);
    const characters = timedCharacters(speech);
    context.freeAtMs = Math.max(context.freeAtMs, performance.now() + delays.voiceFirstAudioMs);
    for (let from = 0, number = 0; from < speech.audio.length; from += CHUNK_SAMPLES, number += 1) {
      const to = Math.min(speech.audio.length, from + CHUNK_SAMPLES);
      const audio = Buffer.from(speech.audio.buffer, from, to - from).toString('base64');
      const aligned = alignmentsFor(characters, from, to, number, 'plain');
      context.queue.at(context.freeAtMs, () => {
        if (turn) turn.audioSentMs ??= performance.now();
        say({ audio, ...aligned, contextId });
      });
      context.freeAtMs += CHUNK_EVERY_MS;
    }
  }
}
