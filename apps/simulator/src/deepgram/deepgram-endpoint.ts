import { randomUUID } from 'node:crypto';
import { ZodError } from 'zod';
import { queryToRecord, type UpgradeRefusal, type VendorEndpoint } from '../vendors/upgrades.js';
import type { VendorSockets } from '../vendors/vendor-socket.js';
import type { VoiceSettings } from '../voice-settings.js';
import { fluxOptionsFrom, novaOptionsFrom } from './deepgram-query.js';
import { FluxSocket, NovaSocket } from './deepgram-socket.js';

function refusal(status: number, code: string, message: string): UpgradeRefusal {
  const requestId = randomUUID();
  return {
    status,
    headers: { 'dg-request-id': requestId, 'dg-error': message },
    body: { err_code: code, err_msg: message, request_id: requestId },
  };
}

/** Accepts or refuses sockets under `/deepgram`. */
export function deepgramEndpoint(
  sockets: VendorSockets,
  settings: VoiceSettings,
  apiKey: string | undefined,
): VendorEndpoint {
  return {
    vendor: 'deepgram',
    check(url, headers) {
      const [, key = ''] = /^(?:token|bearer)\s+(\S+)$/i.exec(headers.authorization ?? '') ?? [];
      if (key === '' || (apiKey !== undefined && key !== apiKey)) {
        return refusal(401, 'INVALID_AUTH', 'Invalid credentials.');
      }
      const query = queryToRecord(url);
      try {
        if (url.pathname === '/v1/listen') {
          const options = novaOptionsFrom(query);
          return (ws, fault) =>
            void sockets.append(
              (index) =>
                new NovaSocket(
                  { ws, index, query, fault, settings, changed: () => sockets.changed() },
                  options,
                ),
            );
        }
        if (url.pathname === '/v2/listen') {
          const options = fluxOptionsFrom(query);
          return (ws, fault) =>
            void sockets.append(
              (index) =>
                new FluxSocket(
                  { ws, index, query, fault, settings, changed: () => sockets.changed() },
                  options,
                ),
            );
        }
      } catch (error) {
        if (!(error instanceof ZodError)) throw error;
        const [issue] = error.issues;
        return refusal(400, 'Bad Request', `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'invalid'}`);
      }
      return refusal(404, 'Not Found', `No such path: ${url.pathname}`);
    },
    refuse: ({ status, code }) =>
      refusal(status, code ?? (status === 429 ? 'TOO_MANY_REQUESTS' : 'ERROR'), 'Refused, as scripted'),
  };
}
