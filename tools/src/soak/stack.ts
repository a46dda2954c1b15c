import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitUntil } from '@parley/local-stack';
import { RunningParley } from '@parley/testing';
import { Inspector } from './inspector.js';
import { readVitals, rssBytesOf, type Vitals } from './vitals.js';

export const VOICE_BRIDGE = 'voice-bridge';
const ORCHESTRATOR = 'agent-orchestrator';
/** The processes whose vitals are compared. */
export const WATCHED_SERVICES = [VOICE_BRIDGE, ORCHESTRATOR] as const;
export type WatchedService = (typeof WATCHED_SERVICES)[number];

/** The agent of all calls. Its phrases are short, so that calls are short. */
export const SOAK_AGENT = {
  key: 'desk',
  name: 'Desk',
  systemPrompt: 'prompt.md',
  default: true,
  voice: {
    languages: ['en-US'],
    greeting: 'Hello, who is there?',
    reprompts: ['Are you there?'],
    goodbye: 'Goodbye then.',
    apology: 'Something broke.',
    silenceMs: 2_000,
  },
};

const READY_WITHIN_MS = 60_000;
/** Callers and agent speak faster than real people, for more calls in the same time. */
const PACE = 3;
/** The model has some latency, so that calls can end while it answers. */
const MODEL = { firstTokenMs: 100, perPieceMs: 5 };
/** After this time-out a turn holds no resources. */
const MODEL_TIMEOUT_MS = 5_000;

/** A gateway, a voice-bridge and an orchestrator with open inspectors and simulated vendors. */
export class SoakStack {
  readonly #inspectors = new Map<WatchedService, Inspector>();

  private constructor(
    readonly parley: RunningParley,
    /** Contains the agents file, and the logs if there are findings. */
    readonly folder: string,
  ) {}

  static async start(): Promise<SoakStack> {
    const folder = mkdtempSync(join(tmpdir(), 'parley-soak-'));
    writeFileSync(join(folder, 'prompt.md'), 'You answer the phone.');
    writeFileSync(join(folder, 'agents.json'), JSON.stringify({ agents: [SOAK_AGENT] }));
    const parley = await RunningParley.start({
      model: 'simulated',
      voice: true,
      env: {
        AGENTS_FILE: join(folder, 'agents.json'),
        LLM_TIMEOUT_MS: String(MODEL_TIMEOUT_MS),
        LOG_LEVEL: 'info',
        NODE_OPTIONS: '--inspect=127.0.0.1:0',
      },
    });
    const stack = new SoakStack(parley, folder);
    try {
      await stack.#prepare();
      return stack;
    } catch (error) {
      await stack.stop({ keepLogs: true });
      throw new Error(`Parley did not start; see the logs in ${folder}`, { cause: error });
    }
  }

  async #prepare(): Promise<void> {
    const { parley } = this;
    for (const service of WATCHED_SERVICES) {
      const url = await waitUntil(`${service}'s inspector`, () => this.#logged(service, INSPECTOR_URL), {
        timeoutMs: READY_WITHIN_MS,
      });
      this.#inspectors.set(service, await Inspector.connect(url));
    }
    await parley.simulator.voice({ twilio: { pace: PACE }, elevenlabs: { pace: PACE }, model: MODEL });
    await parley.untilAgentsAreKnown();
  }

  /** Returns the first capture group of the first matching log line. */
  #logged(service: string, pattern: RegExp): string | undefined {
    const texts = this.parley.logs.filter(({ source }) => source === service).map(({ text }) => text);
    return texts.flatMap((text) => pattern.exec(text)?.[1] ?? [])[0];
  }

  async vitals(service: WatchedService): Promise<Vitals> {
    return readVitals(this.#inspectors.get(service)!, this.parley.process(service).pid);
  }

  rssBytes(service: WatchedService): number {
    return rssBytesOf(this.parley.process(service).pid);
  }

  /** Announces a call that the simulator does not know to voice-bridge; returns the URL of its media stream. */
  async announceCall(callSid: string): Promise<string> {
    const twiml = await this.#voiceWebhook('/webhooks/twilio/voice', callSid, 'ringing');
    const [, streamUrl] = /<Stream url="([^"]+)"/.exec(twiml) ?? [];
    if (!streamUrl) throw new Error(`the TwiML has no stream: ${twiml}`);
    return streamUrl;
  }

  /** Reports an announced call as completed. */
  async reportCallCompleted(callSid: string): Promise<void> {
    await this.#voiceWebhook('/webhooks/twilio/voice/status', callSid, 'completed');
  }

  async #voiceWebhook(path: string, callSid: string, status: string): Promise<string> {
    const { parley } = this;
    const people = { From: '+15550100001', Caller: '+15550100001', To: parley.line, Called: parley.line };
    const about = { AccountSid: parley.twilioAccountSid, Direction: 'inbound', ApiVersion: '2010-04-01' };
    const params = { ...people, ...about, CallSid: callSid, CallStatus: status };
    const answer = await parley.webhook(params, { path, service: VOICE_BRIDGE });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${text}`);
    return text;
  }

  async hangUp(callSid: string): Promise<void> {
    const [row] = await this.parley.query<{ id: string }>('SELECT id FROM voice.call WHERE call_sid = $1', [
      callSid,
    ]);
    const { status } = await this.parley.api(`/v1/calls/${row!.id}/hangup`, {
      method: 'POST',
      headers: { 'idempotency-key': row!.id },
    });
    if (status >= 300) throw new Error(`the hang-up request was answered with status ${status}`);
  }

  async stop({ keepLogs }: { keepLogs: boolean }): Promise<void> {
    for (const inspector of this.#inspectors.values()) inspector.close();
    await this.parley.stop();
    if (keepLogs) return this.#writeLogs();
    rmSync(this.folder, { recursive: true, force: true });
  }

  #writeLogs(): void {
    const { logs } = this.parley;
    mkdirSync(join(this.folder, 'logs'), { recursive: true });
    for (const name of new Set(logs.map(({ source }) => source))) {
      const lines = logs.filter(({ source }) => source === name).map(({ text }) => `${text}\n`);
      writeFileSync(join(this.folder, 'logs', `${name.replaceAll(' ', '-')}.log`), lines.join(''));
    }
  }
}

const INSPECTOR_URL = /Debugger listening on (ws:\S+)/;
