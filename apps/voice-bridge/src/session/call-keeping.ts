import { Injectable, Logger } from '@nestjs/common';
import type { CallId, ContactId, ConversationId } from '@parley/kernel';
import { retryWithin, withTimeout } from '@parley/resilience';
import { newId } from '@parley/service-kit';
import type { Call, EndReason, UnavailableReason } from '../calls/call.js';
import { CallStore, type ClaimedStream, type HeldStream } from '../calls/call-store.js';
import { EndCall } from '../calls/end-call.js';
import { GiveUpCall } from '../calls/give-up-call.js';
import { HangUpCall } from '../calls/hang-up-call.js';
import { KeepTurn } from '../calls/keep-turn.js';
import { TakeCall } from '../calls/take-call.js';
import { TurnStore } from '../calls/turn-store.js';
import { TurnLedger } from './turn-ledger.js';
import { WorkUnderWay } from './work-under-way.js';

/** A caller whose call cannot be claimed by then hears nothing: let Twilio go on with the next verb. */
const CLAIM_WITHIN_MS = 3_000;
const END_WITHIN_MS = 10_000;
/** The caller hears nothing meanwhile; without it the call ends as one whose connection was lost. */
const GIVE_UP_WITHIN_MS = 2_000;
/** A record that cannot be kept by then is lost, unless the orchestrator got it with a later turn. */
const KEEP_WITHIN_MS = 60_000;
/** More of them than this has no request room anyway. */
const RECENT_RECORDS = 20;
/**
 * A sentence is written down before the voice gets it, which takes 0.2 ms (9 ms at the 99th percentile on a busy
 * machine). Where Postgres takes longer than this it is spoken all the same: docs/decisions/0007.
 */
const SENTENCE_WAITS_MS = 250;

/** What outlives a session: each thing is tried again for a while, and outlasts the socket it is about. */
@Injectable()
export class CallKeeping {
  readonly #logger = new Logger(CallKeeping.name);
  readonly #work = new WorkUnderWay();

  constructor(
    private readonly takeCall: TakeCall,
    private readonly keepTurn: KeepTurn,
    private readonly hangUpCall: HangUpCall,
    private readonly giveUpCall: GiveUpCall,
    private readonly endCall: EndCall,
    private readonly calls: CallStore,
    private readonly turns: TurnStore,
  ) {}

  /** This socket takes the call; undefined when it may not. */
  async claim(call: Call, callSid: string, stream: HeldStream): Promise<ClaimedStream | undefined> {
    return retryWithin(CLAIM_WITHIN_MS, () => this.takeCall.execute(call, callSid, stream));
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
      keepOpen: (turn) =>
        withTimeout(
          SENTENCE_WAITS_MS,
          this.#inOrder(stream, () => this.turns.keepOpen(stream, turn)),
          () => undefined,
        ),
      keep: (record) =>
        void this.#inOrder(stream, () =>
          retryWithin(KEEP_WITHIN_MS, () => this.keepTurn.execute(call, record, stream)),
        ),
    });
  }

  /** False when it could not be written down. */
  async placed(
    callId: CallId,
    place: { conversationId: ConversationId; contactId: ContactId },
  ): Promise<boolean> {
    const written = this.#work.track(this.calls.placeInConversation(callId, place)).then(() => true);
    return written.catch((error: unknown) => {
      this.#report(error);
      return false;
    });
  }

  /** Our side ends the call. */
  async hangUp({ id }: Call, { streamToken }: HeldStream, reason: EndReason): Promise<void> {
    await this.#work.track(
      retryWithin(END_WITHIN_MS, () => this.hangUpCall.execute(id, reason, streamToken)),
    );
  }

  /** A vendor without which the call cannot go on is away. */
  async givenUp({ id }: Call, { streamToken }: HeldStream, reason: UnavailableReason): Promise<void> {
    await this.#work.track(
      retryWithin(GIVE_UP_WITHIN_MS, () => this.giveUpCall.execute(id, reason, streamToken)),
    );
  }

  /** The call is over with this stream. Recorded after its last turn, because the end counts the turns. */
  async over({ id: callId }: Call, stream: HeldStream, reason: EndReason): Promise<void> {
    const endedAt = new Date();
    await this.#work.inOrder(stream, () =>
      retryWithin(END_WITHIN_MS, () => this.endCall.execute(callId, reason, endedAt, stream)),
    );
  }

  /** The socket is gone; the call may go on without it, once all that it had to keep is kept. */
  async released(stream: HeldStream): Promise<void> {
    await this.#work.inOrder(stream, () => retryWithin(END_WITHIN_MS, () => this.calls.release(stream)));
  }

  /** Settles when everything under way is kept, or given up. */
  async settled(): Promise<void> {
    await this.#work.settled();
  }

  #inOrder(stream: HeldStream, work: () => Promise<void>): Promise<void> {
    return this.#reported(this.#work.inOrder(stream, work));
  }

  #reported(work: Promise<void>): Promise<void> {
    return work.catch((error: unknown) => this.#report(error));
  }

  #report(error: unknown): void {
    this.#logger.error({ err: error }, 'what happened in a call could not be kept');
  }
}
