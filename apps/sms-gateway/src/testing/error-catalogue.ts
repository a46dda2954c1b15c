import { type ProblemKind, problems } from '@parley/service-kit';
import { failureReasons, sendErrors } from '@parley/sms-policy';
import { webhookProblems } from '@parley/twilio';

import { apiProblems } from '../api/api-problems.js';

/** The problem that the launcher returns while the services start (tools/src/launcher/origin-answers.ts). */
const originProblems = {
  starting: { code: 'starting', status: 503, title: 'Parley is starting', retryable: true },
} as const satisfies Record<string, ProblemKind>;

const ACTIONS = { retry: 'tries again', wait: 'waits', final: '' } as const;
const CAUSES = { recipient: 'the number', carrier: 'the carrier', account: 'the account' } as const;

/** The error catalogue for users, in Markdown: the problems that the gateway returns, and the vendor's codes. */
export function renderErrorCatalogue(): string {
  return [
    '# Errors',
    '',
    'Generated from the code by `PARLEY_WRITE_DOCS=1 npx vitest run error-catalogue`; a test fails when it is out of date.',
    '',
    '## Problems of the REST API and the webhooks',
    '',
    'Every error answer is `application/problem+json` (RFC 9457). Branch on `code`: it never changes its meaning.',
    '`errors[]` points to the wrong fields. `retryable` says whether the same request may succeed later; wait for',
    '`Retry-After` if it is given. Search the logs for `requestId`.',
    '',
    ...table(
      ['`code`', 'status', 'what it says', 'retry'],
      problemKinds().map(({ code, status, title, retryable }) => [
        `\`${code}\``,
        String(status),
        title,
        retryable ? 'yes' : '',
      ]),
    ),
    '',
    '## Why a message failed',
    '',
    'A message with the status `failed` or `undelivered` has Twilio’s `errorCode` or Parley’s own `reason`. REST shows the',
    '`reason` as `failureReason`, for `unconfirmed` messages too.',
    '',
    ...table(
      ['`reason`', 'what it means'],
      Object.entries(failureReasons).map(([reason, meaning]) => [`\`${reason}\``, meaning]),
    ),
    '',
    ...table(
      ['`errorCode`', 'concerns', 'what it means', 'Parley'],
      Object.entries(sendErrors).map(([code, { cause, action, explanation }]) => [
        `[${code}](https://www.twilio.com/docs/api/errors/${code})`,
        CAUSES[cause],
        explanation,
        ACTIONS[action],
      ]),
    ),
    '',
    '“Tries again” means: after a refusal, while the text is valid, with pauses that grow to a minute (14107: more than',
    '30 s); after a failed delivery, once, five minutes later. 20003 (invalid credentials) waits and is logged as an error;',
    '`TWILIO_AUTH_TOKEN_NEXT` is tried at once. All other codes are final.',
    '',
    'Twilio explains each code at `https://www.twilio.com/docs/api/errors/<code>`. A code that is not listed here is final.',
    '`http-<status>` stands for a refusal without a code.',
    '',
  ].join('\n');
}

function problemKinds(): ProblemKind[] {
  const all = [problems, webhookProblems, apiProblems, originProblems].flatMap((kinds): ProblemKind[] =>
    Object.values(kinds),
  );
  return all.toSorted((one, other) => one.status - other.status);
}

function table(head: readonly string[], body: readonly (readonly string[])[]): string[] {
  const widths = head.map((_, column) => Math.max(...[head, ...body].map((cells) => cells[column]!.length)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)];
}
