import { setTimeout as delay } from 'node:timers/promises';
import { parseE164 } from '@parley/kernel';

const POLL_MS = 150;
/** Once the piped input has ended, the call is hung up after this much silence. */
const QUIET_MS = 4_000;
/** Piped sentences are spoken one after the other, each after this much silence of the agent. */
const TURN_QUIET_MS = 2_500;
/** The agent's answer may take this long to begin. Until then the call does not count as silent. */
const ANSWER_WITHIN_MS = 20_000;
const GREETING_WITHIN_MS = 4_000;

/** The call could not be made, or the simulator stopped during it. */
export class CallError extends Error {
  override readonly name = 'CallError';
}

export interface PhoneOptions {
  simulatorUrl: string;
  from: string;
  /** Parley's number, which is called. */
  ownNumber: string;
  /** True makes the caller wait for the agent's silence; false lets the caller interrupt. */
  waitForSilence: boolean;
  print: (line: string) => void;
}

export interface PhoneCall {
  say(text: string): void;
  hangUp(): void;
  /** Hangs up once neither side has spoken for a while. */
  hangUpOnceQuiet(): void;
  /** Resolves when the call has ended; rejects with a CallError when the simulator does not answer. */
  readonly ended: Promise<void>;
}

interface CallState {
  callSid: string;
  status: string;
  speaking: unknown;
}
interface HeardWords {
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
 * Makes the simulator call Parley's number. Prints what the caller heard at each pause, the texts that arrive during the
 * call, and the times of each turn.
 */
export async function startCall({
  simulatorUrl,
  from,
  ownNumber,
  waitForSilence,
  print,
}: PhoneOptions): Promise<PhoneCall> {
  if (!parseE164(from))
    throw new CallError(`"${from}" is not a phone number. Write it with + and country code: +15550100001`);
  if (from === ownNumber) throw new CallError(`${from} is Parley's own number. Use another number.`);
  const { callSid } = await request<CallState>(`${simulatorUrl}/control/calls`, { from });
  const url = `${simulatorUrl}/control/calls/${callSid}`;
  const texts = await IncomingTexts.of(from, simulatorUrl, print);
  const speech: string[] = [];
  let isHangingUp = false;
  let quietSince: number | undefined;
  print(`${from} calls (${callSid}). Type what the caller says; /hangup ends the call.`);

  async function holdCall(): Promise<void> {
    const listener = new Listener(url, print);
    for (;;) {
      const { status } = await request<CallState>(url);
      if (status === 'in-progress') {
        listener.callAnswered();
        const mayTalk = !waitForSilence || listener.isQuietFor(TURN_QUIET_MS);
        for (const text of mayTalk ? speech.splice(0, waitForSilence ? 1 : speech.length) : []) {
          print(`caller  ▸ ${text}`);
          await request(`${url}/say`, { text, wait: waitForSilence });
          // Words heard before this point are not the answer to this sentence.
          await listener.listen();
          listener.callerSpoke();
        }
      }
      await listener.listen();
      await texts.show();
      if (isOver(status)) return listener.close(status);
      const isQuiet = quietSince !== undefined && status === 'in-progress' && listener.isQuietFor(QUIET_MS);
      if (isHangingUp || (isQuiet && speech.length === 0)) await request(`${url}/hangup`, {});
      await delay(POLL_MS);
    }
  }

  return {
    say: (text) => void speech.push(text),
    hangUp: () => (isHangingUp = true),
    hangUpOnceQuiet: () => (quietSince ??= performance.now()),
    ended: holdCall(),
  };
}

/** Texts to the caller's number during the call. */
class IncomingTexts {
  #next = 0;

  private constructor(
    private readonly url: string,
    private readonly print: (line: string) => void,
  ) {}

  static async of(
    number: string,
    simulatorUrl: string,
    print: (line: string) => void,
  ): Promise<IncomingTexts> {
    const query = new URLSearchParams({ to: number, direction: 'outbound' });
    const texts = new IncomingTexts(`${simulatorUrl}/control/messages?${query.toString()}`, print);
    await texts.#read();
    return texts;
  }

