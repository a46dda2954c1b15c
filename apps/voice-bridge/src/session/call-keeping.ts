import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { CallStateChanged, SpokenTurnCompleted, type TurnRecord } from '@parley/contracts';
import type { CallId, ContactId, ConversationId } from '@parley/kernel';
import { RetryableError, retryWithin } from '@parley/messaging';
import { Outbox, Transactions } from '@parley/persistence';
import { newId } from '@parley/service-kit';
import { type Call, type EndReason, originOf } from '../calls/call.js';
import { CallControl } from '../calls/call-control.js';
import { CallStore, type ClaimedStream, type HeldStream } from '../calls/call-store.js';
import { EndCall } from '../calls/end-call.js';
import { TurnStore } from '../calls/turn-store.js';
import { TurnLedger } from './turn-ledger.js';

/** A caller whose call cannot be claimed by then hears nothing: let Twilio go on with the next verb. */
const CLAIM_WITHIN_MS = 3_000;
const END_WITHIN_MS = 10_000;
/** A record that cannot be kept by then is lost, unless the orchestrator got it with a later turn. */
const KEEP_WITHIN_MS = 60_000;
const TELL_TWILIO_WITHIN_MS = 5_000;
/** More of them than this has no request room anyway. */
const RECENT_RECORDS = 20;

/** What outlives a session: the call's row and its records, and Twilio's own idea of the call. */
@Injectable()
export class CallKeeping {
  readonly #logger = new Logger(CallKeeping.name);
  readonly #underWay = new Set<Promise<unknown>>();
  readonly #last = new WeakMap<HeldStream, Promise<void>>();

  constructor(
    private readonly calls: CallStore,
    private readonly turns: TurnStore,
    private readonly endCall: EndCall,
    private readonly control: CallControl,
    private readonly outbox: Outbox,
    private readonly transactions: Transactions,
  ) {}

  /** This socket takes the call; undefined when it may not. */
  async claim(call: Call, callSid: string, stream: HeldStream): Promise<ClaimedStream | undefined> {
    return retryWithin(CLAIM_WITHIN_MS, () =>
      this.transactions.run(async (tx) => {
        const claimed = await this.calls.claim(tx, call.id, callSid, stream.streamToken);
        if (claimed?.streamNo === 1) {
          const occurredAt = (claimed.call.answeredAt ?? new Date()).toISOString();
          const data = { ...originOf(claimed.call), state: 'answered' as const, occurredAt };
          await this.outbox.add(tx, { contract: CallStateChanged, data });
        }
        return claimed;
      }),
    );
  }

  /** A call that another socket carried before goes on with its numbers, and with what it may not have told. */
  async ledgerOf({ call, lastTurnNo }: ClaimedStream, stream: HeldStream): Promise<TurnLedger> {
    const unacknowledged = lastTurnNo === 0 ? [] : await this.turns.newest(call.id, RECENT_RECORDS);
    const wallAtZeroMs = Date.now() - performance.now();
    return new TurnLedger({
      lastTurnNo,
      unacknowledged,
      newTurnId: () => newId('turn'),
      wallTime: (atMs) => new Date(wallAtZeroMs + atMs),
      keep: (record) => void this.#after(stream, () => this.#keep(call, stream, record)),
    });
  }

  placed(callId: CallId, place: { conversationId: ConversationId; contactId: ContactId }): void {
    void this.#track(
      this.calls.placeInConversation(callId, place).catch((error: unknown) => this.#report(error)),
    );
  }

  /** Our side ends the call. First the row: whatever Twilio asks from now on, the call is not answered again. */
  async hangUp(call: Call, stream: HeldStream, reason: EndReason): Promise<void> {
    const isOurs = await this.#track(
      retryWithin(CLAIM_WITHIN_MS, () =>
        this.transactions.run((tx) => this.calls.beginEnding(tx, call.id, reason, stream.streamToken)),
      ),
    );
    if (!isOurs) return;
    await this.#track(retryWithin(TELL_TWILIO_WITHIN_MS, () => this.control.complete(call.callSid)));
    await this.#end(call, reason);
  }

  /** Twilio says that the call, or this stream of it, is over. */
  async over(call: Call): Promise<void> {
    await this.#end(call, 'caller-hung-up');
  }

  /** The socket is gone; the call may go on without it, once all that it had to keep is kept. */
  async released(stream: HeldStream): Promise<void> {
    await this.#after(stream, () => retryWithin(END_WITHIN_MS, () => this.calls.release(stream)));
  }

  /** Settles when everything under way is kept, or given up. */
  async settled(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.allSettled(this.#underWay);
  }

  async #keep(call: Call, stream: HeldStream, record: TurnRecord): Promise<void> {
    const deadlineMs = performance.now() + KEEP_WITHIN_MS;
    for (;;) {
      try {
        return await this.#keepNow(call, stream, record);
      } catch (error) {
        if (!(error instanceof RetryableError) || performance.now() >= deadlineMs) return this.#report(error);
        await delay(500);
      }
    }
  }

  /** A socket that has been succeeded keeps nothing: its successor gives out the same numbers. */
  async #keepNow(call: Call, stream: HeldStream, record: TurnRecord): Promise<void> {
    await this.transactions.run(async (tx) => {
      if (!(await this.calls.lockStream(tx, stream))) return;
      const isNew = await this.turns.add(tx, call.id, record);
      if (!isNew) return;
      await this.outbox.add(tx, { contract: SpokenTurnCompleted, data: { ...originOf(call), ...record } });
    });
  }

  async #end(call: Call, reason: EndReason): Promise<void> {
    const endedAt = new Date();
    await this.#track(
      retryWithin(END_WITHIN_MS, () => this.endCall.execute({ callId: call.id }, reason, endedAt)),
    );
  }

  /** One after the other, in the order in which they were asked for. */
  #after(stream: HeldStream, work: () => Promise<void>): Promise<void> {
    const last = this.#last.get(stream) ?? Promise.resolve();
    const next = this.#track(last.then(work, work));
    this.#last.set(stream, next);
    return next;
  }

  #report(error: unknown): void {
    this.#logger.error({ err: error }, 'what happened in a call could not be kept');
  }

  #track<T>(work: Promise<T>): Promise<T> {
    this.#underWay.add(work);
    const forget = (): void => void this.#underWay.delete(work);
    work.then(forget, forget);
    return work;
  }
}
