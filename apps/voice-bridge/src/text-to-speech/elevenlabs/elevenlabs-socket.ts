import type { IncomingMessage } from 'node:http';
import { type RawData, WebSocket } from 'ws';
import { type ElevenLabsMessage, readElevenLabsMessage, refusalOf } from './elevenlabs-messages.js';

const HANDSHAKE_TIMEOUT_MS = 5_000;
/** Large enough for a chunk of a long sentence, in base64 and with its alignment. */
const MAX_MESSAGE_BYTES = 8 * 1024 * 1024;
/** A closed context counts as live for this long, unless ElevenLabs reports it as final. */
const CONTEXT_LIVES_MS = 20_000;
const KEEPALIVE_MS = 10_000;
const MAX_REFUSAL_CHARS = 16 * 1024;
const MAX_WAITING_MESSAGES = 256;

interface Context {
  openedAtMs: number;
  renewedAtMs: number;
  isClosed: boolean;
}

/** One multi-context socket of ElevenLabs; counts its live contexts. */
export class ElevenLabsSocket {
  readonly #socket: WebSocket;
  readonly #contexts = new Map<string, Context>();
  #waiting: string[] = [];
  #nowMs = performance.now();
  #isOver = false;

  constructor(
    url: string,
    apiKey: string,
    private readonly listener: {
      message: (message: ElevenLabsMessage) => void;
      lost: (reason: string, contexts: string[]) => void;
    },
  ) {
    this.#socket = new WebSocket(url, {
      headers: { 'xi-api-key': apiKey },
      perMessageDeflate: false,
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
      maxPayload: MAX_MESSAGE_BYTES,
    });
    this.#socket.on('open', () => this.#flush());
    this.#socket.on('message', (data) => this.#receive(data));
    this.#socket.on('unexpected-response', (request, response) => {
      void readRefusal(response)
        .then((reason) => this.#lose(reason))
        .finally(() => request.destroy());
    });
    this.#socket.on('error', (error) => this.#lose(error.message));
    this.#socket.on('close', (code, reason) =>
      this.#lose(`closed ${code} ${reason.toString('utf8')}`.trim()),
    );
  }

  /** ElevenLabs allows five live contexts. A context counts until it is final, which can be long after it was closed. */
  get liveContexts(): number {
    return this.#contexts.size;
  }

  has(context: string): boolean {
    return this.#contexts.has(context);
  }

  speak(context: string, text: string): void {
    if (!this.#contexts.has(context)) {
      this.#contexts.set(context, { openedAtMs: this.#nowMs, renewedAtMs: this.#nowMs, isClosed: false });
      // ElevenLabs reads settings only from a context's first message, which must be a single space.
      this.#send({ text: ' ', context_id: context });
    }
    // Without a trailing space ElevenLabs holds the last word back.
    this.#send({ text: text.endsWith(' ') ? text : `${text} `, context_id: context });
  }

  /** Closes a context. Its text is still spoken; after that only `isFinal` ends the context. */
  finish(context: string): void {
    const known = this.#contexts.get(context);
    if (!known || known.isClosed) return;
    known.isClosed = true;
    known.openedAtMs = this.#nowMs;
    this.#send({ context_id: context, flush: true });
    this.#send({ context_id: context, close_context: true });
  }

  drop(context: string): void {
    const known = this.#contexts.get(context);
    if (!known || known.isClosed) return;
    known.isClosed = true;
    known.openedAtMs = this.#nowMs;
    this.#send({ context_id: context, close_context: true });
  }

  tick(nowMs: number): void {
    this.#nowMs = nowMs;
    for (const [id, context] of this.#contexts) {
      if (context.isClosed) {
        if (nowMs - context.openedAtMs >= CONTEXT_LIVES_MS) this.#contexts.delete(id);
      } else if (nowMs - context.renewedAtMs >= KEEPALIVE_MS) {
        context.renewedAtMs = nowMs;
        this.#send({ context_id: id, text: '' });
      }
    }
  }

  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#waiting = [];
    if (this.#socket.readyState === WebSocket.OPEN) {
      this.#socket.send(JSON.stringify({ close_socket: true }));
      this.#socket.close();
    } else {
      this.#socket.terminate();
    }
  }

  #send(message: object): void {
    if (this.#isOver) return;
    const text = JSON.stringify(message);
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(text);
    else if (this.#waiting.length < MAX_WAITING_MESSAGES) this.#waiting.push(text);
    else this.#lose('too much text arrived before the connection was open');
  }

  #flush(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const text of waiting) this.#socket.send(text);
  }

  #receive(data: RawData): void {
    if (this.#isOver) return;
    const message = readElevenLabsMessage(Buffer.isBuffer(data) ? data.toString('utf8') : '');
    if (!message) return;
    if (message.kind === 'final' || (message.kind === 'audio' && message.isFinal)) {
      this.#contexts.delete(message.context);
    }
    if (message.kind === 'error') this.#lose(message.reason);
    else this.listener.message(message);
  }

  #lose(reason: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#waiting = [];
    this.#socket.terminate();
    this.listener.lost(reason, [...this.#contexts.keys()]);
  }
}

/** Reads the reason from the body of a refused upgrade. */
async function readRefusal(response: IncomingMessage): Promise<string> {
  let body = '';
  try {
    for await (const piece of response) {
      body += String(piece);
      if (body.length > MAX_REFUSAL_CHARS) break;
    }
  } catch {
    // The connection broke before the body was complete: only the status is reported.
  }
  return refusalOf(response.statusCode ?? 0, body);
}
