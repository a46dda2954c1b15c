import { setTimeout as delay } from 'node:timers/promises';
import { parseE164 } from '@parley/kernel';

const POLL_MS = 150;
/** The end of a line that was read from a pipe: what was asked last is still answered. */
const QUIET_MS = 4_000;
/** Lines that were not typed just now are said one after the other, each once the agent has been quiet for this long. */
const TURN_QUIET_MS = 2_500;
/** So long an answer, or the greeting, may take to begin: until then nobody is quiet, they think. */
const ANSWER_WITHIN_MS = 20_000;
const GREETING_WITHIN_MS = 4_000;

/** The call could not be made, or not be held. */
export class CallError extends Error {
  override readonly name = 'CallError';
}

export interface PhoneOptions {
  simulatorUrl: string;
  from: string;
  /** The number that is called. */
  ownNumber: string;
  /** Whether what is to be said waits for the agent to be quiet; otherwise it may interrupt. */
  inTurn: boolean;
  print: (line: string) => void;
}

export interface PhoneCall {
  say(text: string): void;
  hangUp(): void;
  /** When nothing more is said or heard for a while. */
  hangUpOnceQuiet(): void;
  /** Settles when the call is over; rejects with a CallError when the simulator is gone. */
  readonly ended: Promise<void>;
}

interface State {
  callSid: string;
  status: string;
  speaking: unknown;
}
interface Heard {
  words: { text: string; cut: boolean; endMs: number }[];
  next: number;
}
interface Turn {
  said: string | null;
  heard: string;
  responseMs: number | null;
  bargeInMs: number | null;
}

/**
 * Has the simulator call our number; prints what the caller heard at each pause, the texts that come in meanwhile, and the
 * times of each turn.
 */
export async function phone({
  simulatorUrl,
  from,
  ownNumber,
  inTurn,
  print,
}: PhoneOptions): Promise<PhoneCall> {
  if (!parseE164(from))
    throw new CallError(`"${from}" is no phone number. Write it with + and country code: +15550100001`);
  if (from === ownNumber) throw new CallError(`${from} is Parley's own number. Call from another one.`);
  const { callSid } = await ask<State>(`${simulatorUrl}/control/calls`, { from });
  const url = `${simulatorUrl}/control/calls/${callSid}`;
  const texts = await Texts.of(from, simulatorUrl, print);
  const speech: string[] = [];
  let isHangingUp = false;
  let quietSince: number | undefined;
  print(`${from} calls (${callSid}). Type what the caller says; /hangup ends the call.`);

  async function hold(): Promise<void> {
    const listener = new Listener(url, print);
    for (;;) {
      const { status } = await ask<State>(url);
      if (status === 'in-progress') {
        listener.answered();
        const mayTalk = !inTurn || listener.isQuietFor(TURN_QUIET_MS);
        for (const text of mayTalk ? speech.splice(0, inTurn ? 1 : speech.length) : []) {
          print(`caller  ▸ ${text}`);
          await ask(`${url}/say`, { text, wait: inTurn });
          // What was heard up to here is no answer to it.
          await listener.listen();
          listener.said();
        }
      }
      await listener.listen();
      await texts.show();
      if (isOver(status)) return listener.close(status);
      const isQuiet = quietSince !== undefined && status === 'in-progress' && listener.isQuietFor(QUIET_MS);
      if (isHangingUp || (isQuiet && speech.length === 0)) await ask(`${url}/hangup`, {});
      await delay(POLL_MS);
    }
  }

  return {
    say: (text) => void speech.push(text),
    hangUp: () => (isHangingUp = true),
    hangUpOnceQuiet: () => (quietSince ??= performance.now()),
    ended: hold(),
  };
}

/** The texts that come in on the caller's phone meanwhile. */
class Texts {
  #next = 0;

  private constructor(
    private readonly url: string,
    private readonly print: (line: string) => void,
  ) {}

