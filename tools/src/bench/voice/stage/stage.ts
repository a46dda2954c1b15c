import { setTimeout as delay } from 'node:timers/promises';
import { constants, setPriority } from 'node:os';
import { Agent } from './agent.js';
import { Caller, type CallerLog } from './caller.js';
import { FramePace } from './frame-pace.js';
import type { FromStage, StageOrder, StageResult, ToStage, VendorDelays } from './orders.js';
import type { Turn } from './turn.js';
import { Vendors } from './vendors.js';

/** Calls that are set up at the same time. */
const DIALLED_AT_ONCE = 12;
/** From the last call's beginning until every caller has begun to talk, greetings and the first answers included. */
const SETTLES_MS = 3_500;
/** Above what an answer may take to be missed. */
const FINISH_WITHIN_MS = 45_000;
const POLL_MS = 50;
const MAX_COMPLAINTS = 10;

/** Wrong words always count, times only in the window. */
class Log implements CallerLog {
  isWindowOpen = false;

  constructor(private readonly result: StageResult) {}

  wrong(words: number, what: string): void {
    this.result.words.heardWrong += words;
    complain(this.result, what);
  }

  pacingError(ms: number): void {
    if (this.isWindowOpen) this.result.pacingErrorMs.push(ms);
  }

  gap(ms: number): void {
    if (this.isWindowOpen) this.result.gapMs.push(ms);
  }
}

/**
 * Everything around the measured program, in one process and thus on one clock: the callers, Deepgram, ElevenLabs and
 * the agent. What passes between them and the program are real sockets and a real nats-server.
 */
const vendors = await Vendors.listen();
let agent: Agent | undefined;
const tell = (message: FromStage): void => void process.send!(message);

preferThisProcess();
process.on('disconnect', () => process.exit());
process.on('message', (message: ToStage) => {
  take(message).catch((error: Error) => tell({ kind: 'failed', reason: error.message }));
});
tell({ kind: 'listens', port: vendors.port });

async function take(message: ToStage): Promise<void> {
  if (message.kind === 'run') return tell({ kind: 'done', result: await run(message.order) });
  agent = await Agent.start(message.natsUrl, message.answersTurns);
  tell({ kind: 'ready' });
}

async function run({ callee, calls, windowMs, delays }: StageOrder): Promise<StageResult> {
  const result = emptyResult();
  const log = new Log(result);
  const callers = Array.from({ length: calls }, (_, number) => new Caller(number, log));
  const turns = {
    turn: (place: { call: number; turn: number }): Turn | undefined =>
      callers[place.call]?.turns[place.turn - 1],
  };
  Object.assign(vendors, { delays, turns });
  Object.assign(agent!, { delays, turns });
  const pace = new FramePace();
  try {
    const left = [...callers];
    await Promise.all(
      Array.from({ length: DIALLED_AT_ONCE }, async () => {
        for (let caller = left.pop(); caller; caller = left.pop()) await caller.dial(callee);
      }),
    );
    pace.start(callers);
    callers.forEach((caller, i) => caller.begin(i / calls));
    await delay(SETTLES_MS);
    const window = await countedWindow(pace, windowMs, result, log);
    for (const caller of callers) caller.finish();
    await untilDone(callers);
    collect(callers, window, delays, result);
    return result;
  } finally {
    pace.stop();
    for (const caller of callers) caller.hangUp();
  }
}

async function countedWindow(
  pace: FramePace,
  windowMs: number,
  result: StageResult,
  log: Log,
): Promise<{ fromMs: number; toMs: number }> {
  const cpu = process.cpuUsage();
  const fromMs = performance.now();
  const audioMessages = vendors.audioMessages;
  log.isWindowOpen = true;
  pace.watch();
  tell({ kind: 'window-opens' });
  await delay(windowMs);
  tell({ kind: 'window-closes' });
  log.isWindowOpen = false;
  result.audioMessages = vendors.audioMessages - audioMessages;
  result.latenessMs = pace.lateness();
  const used = process.cpuUsage(cpu);
  result.stageCpuMs = (used.user + used.system) / 1_000;
  return { fromMs, toMs: performance.now() };
}

