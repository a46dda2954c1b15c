import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { assertNever } from '@parley/kernel';
import type { SimulatedCall } from '@parley/local-stack';
import { someNumber } from '@parley/testing';
import {
  type CallKind,
  type CallerBehaviour,
  isMisbehaviour,
  type Misbehaviour,
  type PlannedCall,
} from './call-plan.js';
import { MisusedMediaSocket } from './misused-media-socket.js';
import { SOAK_AGENT, type SoakStack } from './stack.js';

/** The result of a planned call. */
export interface CallResult {
  readonly number: number;
  readonly kind: CallKind;
  readonly callSid: string;
  /** The caller's sentences to which the caller heard the answer. */
  readonly answered: readonly string[];
  /** `cut short` means the call ended before the plan was finished, which can happen on a slow machine. */
  readonly end: 'as planned' | 'cut short' | 'stuck';
  readonly detail?: string;
}

const POLICY_VIOLATION = 1008;
/** More frames than voice-bridge accepts in its time window. */
const FLOOD_FRAMES = 2_500;
const MALFORMED_FRAMES = 10;
const FIRST_ANSWER_WORD = '"Please';

/** Makes one planned call. Never rejects: the result describes failures. */
export async function makeCall(stack: SoakStack, plan: PlannedCall): Promise<CallResult> {
  const caller = new Caller(stack, plan);
  const { number, kind } = plan;
  let failure: string | undefined;
  try {
    await caller.play();
  } catch (error) {
    failure = error instanceof Error ? error.message : String(error);
  }
  const isOver = await caller.hangUp();
  const { callSid, answered } = caller;
  if (failure === undefined) return { number, kind, callSid, answered, end: 'as planned' };
  return { number, kind, callSid, answered, end: isOver ? 'cut short' : 'stuck', detail: failure };
}

class Caller {
  readonly answered: string[] = [];
  callSid = '';
  #call: SimulatedCall | undefined;

  constructor(
    private readonly stack: SoakStack,
    private readonly plan: PlannedCall,
  ) {}

  async play(): Promise<void> {
    const { kind } = this.plan;
    return isMisbehaviour(kind) ? this.#misbehave(kind) : this.#holdConversation(kind);
  }

  /** Hangs up if necessary; returns whether the call had already ended. */
  async hangUp(): Promise<boolean> {
    if (!this.#call) return true;
    const { endedMs } = await this.#call.state();
    if (endedMs === null) await this.#call.command('hangup');
    return endedMs !== null;
  }

  async #dial(): Promise<SimulatedCall> {
    this.#call = await this.stack.parley.simulator.call(someNumber());
    this.callSid = this.#call.callSid;
    return this.#call;
  }

  async #holdConversation(kind: CallerBehaviour): Promise<void> {
    const call = await this.#dial();
    if (kind === 'hangs up while it rings or is greeted') {
      await delay(this.plan.patienceMs);
      return call.command('hangup');
    }
    await call.untilHeard(SOAK_AGENT.voice.greeting);
    const [first, second] = this.plan.says as [string, string];
    switch (kind) {
      case 'talks':
        await this.#ask(call, first);
        await call.untilQuiet();
        await this.#ask(call, second);
        return call.command('hangup');
      case 'interrupts':
        await this.#sayUntilAnswered(call, first);
        await this.#ask(call, second);
        return call.command('hangup');
      case 'hangs up while the agent thinks':
        await call.say(first);
        await delay(this.plan.patienceMs / 5);
        return call.command('hangup');
      case 'hangs up in mid-answer':
        await this.#sayUntilAnswered(call, first);
        return call.command('hangup');
      case 'falls silent':
        for (const phrase of [...SOAK_AGENT.voice.reprompts, SOAK_AGENT.voice.goodbye])
          await call.untilHeard(phrase);
        return call.untilStatus('completed');
      case 'is hung up on by REST':
        await this.stack.hangUp(call.callSid);
        return call.untilStatus('completed');
      case 'loses the socket in mid-answer':
        await this.#sayUntilAnswered(call, first);
        await call.command('drop-socket');
        return call.untilStatus('completed');
      case 'loses the socket':
        await call.command('drop-socket');
        return call.untilStatus('completed');
      case 'opens a second socket':
        await call.command('second-socket', { olderCarriesAudio: this.plan.patienceMs % 2 === 0 });
        await call.events('stream-started', 2);
        await this.#ask(call, first);
        return call.command('hangup');
      default:
        return assertNever(kind);
    }
  }

  async #ask(call: SimulatedCall, text: string): Promise<void> {
    await call.say(text);
    await call.untilHeard(`you said "${text}"`);
    this.answered.push(text);
  }

  /** Speaks and waits until the agent is in the middle of its answer, which quotes the sentence. */
  async #sayUntilAnswered(call: SimulatedCall, text: string): Promise<void> {
    await call.say(text);
    await call.untilHeard(FIRST_ANSWER_WORD);
    this.answered.push(text);
  }

  /** Opens a media socket directly and misuses it. Afterwards reports the call as completed, as Twilio would do. */
  async #misbehave(how: Misbehaviour): Promise<void> {
    this.callSid = `CA${randomBytes(16).toString('hex')}`;
    const streamUrl = await this.stack.announceCall(this.callSid);
    try {
      const url = how === 'brings a wrong token' ? `${streamUrl.slice(0, -4)}0000` : streamUrl;
      const socket = await MisusedMediaSocket.open(url, this.stack.parley.signatureOf(url));
      if (how === 'brings a wrong token')
        return expectThat(!socket, 'a media socket with a wrong token was accepted');
      if (!socket) throw new Error('the media socket was refused');
      if (how === 'leaves before start') return socket.close();
      if (how !== 'never sends start') socket.start(this.stack.parley.twilioAccountSid, this.callSid);
      if (how === 'sends nonsense')
        for (let count = 0; count < MALFORMED_FRAMES; count += 1) socket.sendRaw('nonsense');
      if (how === 'floods')
        for (let count = 0; count < FLOOD_FRAMES; count += 1) socket.sendRaw('{"event":"an unknown one"}');
      const { code, reason } = await socket.closed;
      expectThat(code === POLICY_VIOLATION, `the media socket was closed with ${code} ${reason}`);
    } finally {
      await this.stack.reportCallCompleted(this.callSid);
    }
  }
}

function expectThat(condition: boolean, otherwise: string): void {
  if (!condition) throw new Error(otherwise);
}
