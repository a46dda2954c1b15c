import type { LiveContract, LiveRequestContract } from './define-live.js';
import type { Contract, RequestContract } from './define.js';
import type { ServiceName } from './services.js';

/** A contract whose messages have subjects of five tokens. */
type ContractWithKey = Pick<Contract | LiveContract | LiveRequestContract, 'kind' | 'name' | 'version'>;

/** Returns the subject of one message, e.g. `int.sms.received.v1.thr_01j…`. */
export function subjectOf(contract: ContractWithKey, key: string): string {
  return `${typeOf(contract)}.${key}`;
}

/** Returns a subject that matches every message of a contract, whatever its key. */
export function subjectFilterOf(contract: ContractWithKey): string {
  return `${typeOf(contract)}.*`;
}

/** Returns the CloudEvents `type` of a contract: its subject without the key. */
export function typeOf(contract: ContractWithKey): string {
  return `${contract.kind}.${contract.name}.v${contract.version}`;
}

/**
 * Returns the name of the durable consumer through which a service reads a contract's messages. The service's
 * inbox uses the same name.
 */
export function durableOf(contract: Contract, service: ServiceName): string {
  return `${service}_${contract.kind}-${contract.name.replaceAll('.', '-')}_v${contract.version}`;
}

/** Returns the subject of a request, e.g. `rpc.orchestrator.list-messages.v1`. */
export function rpcSubjectOf(request: RequestContract): string {
  return `rpc.${request.service}.${request.operation}.v${request.version}`;
}
