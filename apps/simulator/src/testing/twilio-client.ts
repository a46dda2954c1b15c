import twilio from 'twilio';
import type RequestClient from 'twilio/lib/base/RequestClient.js';
import { ACCOUNT_SID, AUTH_TOKEN } from './running-simulator.js';

/** Twilio's own client, with its requests redirected to the simulator: the sub-domain becomes the first path segment. */
export function twilioClientFor(url: string, username = ACCOUNT_SID, password = AUTH_TOKEN) {
  class Rerouted extends twilio.RequestClient {
    override request<T>(options: RequestClient.RequestOptions<T>) {
      const uri = options.uri.replace(/^https:\/\/(\w+)(?:\.\w+)*\.twilio\.com/, `${url}/$1`);
      return super.request({ ...options, uri });
    }
  }
  return twilio(username, password, {
    accountSid: ACCOUNT_SID,
    httpClient: new Rerouted({ autoRetry: false }),
  });
}