async function untilDone(callers: readonly Caller[]): Promise<void> {
  const deadlineMs = performance.now() + FINISH_WITHIN_MS;
  while (callers.some(({ isDone }) => !isDone) && performance.now() < deadlineMs) await delay(POLL_MS);
}

function collect(
  callers: readonly Caller[],
  window: { fromMs: number; toMs: number },
  delays: VendorDelays,
  result: StageResult,
): void {
  for (const turn of callers.flatMap(({ turns }) => turns)) {
    countWords(turn, result);
    const { endOfTurnMs } = turn;
    if (endOfTurnMs === undefined || endOfTurnMs < window.fromMs || endOfTurnMs > window.toMs) continue;
    result.turns += 1;
    countTimes(turn, delays, result);
  }
}

/** Every turn's words count, also of those before and after the window. */
function countWords({ call, said, saying, heard, answer, isInterrupted }: Turn, result: StageResult): void {
  const got = said?.split(' ') ?? [];
  const wrong = saying.filter((word, i) => got[i] !== word).length + Math.max(0, got.length - saying.length);
  result.words.said += saying.length;
  result.words.saidWrong += wrong;
  if (wrong > 0)
    complain(result, `call ${call}: said "${saying.join(' ')}", the agent was asked "${said ?? ''}"`);
  result.words.heard += isInterrupted ? heard : answer.length;
}

function countTimes(turn: Turn, delays: VendorDelays, result: StageResult): void {
  const { endOfTurnMs, askedMs, sentenceSentMs, sentenceAtVoiceMs, audioSentMs, audioAtCallerMs } = turn;
  const hear = hearingMs(turn, delays);
  const ask = between(endOfTurnMs, askedMs);
  const spoken = between(sentenceSentMs, sentenceAtVoiceMs);
  const play = between(audioSentMs, audioAtCallerMs);
  result.frameMs.push(...turn.frameMs);
  add(result.hearMs, hear);
  add(result.askMs, ask);
  add(result.speakMs, spoken);
  add(result.playMs, play);
  const legs = [hear, ask, spoken, play];
  if (legs.every((leg) => leg !== undefined)) result.ownMs.push(legs.reduce((sum, leg) => sum + leg, 0));
  add(result.responseMs, between(turn.speechEndMs, audioAtCallerMs));
  add(result.clearMs, between(turn.startOfTurnMs, turn.clearMs));
}

/** The audio's way to the recogniser: what is left without the silence it waits for, and its own time. */
function hearingMs(
  { speechEndMs, endOfTurnMs }: Turn,
  { endOfTurnSilenceMs, recogniserMs }: VendorDelays,
): number | undefined {
  const ms = between(speechEndMs, endOfTurnMs);
  return ms === undefined ? undefined : ms - endOfTurnSilenceMs - recogniserMs;
}

function between(from: number | undefined, to: number | undefined): number | undefined {
  return from === undefined || to === undefined ? undefined : to - from;
}

function add(values: number[], value: number | undefined): void {
  if (value !== undefined) values.push(value);
}

function complain(result: StageResult, what: string): void {
  if (result.complaints.length < MAX_COMPLAINTS) result.complaints.push(what);
}

function emptyResult(): StageResult {
  return {
    hearMs: [],
    frameMs: [],
    askMs: [],
    speakMs: [],
    playMs: [],
    ownMs: [],
    responseMs: [],
    clearMs: [],
    pacingErrorMs: [],
    gapMs: [],
    audioMessages: 0,
    turns: 0,
    words: { said: 0, saidWrong: 0, heard: 0, heardWrong: 0 },
    complaints: [],
    latenessMs: new Float64Array(),
    stageCpuMs: 0,
  };
}

/** On few cores the measured processes would make us late; where we may not ask for more, our lateness will show. */
function preferThisProcess(): void {
  try {
    setPriority(constants.priority.PRIORITY_HIGH);
  } catch {
    // Not allowed here.
  }
}
