import type { LiveContract, LiveRequestContract } from './define-live.js';
import type { Contract, RequestContract } from './define.js';
import type { ServiceName } from './services.js';

/** Whatever goes out on a subject of five tokens. */
type Addressed = Pick<Contract | LiveContract | LiveRequestContract, 'kind' | 'name' | 'version'>;

/** The subject one message goes out on, e.g. `int.sms.received.v1.thr_01j…`. */
export function subjectOf(contract: Addressed, key: string): string {
  return `${typeOf(contract)}.${key}`;
}

/** Matches every message of a contract, whatever its key. */
export function subjectFilterOf(contract: Addressed): string {
  return `${typeOf(contract)}.*`;
}

/** The CloudEvents `type` of a contract: its subject without the key. */
export function typeOf(contract: Addressed): string {
  return `${contract.kind}.${contract.name}.v${contract.version}`;
}

/** The durable consumer by which a service reads a contract; also its name in the service's inbox. */
export function durableOf(contract: Contract, service: ServiceName): string {
  return `${service}_${contract.kind}-${contract.name.replaceAll('.', '-')}_v${contract.version}`;
}

/** The subject a request is asked on, e.g. `rpc.orchestrator.list-messages.v1`. */
export function rpcSubjectOf(request: RequestContract): string {
  return `rpc.${request.service}.${request.operation}.v${request.version}`;
}
