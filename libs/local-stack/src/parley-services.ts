import { join } from 'node:path';
import { SERVICES, type ServiceName, services } from '@parley/contracts';
import { builtProgram, repositoryRoot } from './checkout.js';
import { simulatedSpeechSettings } from './speech-vendors.js';

type Env = Record<string, string>;

/** Turns off the loop protection, for tests and benches that text faster than a person. */
export const NO_LOOP_LIMITS: Env = {
  SMS_MAX_REPLIES_IN_2_MINUTES: '1000000',
  SMS_MAX_REPLIES_A_DAY: '1000000',
  SMS_MAX_EQUAL_TEXTS: '1000000',
};

/** How a service runs on one machine. */
export interface LocalService {
  name: string;
  main: string;
  /** The program that migrates the service's schema before any service starts. */
  migrate?: string;
  /** The Postgres role of the service's DATABASE_URL; undefined for a service without Postgres. */
  databaseRole?: string;
  usesNats?: boolean;
  /** The service's settings beside the shared ones. */
  env?: (addresses: LocalAddresses) => Env;
}

/** The addresses of the services, which their settings refer to. */
export interface LocalAddresses {
  /** The address at which people and vendors reach Parley. */
  publicUrl: string;
  /** The public URL for calls, which differs from `publicUrl` if no origin stands in front of the services. */
  voicePublicUrl: string;
  /**
   * Returns the URL of a service's replica, by default of the first one.
   * @throws Error if the replica does not exist
   */
  urlOf: (service: string, replica?: number) => string;
}

/** Returns the addresses of services on 127.0.0.1, by their ports. */
export function localAddresses(
  publicUrl: string | undefined,
  portOf: (service: string, replica?: number) => number,
): LocalAddresses {
  const urlOf = (service: string, replica?: number) => `http://127.0.0.1:${portOf(service, replica)}`;
  return {
    urlOf,
    get publicUrl() {
      return publicUrl ?? urlOf('sms-gateway');
    },
    get voicePublicUrl() {
      return publicUrl ?? urlOf(VOICE_BRIDGE);
    },
  };
}

/** The account that the simulator plays; the services get the same credentials. */
export interface SimulatedTwilio {
  accountSid: string;
  authToken: string;
  phoneNumber: string;
}

/** Shorter than the time that `ServiceProcess.stop` allows. */
const LOCAL_DRAIN_MS = '5000';

/** The name of the simulator, which stops after the services that use it. */
export const SIMULATOR = 'simulator';
const VOICE_BRIDGE = 'voice-bridge';

export interface ParleyServicesOptions {
  /** Adds the simulator, which plays all vendors. */
  twilio?: SimulatedTwilio;
  /**
   * Whether calls are answered. Default: true. Without a simulated Twilio, that needs the keys of the speech vendors.
   */
  voice?: boolean;
  /** The replica of voice-bridge that media sockets reach. Default: the replica that webhooks reach. */
  mediaReplica?: number;
}

/** Returns the services to run on one machine: all services of the list, or all but voice-bridge. */
export function parleyServices(options: ParleyServicesOptions): LocalService[] {
  const { twilio, voice = true } = options;
  const listed = SERVICES.filter((name) => voice || name !== VOICE_BRIDGE).map((name) => ({
    name,
    main: builtProgram(`apps/${name}/main`),
    migrate: builtProgram(`apps/${name}/migrate`),
    databaseRole: services[name].role,
    usesNats: true,
    env: (addresses: LocalAddresses) => SETTINGS[name](addresses, options),
  }));
  return twilio ? [simulator(twilio, voice), ...listed] : listed;
}

/** Returns the settings of each service that depend on this machine. */
const SETTINGS: Record<ServiceName, (addresses: LocalAddresses, options: ParleyServicesOptions) => Env> = {
  'agent-orchestrator': () => ({ AGENTS_FILE: join(repositoryRoot, 'agents', 'agents.json') }),
  'sms-gateway': (addresses, { twilio }) => ({
    PUBLIC_URL: addresses.publicUrl,
    ...(twilio && twilioSettings(twilio, addresses)),
  }),
  'voice-bridge': (addresses, { twilio, mediaReplica }) => ({
    PUBLIC_URL: addresses.voicePublicUrl,
    VOICE_DRAIN_MS: LOCAL_DRAIN_MS,
    ...(mediaReplica !== undefined && { MEDIA_PUBLIC_URL: addresses.urlOf(VOICE_BRIDGE, mediaReplica) }),
    ...(twilio && twilioSettings(twilio, addresses)),
    ...(twilio && simulatedSpeechSettings(addresses.urlOf(SIMULATOR))),
  }),
  verification: () => ({}),
};

function twilioSettings(
  { accountSid, authToken, phoneNumber }: SimulatedTwilio,
  { urlOf }: LocalAddresses,
): Env {
  return {
    TWILIO_ACCOUNT_SID: accountSid,
    TWILIO_AUTH_TOKEN: authToken,
    TWILIO_PHONE_NUMBER: phoneNumber,
    TWILIO_API_BASE_URL: urlOf(SIMULATOR),
  };
}

function simulator({ accountSid, authToken, phoneNumber }: SimulatedTwilio, voice: boolean): LocalService {
  return {
    name: SIMULATOR,
    main: builtProgram('apps/simulator/main'),
    env: (addresses) => ({
      SIMULATOR_TWILIO_ACCOUNT_SID: accountSid,
      SIMULATOR_TWILIO_AUTH_TOKEN: authToken,
      SIMULATOR_TWILIO_NUMBERS: phoneNumber,
      SIMULATOR_SMS_WEBHOOK_URL: `${addresses.publicUrl}/webhook/sms`,
      ...(voice && {
        SIMULATOR_VOICE_WEBHOOK_URL: `${addresses.voicePublicUrl}/webhooks/twilio/voice`,
        SIMULATOR_VOICE_STATUS_URL: `${addresses.voicePublicUrl}/webhooks/twilio/voice/status`,
      }),
    }),
  };
}
