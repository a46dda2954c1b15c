import { SeededRandom } from '../random.js';

/** What a caller does in a call. */
export type CallKind = CallerBehaviour | Misbehaviour;

export type CallerBehaviour =
  /** Takes two turns and hangs up. */
  | 'talks'
  /** Interrupts a long answer, gets a reply and hangs up. */
  | 'interrupts'
  | 'hangs up while it rings or is greeted'
  | 'hangs up while the agent thinks'
  | 'hangs up in mid-answer'
  /** Says nothing, hears the reprompts, and the agent hangs up. */
  | 'falls silent'
  | 'is hung up on by REST'
  /** The socket breaks without `stop` while nobody speaks. */
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
/** What a client does that opens a media socket itself. */
export type Misbehaviour = (typeof MISBEHAVIOURS)[number];

export function isMisbehaviour(kind: CallKind): kind is Misbehaviour {
  return MISBEHAVIOURS.some((one) => one === kind);
}

export interface PlannedCall {
  readonly number: number;
  readonly kind: CallKind;
  readonly says: readonly string[];
  /** How long a caller waits before hanging up early. */
  readonly patienceMs: number;
}

/** One round of calls, with each ordinary conversation twice. */
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

/** Generates rounds of all kinds in random order. Equal seeds generate equal calls. */
export function* plannedCalls(seed: number): Generator<PlannedCall, never> {
  const random = new SeededRandom(seed);
  const some = (words: number) => Array.from({ length: words }, () => random.oneOf(WORDS)).join(' ');
  for (let number = 1; ;) {
    for (const kind of random.shuffled(ROUND)) {
      const isLong = kind === 'interrupts' || kind.endsWith('mid-answer');
      // The two sentences begin differently, because voice-bridge takes repeated words for an echo.
      const says = [
        `Please note ${some(isLong ? LONG_WORDS : SHORT_WORDS)}.`,
        `Now the ${some(SHORT_WORDS)}.`,
      ];
      yield { number, kind, says, patienceMs: random.whole(0, LONGEST_PATIENCE_MS) };
      number += 1;
    }
  }
}
