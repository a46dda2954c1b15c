import type { VerificationView } from '@parley/contracts';
import { type E164, parsePersonNumber } from '@parley/kernel';
import { Problem, problems } from '@parley/service-kit';
import { apiProblems } from '../api-problems.js';
import type { TextThreads } from '../text-threads.js';

interface Answer {
  readonly outcome: string;
  readonly verification?: VerificationView | undefined;
  readonly retryAfterMs?: number | undefined;
}

/** @throws Problem for a text that is no phone number of a person */
export function verifiableNumber(text: string, textThreads: TextThreads): E164 {
  const number = parsePersonNumber(text);
  if (number !== undefined && !textThreads.isLine(number)) return number;
  const { code } = apiProblems.invalidNumber;
  const detail = 'must be a phone number like +15550100001, and not one of our own';
  throw new Problem(apiProblems.invalidNumber, { errors: [{ pointer: '#/to', code, detail }] });
}

/**
 * Returns the verification that a request was answered with.
 * @throws Problem for a refusal
 */
export function verificationOf({ outcome, verification, retryAfterMs = 0 }: Answer): VerificationView {
  switch (outcome) {
    case 'limited':
    case 'too-early':
      throw new Problem(problems.tooManyRequests, { retryAfterSeconds: Math.ceil(retryAfterMs / 1_000) });
    case 'refused':
      throw new Problem(apiProblems.codeNotAllowed);
    default:
      if (verification) return verification;
      throw new Problem(problems.notFound, { detail: 'There is no such verification' });
  }
}
