import {
  MAX_LEDGER_BYTES,
  MAX_LEDGER_ENTRIES,
  type NoReplyReason,
  type SpokenReply,
  type TurnRecord,
} from '@parley/contracts';
import { assertNever, type TurnId } from '@parley/kernel';
import {
  addCounters,
  closeEntry,
  type CutReason,
  type LedgerDraft,
  type LedgerEntry,
  type Phrase,
  recordMoment,
  openEntry,
  type SpokenText,
  type TurnCounters,
  type TurnTimings,
  type UnansweredReason,
  unansweredEntry,
} from '@parley/turn-taking';
import type { OpenTurn } from '../calls/open-turn.js';

export interface LedgerOptions {
  /** The number of turns that an earlier media stream of this call recorded. */
  readonly lastTurnNo: number;
  /** The turns of that stream that the agent may not have acknowledged. */
  readonly unacknowledged: readonly TurnRecord[];
  newTurnId(): TurnId;
  /** Converts a moment of `performance.now()` to wall-clock time. */
  wallTime(atMs: number): Date;
  /** Stores the current state of the turn. Settles when the state is stored, or after too long. */
  storeOpen(turn: OpenTurn): Promise<void>;
  /** Stores the record of a finished turn. */
  record(record: TurnRecord): void;
}

interface TurnUnderWay {
  readonly turnId: TurnId;
  draft: LedgerDraft;
  readonly sentences: string[];
}

/** The ledger of a call. Each turn is closed once, stored, and sent with every request until the agent's log has it. */
export class TurnLedger {
  readonly #open = new Map<number, TurnUnderWay>();
  #unacknowledged: TurnRecord[];

  constructor(private readonly options: LedgerOptions) {
    this.#unacknowledged = [...options.unacknowledged];
  }

  /** Returns a turn's number in the whole call; each media stream counts its own turns from 1. */
  numberOf(turnNo: number): number {
    return this.options.lastTurnNo + turnNo;
  }

  /** Returns the oldest turns that the agent has not acknowledged, as many as fit into a request. */
  get unacknowledged(): TurnRecord[] {
    const taken: TurnRecord[] = [];
    let bytes = 2;
    for (const record of this.#unacknowledged) {
      bytes += Buffer.byteLength(JSON.stringify(record)) + 1;
      if (taken.length === MAX_LEDGER_ENTRIES || bytes > MAX_LEDGER_BYTES) break;
      taken.push(record);
    }
    return taken;
  }

  acknowledge(throughTurnNo: number): void {
    this.#unacknowledged = this.#unacknowledged.filter(({ turnNo }) => turnNo > throughTurnNo);
  }

  open(
    turnNo: number,
    opening: { said?: string; phrase?: Phrase; timings?: TurnTimings } = {},
  ): TurnUnderWay {
    const turn: TurnUnderWay = {
      turnId: this.options.newTurnId(),
      draft: openEntry(turnNo, opening),
      sentences: [],
    };
    this.#open.set(turnNo, turn);
    return turn;
  }

  /** Stores the person's words, before the agent replies. */
  async storeSaid(turnNo: number): Promise<void> {
    const turn = this.#open.get(turnNo);
    if (turn) await this.#storeOpen(turn);
  }

  /** Adds a sentence to the reply. The sentence may be spoken once this settles. */
  async addSentence(turnNo: number, sentence: string): Promise<void> {
    const turn = this.#open.get(turnNo);
    if (!turn) return;
    turn.sentences.push(sentence);
    await this.#storeOpen(turn);
  }

  recordMoment(turnNo: number, moment: keyof TurnTimings, atMs: number): void {
    const turn = this.#open.get(turnNo);
    if (turn) turn.draft = recordMoment(turn.draft, moment, atMs);
  }

  addCounters(turnNo: number, more: Partial<TurnCounters>): void {
    const turn = this.#open.get(turnNo);
    if (turn) turn.draft = addCounters(turn.draft, more);
  }

