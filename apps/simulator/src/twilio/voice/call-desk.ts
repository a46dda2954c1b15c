import { limits } from '../../limits.js';
import { BoundedLog } from '../../log/bounded-log.js';
import type { Schedule } from '../../schedule.js';
import type { VoiceSettings } from '../../voice-settings.js';
import type { TwilioAccount } from '../account.js';
import { newSid } from '../ids.js';
import type { WebhookClient } from '../webhook-client.js';
import { Call, type CallCallback, type CallStatus, type NewCall } from './call.js';
import { CallEventLog } from './call-events.js';
import { CallReports } from './call-reports.js';
import type { Callees } from './callees.js';
import { FrameClock } from './frame-clock.js';
import { TwimlRunner, type TwimlSource } from './twiml-runner.js';

export interface IncomingCall {
  readonly from: string;
  readonly to: string;
  readonly url: string;
  readonly fallbackUrl?: string | undefined;
  readonly statusUrl?: string | undefined;
  readonly params: Record<string, string>;
  readonly signed: boolean;
  readonly pace?: number | undefined;
  readonly failedHandshake?: 'next-verb' | 'hang-up' | undefined;
  readonly streamSidFirst: boolean;
}

export interface OutgoingCall {
  readonly from: string;
  readonly to: string;
  readonly source: TwimlSource;
  readonly callback?: CallCallback | undefined;
  readonly timeLimitMs: number;
  readonly detection: { readonly isAsync: boolean; readonly callbackUrl: string | null } | null;
}

/** All calls of the account, oldest first. */
class CallStore extends BoundedLog<Call> {
  private readonly bySid = new Map<string, Call>();

  constructor() {
    super(limits.calls, (evicted) => this.bySid.delete(evicted.sid));
  }

  add(make: (index: number) => Call): Call {
    const call = this.append(make);
    this.bySid.set(call.sid, call);
    return call;
  }

  find(sid: string): Call | undefined {
    return this.bySid.get(sid);
  }

  override clear(): void {
    this.bySid.clear();
    super.clear();
  }
}

/** Places calls, moves them, ends them. */
export class CallDesk {
  readonly store = new CallStore();
  readonly events = new CallEventLog();
  isReleased = false;
  private readonly clock = new FrameClock();
  private readonly reports: CallReports;
  private readonly runner: TwimlRunner;

  constructor(
    account: TwilioAccount,
    webhooks: WebhookClient,
    private readonly settings: VoiceSettings,
    private readonly callees: Callees,
    private readonly schedule: Schedule,
  ) {
    this.reports = new CallReports(account, webhooks);
    this.runner = new TwimlRunner({
      account,
      webhooks,
      reports: this.reports,
      settings,
      callees,
      answer: (call) => this.answer(call),
    });
  }

  /** Somebody calls one of our numbers. */
  receive(incoming: IncomingCall): Call {
    const { from, to, params, signed, failedHandshake, streamSidFirst, statusUrl } = incoming;
    const call = this.open({
      sid: newSid('CA'),
      direction: 'inbound',
      from,
      to,
      params,
      signed,
      failedHandshake,
      streamSidFirst,
      pace: incoming.pace ?? this.settings.twilio.pace,
      callback: statusUrl === undefined ? undefined : { url: statusUrl, events: ['completed'] },
    });
    call.tell('status', { status: call.status });
    this.follow(call, { url: incoming.url, fallbackUrl: incoming.fallbackUrl, purpose: 'voice' });
    return call;
  }

  /** The services call somebody. */
  place(outgoing: OutgoingCall): Call {
    const { from, to, callback } = outgoing;
    const call = this.open({
      sid: newSid('CA'),
      direction: 'outbound-api',
      from,
      to,
      callback,
      params: {},
      signed: true,
      streamSidFirst: false,
      pace: this.settings.twilio.pace,
    });
    call.tell('status', { status: call.status });
    this.reports.status(call);
    this.schedule.after(0, () => this.ring(call, outgoing));
    return call;
  }

  /** A REST update: to other TwiML, which is fetched before what runs now is stopped. */
  async move(call: Call, source: TwimlSource): Promise<void> {
    if (call.status !== 'in-progress') return this.follow(call, source);
    const fetched = 'twiml' in source ? source : await this.runner.fetch(call, source);
    if (!call.isOver) this.follow(call, fetched);
  }

  /** The person hangs up, or REST ends the call. */
  end(call: Call, status: CallStatus): void {
    if (call.isOver) return;
    call.endedAt = Date.now();
    call.program.abort();
    call.leg?.stop();
    call.closeLine();
    this.moveTo(call, status);
    call.heard.changed();
  }

  clear(): void {
    for (const call of this.store.since(0)) this.silence(call);
    this.clock.clear();
    this.store.clear();
    this.events.clear();
  }

  release(): void {
    this.isReleased = true;
    for (const call of this.store.since(0)) call.release();
    this.store.release();
    this.events.release();
  }

  private open(is: NewCall): Call {
    return this.store.add((index) => new Call(index, is, this.clock, this.events));
  }

  private ring(call: Call, outgoing: OutgoingCall): void {
    if (call.isOver) return;
    this.moveTo(call, 'initiated');
    this.moveTo(call, 'ringing');
    const callee = this.callees.take(call.is.to);
    this.schedule.after(callee.afterMs, () => {
      if (call.isOver) return;
      if (callee.answer !== 'answers') return this.end(call, callee.answer);
      const { detection } = outgoing;
      if (detection) call.answeredBy = callee.answeredBy;
      this.answer(call);
      if (detection?.isAsync && detection.callbackUrl !== null) {
        this.reports.answeredBy(call, detection.callbackUrl);
      }
      if (callee.says !== undefined) void call.mouth.say(callee.says, call.is.pace);
      if (callee.hangsUpAfterMs !== undefined) {
        this.schedule.after(callee.hangsUpAfterMs, () => this.end(call, 'completed'));
      }
      this.schedule.after(outgoing.timeLimitMs, () => this.end(call, 'completed'));
      this.follow(call, outgoing.source);
    });
  }

  private answer(call: Call): void {
    if (call.isOver || call.answeredAt !== null) return;
    call.openLine();
    this.moveTo(call, 'in-progress');
  }

  private moveTo(call: Call, status: CallStatus): void {
    call.status = status;
    call.updatedAt = Date.now();
    call.tell('status', { status });
    this.reports.status(call);
    this.store.changed();
  }

  /** What ran before stops; this runs now. */
  private follow(call: Call, source: TwimlSource): void {
    call.program.abort();
    const program = new AbortController();
    call.program = program;
    void this.carryOut(call, source, program.signal);
  }

  private async carryOut(call: Call, source: TwimlSource, signal: AbortSignal): Promise<void> {
    try {
      const status = await this.runner.run(call, source, signal);
      if (status !== null && !signal.aborted) this.end(call, status);
    } catch (error) {
      console.error(error);
      this.end(call, 'failed');
    }
  }

  private silence(call: Call): void {
    call.program.abort();
    for (const leg of call.legs) leg.breakOff(true);
    call.closeLine();
    call.status = 'failed';
    call.release();
  }
}
