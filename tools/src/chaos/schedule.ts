import { SeededRandom } from '../random.js';

const CHAOS_SERVICES = ['sms-gateway', 'agent-orchestrator'] as const;
export type ChaosService = (typeof CHAOS_SERVICES)[number];
export const REPLICAS = 2;

/** One step of a status script in the simulator's control API. */
export interface StatusStep {
  readonly status: 'queued' | 'sent' | 'delivered' | 'undelivered' | 'failed';
  readonly afterMs?: number;
  readonly errorCode?: number;
  readonly repeat?: number;
  readonly posted?: boolean;
}

/** A fault. The times of a process or server say how long it is unavailable. */
export type Fault =
  | {
      readonly kind: 'kill';
      readonly service: ChaosService;
      readonly replica: number;
      readonly downMs: number;
    }
  | {
      readonly kind: 'freeze';
      readonly service: ChaosService;
      readonly replica: number;
      readonly forMs: number;
    }
  | { readonly kind: 'restart'; readonly service: ChaosService; readonly replica: number }
  | { readonly kind: 'nats-restart'; readonly downMs: number }
  | {
      readonly kind: 'jetstream-wipe';
      /** This service is frozen before the wipe, so that its unread messages are lost with the streams. */
      readonly unread: ChaosService;
      readonly unreadMs: number;
      readonly downMs: number;
    }
  | { readonly kind: 'postgres-crash'; readonly downMs: number }
  | {
      readonly kind: 'twilio';
      readonly mode: 'accept-then-500' | 'accept-then-reset' | '500' | '429' | 'delay';
      readonly times: number;
      readonly delayMs: number;
    }
  | { readonly kind: 'callbacks'; readonly variant: CallbackVariant; readonly times: number }
  | { readonly kind: 'withheld-webhook'; readonly person: number }
  | {
      readonly kind: 'model';
      readonly mode: 'delay' | 'error' | 'hang' | 'die-midstream';
      readonly times: number;
    };

const CALLBACK_VARIANTS = [
  'repeated',
  'reordered',
  'late',
  'missing',
  'undelivered after delivered',
  'undelivered before delivered',
  'failed after delivered',
] as const;
export type CallbackVariant = (typeof CALLBACK_VARIANTS)[number];

export const CALLBACK_SCRIPTS: Readonly<Record<CallbackVariant, readonly StatusStep[]>> = {
  repeated: [
    { status: 'queued', repeat: 2 },
    { status: 'sent', afterMs: 20, repeat: 3 },
    { status: 'delivered', afterMs: 60, repeat: 4 },
  ],
  reordered: [{ status: 'delivered' }, { status: 'sent', afterMs: 80 }, { status: 'queued', afterMs: 160 }],
  late: [
    { status: 'queued', afterMs: 400 },
    { status: 'sent', afterMs: 900 },
    { status: 'delivered', afterMs: 1_600 },
  ],
  missing: [
    { status: 'sent', afterMs: 20, posted: false },
    { status: 'delivered', afterMs: 60, posted: false },
  ],
  'undelivered after delivered': [
    { status: 'sent', afterMs: 20 },
    { status: 'delivered', afterMs: 60 },
    { status: 'undelivered', afterMs: 500, errorCode: 30_003 },
  ],
  'undelivered before delivered': [
    { status: 'sent', afterMs: 20 },
    { status: 'undelivered', afterMs: 60, errorCode: 30_003 },
    { status: 'delivered', afterMs: 700 },
  ],
  'failed after delivered': [
    { status: 'sent', afterMs: 20 },
    { status: 'delivered', afterMs: 60 },
    { status: 'failed', afterMs: 500, errorCode: 30_008 },
  ],
};

/** What a text should cause. */
export type TextMeaning = 'question' | 'stop' | 'start';

/** A person texts us; the webhook is posted `copies` times at once. */
export interface TextStep {
  readonly kind: 'text';
  readonly atMs: number;
  readonly person: number;
  readonly messageSid: string;
  readonly body: string;
  readonly means: TextMeaning;
  readonly copies: number;
}

/** A client adds an operator message by REST, in `copies` simultaneous requests with one idempotency key. */
export interface OperatorMessageStep {
  readonly kind: 'operator-message';
  readonly atMs: number;
  readonly person: number;
  readonly idempotencyKey: string;
  readonly text: string;
  readonly copies: number;
}

