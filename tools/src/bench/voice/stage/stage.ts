import { setTimeout as delay } from 'node:timers/promises';
import { constants, setPriority } from 'node:os';
import { SimulatedAgent } from './agent.js';
import { SimulatedCaller, type CallerLog } from './caller.js';
import { FrameClock } from './frame-clock.js';
import type { FromStage, StageLoad, StageResult, ToStage, VendorDelays } from './stage-messages.js';
import type { MeasuredTurn } from './measured-turn.js';
import { SimulatedVendors } from './vendors.js';

/** Calls that are set up simultaneously. */
const DIALLED_AT_ONCE = 12;
/** Time until every caller has begun to talk, including greetings and first answers. */
const SETTLES_MS = 3_500;
/** Longer than a caller waits for an answer. */
const FINISH_WITHIN_MS = 45_000;
const POLL_MS = 50;
const MAX_PROBLEMS = 10;

/** Counts wrong words always, but times only in the window. */
class Log implements CallerLog {
  isWindowOpen = false;

  constructor(private readonly result: StageResult) {}

  wrong(words: number, what: string): void {
    this.result.words.heardWrong += words;
    addProblem(this.result, what);
  }

  pacingError(ms: number): void {
    if (this.isWindowOpen) this.result.pacingErrorMs.push(ms);
  }

  gap(ms: number): void {
    if (this.isWindowOpen) this.result.gapMs.push(ms);
  }
}

/**
 * Simulates everything around the measured program in one process, and therefore on one clock: callers, Deepgram,
 * ElevenLabs and the agent. It uses real sockets and a real nats-server.
 */
const vendors = await SimulatedVendors.listen();
let agent: SimulatedAgent | undefined;
const send = (message: FromStage): void => void process.send!(message);

raisePriority();
process.on('disconnect', () => process.exit());
process.on('message', (message: ToStage) => {
  handle(message).catch((error: Error) => send({ kind: 'failed', reason: error.message }));
});
send({ kind: 'listens', port: vendors.port });

async function handle(message: ToStage): Promise<void> {
  if (message.kind === 'run') return send({ kind: 'done', result: await run(message.load) });
  agent = await SimulatedAgent.start(message.natsUrl, message.answersTurns);
  send({ kind: 'ready' });
}

async function run({ callee, calls, windowMs, delays }: StageLoad): Promise<StageResult> {
  const result = emptyResult();
  const log = new Log(result);
  const callers = Array.from({ length: calls }, (_, number) => new SimulatedCaller(number, log));
  const turns = {
    turn: (position: { call: number; turn: number }): MeasuredTurn | undefined =>
      callers[position.call]?.turns[position.turn - 1],
  };
  Object.assign(vendors, { delays, turns });
  Object.assign(agent!, { delays, turns });
  const clock = new FrameClock();
  try {
    const left = [...callers];
    await Promise.all(
      Array.from({ length: DIALLED_AT_ONCE }, async () => {
        for (let caller = left.pop(); caller; caller = left.pop()) await caller.dial(callee);
      }),
    );
    clock.start(callers);
    callers.forEach((caller, i) => caller.startTalking(i / calls));
    await delay(SETTLES_MS);
    const window = await countedWindow(clock, windowMs, result, log);
    for (const caller of callers) caller.finish();
    await waitUntilDone(callers);
    collect(callers, window, delays, result);
    return result;
  } finally {
    clock.stop();
    for (const caller of callers) caller.hangUp();
  }
}

async function countedWindow(
  clock: FrameClock,
  windowMs: number,
  result: StageResult,
  log: Log,
): Promise<{ fromMs: number; toMs: number }> {
  const cpu = process.cpuUsage();
  const fromMs = performance.now();
  const audioMessages = vendors.audioMessages;
  log.isWindowOpen = true;
  clock.recordLateness();
  send({ kind: 'window-opens' });
  await delay(windowMs);
  send({ kind: 'window-closes' });
  log.isWindowOpen = false;
  result.audioMessages = vendors.audioMessages - audioMessages;
  result.latenessMs = clock.takeLateness();
  const used = process.cpuUsage(cpu);
  result.stageCpuMs = (used.user + used.system) / 1_000;
  return { fromMs, toMs: performance.now() };
}

async function waitUntilDone(callers: readonly SimulatedCaller[]): Promise<void> {
  const deadlineMs = performance.now() + FINISH_WITHIN_MS;
  while (callers.some(({ isDone }) => !isDone) && performance.now() < deadlineMs) await delay(POLL_MS);
}

function collect(
  callers: readonly SimulatedCaller[],
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

/** Counts the words of a turn, also of turns outside the window. */
function countWords(
  { call, said, callerWords, heard, answer, isInterrupted }: MeasuredTurn,
  result: StageResult,
): void {
  const got = said?.split(' ') ?? [];
  const wrong =
    callerWords.filter((word, i) => got[i] !== word).length + Math.max(0, got.length - callerWords.length);
  result.words.said += callerWords.length;
  result.words.spokenWrong += wrong;
  if (wrong > 0)
    addProblem(
      result,
      `call ${call}: the caller said "${callerWords.join(' ')}", the agent received "${said ?? ''}"`,
    );
  result.words.heard += isInterrupted ? heard : answer.length;
}

function countTimes(turn: MeasuredTurn, delays: VendorDelays, result: StageResult): void {
  const { endOfTurnMs, askedMs, sentenceSentMs, sentenceAtVoiceMs, audioSentMs, audioAtCallerMs } = turn;
  const hear = recognitionMs(turn, delays);
  const ask = between(endOfTurnMs, askedMs);
  const spoken = between(sentenceSentMs, sentenceAtVoiceMs);
  const play = between(audioSentMs, audioAtCallerMs);
  result.frameMs.push(...turn.frameMs);
  add(result.recognitionMs, hear);
  add(result.askMs, ask);
  add(result.speakMs, spoken);
  add(result.playMs, play);
  const legs = [hear, ask, spoken, play];
  if (legs.every((leg) => leg !== undefined)) result.ownMs.push(legs.reduce((sum, leg) => sum + leg, 0));
  add(result.responseMs, between(turn.speechEndMs, audioAtCallerMs));
  add(result.clearMs, between(turn.startOfTurnMs, turn.clearMs));
}

/** Returns the time to the end of turn without the recogniser's silence and its own latency. */
function recognitionMs(
  { speechEndMs, endOfTurnMs }: MeasuredTurn,
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

function addProblem(result: StageResult, what: string): void {
  if (result.problems.length < MAX_PROBLEMS) result.problems.push(what);
}

function emptyResult(): StageResult {
  return {
    recognitionMs: [],
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
    words: { said: 0, spokenWrong: 0, heard: 0, heardWrong: 0 },
    problems: [],
    latenessMs: new Float64Array(),
    stageCpuMs: 0,
  };
}

/**
 * Raises this process's priority, because on few cores the measured processes would delay it. `latenessMs` shows the
 * delays that remain.
 */
function raisePriority(): void {
  try {
    setPriority(constants.priority.PRIORITY_HIGH);
  } catch {
    // Without the permission the priority stays as it is.
  }
}
