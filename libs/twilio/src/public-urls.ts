/** The webhook paths for inbound texts: the documented path, and one that resembles our other webhook paths. */
export const SMS_WEBHOOK_PATHS = ['/webhook/sms', '/webhooks/twilio/sms'] as const;

export interface PublicUrlVariables {
  /** Our public base URL, with an optional path prefix that the proxy in front of us removes. */
  readonly PUBLIC_URL?: string | undefined;
  /** The whole URL of the SMS webhook. */
  readonly WEBHOOK_URL?: string | undefined;
  /** The origin of an ngrok tunnel. */
  readonly NGROK_URL?: string | undefined;
}

export interface VariableProblem {
  readonly variable: keyof PublicUrlVariables;
  readonly message: string;
}

export type PublicUrlResolution =
  | { readonly kind: 'resolved'; readonly urls: PublicUrls }
  | { readonly kind: 'invalid'; readonly problems: VariableProblem[] };

/** Our public URLs, all derived from settings and never from a request's headers. */
export class PublicUrls {
  constructor(
    /** Origin and path prefix, without a slash at the end. */
    readonly base: string,
    private readonly configuredWebhook?: { readonly path: string; readonly url: string },
  ) {}

  /** The public URL of one of our paths, which starts with a slash. */
  at(path: string): string {
    return this.base + path;
  }

  /**
   * The URL that Twilio signed for a request, given its path and query exactly as they arrived. On the path of `WEBHOOK_URL`
   * it is exactly `WEBHOOK_URL`.
   */
  signedUrl(rawPathAndQuery: string): string {
    const pathAndQuery = withoutFragment(rawPathAndQuery);
    const path = pathAndQuery.split('?', 1)[0];
    const webhook = this.configuredWebhook;
    return webhook !== undefined && path === webhook.path ? webhook.url : this.at(pathAndQuery);
  }
}

/**
 * Takes the base URL from `PUBLIC_URL`, else from `WEBHOOK_URL` without its path, else from `NGROK_URL`. Several may be set if
 * they agree.
 */
export function resolvePublicUrls(variables: PublicUrlVariables): PublicUrlResolution {
  const given = {
    PUBLIC_URL: variables.PUBLIC_URL?.trim(),
    WEBHOOK_URL: withoutFragment(variables.WEBHOOK_URL?.trim() ?? '') || undefined,
    NGROK_URL: variables.NGROK_URL?.trim(),
  };
  const problems = problemsOf(given);
  if (problems.length > 0) return { kind: 'invalid', problems };
  const webhook = given.WEBHOOK_URL === undefined ? undefined : splitWebhook(given.WEBHOOK_URL);
  const base = [baseOf(given.PUBLIC_URL), webhook?.base, baseOf(given.NGROK_URL)].find(
    (url) => url !== undefined,
  );
  if (base === undefined) {
    const message =
      'is missing: the https:// URL under which Twilio reaches us (or give WEBHOOK_URL or NGROK_URL)';
    return { kind: 'invalid', problems: [{ variable: 'PUBLIC_URL', message }] };
  }
  const contradictions = contradictionsOf(given, webhook?.base);
  if (contradictions.length > 0) return { kind: 'invalid', problems: contradictions };
  return { kind: 'resolved', urls: new PublicUrls(base, webhook) };
}

/** Accepts plain http on loopback only. */
export function isHttpsOrLoopback(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname } = new URL(url);
  const isLoopback =
    hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
  return protocol === 'https:' || (protocol === 'http:' && isLoopback);
}

function problemsOf(given: PublicUrlVariables): VariableProblem[] {
  return (['PUBLIC_URL', 'WEBHOOK_URL', 'NGROK_URL'] as const).flatMap((variable) => {
    const url = given[variable];
    const message = url === undefined ? undefined : problemOf(variable, url);
    return message === undefined ? [] : [{ variable, message }];
  });
}

function problemOf(variable: keyof PublicUrlVariables, url: string): string | undefined {
  if (!isHttpsOrLoopback(url)) return 'must be an https:// URL (or http:// on localhost)';
  const { username, password, pathname, search, hash } = new URL(url);
  if (username || password) return 'must not contain a user name or password';
  const webhookPath = SMS_WEBHOOK_PATHS.find((path) => pathname.endsWith(path));
  if (variable === 'WEBHOOK_URL') {
    return webhookPath ? undefined : `must end in ${SMS_WEBHOOK_PATHS.join(' or ')}`;
  }
  if (search || hash) return 'must have no query and no fragment';
  return webhookPath
    ? `must not contain ${webhookPath}: put the whole webhook URL into WEBHOOK_URL`
    : undefined;
}

function contradictionsOf(given: PublicUrlVariables, webhookBase: string | undefined): VariableProblem[] {
  const publicBase = baseOf(given.PUBLIC_URL);
  const leading = publicBase === undefined ? 'WEBHOOK_URL' : 'PUBLIC_URL';
  const problems: VariableProblem[] = [];
  if (publicBase !== undefined && webhookBase !== undefined && publicBase !== webhookBase) {
    problems.push({ variable: 'WEBHOOK_URL', message: contradiction('PUBLIC_URL') });
  }
  const ngrokBase = baseOf(given.NGROK_URL);
  const leadingBase = publicBase ?? webhookBase;
  if (ngrokBase !== undefined && leadingBase !== undefined && ngrokBase !== leadingBase) {
    problems.push({ variable: 'NGROK_URL', message: contradiction(leading) });
  }
  return problems;
}

function contradiction(other: string): string {
  return `contradicts ${other}: both must have the same origin and path prefix (or remove one)`;
}

/**
 * Splits the URL of a webhook: `base`, normalised, so that two bases can be compared; `path`, one of our routes; and `url`, the
 * unchanged setting.
 */
function splitWebhook(url: string): { base: string; path: string; url: string } {
  const { origin, pathname } = new URL(url);
  const path = SMS_WEBHOOK_PATHS.find((candidate) => pathname.endsWith(candidate))!;
  return { base: origin + pathname.slice(0, -path.length), path, url };
}

function baseOf(url: string | undefined): string | undefined {
  if (url === undefined) return undefined;
  const { origin, pathname } = new URL(url);
  return origin + pathname.replace(/\/+$/, '');
}

/** Removes the fragment: it carries Twilio's connection overrides, which are not signed. */
function withoutFragment(url: string): string {
  return url.split('#', 1)[0]!;
}