  async show(): Promise<void> {
    for (const text of await this.#read()) this.print(`text    ▸ ${text}`);
  }

  async #read(): Promise<string[]> {
    const url = `${this.url}&since=${this.#next}&waitMs=0`;
    const { messages, next } = await request<{ messages: { body: string }[]; next: number }>(url);
    this.#next = next;
    return messages.map(({ body }) => body);
  }
}

/** Joins heard words to utterances and prints them. */
class Listener {
  #lastSoundAt = performance.now();
  /** Until this time the agent is expected to begin to speak. */
  #speechExpectedUntil = 0;
  #next = 0;
  #line: string[] = [];
  #printed = new Set<string>();
  #isAnswered = false;

  constructor(
    private readonly url: string,
    private readonly print: (line: string) => void,
  ) {}

  callerSpoke(): void {
    this.#expectSpeech(ANSWER_WITHIN_MS);
  }

  /** Whether neither side has spoken for `ms` and no answer is expected. */
  isQuietFor(ms: number): boolean {
    const now = performance.now();
    return now > this.#speechExpectedUntil && now - this.#lastSoundAt > ms;
  }

  #expectSpeech(withinMs: number): void {
    this.#lastSoundAt = performance.now();
    this.#speechExpectedUntil = this.#lastSoundAt + withinMs;
  }

  /** Called when Parley has answered the call: the greeting is expected from now on. */
  callAnswered(): void {
    if (this.#isAnswered) return;
    this.#isAnswered = true;
    this.#expectSpeech(GREETING_WITHIN_MS);
  }

  async listen(): Promise<void> {
    const { words, next } = await request<HeardWords>(`${this.url}/heard?since=${this.#next}`);
    this.#next = next;
    if (words.length > 0) {
      this.#lastSoundAt = performance.now();
      this.#speechExpectedUntil = 0;
    }
    this.#line.push(...words.map(({ text, cut }) => (cut ? `${text}—` : text)));
    const isPause = performance.now() - this.#lastSoundAt > 600;
    if (this.#line.length === 0 || !isPause) return;
    this.#flush();
    await this.#printTimes();
  }

  async close(status: string): Promise<void> {
    this.#flush();
    await this.#printTimes();
    this.print(`The call has ended (${status}).`);
  }

  #flush(): void {
    if (this.#line.length > 0) this.print(`agent   ▸ ${this.#line.join(' ')}`);
    this.#line = [];
  }

  /** Prints each measured time only once, because a turn's answer can come long after its interruption. */
  #printOnce(key: string, time: string): void {
    if (this.#printed.has(key)) return;
    this.#printed.add(key);
    this.print(`          ${time}`);
  }

  async #printTimes(): Promise<void> {
    const { turns } = await request<{ turns: Turn[] }>(`${this.url}/turns`);
    for (const [turnNo, { bargeInMs, responseMs }] of turns.entries()) {
      if (bargeInMs !== null) {
        this.#printOnce(
          `${turnNo} silent`,
          `agent silent ${Math.round(bargeInMs)} ms after the caller began`,
        );
      }
      if (responseMs !== null) {
        this.#printOnce(
          `${turnNo} answered`,
          `agent answered ${Math.round(responseMs)} ms after the caller ended`,
        );
      }
    }
  }
}

function isOver(status: string): boolean {
  return ['completed', 'busy', 'no-answer', 'canceled', 'failed'].includes(status);
}

async function request<T>(url: string, body?: object): Promise<T> {
  const init = body && {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  };
  const response = await fetch(url, init).catch(() => {
    throw new CallError('The simulator does not answer. Is npm start still running?');
  });
  const text = await response.text();
  if (!response.ok) throw new CallError(`The simulator refused the request (${response.status}): ${text}`);
  return JSON.parse(text) as T;
}
