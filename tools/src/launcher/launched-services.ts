import { OrchestratorEnv } from '@parley/agent-orchestrator';
import type { ServiceName } from '@parley/contracts';
import { problemsIn } from '@parley/service-kit/env';
import { GatewayEnv } from '@parley/sms-gateway';
import { VerificationEnv } from '@parley/verification';
import { voiceEnvOf } from '@parley/voice-bridge';

type Variables = Readonly<Record<string, string>>;

/** The settings that each service reads from its environment. Those of voice-bridge depend on its speech vendors. */
const SETTINGS = {
  'agent-orchestrator': () => OrchestratorEnv,
  'sms-gateway': () => GatewayEnv,
  'voice-bridge': voiceEnvOf,
  verification: () => VerificationEnv,
} satisfies Record<ServiceName, unknown>;

/** Variables that a service or its migration step reads outside its schema. */
const EXTRA: Readonly<Record<string, RegExp>> = {
  'agent-orchestrator': /^AGENTS_FILE$/,
  simulator: /^SIMULATOR_\w+$/,
};

/** Variables of any Node program, none of them secret: proxies, tracing. */
const OF_ANY_PROGRAM = /^(NODE_\w+|OTEL_\w+|(https?|no|all)_proxy)$/i;

/** Returns the variables of each process by its name: the settings of the process, and no secret of another process. */
export function variablesByService(variables: Variables): Record<string, Record<string, string>> {
  return Object.fromEntries(
    [...Object.keys(SETTINGS), 'simulator'].map((service) => [
      service,
      Object.fromEntries(
        Object.entries(variables).filter(
          ([name]) => OF_ANY_PROGRAM.test(name) || isReadBy(service, name, variables),
        ),
      ),
    ]),
  );
}

function isReadBy(service: string, variable: string, variables: Variables): boolean {
  const shape = isService(service) ? SETTINGS[service](variables).shape : {};
  return variable in shape || EXTRA[service]?.test(variable) === true;
}

/** Returns the problems of the variables of one service. A process without a schema has none. */
export function problemsOfService(service: string, variables: Variables): ReadonlyMap<string, string> {
  return isService(service) ? problemsIn(SETTINGS[service](variables), variables) : new Map();
}

function isService(name: string): name is ServiceName {
  return Object.hasOwn(SETTINGS, name);
}
