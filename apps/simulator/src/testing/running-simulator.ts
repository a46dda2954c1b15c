import { buildSimulator } from '../simulator.js';
import { SimulatorEnv } from '../simulator.env.js';

export const ACCOUNT_SID = `AC${'0123456789abcdef'.repeat(2)}`;
export const AUTH_TOKEN = 'simulated-auth-token';
export const OWN_NUMBER = '+15550100000';
export const SECOND_OWN_NUMBER = '+15550100009';
export const PERSON = '+15550100001';

export interface ControlAnswer {
  readonly status: number;
  // oxlint-disable-next-line typescript/no-explicit-any -- each spec asserts the shape that it reads
  readonly json: any;
}

export interface RunningSimulator {
  readonly url: string;
  /** Calls the control API; returns status and parsed JSON. */
  control(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<ControlAnswer>;
  close(): Promise<void>;
}

/** Starts a simulator on a free port. */
export async function startSimulator(env: Record<string, string> = {}): Promise<RunningSimulator> {
  const app = buildSimulator(
    SimulatorEnv.parse({
      SIMULATOR_TWILIO_ACCOUNT_SID: ACCOUNT_SID,
      SIMULATOR_TWILIO_AUTH_TOKEN: AUTH_TOKEN,
      SIMULATOR_TWILIO_NUMBERS: `${OWN_NUMBER},${SECOND_OWN_NUMBER}`,
      SIMULATOR_STATUS_CALLBACK_DELAY_MS: '1',
      ...env,
    }),
  );
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  return {
    url,
    async control(method, path, body) {
      const response = await fetch(`${url}/control/${path}`, {
        method,
        ...(body === undefined
          ? {}
          : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
      });
      const text = await response.text();
      return { status: response.status, json: text === '' ? undefined : JSON.parse(text) };
    },
    close: () => app.close(),
  };
}
