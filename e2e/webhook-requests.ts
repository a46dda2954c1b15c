import type { RunningParley } from '@parley/testing';
import { createHmac } from 'node:crypto';
import { Agent, request as httpRequest } from 'node:http';

export const TOKEN = 'an auth token for tests';
/** As configured at Twilio: another origin than the process has, with a path prefix that a proxy strips. */
export const WEBHOOK_URL = 'https://Parley.example/in/webhook/sms';
export const BASE = 'https://parley.example/in';
export const ALIAS = '/webhooks/twilio/sms';
export const STATUS = '/webhooks/twilio/sms-status';
export const FORM = 'application/x-www-form-urlencoded';

export type Params = Record<string, string>;

/** Twilio's own recipe. */
export function sign(url: string, params: Params = {}, token = TOKEN): string {
  const pairs = Object.entries(params).toSorted(([one], [other]) => (one < other ? -1 : 1));
  const signed = url + pairs.map(([name, value]) => name + value).join('');
  return createHmac('sha1', token).update(signed, 'utf8').digest('base64');
}

export interface Post {
  path?: string;
  body?: string | Buffer;
  signature?: string;
  /** Null: no header at all. */
  type?: string | null;
  headers?: Record<string, string>;
}

/** Posts requests to the gateway over a few connections that stay open. */
export class WebhookPoster {
  readonly #agent: Agent;

  constructor(
    private readonly parley: RunningParley,
    connections: number,
  ) {
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  close(): void {
    this.#agent.destroy();
  }

  /** Keeps the path to the letter, which `fetch` would normalise. */
  post({ path = '/webhook/sms', body = '', signature, type = FORM, headers }: Post) {
    const { hostname, port } = new URL(this.parley.process('sms-gateway').url);
    return new Promise<{ status: number; type: string; body: string }>((resolve, reject) => {
      const request = httpRequest(
        {
          hostname,
          port,
          agent: this.#agent,
          method: 'POST',
          path,
          headers: {
            ...(type !== null && { 'content-type': type }),
            'content-length': Buffer.byteLength(body),
            ...(signature !== undefined && { 'x-twilio-signature': signature }),
            ...headers,
          },
        },
        (response) => {
          let text = '';
          response.setEncoding('utf8');
          response.on('data', (chunk: string) => (text += chunk));
          response.on('end', () =>
            resolve({
              status: response.statusCode!,
              type: response.headers['content-type'] ?? '',
              body: text,
            }),
          );
        },
      );
      request.on('error', reject);
      request.end(body);
    });
  }
}

export const encode = (params: Params): string => new URLSearchParams(params).toString();