  close(turnNo: number, said: SpokenText, cut: CutReason | undefined, nowMs: number): void {
    const turn = this.#open.get(turnNo) ?? this.open(turnNo);
    const { reply, heard } = said;
    // A reply that was neither interrupted nor heard to its end lost its voice. A reply heard to its end was not
    // interrupted, even if speech follows at once.
    const why = heard === reply ? undefined : (cut ?? 'failure');
    const reason = reply === '' ? cut : why;
    const entry = closeEntry(turn.draft, { reply, heard, ...(reason && { cut: reason }) });
    this.#close(turn, entry, said.heardMs, nowMs);
  }

  closeUnanswered(turnNo: number, reason: UnansweredReason, nowMs: number): void {
    const turn = this.#open.get(turnNo) ?? this.open(turnNo);
    this.#close(turn, unansweredEntry(turn.draft, reason), 0, nowMs);
  }

  async #storeOpen({ turnId, draft, sentences }: TurnUnderWay): Promise<void> {
    await this.options.storeOpen({
      turnNo: this.numberOf(draft.turnNo),
      turnId,
      said: draft.said,
      kind: draft.phrase ?? 'answer',
      sentences: [...sentences],
      timings: this.#timingsOf(draft.timings),
      counters: countersOf(draft.counters),
    });
  }

  #close({ turnId }: TurnUnderWay, entry: LedgerEntry, heardMs: number, nowMs: number): void {
    this.#open.delete(entry.turnNo);
    const record = this.#recordOf(turnId, entry, heardMs, nowMs);
    this.#unacknowledged.push(record);
    this.#unacknowledged.sort((one, other) => one.turnNo - other.turnNo);
    this.options.record(record);
  }

  #recordOf(turnId: TurnId, entry: LedgerEntry, heardMs: number, nowMs: number): TurnRecord {
    return {
      turnNo: this.numberOf(entry.turnNo),
      turnId,
      said: entry.said,
      ...(entry.reply === ''
        ? { noReplyReason: noReplyReasonOf(entry) }
        : { reply: replyOf(entry, heardMs) }),
      timings: this.#timingsOf(entry.timings),
      counters: countersOf(entry.counters),
      endedAt: this.options.wallTime(nowMs).toISOString(),
    };
  }

  #timingsOf(timings: TurnTimings): TurnRecord['timings'] {
    const named: [keyof TurnRecord['timings'], number | undefined][] = [
      ['speechEndAt', timings.speechEndMs],
      ['sttFinalAt', timings.sttFinalMs],
      ['firstTokenAt', timings.firstTokenMs],
      ['firstAudioAt', timings.firstAudioMs],
      ['firstHeardAt', timings.firstMarkHeardMs],
    ];
    return Object.fromEntries(
      named.flatMap(([name, atMs]) =>
        atMs === undefined ? [] : [[name, this.options.wallTime(atMs).toISOString()]],
      ),
    );
  }
}

function countersOf(counters: TurnCounters): TurnCounters {
  return { ...counters, sttMs: Math.round(counters.sttMs) };
}

function replyOf(entry: LedgerEntry, heardMs: number): SpokenReply {
  return {
    kind: entry.phrase ?? 'answer',
    text: entry.reply,
    heardText: entry.heard,
    ...(entry.cut && { cutBy: entry.cut.reason }),
    heardMs,
  };
}

function noReplyReasonOf({ unanswered, cut }: LedgerEntry): Exclude<NoReplyReason, 'unknown'> {
  switch (unanswered) {
    case 'backchannel':
    case 'echo':
      return unanswered;
    case 'too-few-words':
      return 'backchannel';
    case 'call-over':
      return unanswered;
    case undefined:
      if (cut?.reason === 'failure') return 'agent-unavailable';
      return !cut || cut.reason === 'barge-in' ? 'agent-silent' : 'call-over';
    default:
      return assertNever(unanswered);
  }
}
