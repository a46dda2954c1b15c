import { services } from '@parley/contracts';
import { baseEnv, portVariable, wholeNumberVariable } from '@parley/service-kit/env';
import {
  defaultVerificationPolicy,
  isCallingCode,
  type VerificationPolicy,
} from '@parley/verification-policy';
import { z } from 'zod';

const MOST_CODES = 10_000_000;
const { spend } = defaultVerificationPolicy.limits;

const countries = z
  .string()
  .transform((list) => list.split(',').map((code) => code.trim().replace(/^\+/, '')))
  .refine((codes) => codes.every(isCallingCode), 'must be country calling codes like 1,44,49');

/** A host name, as it stands in the last line of an SMS. */
const domain = z
  .string()
  .max(253)
  .regex(/^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*$/, 'must be a host name like example.com');

/** Everything that verification reads from its environment. */
export const VerificationEnv = z.object({
  ...baseEnv,
  PORT: portVariable.default(services.verification.port),
  /** The calling codes of the countries to which codes are sent. */
  VERIFICATION_COUNTRIES: countries.default([...defaultVerificationPolicy.countries]),
  /** The web site on which browsers may fill in the code by themselves. */
  VERIFICATION_DOMAIN: domain.optional(),
  /** The most codes of this installation, since each costs money. */
  VERIFICATION_MAX_CODES_PER_HOUR: wholeNumberVariable(1, MOST_CODES).default(spend.perHour),
  VERIFICATION_MAX_CODES_PER_DAY: wholeNumberVariable(1, MOST_CODES).default(spend.perDay),
});
export type VerificationEnv = z.output<typeof VerificationEnv>;

/** Returns the policy that an environment asks for. */
export function policyOf(env: VerificationEnv): VerificationPolicy {
  return {
    ...defaultVerificationPolicy,
    countries: env.VERIFICATION_COUNTRIES,
    limits: {
      ...defaultVerificationPolicy.limits,
      spend: { perHour: env.VERIFICATION_MAX_CODES_PER_HOUR, perDay: env.VERIFICATION_MAX_CODES_PER_DAY },
    },
  };
}

/** Token of the checked environment. */
export const VERIFICATION_ENV = Symbol('VerificationEnv');
/** Token of the `VerificationPolicy`. */
export const VERIFICATION_POLICY = Symbol('VerificationPolicy');
