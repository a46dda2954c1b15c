/** What is called: the bridge by its webhook, which names the media socket, or a bare media socket. */
export type Callee = { kind: 'webhook'; url: string } | { kind: 'socket'; url: string };

/** How long the simulated vendors take. */
export interface VendorDelays {
  /** From the end of speech: the silence after which the recogniser ends a turn, and its own time. */
  endOfTurnSilenceMs: number;
  recogniserMs: number;
  modelFirstTokenMs: number;
  modelPerWordMs: number;
  voiceFirstAudioMs: number;
}

/** Nobody but the measured program takes time. */
export const NO_DELAYS: VendorDelays = {
  endOfTurnSilenceMs: 200,
  recogniserMs: 0,
  modelFirstTokenMs: 0,
  modelPerWordMs: 0,
  voiceFirstAudioMs: 0,
};

/** Deepgram's Flux 260 ms in all, a quick model at 65 words a second, ElevenLabs' Flash 75 ms and 25 ms of network. */
export const PUBLISHED_DELAYS: VendorDelays = {
  endOfTurnSilenceMs: 200,
  recogniserMs: 60,
  modelFirstTokenMs: 350,
  modelPerWordMs: 15,
  voiceFirstAudioMs: 100,
};

export interface StageOrder {
  callee: Callee;
  calls: number;
  /** Counted once all calls stand and have begun to talk. */
  windowMs: number;
  delays: VendorDelays;
}

/** The parts of a turn that are not the vendors', in milliseconds, and what else is measured. */
export interface StageResult {
  /** From the caller's frame that ends a turn (its last sound, and the silence after it) to the recogniser's end of it. */
  hearMs: number[];
  /** From the caller to the recogniser's socket, each frame from the last sound of a turn to the one that ended it. */
  frameMs: number[];
  /** From the recogniser's end-of-turn message to the question at the agent. */
  askMs: number[];
  /** From the agent's first whole sentence to that sentence at the voice. */
  speakMs: number[];
  /** From the voice's first audio to the first media message at the caller. */
  playMs: number[];
  /** All four of one turn: from the caller's last frame of speech on. */
  ownMs: number[];
  /** From the caller's last sound to the first media message of the answer. */
  responseMs: number[];
  /** From the recogniser's StartOfTurn message to `clear` at the caller. */
  clearMs: number[];
  /** How late a refill came, measured by the lead that playback should not fall under. */
  pacingErrorMs: number[];
  /** Holes in the middle of an answer, as the caller heard them. */
  gapMs: number[];
  /** Messages of audio that recognisers received in the window. */
  audioMessages: number;
  turns: number;
  words: { said: number; saidWrong: number; heard: number; heardWrong: number };
  /** What was wrong, the first few. */
  complaints: string[];
  /** How late each frame was sent: the stage's own fault. */
  latenessMs: Float64Array;
  /** CPU of the stage in the window. */
  stageCpuMs: number;
}

export type ToStage =
  { kind: 'ready'; natsUrl: string; answersTurns: boolean } | { kind: 'run'; order: StageOrder };
export type FromStage =
  | { kind: 'listens'; port: number }
  | { kind: 'ready' }
  | { kind: 'window-opens' }
  | { kind: 'window-closes' }
  | { kind: 'done'; result: StageResult }
  | { kind: 'failed'; reason: string };

/** The account that the callers' network plays. */
export const account = {
  accountSid: 'AC00000000000000000000000000000001',
  authToken: 'an auth token for measurements',
  phoneNumber: '+15550100000',
};
