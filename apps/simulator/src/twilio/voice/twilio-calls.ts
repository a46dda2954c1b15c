import { limits } from '../../limits.js';
import { BoundedLog } from '../../log/bounded-log.js';
import type { CancellableTimers } from '../../cancellable-timers.js';
import type { VoiceSettings } from '../../voice-settings.js';
import type { TwilioAccount } from '../account.js';
import { newSid } from '../ids.js';
import type { WebhookClient } from '../webhook-client.js';
import { Call, type CallStatusCallback, type CallStatus, type CallDetails } from './call.js';
import { CallEventLog } from './call-events.js';
import { CallReports } from './call-reports.js';
import type { Callees } from './callees.js';
import { FrameClock } from './frame-clock.js';
import { TwimlRunner, type TwimlSource } from './twiml-runner.js';

export interface NewInboundCall {
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

export interface NewOutboundCall {
  readonly from: string;
  readonly to: string;
  readonly source: TwimlSource;
  readonly callback?: CallStatusCallback | undefined;
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

/** All phone calls of the account: starts, redirects and ends them. */
export class TwilioCalls {
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
    private readonly timers: CancellableTimers,
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

  /** Starts a call from a person to one of the account's numbers. */
  startInbound(inbound: NewInboundCall): Call {
    const { from, to, params, signed, failedHandshake, streamSidFirst, statusUrl } = inbound;
    const call = this.open({
      sid: newSid('CA'),
      direction: 'inbound',
      from,
      to,
      params,
      signed,
      failedHandshake,
      streamSidFirst,
      pace: inbound.pace ?? this.settings.twilio.pace,
      callback: statusUrl === undefined ? undefined : { url: statusUrl, events: ['completed'] },
    });
    call.logEvent('status', { status: call.status });
    this.runTwiml(call, { url: inbound.url, fallbackUrl: inbound.fallbackUrl, purpose: 'voice' });
    return call;
  }

  /** Starts a call from the services to a person. */
  startOutbound(outbound: NewOutboundCall): Call {
    const { from, to, callback } = outbound;
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
    call.logEvent('status', { status: call.status });
    this.reports.postStatus(call);
    this.timers.after(0, () => this.ring(call, outbound));
    return call;
  }

  /** Runs other TwiML after a REST update. The new TwiML is fetched before the running TwiML stops. */
  async redirect(call: Call, source: TwimlSource): Promise<void> {
    if (call.status !== 'in-progress') return this.runTwiml(call, source);
    const fetched = 'twiml' in source ? source : await this.runner.fetch(call, source);
    if (!call.isOver) this.runTwiml(call, fetched);
  }

  /** Ends a call, because the person hangs up, a REST request ends it, or its TwiML is finished. */
  end(call: Call, status: CallStatus): void {
    if (call.isOver) return;
    call.endedAt = Date.now();
    call.runningTwiml.abort();
    call.stream?.stop();
    call.stopAudio();
    this.setStatus(call, status);
    call.heard.changed();
  }

  clear(): void {
    for (const call of this.store.since(0)) this.abandon(call);
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

  private open(details: CallDetails): Call {
    return this.store.add((index) => new Call(index, details, this.clock, this.events));
  }

  private ring(call: Call, outbound: NewOutboundCall): void {
    if (call.isOver) return;
    this.setStatus(call, 'initiated');
    this.setStatus(call, 'ringing');
    const callee = this.callees.take(call.details.to);
    this.timers.after(callee.afterMs, () => {
      if (call.isOver) return;
      if (callee.answer !== 'answers') return this.end(call, callee.answer);
      const { detection } = outbound;
      if (detection) call.answeredBy = callee.answeredBy;
      this.answer(call);
      if (detection?.isAsync && detection.callbackUrl !== null) {
        this.reports.postAnsweredBy(call, detection.callbackUrl);
      }
      if (callee.says !== undefined) void call.speech.say(callee.says, call.details.pace);
      if (callee.hangsUpAfterMs !== undefined) {
        this.timers.after(callee.hangsUpAfterMs, () => this.end(call, 'completed'));
      }
      this.timers.after(outbound.timeLimitMs, () => this.end(call, 'completed'));
      this.runTwiml(call, outbound.source);
    });
  }

  private answer(call: Call): void {
    if (call.isOver || call.answeredAt !== null) return;
    call.startAudio();
    this.setStatus(call, 'in-progress');
  }

  private setStatus(call: Call, status: CallStatus): void {
    call.status = status;
    call.updatedAt = Date.now();
    call.logEvent('status', { status });
    this.reports.postStatus(call);
    this.store.changed();
  }

  /** Stops the running TwiML and starts another. */
  private runTwiml(call: Call, source: TwimlSource): void {
    call.runningTwiml.abort();
    const aborter = new AbortController();
    call.runningTwiml = aborter;
    void this.runToEnd(call, source, aborter.signal);
  }

  private async runToEnd(call: Call, source: TwimlSource, signal: AbortSignal): Promise<void> {
    try {
      const status = await this.runner.run(call, source, signal);
      if (status !== null && !signal.aborted) this.end(call, status);
    } catch (error) {
      console.error(error);
      this.end(call, 'failed');
    }
  }

  private abandon(call: Call): void {
    call.runningTwiml.abort();
    for (const stream of call.streams) stream.breakOff(true);
    call.stopAudio();
    call.status = 'failed';
    call.release();
  }
}
