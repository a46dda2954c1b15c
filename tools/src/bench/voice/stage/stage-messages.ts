/** The called program: voice-bridge by its webhook, which returns the media URL, or the relay by its media socket. */
export type CallTarget = { kind: 'webhook'; url: string } | { kind: 'socket'; url: string };

/** Latencies of the simulated vendors. */
export interface VendorDelays {
  /** Silence after which the recogniser ends a turn. */
  endOfTurnSilenceMs: number;
  recogniserMs: number;
  modelFirstTokenMs: number;
  modelPerWordMs: number;
  voiceFirstAudioMs: number;
}

/** Vendors without latency. */
export const NO_DELAYS: VendorDelays = {
  endOfTurnSilenceMs: 200,
  recogniserMs: 0,
  modelFirstTokenMs: 0,
  modelPerWordMs: 0,
  voiceFirstAudioMs: 0,
};

/** Published latencies: Deepgram's Flux 260 ms in all, a fast model, ElevenLabs' Flash 75 ms plus 25 ms of network. */
export const PUBLISHED_DELAYS: VendorDelays = {
  endOfTurnSilenceMs: 200,
  recogniserMs: 60,
  modelFirstTokenMs: 350,
  modelPerWordMs: 15,
  voiceFirstAudioMs: 100,
};

export interface StageLoad {
  callee: CallTarget;
  calls: number;
  /** Duration of the measurement, which starts once all callers have begun to talk. */
  windowMs: number;
  delays: VendorDelays;
}

/** The measured times of all turns without the vendors' latencies, in milliseconds, and further figures. */
export interface StageResult {
  /** Time from the caller's frame that ends a turn (last sound plus silence) to the recogniser's end of turn. */
  recognitionMs: number[];
  /** Time of each frame after the last sound of a turn, from the caller to the recogniser's socket. */
  frameMs: number[];
  /** Time from the recogniser's end-of-turn message to the request at the agent. */
  askMs: number[];
  /** Time from the agent's first complete sentence to that sentence at the voice. */
  speakMs: number[];
  /** Time from the voice's first audio to the first media message at the caller. */
  playMs: number[];
  /** The sum of these four parts of a turn. */
  ownMs: number[];
  /** Time from the caller's last sound to the first media message of the answer. */
  responseMs: number[];
  /** Time from the recogniser's StartOfTurn message to `clear` at the caller. */
  clearMs: number[];
  /** How far the queue fell below the refill limit before a refill came. */
  pacingErrorMs: number[];
  /** Gaps that the caller heard within an answer. */
  gapMs: number[];
  /** Audio messages to recognisers in the window. */
  audioMessages: number;
  turns: number;
  words: { said: number; spokenWrong: number; heard: number; heardWrong: number };
  /** Descriptions of the first problems. */
  problems: string[];
  /** How late the stage sent each frame. */
  latenessMs: Float64Array;
  /** CPU time of the stage in the window. */
  stageCpuMs: number;
}

export type ToStage =
  { kind: 'ready'; natsUrl: string; answersTurns: boolean } | { kind: 'run'; load: StageLoad };
export type FromStage =
  | { kind: 'listens'; port: number }
  | { kind: 'ready' }
  | { kind: 'window-opens' }
  | { kind: 'window-closes' }
  | { kind: 'done'; result: StageResult }
  | { kind: 'failed'; reason: string };

/** The Twilio account of the simulated calls. */
export const stageTwilioAccount = {
  accountSid: 'AC00000000000000000000000000000001',
  authToken: 'an auth token for measurements',
  phoneNumber: '+15550100000',
};
