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

/** The caller hears nothing until the call is claimed. After this time Twilio goes on with the next verb. */
const CLAIM_WITHIN_MS = 3_000;
const END_WITHIN_MS = 10_000;
/** The caller hears nothing during this time. If giving up takes longer, the call ends as one whose connection was lost. */
const GIVE_UP_WITHIN_MS = 2_000;
/** A record that is not stored within this time is lost, unless a later turn sent it to the orchestrator. */
const STORE_WITHIN_MS = 60_000;
/** The most records that one request holds. */
const RECENT_RECORDS = 20;
/**
 * A sentence is stored before the voice gets it. That takes 0.2 ms (9 ms at the 99th percentile on a busy machine). After
 * this time the sentence is spoken anyway: docs/decisions/0007.
 */
const SENTENCE_WAITS_MS = 250;

/** Stores the turns and states of calls. Each write is retried for a while, also after the media socket has closed. */
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

  /** Claims the call for this media stream. Returns undefined if this stream may not carry the call. */
  async claim(call: Call, callSid: string, stream: HeldStream): Promise<ClaimedStream | undefined> {
    return retryWithin(CLAIM_WITHIN_MS, () => this.claimCall.execute(call, callSid, stream));
  }

  /**
   * Makes the ledger of a media stream. It continues the turn numbers and the unacknowledged turns of the stream before.
   */
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

  /** Returns false if the conversation could not be stored. */
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

  /** Ends the call from our side. */
  async hangUp({ id }: Call, { streamToken }: HeldStream, reason: EndReason): Promise<void> {
    await this.#work.track(
      retryWithin(END_WITHIN_MS, () => this.hangUpCall.execute(id, reason, streamToken)),
    );
  }

  /** Marks the call as ending, because a vendor is unavailable. When the media socket closes, `ResumeCall` answers Twilio. */
  async giveUp({ id }: Call, { streamToken }: HeldStream, reason: UnavailableReason): Promise<void> {
    await this.#work.track(retryWithin(GIVE_UP_WITHIN_MS, () => this.endCall.begin(id, reason, streamToken)));
  }

  /** Records the end of the call after its last turn, because the end counts the turns. */
  async end({ id: callId }: Call, stream: HeldStream, reason: EndReason): Promise<void> {
    const endedAt = new Date();
    await this.#work.inOrder(stream, () =>
      retryWithin(END_WITHIN_MS, () => this.endCall.execute(callId, reason, endedAt, stream)),
    );
  }

  /** Releases the call once the turns of the lost stream are stored: it may go on with another stream. */
  async release(stream: HeldStream): Promise<void> {
    await this.#work.inOrder(stream, () => retryWithin(END_WITHIN_MS, () => this.calls.release(stream)));
  }

  /** Settles when every write has succeeded or was given up. */
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
    this.#logger.error({ err: error }, 'Could not store a turn or the state of a call; gave up');
  }
}