export interface FaultStep {
  readonly kind: 'fault';
  readonly atMs: number;
  readonly fault: Fault;
}

export type Step = TextStep | OperatorMessageStep | FaultStep;

export interface Schedule {
  readonly seed: number;
  /** Their phone numbers, which no other seed uses. */
  readonly people: readonly string[];
  /** Sorted by `atMs`. */
  readonly steps: readonly Step[];
}

export interface ScheduleOptions {
  /** Fewer people, texts and faults, in half the time. */
  readonly short?: boolean;
  /** Duration of a lease, around which freezes are timed. Default: a tenth of the real one. */
  readonly leaseMs?: number;
}

const SCALED_LEASE_MS = 1_500;
/** Longer than Postgres's time-out for sessions that are idle in a transaction. */
const BEYOND_TRANSACTIONS_MS = 6_000;
const PEOPLE_PER_SEED = 8;
const FIRST_NUMBER = 1_000_000;
const NUMBERS = 9_000_000;
/** The longest text that a carrier delivers. The reply quotes it and therefore needs two parts. */
const LONG_TEXT_CHARS = 1_600;

const STOP_WORDS = ['STOP', 'Stop.', 'unsubscribe', 'QUIT'] as const;
const START_WORDS = ['START', 'start', 'Unstop!'] as const;

type FaultMaker = (random: SeededRandom, people: number, leaseMs: number) => Fault;

const kill =
  (service: ChaosService): FaultMaker =>
  (random) => ({
    kind: 'kill',
    service,
    replica: random.whole(0, REPLICAS - 1),
    downMs: random.whole(0, 1_500),
  });
const freeze =
  (service: ChaosService): FaultMaker =>
  (random, _people, leaseMs) => ({
    kind: 'freeze',
    service,
    replica: random.whole(0, REPLICAS - 1),
    forMs: random.chance(0.2) ? BEYOND_TRANSACTIONS_MS : random.whole(leaseMs / 3, leaseMs * 2),
  });
const restart =
  (service: ChaosService): FaultMaker =>
  (random) => ({ kind: 'restart', service, replica: random.whole(0, REPLICAS - 1) });
const twilio =
  (mode: Extract<Fault, { kind: 'twilio' }>['mode']): FaultMaker =>
  (random) => ({
    kind: 'twilio',
    mode,
    times: random.whole(1, 3),
    delayMs: mode === 'delay' ? random.whole(300, 2_500) : 0,
  });

/** All kinds of faults. */
const FAULT_MAKERS: readonly FaultMaker[] = [
  kill('sms-gateway'),
  kill('agent-orchestrator'),
  freeze('sms-gateway'),
  freeze('agent-orchestrator'),
  restart('sms-gateway'),
  restart('agent-orchestrator'),
  (random) => ({ kind: 'nats-restart', downMs: random.whole(0, 1_500) }),
  (random) => ({
    kind: 'jetstream-wipe',
    unread: random.oneOf(CHAOS_SERVICES),
    unreadMs: random.whole(400, 1_200),
    downMs: random.whole(0, 1_000),
  }),
  (random) => ({ kind: 'postgres-crash', downMs: random.whole(0, 1_500) }),
  twilio('accept-then-500'),
  twilio('accept-then-reset'),
  twilio('500'),
  twilio('429'),
  twilio('delay'),
  (random) => ({
    kind: 'callbacks',
    variant: random.oneOf(CALLBACK_VARIANTS),
    times: random.whole(2, 5),
  }),
  (random, people) => ({ kind: 'withheld-webhook', person: random.whole(0, people - 1) }),
  (random) => ({
    kind: 'model',
    mode: random.oneOf(['delay', 'error', 'hang', 'die-midstream']),
    times: random.whole(1, 3),
  }),
];

/**
 * Returns the schedule of a seed. Consecutive seeds use every kind of fault once before one repeats, in varying
 * combinations; one further fault is random.
 */
export function scheduleFor(
  seed: number,
  { short = false, leaseMs = SCALED_LEASE_MS }: ScheduleOptions = {},
): Schedule {
  const random = new SeededRandom(seed);
  const durationMs = short ? 2_500 : 5_000;
  const people = random.whole(short ? 2 : 3, short ? 3 : 6);
  const texts = Array.from({ length: people }, (_, person) => textsOf(random, person, durationMs, short));
  const faults = faultMakersFor(seed, random, short ? 3 : 4).map((maker): FaultStep => ({
    kind: 'fault',
    atMs: random.whole(0, durationMs - 300),
    fault: maker(random, people, leaseMs),
  }));
  return {
    seed,
    people: Array.from({ length: people }, (_, person) => phoneNumberOf(seed, person)),
    steps: [...texts.flat(), ...faults].toSorted((one, other) => one.atMs - other.atMs),
  };
}

