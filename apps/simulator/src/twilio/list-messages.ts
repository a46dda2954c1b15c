import { API_VERSION, type Message, toMessageResource } from './message.js';
import { TwilioError } from './twilio-error.js';

const DEFAULT_PAGE_SIZE = 50;
const MAX_PAGE_SIZE = 1000;
/** A page token names the last message of the previous page, as Twilio's do. */
const TOKEN_PREFIX = 'PA';
/** Filters in the order of a page's URIs. */
const FILTERS = ['To', 'From', 'DateSent', 'DateSent<', 'DateSent>'] as const;

function invalid(name: string, value: string): TwilioError {
  return new TwilioError(400, 20001, `Invalid value for parameter '${name}': ${value}`);
}

function day(name: string, value: string | null): string | null {
  if (value === null) return null;
  if (!/^\d{4}-\d{2}-\d{2}(T.*)?$/.test(value)) throw invalid(name, value);
  return value.slice(0, 10);
}

function wholeNumber(query: URLSearchParams, name: string, fallback: number): number {
  const value = query.get(name);
  if (value === null) return fallback;
  if (!/^\d{1,9}$/.test(value)) throw invalid(name, value);
  return Number(value);
}

/**
 * Filters by days in GMT, as Twilio does: `DateSent<` and `DateSent>` include the given day (clients write
 * `DateSent<=2026-01-31`). A message that is not sent yet matches no date filter.
 */
function filterOf(query: URLSearchParams): (message: Message) => boolean {
  const [to, from] = [query.get('To'), query.get('From')];
  const on = day('DateSent', query.get('DateSent'));
  const until = day('DateSent<', query.get('DateSent<'));
  const since = day('DateSent>', query.get('DateSent>'));
  return (message) => {
    if (to !== null && message.to !== to) return false;
    if (from !== null && message.from !== from) return false;
    if (on === null && until === null && since === null) return true;
    if (message.sentAt === null) return false;
    const sent = new Date(message.sentAt).toISOString().slice(0, 10);
    return (on ?? sent) === sent && (until ?? sent) >= sent && (since ?? sent) <= sent;
  };
}

/** `GET …/Messages.json`: newest first, paged by token, without a filter by direction. Throws {@link TwilioError}. */
export function listMessages(
  log: readonly Message[],
  query: URLSearchParams,
  accountSid: string,
): Record<string, unknown> {
  const pageSize = Math.min(MAX_PAGE_SIZE, Math.max(1, wholeNumber(query, 'PageSize', DEFAULT_PAGE_SIZE)));
  const page = wholeNumber(query, 'Page', 0);
  const token = query.get('PageToken');
  const matching = log.filter(filterOf(query)).toReversed();
  let start = page * pageSize;
  if (token !== null) {
    const before = log.find((message) => TOKEN_PREFIX + message.sid === token);
    if (!before) throw invalid('PageToken', token);
    const older = matching.findIndex((message) => message.index < before.index);
    start = older === -1 ? matching.length : older;
  }
  const shown = matching.slice(start, start + pageSize);
  const uri = (toPage: number, toToken?: string) => {
    const params = new URLSearchParams();
    for (const name of FILTERS) if (query.has(name)) params.set(name, query.get(name)!);
    params.set('PageSize', String(pageSize));
    params.set('Page', String(toPage));
    if (toToken) params.set('PageToken', toToken);
    return `/${API_VERSION}/Accounts/${accountSid}/Messages.json?${params.toString()}`;
  };
  const last = shown.at(-1);
  const hasMore = start + pageSize < matching.length;
  return {
    end: page * pageSize + Math.max(0, shown.length - 1),
    first_page_uri: uri(0),
    messages: shown.map((message) => toMessageResource(message, accountSid)),
    next_page_uri: hasMore && last ? uri(page + 1, TOKEN_PREFIX + last.sid) : null,
    page,
    page_size: pageSize,
    previous_page_uri: page > 0 ? uri(page - 1) : null,
    start: page * pageSize,
    uri: uri(page, token ?? undefined),
  };
}
