import type { Twilio } from 'twilio';

/** How to reach one Twilio account. */
export interface TwilioClientOptions {
  readonly accountSid: string;
  readonly credentials:
    | { readonly authToken: string; readonly nextAuthToken?: string | undefined }
    | { readonly apiKey: string; readonly apiSecret: string };
  /** A stand-in for Twilio's REST hosts: `${baseUrl}/api/2010-04-01/…`, `/messaging/v1/…`, `/verify/v2/…`. */
  readonly baseUrl?: string | undefined;
  readonly region?: string | undefined;
  readonly edge?: string | undefined;
  /** The longest that one request may take, connection included. */
  readonly timeoutMs: number;
}

export type TwilioClient = Twilio;

/**
 * The official SDK's client over our transport. Its requests fail with `TwilioRequestError` only. The SDK takes a quarter of a
 * second and 30 MB to load, so this function loads it instead of the module.
 */
export async function twilioClient(options: TwilioClientOptions): Promise<TwilioClient> {
  const [{ default: twilio }, { TwilioTransport }] = await Promise.all([
    import('twilio'),
    import('./twilio-transport.js'),
  ]);
  const { accountSid, credentials, baseUrl, region, edge, timeoutMs } = options;
  const [username, password] =
    'authToken' in credentials
      ? [accountSid, credentials.authToken]
      : [credentials.apiKey, credentials.apiSecret];
  const nextAuthToken = 'authToken' in credentials ? credentials.nextAuthToken : undefined;
  const httpClient = new TwilioTransport({ baseUrl, timeoutMs, nextAuthToken });
  return twilio(username, password, { accountSid, region, edge, httpClient });
}