function faultMakersFor(seed: number, random: SeededRandom, count: number): FaultMaker[] {
  const inTurn = count - 1;
  const makers = Array.from({ length: inTurn }, (_, index) => {
    const position = seed * inTurn + index;
    const round = new SeededRandom(Math.floor(position / FAULT_MAKERS.length)).shuffled(FAULT_MAKERS);
    return round[position % FAULT_MAKERS.length]!;
  });
  return [...makers, random.oneOf(FAULT_MAKERS)];
}

function phoneNumberOf(seed: number, person: number): string {
  return `+1555${FIRST_NUMBER + ((seed * PEOPLE_PER_SEED + person) % NUMBERS)}`;
}

/**
 * Makes the texts of one person, single or in bursts, with long texts and keywords, and operator messages to the
 * person.
 */
function textsOf(random: SeededRandom, person: number, durationMs: number, short: boolean): Step[] {
  const steps: Step[] = [];
  const say = (atMs: number, body: string, means: TextMeaning = 'question') =>
    steps.push(textStep(random, { atMs, person, body, means }));
  let longLeft = 1;
  const bursts = random.whole(2, short ? 3 : 5);
  for (let burst = 0; burst < bursts; burst++) {
    const startMs = random.whole(0, durationMs);
    const size = random.chance(0.4) ? random.whole(2, 4) : 1;
    for (let index = 0; index < size; index++) {
      const isLong = longLeft > 0 && random.chance(0.12);
      if (isLong) longLeft -= 1;
      say(startMs + index * random.whole(20, 400), uniqueText(random, isLong ? LONG_TEXT_CHARS : 0));
    }
  }
  if (random.chance(0.35)) {
    const stopMs = random.whole(0, durationMs - 1_500);
    say(stopMs, random.oneOf(STOP_WORDS), 'stop');
    say(stopMs + random.whole(0, 800), uniqueText(random, 0));
    if (random.chance(0.6)) {
      const startMs = stopMs + random.whole(1_200, 2_500);
      say(startMs, random.oneOf(START_WORDS), 'start');
      say(startMs + random.whole(300, 900), uniqueText(random, 0));
    }
  }
  if (random.chance(0.5)) {
    steps.push({
      kind: 'operator-message',
      atMs: random.whole(0, durationMs),
      person,
      idempotencyKey: `chaos-${random.hex(16)}`,
      text: uniqueText(random, random.chance(0.4) ? LONG_TEXT_CHARS * 2 : 0),
      copies: random.chance(0.5) ? random.whole(2, 3) : 1,
    });
  }
  return steps;
}

function textStep(
  random: SeededRandom,
  text: Pick<TextStep, 'atMs' | 'person' | 'body' | 'means'>,
): TextStep {
  const copies = random.chance(0.25) ? random.whole(2, 5) : 1;
  return { kind: 'text', ...text, messageSid: `SM${random.hex(32)}`, copies };
}

/** Returns a unique text of at least `chars` characters. */
function uniqueText(random: SeededRandom, chars: number): string {
  let text = `Question ${random.hex(10)}.`;
  for (let sentence = 1; text.length < chars; sentence++) {
    const next = ` Sentence ${sentence} says a few more words about ${random.hex(6)}.`;
    text += text.length + next.length <= chars ? next : ` ${random.hex(chars)}`.slice(0, chars - text.length);
  }
  return text;
}

/** Returns the name of a fault in reports: its kind and target. */
export function faultName(fault: Fault): string {
  switch (fault.kind) {
    case 'kill':
    case 'freeze':
    case 'restart':
      return `${fault.kind} ${fault.service}`;
    case 'twilio':
      return `Twilio ${fault.mode}`;
    case 'callbacks':
      return `callbacks ${fault.variant}`;
    case 'model':
      return `model ${fault.mode}`;
    case 'nats-restart':
    case 'jetstream-wipe':
    case 'postgres-crash':
    case 'withheld-webhook':
    default:
      return fault.kind.replaceAll('-', ' ');
  }
}
