import type { RunningParley } from '@parley/testing';
import { createHmac } from 'node:crypto';
import { Agent, request as httpRequest } from 'node:http';

export const AUTH_TOKEN = 'an auth token for tests';
/** As configured at Twilio: with another host than the process has, and a path prefix that a proxy strips. */
export const WEBHOOK_URL = 'https://Parley.example/in/webhook/sms';
export const PUBLIC_URL = 'https://parley.example/in';
export const SMS_WEBHOOK_PATH = '/webhooks/twilio/sms';
export const STATUS_WEBHOOK_PATH = '/webhooks/twilio/sms-status';
export const FORM_CONTENT_TYPE = 'application/x-www-form-urlencoded';

export type FormParams = Record<string, string>;

/** Signs as Twilio's documentation describes. */
export function signatureOf(url: string, params: FormParams = {}, token = AUTH_TOKEN): string {
  const pairs = Object.entries(params).toSorted(([one], [other]) => (one < other ? -1 : 1));
  const signed = url + pairs.map(([name, value]) => name + value).join('');
  return createHmac('sha1', token).update(signed, 'utf8').digest('base64');
}

export interface WebhookRequest {
  path?: string;
  body?: string | Buffer;
  signature?: string;
  /** Null sends no header. */
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

  /** Sends the path unchanged; `fetch` would normalise it. */
  post({ path = '/webhook/sms', body = '', signature, type = FORM_CONTENT_TYPE, headers }: WebhookRequest) {
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

export const encodeForm = (params: FormParams): string => new URLSearchParams(params).toString();
