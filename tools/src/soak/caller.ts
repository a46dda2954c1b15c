import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { assertNever } from '@parley/kernel';
import type { SimulatedCall } from '@parley/local-stack';
import { someNumber } from '@parley/testing';
import {
  type CallKind,
  type Conversation,
  isMisbehaviour,
  type Misbehaviour,
  type PlannedCall,
} from './call-plan.js';
import { MediaLine } from './media-line.js';
import { AGENT, type SoakStack } from './stack.js';

/** What became of a call. */
export interface PlayedCall {
  readonly number: number;
  readonly kind: CallKind;
  /** Twilio's name of it. */
  readonly callSid: string;
  /** What the caller said and was answered to: the words were heard back. */
  readonly answered: readonly string[];
  /** `cut short`: it was over before its caller had done all; a slow machine may do that. */
  readonly end: 'as planned' | 'cut short' | 'stuck';
  readonly detail?: string;
}

const POLICY_VIOLATION = 1008;
/** Well above what the bridge allows in its window. */
const FLOOD_FRAMES = 2_500;
const MALFORMED_FRAMES = 10;
const HANG_UP_AT_WORD = '"Please';

/** Plays one call to its end, whatever happens in it. */
export async function playCall(stack: SoakStack, plan: PlannedCall): Promise<PlayedCall> {
  const caller = new Caller(stack, plan);
  const { number, kind } = plan;
  let failure: string | undefined;
  try {
    await caller.play();
  } catch (error) {
    failure = error instanceof Error ? error.message : String(error);
  }
  const isOver = await caller.leave();
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
    return isMisbehaviour(kind) ? this.#misbehave(kind) : this.#hold(kind);
  }

  /** Whether the call was over before it is hung up on. */
  async leave(): Promise<boolean> {
    if (!this.#call) return true;
    const { endedMs } = await this.#call.state();
    if (endedMs === null) await this.#call.act('hangup');
    return endedMs !== null;
  }

  async #dial(): Promise<SimulatedCall> {
    this.#call = await this.stack.parley.simulator.call(someNumber());
    this.callSid = this.#call.callSid;
    return this.#call;
  }

  async #hold(kind: Conversation): Promise<void> {
    const call = await this.#dial();
    if (kind === 'hangs up while it rings or is greeted') {
      await delay(this.plan.patienceMs);
      return call.act('hangup');
    }
    await call.untilHeard(AGENT.voice.greeting);
    const [first, second] = this.plan.says as [string, string];
    switch (kind) {
      case 'talks':
        await this.#ask(call, first);
        await call.untilQuiet();
        await this.#ask(call, second);
        return call.act('hangup');
      case 'interrupts':
        await this.#sayUntilAnswered(call, first);
        await this.#ask(call, second);
        return call.act('hangup');
      case 'hangs up while the agent thinks':
        await call.say(first);
        await delay(this.plan.patienceMs / 5);
        return call.act('hangup');
      case 'hangs up in mid-answer':
        await this.#sayUntilAnswered(call, first);
        return call.act('hangup');
      case 'falls silent':
        for (const line of [...AGENT.voice.reprompts, AGENT.voice.goodbye]) await call.untilHeard(line);
        return call.untilStatus('completed');
      case 'is hung up on by REST':
        await this.stack.hangUp(call.callSid);
        return call.untilStatus('completed');
      case 'loses the socket in mid-answer':
        await this.#sayUntilAnswered(call, first);
        await call.act('drop-socket');
        return call.untilStatus('completed');
      case 'loses the socket':
        await call.act('drop-socket');
        return call.untilStatus('completed');
      case 'opens a second socket':
        await call.act('second-socket', { olderCarriesAudio: this.plan.patienceMs % 2 === 0 });
        await call.events('stream-started', 2);
        await this.#ask(call, first);
        return call.act('hangup');
      default:
        return assertNever(kind);
    }
  }

  async #ask(call: SimulatedCall, text: string): Promise<void> {
    await call.say(text);
    await call.untilHeard(`you said "${text}"`);
    this.answered.push(text);
  }

  /** Until the agent is in the middle of its answer, which repeats what was said. */
  async #sayUntilAnswered(call: SimulatedCall, text: string): Promise<void> {
    await call.say(text);
    await call.untilHeard(HANG_UP_AT_WORD);
    this.answered.push(text);
  }

  /** Somebody who speaks with the media socket themselves. The call behind it is over afterwards, as Twilio would say. */
  async #misbehave(how: Misbehaviour): Promise<void> {
    this.callSid = `CA${randomBytes(16).toString('hex')}`;
    const streamUrl = await this.stack.ring(this.callSid);
    try {
      const url = how === 'brings a wrong token' ? `${streamUrl.slice(0, -4)}0000` : streamUrl;
      const line = await MediaLine.open(url, this.stack.parley.signatureOf(url));
      if (how === 'brings a wrong token') return expectThat(!line, 'it was let in');
      if (!line) throw new Error('it was not let in');
      if (how === 'leaves before start') return line.leave();
      if (how !== 'never sends start') line.start(this.stack.parley.twilioAccountSid, this.callSid);
      if (how === 'sends nonsense')
        for (let count = 0; count < MALFORMED_FRAMES; count += 1) line.sendRaw('nonsense');
      if (how === 'floods')
        for (let count = 0; count < FLOOD_FRAMES; count += 1) line.sendRaw('{"event":"an unknown one"}');
      const { code, reason } = await line.closed;
      expectThat(code === POLICY_VIOLATION, `its socket was closed with ${code} ${reason}`);
    } finally {
      await this.stack.over(this.callSid);
    }
  }
}

function expectThat(condition: boolean, otherwise: string): void {
  if (!condition) throw new Error(otherwise);
}
