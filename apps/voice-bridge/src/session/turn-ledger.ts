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
  type SpokenText,
  type TurnCounters,
  type TurnTimings,
  type UnansweredReason,
  unansweredEntry,
} from '@parley/turn-taking';
import type { OpenTurn } from '../calls/open-turn.js';

export interface LedgerOptions {
  /** Turns of this call that an earlier socket recorded. */
  readonly lastTurnNo: number;
  /** Of those, the ones that may not have been acknowledged. */
  readonly unacknowledged: readonly TurnRecord[];
  newTurnId(): TurnId;
  /** The moment on the wall of one on the clock of `performance.now()`. */
  wallTime(atMs: number): Date;
  /** Keeps a turn that is under way as it is now: settles when it is kept, or is not to be waited for. */
  keepOpen(turn: OpenTurn): Promise<void>;
  /** Keeps a record for good. */
  keep(record: TurnRecord): void;
}

interface TurnUnderWay {
  readonly turnId: TurnId;
  draft: LedgerDraft;
  readonly sentences: string[];
}

/** What happened in a call, turn by turn: each is closed once, kept, and sent along until the agent's log has it. */
export class TurnLedger {
  readonly #open = new Map<number, TurnUnderWay>();
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

  open(turnNo: number, opening: { said?: string; line?: Line; timings?: TurnTimings } = {}): TurnUnderWay {
    const turn: TurnUnderWay = {
      turnId: this.options.newTurnId(),
      draft: openEntry(turnNo, opening),
      sentences: [],
    };
    this.#open.set(turnNo, turn);
    return turn;
  }

  /** The person has said something that is to be answered. */
  async asked(turnNo: number): Promise<void> {
    const turn = this.#open.get(turnNo);
    if (turn) await this.#keepOpen(turn);
  }

  /** Adds a sentence to what the turn says. It may be spoken when this settles. */
  async say(turnNo: number, sentence: string): Promise<void> {
    const turn = this.#open.get(turnNo);
    if (!turn) return;
    turn.sentences.push(sentence);
    await this.#keepOpen(turn);
  }

  note(turnNo: number, moment: keyof TurnTimings, atMs: number): void {
    const turn = this.#open.get(turnNo);
    if (turn) turn.draft = noteMoment(turn.draft, moment, atMs);
  }

  count(turnNo: number, more: Partial<TurnCounters>): void {
    const turn = this.#open.get(turnNo);
    if (turn) turn.draft = addCounters(turn.draft, more);
  }

  close(turnNo: number, said: SpokenText, cut: CutReason | undefined, nowMs: number): void {
    const turn = this.#open.get(turnNo) ?? this.open(turnNo);
    const { reply, heard } = said;
    // A reply heard to its end was not interrupted, even if speech follows at once. One that nobody interrupted and that was
    // not heard to its end lost its voice.
    const why = heard === reply ? undefined : (cut ?? 'failure');
    const reason = reply === '' ? cut : why;
    const entry = closeEntry(turn.draft, { reply, heard, ...(reason && { cut: reason }) });
    this.#close(turn, entry, said.heardMs, nowMs);
  }

  closeUnanswered(turnNo: number, reason: UnansweredReason, nowMs: number): void {
    const turn = this.#open.get(turnNo) ?? this.open(turnNo);
    this.#close(turn, unansweredEntry(turn.draft, reason), 0, nowMs);
  }

  async #keepOpen({ turnId, draft, sentences }: TurnUnderWay): Promise<void> {
    await this.options.keepOpen({
      turnNo: this.numberOf(draft.turnNo),
      turnId,
      said: draft.said,
      kind: draft.line ?? 'answer',
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
