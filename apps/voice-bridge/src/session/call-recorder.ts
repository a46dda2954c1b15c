import { Injectable, Logger } from '@nestjs/common';
import type { CallId, ContactId, ConversationId } from '@parley/kernel';
import { retryWithin, withTimeout } from '@parley/resilience';
import { newId } from '@parley/service-kit';
import type { Call, EndReason, UnavailableReason } from '../calls/call.js';
import { CallStore, type ClaimedStream, type HeldStream } from '../calls/call-store.js';
import { EndCall } from '../calls/end-call.js';
import { HangUpCall } from '../calls/hang-up-call.js';
import { RecordTurn } from '../calls/record-turn.js';
import { ClaimCall } from '../calls/claim-call.js';
import { TurnStore } from '../calls/turn-store.js';
import { TurnLedger } from './turn-ledger.js';
import { PendingWrites } from './pending-writes.js';

/** A caller hears nothing until the call is claimed: after this Twilio goes on with the next verb. */
const CLAIM_WITHIN_MS = 3_000;
const END_WITHIN_MS = 10_000;
/** The caller hears nothing meanwhile. A call that is not given up by then ends as one whose connection was lost. */
const GIVE_UP_WITHIN_MS = 2_000;
/** A record that cannot be stored by then is lost, unless a later turn brought it to the orchestrator. */
const STORE_WITHIN_MS = 60_000;
/** A request holds no more records than this. */
const RECENT_RECORDS = 20;
/**
 * A sentence is stored before the voice gets it, which takes 0.2 ms (9 ms at the 99th percentile on a busy machine). If
 * Postgres takes longer than this, the sentence is spoken all the same: docs/decisions/0007.
 */
const SENTENCE_WAITS_MS = 250;

/** Stores what happens in calls. Each write is retried for a while, also after its media socket has closed. */
@Injectable()
export class CallRecorder {
  readonly #logger = new Logger(CallRecorder.name);
  readonly #work = new PendingWrites();

  constructor(
    private readonly claimCall: ClaimCall,
    private readonly recordTurn: RecordTurn,
    private readonly hangUpCall: HangUpCall,
    private readonly endCall: EndCall,
    private readonly calls: CallStore,
    private readonly turns: TurnStore,
  ) {}

  /** This media stream claims the call; undefined if it may not. */
  async claim(call: Call, callSid: string, stream: HeldStream): Promise<ClaimedStream | undefined> {
    return retryWithin(CLAIM_WITHIN_MS, () => this.claimCall.execute(call, callSid, stream));
  }

  /** A call that another media stream carried before goes on with its turn numbers and its unacknowledged turns. */
  async ledgerOf({ call, lastTurnNo }: ClaimedStream, stream: HeldStream): Promise<TurnLedger> {
    const unacknowledged = lastTurnNo === 0 ? [] : await this.turns.newest(call.id, RECENT_RECORDS);
    const wallAtZeroMs = Date.now() - performance.now();
    return new TurnLedger({
      lastTurnNo,
      unacknowledged,
      newTurnId: () => newId('turn'),
      wallTime: (atMs) => new Date(wallAtZeroMs + atMs),
      storeOpen: (turn) =>
        withTimeout(
          SENTENCE_WAITS_MS,
          this.#inOrder(stream, () => this.turns.storeOpen(stream, turn)),
          () => undefined,
        ),
      record: (record) =>
        void this.#inOrder(stream, () =>
          retryWithin(STORE_WITHIN_MS, () => this.recordTurn.execute(call, record, stream)),
        ),
    });
  }

  /** False if it could not be stored. */
  async setConversation(
    callId: CallId,
    conversation: { conversationId: ConversationId; contactId: ContactId },
  ): Promise<boolean> {
    const stored = this.#work.track(this.calls.setConversation(callId, conversation)).then(() => true);
    return stored.catch((error: unknown) => {
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

  /** A vendor that the call cannot do without is unavailable. */
  async giveUp({ id }: Call, { streamToken }: HeldStream, reason: UnavailableReason): Promise<void> {
    await this.#work.track(retryWithin(GIVE_UP_WITHIN_MS, () => this.endCall.begin(id, reason, streamToken)));
  }

  /** The call is over with this stream. Recorded after its last turn, because the end counts the turns. */
  async end({ id: callId }: Call, stream: HeldStream, reason: EndReason): Promise<void> {
    const endedAt = new Date();
    await this.#work.inOrder(stream, () =>
      retryWithin(END_WITHIN_MS, () => this.endCall.execute(callId, reason, endedAt, stream)),
    );
  }

  /** The socket is lost and the call may go on without it, once the turns of its stream are stored. */
  async release(stream: HeldStream): Promise<void> {
    await this.#work.inOrder(stream, () => retryWithin(END_WITHIN_MS, () => this.calls.release(stream)));
  }

  /** Settles when all writes are done, or given up. */
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
    this.#logger.error({ err: error }, 'Could not store what happened in a call');
  }
}
