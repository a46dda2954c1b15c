import http from 'node:http';
import https from 'node:https';
import { limits } from '../limits.js';

const agentOptions = { keepAlive: true, maxSockets: limits.webhookSockets };
const agents = { http: new http.Agent(agentOptions), https: new https.Agent(agentOptions) };

export interface FormPost {
  readonly url: string;
  readonly body: string;
  readonly headers: Record<string, string>;
  readonly connectTimeoutMs: number;
  /** The longest wait for the answer, and between two packets of the answer. */
  readonly readTimeoutMs: number;
  readonly totalTimeoutMs: number;
  readonly signal: AbortSignal;
}

export type PostResult =
  | { outcome: 'answered'; status: number; contentType: string | null; body: string }
  | { outcome: 'connect-failed'; error: string }
  | { outcome: 'read-failed'; error: string };

/** Splits a URL without re-encoding path and query, because the signature covers the original bytes. */
function splitUrl(url: string): { secure: boolean; host: string; path: string } {
  const [, scheme = '', authority = '', rest = ''] = /^(https?):\/\/([^/?]+)(.*)$/is.exec(url) ?? [];
  const path = rest.startsWith('/') ? rest : `/${rest}`;
  return {
    secure: scheme.toLowerCase() === 'https',
    host: authority,
    path: path.replace(/[^\x21-\x7e]/gu, encodeURIComponent),
  };
}

/** Posts a form once. Never rejects: the result contains the error. */
export function postForm(post: FormPost): Promise<PostResult> {
  const { secure, host, path } = splitUrl(post.url);
  if (host === '' || !URL.canParse(`http://${host}`)) {
    return Promise.resolve({ outcome: 'connect-failed', error: 'not an http(s) URL' });
  }
  const { hostname, port } = new URL(`http://${host}`);
  return new Promise((resolve) => {
    let isConnected = false;
    const request = (secure ? https : http).request({
      agent: secure ? agents.https : agents.http,
      hostname: hostname.replace(/^\[|\]$/g, ''),
      ...(port === '' ? {} : { port: Number(port) }),
      path,
      method: 'POST',
      headers: { ...post.headers, 'content-length': Buffer.byteLength(post.body) },
      signal: post.signal,
    });
    const timers: NodeJS.Timeout[] = [];
    const finish = (result: PostResult) => {
      timers.forEach(clearTimeout);
      resolve(result);
    };
    const abortAfter = (ms: number, what: string) => {
      timers.push(setTimeout(() => request.destroy(new Error(what)), ms));
    };
    const connected = () => {
      isConnected = true;
      clearTimeout(timers[0]);
      request.setTimeout(post.readTimeoutMs, () => request.destroy(new Error('read timeout')));
    };
    abortAfter(post.connectTimeoutMs, 'connect timeout');
    abortAfter(post.totalTimeoutMs, 'total timeout');
    request.on('socket', (socket) => {
      if (socket.connecting) socket.once(secure ? 'secureConnect' : 'connect', connected);
      else connected();
    });
    const failed = (error: Error) =>
      finish({ outcome: isConnected ? 'read-failed' : 'connect-failed', error: error.message });
    request.on('error', failed);
    request.on('response', (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (piece: string) => (body = (body + piece).slice(0, limits.webhookAnswerChars)));
      response.on('error', failed);
      response.on('end', () =>
        finish({
          outcome: 'answered',
          status: response.statusCode ?? 0,
          contentType: response.headers['content-type'] ?? null,
          body,
        }),
      );
    });
    request.end(post.body);
  });
}
