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
  type Line,
  noteMoment,
  openEntry,
  type TurnCounters,
  type TurnTimings,
  type UnansweredReason,
  unansweredEntry,
} from '@parley/turn-taking';
import type { Said } from './mouth.js';

export interface LedgerOptions {
  /** Turns of this call that an earlier socket recorded. */
  readonly lastTurnNo: number;
  /** Of those, the ones that may not have been acknowledged. */
  readonly unacknowledged: readonly TurnRecord[];
  newTurnId(): TurnId;
  /** The moment on the wall of one on the clock of `performance.now()`. */
  wallTime(atMs: number): Date;
  /** Keeps a record for good. */
  keep(record: TurnRecord): void;
}

interface OpenTurn {
  readonly turnId: TurnId;
  draft: LedgerDraft;
}

/** What happened in a call, turn by turn: each is closed once, kept, and sent along until the agent's log has it. */
export class TurnLedger {
  readonly #open = new Map<number, OpenTurn>();
  #unacknowledged: TurnRecord[];

  constructor(private readonly options: LedgerOptions) {
    this.#unacknowledged = [...options.unacknowledged];
  }

  /** A turn's number in the whole call: each media socket counts its own from 1. */
  numberOf(turnNo: number): number {
    return this.options.lastTurnNo + turnNo;
  }

  /** The oldest entries that the agent's log is not known to have, as many as a request takes. */
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

  open(turnNo: number, opening: { said?: string; line?: Line; timings?: TurnTimings } = {}): OpenTurn {
    const turn = { turnId: this.options.newTurnId(), draft: openEntry(turnNo, opening) };
    this.#open.set(turnNo, turn);
    return turn;
  }

  note(turnNo: number, moment: keyof TurnTimings, atMs: number): void {
    const turn = this.#open.get(turnNo);
    if (turn) turn.draft = noteMoment(turn.draft, moment, atMs);
  }

  count(turnNo: number, more: Partial<TurnCounters>): void {
    const turn = this.#open.get(turnNo);
    if (turn) turn.draft = addCounters(turn.draft, more);
  }

  close(turnNo: number, said: Said, cut: CutReason | undefined, nowMs: number): void {
    const turn = this.#open.get(turnNo) ?? this.open(turnNo);
    const { reply, heard } = said;
    // What was heard to its end was not cut, whatever came right after it.
    const isCut = heard !== reply || reply === '';
    const entry = closeEntry(turn.draft, { reply, heard, ...(cut && isCut && { cut }) });
    this.#close(turn, entry, said.heardMs, nowMs);
  }

  closeUnanswered(turnNo: number, reason: UnansweredReason, nowMs: number): void {
    const turn = this.#open.get(turnNo) ?? this.open(turnNo);
    this.#close(turn, unansweredEntry(turn.draft, reason), 0, nowMs);
  }

  #close({ turnId }: OpenTurn, entry: LedgerEntry, heardMs: number, nowMs: number): void {
    this.#open.delete(entry.turnNo);
    const record = this.#recordOf(turnId, entry, heardMs, nowMs);
    this.#unacknowledged.push(record);
    this.#unacknowledged.sort((one, other) => one.turnNo - other.turnNo);
    this.options.keep(record);
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
      counters: { ...entry.counters, sttMs: Math.round(entry.counters.sttMs) },
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

function replyOf(entry: LedgerEntry, heardMs: number): SpokenReply {
  return {
    kind: entry.line ?? 'answer',
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