  static async of(number: string, simulatorUrl: string, print: (line: string) => void): Promise<Texts> {
    const query = new URLSearchParams({ to: number, direction: 'outbound' });
    const texts = new Texts(`${simulatorUrl}/control/messages?${query.toString()}`, print);
    await texts.#read();
    return texts;
  }

  async show(): Promise<void> {
    for (const text of await this.#read()) this.print(`text    ▸ ${text}`);
  }

  async #read(): Promise<string[]> {
    const url = `${this.url}&since=${this.#next}&waitMs=0`;
    const { messages, next } = await ask<{ messages: { body: string }[]; next: number }>(url);
    this.#next = next;
    return messages.map(({ body }) => body);
  }
}

/** Puts words together to lines: one for each stretch of speech. */
class Listener {
  #lastSoundAt = performance.now();
  /** When to give up on an answer that has not begun. */
  #awaitedUntil = 0;
  #next = 0;
  #line: string[] = [];
  #told = new Set<string>();
  #isAnswered = false;

  constructor(
    private readonly url: string,
    private readonly print: (line: string) => void,
  ) {}

  said(): void {
    this.#await(ANSWER_WITHIN_MS);
  }

  /** Whether nobody has spoken for so long, and nobody is about to. */
  isQuietFor(ms: number): boolean {
    const now = performance.now();
    return now > this.#awaitedUntil && now - this.#lastSoundAt > ms;
  }

  #await(withinMs: number): void {
    this.#lastSoundAt = performance.now();
    this.#awaitedUntil = this.#lastSoundAt + withinMs;
  }

  /** The call was taken; the greeting is yet to come. */
  answered(): void {
    if (this.#isAnswered) return;
    this.#isAnswered = true;
    this.#await(GREETING_WITHIN_MS);
  }

  async listen(): Promise<void> {
    const { words, next } = await ask<Heard>(`${this.url}/heard?since=${this.#next}`);
    this.#next = next;
    if (words.length > 0) {
      this.#lastSoundAt = performance.now();
      this.#awaitedUntil = 0;
    }
    this.#line.push(...words.map(({ text, cut }) => (cut ? `${text}—` : text)));
    const isPause = performance.now() - this.#lastSoundAt > 600;
    if (this.#line.length === 0 || !isPause) return;
    this.#flush();
    await this.#tellTimes();
  }

  async close(status: string): Promise<void> {
    this.#flush();
    await this.#tellTimes();
    this.print(`The call is over (${status}).`);
  }

  #flush(): void {
    if (this.#line.length > 0) this.print(`agent   ▸ ${this.#line.join(' ')}`);
    this.#line = [];
  }

  /** Once: a turn's answer may come long after its interruption was told. */
  #tell(key: string, time: string): void {
    if (this.#told.has(key)) return;
    this.#told.add(key);
    this.print(`          ${time}`);
  }

  async #tellTimes(): Promise<void> {
    const { turns } = await ask<{ turns: Turn[] }>(`${this.url}/turns`);
    for (const [turnNo, { bargeInMs, responseMs }] of turns.entries()) {
      if (bargeInMs !== null) {
        this.#tell(`${turnNo} silent`, `fell silent ${Math.round(bargeInMs)} ms after the caller began`);
      }
      if (responseMs !== null) {
        this.#tell(`${turnNo} answered`, `answered ${Math.round(responseMs)} ms after they ended`);
      }
    }
  }
}

function isOver(status: string): boolean {
  return ['completed', 'busy', 'no-answer', 'canceled', 'failed'].includes(status);
}

async function ask<T>(url: string, body?: object): Promise<T> {
  const request = body && {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  };
  const response = await fetch(url, request).catch(() => {
    throw new CallError('The simulator does not answer. Does npm start still run?');
  });
  const text = await response.text();
  if (!response.ok) throw new CallError(`The simulator refused (${response.status}): ${text}`);
  return JSON.parse(text) as T;
}
