import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

type Env = Record<string, string>;

/** A service as it runs on one machine. */
export interface LocalService {
  name: string;
  main: string;
  /** Brings its schema up to date; run to its end before any service starts. */
  migrate?: string;
  /** The role that its DATABASE_URL names; a service without one gets no Postgres. */
  databaseRole?: string;
  usesNats?: boolean;
  /** Its settings beyond the shared ones. */
  env?: (addresses: LocalAddresses) => Env;
}

/** What services need to know of each other. */
export interface LocalAddresses {
  /** Where people and vendors reach Parley. */
  publicUrl: string;
  /** The first replica's URL. Throws when no such service runs. */
  urlOf: (service: string) => string;
}

/** The account that the simulator plays; the gateway is given the same credentials. */
export interface SimulatedTwilio {
  accountSid: string;
  authToken: string;
  phoneNumber: string;
}

/** Plays the vendors, so it outlives the services that talk to them. */
export const SIMULATOR = 'simulator';

/** The checkout that this file belongs to. */
export const repositoryRoot = fileURLToPath(new URL('../../..', import.meta.url));

const built = (app: string, script: string) => join(repositoryRoot, 'apps', app, 'dist', script);

/** Parley's services; with a simulated Twilio the simulator is one of them and stands in for the vendor. */
export function parleyServices({ twilio }: { twilio?: SimulatedTwilio }): LocalService[] {
  const services: LocalService[] = [
    {
      name: 'agent-orchestrator',
      main: built('agent-orchestrator', 'main.js'),
      migrate: built('agent-orchestrator', 'migrate.js'),
      databaseRole: 'parley_orchestrator',
      usesNats: true,
      env: () => ({ AGENTS_FILE: join(repositoryRoot, 'agents', 'agents.json') }),
    },
    {
      name: 'sms-gateway',
      main: built('sms-gateway', 'main.js'),
      migrate: built('sms-gateway', 'migrate.js'),
      databaseRole: 'parley_gateway',
      usesNats: true,
      env: ({ publicUrl, urlOf }) => ({
        PUBLIC_URL: publicUrl,
        ...(twilio && {
          TWILIO_ACCOUNT_SID: twilio.accountSid,
          TWILIO_AUTH_TOKEN: twilio.authToken,
          TWILIO_PHONE_NUMBER: twilio.phoneNumber,
          TWILIO_API_BASE_URL: urlOf(SIMULATOR),
        }),
      }),
    },
  ];
  return twilio ? [simulator(twilio), ...services] : services;
}

function simulator({ accountSid, authToken, phoneNumber }: SimulatedTwilio): LocalService {
  return {
    name: SIMULATOR,
    main: built('simulator', 'main.js'),
    env: ({ publicUrl }) => ({
      SIMULATOR_TWILIO_ACCOUNT_SID: accountSid,
      SIMULATOR_TWILIO_AUTH_TOKEN: authToken,
      SIMULATOR_TWILIO_NUMBERS: phoneNumber,
      SIMULATOR_SMS_WEBHOOK_URL: `${publicUrl}/webhook/sms`,
    }),
  };
}
