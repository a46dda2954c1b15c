import { SeededRandom } from '../random.js';

/** What a caller does. */
export type CallKind = Conversation | Misbehaviour;

export type Conversation =
  /** Two turns, and goodbye. */
  | 'talks'
  /** Interrupts a long answer, is answered, hangs up. */
  | 'interrupts'
  | 'hangs up while it rings or is greeted'
  | 'hangs up while the agent thinks'
  | 'hangs up in mid-answer'
  /** Is asked whether they are still there, and hung up on. */
  | 'falls silent'
  | 'is hung up on by REST'
  /** Without `stop`, while nobody speaks. */
  | 'loses the socket'
  | 'loses the socket in mid-answer'
  | 'opens a second socket';

const MISBEHAVIOURS = [
  'never sends start',
  'leaves before start',
  'sends nonsense',
  'floods',
  'brings a wrong token',
] as const;
/** What somebody does who speaks with the media socket themselves. */
export type Misbehaviour = (typeof MISBEHAVIOURS)[number];

export function isMisbehaviour(kind: CallKind): kind is Misbehaviour {
  return MISBEHAVIOURS.some((one) => one === kind);
}

export interface PlannedCall {
  readonly number: number;
  readonly kind: CallKind;
  readonly says: readonly string[];
  /** How long a caller who hangs up early waits. */
  readonly patienceMs: number;
}

/** Those that hold a conversation stand twice: it is what calls are for. */
const ROUND: readonly CallKind[] = [
  'talks',
  'talks',
  'interrupts',
  'interrupts',
  'hangs up while it rings or is greeted',
  'hangs up while the agent thinks',
  'hangs up in mid-answer',
  'falls silent',
  'is hung up on by REST',
  'loses the socket',
  'loses the socket in mid-answer',
  'opens a second socket',
  ...MISBEHAVIOURS,
];

export const CALL_KINDS: readonly CallKind[] = [...new Set(ROUND)];
export const CALLS_PER_ROUND = ROUND.length;

const WORDS =
  'table window garden morning evening friday people dinner music river silver yellow seven eleven'.split(
    ' ',
  );
const LONGEST_PATIENCE_MS = 1_500;
const SHORT_WORDS = 3;
const LONG_WORDS = 14;

/** Round after round of all kinds, each in another order; the same seed makes the same calls. */
export function* plannedCalls(seed: number): Generator<PlannedCall, never> {
  const random = new SeededRandom(seed);
  const some = (words: number) => Array.from({ length: words }, () => random.oneOf(WORDS)).join(' ');
  for (let number = 1; ;) {
    for (const kind of random.shuffled(ROUND)) {
      const isLong = kind === 'interrupts' || kind.endsWith('mid-answer');
      // What begins like words that are being played counts as their echo.
      const says = [
        `Please note ${some(isLong ? LONG_WORDS : SHORT_WORDS)}.`,
        `Now the ${some(SHORT_WORDS)}.`,
      ];
      yield { number, kind, says, patienceMs: random.whole(0, LONGEST_PATIENCE_MS) };
      number += 1;
    }
  }
}
