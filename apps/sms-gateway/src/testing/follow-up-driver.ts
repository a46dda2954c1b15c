import type { SendId, ThreadId } from '@parley/kernel';
import { ApplyDelivery } from '../outbound/delivery/apply-delivery.js';
import { FollowUpSends } from '../outbound/follow-up/follow-up-sends.js';
import { FollowUpStore } from '../outbound/follow-up/follow-up-store.js';
import { ReconcileUnknownSend } from '../outbound/follow-up/reconcile-unknown-send.js';
import type { DueFollowUp } from '../outbound/send.js';
import { inboundParams, RunningGateway } from './running-gateway.js';

export const HOUR_MS = 3_600_000;

export interface SendRow {
  id: SendId;
  status: string;
  attempt: number;
  provider_sid: string | null;
  provider_status: string | null;
  error_code: string | null;
  reason: string | null;
  verdict: string | null;
  retry_of: SendId | null;
  isPlanned: boolean;
}

const COLUMNS = '*, follow_up_at IS NOT NULL AS "isPlanned"';

/** Brings sends of a running gateway to their follow-up, for tests. */
export class FollowUpDriver {
  constructor(private readonly gateway: RunningGateway) {}

  /** Starts a gateway whose follow-ups run only when a test runs them. */
  static async start(env?: Readonly<Record<string, string>>) {
    const gateway = await RunningGateway.start(env);
    await gateway.stopLoop(FollowUpSends);
    return { gateway, sends: new FollowUpDriver(gateway) };
  }

  of(threadId: string): Promise<SendRow[]> {
    const sql = `SELECT ${COLUMNS} FROM send WHERE thread_id = $1 ORDER BY position`;
    return this.gateway.query<SendRow>(sql, [threadId]);
  }

  /** Waits until `count` sends of a thread meet a condition, and returns them. */
  until(what: string, threadId: string, condition: string, count = 1): Promise<SendRow[]> {
    return this.gateway.eventually<SendRow>(
      what,
      `SELECT ${COLUMNS} FROM send WHERE thread_id = $1 AND ${condition}
         AND (SELECT count(*) FROM send WHERE thread_id = $1 AND ${condition}) >= $2 ORDER BY position`,
      [threadId, count],
    );
  }

  async textsTo(person: string): Promise<string[]> {
    const sent = { to: person, direction: 'outbound', waitMs: 0 } as const;
    return (await this.gateway.simulator.messages(sent)).map(({ body }) => body);
  }

  /** The vendor accepts the next text and lists it, but its answer and all reports are lost. */
  async loseAnswer(person: string, status = 'delivered', times = 1): Promise<void> {
    const { simulator } = this.gateway;
    const script = [{ status, posted: false }];
    await simulator.fault({ kind: 'status-callbacks', script, to: person, times });
    await simulator.fault({ kind: 'twilio.create', mode: 'accept-then-reset', to: person, times });
  }

  /** The vendor does not get the next text, and its answer is lost. */
  async loseText(person: string, times = 1): Promise<void> {
    await this.gateway.simulator.fault({ kind: 'twilio.create', mode: '500', to: person, times });
  }

  /** Sends a text whose answer is lost. */
  async unknown(threadId: string, text: string, count = 1): Promise<SendRow[]> {
    await this.gateway.command(threadId, text);
    return this.until('the outcome to be unknown', threadId, `status = 'UNKNOWN'`, count);
  }

  /** Makes a follow-up due at once and claims it. */
  async due(id: SendId): Promise<DueFollowUp> {
    await this.gateway.query(
      `UPDATE send SET follow_up_at = '-infinity' WHERE id = $1 AND follow_up_at IS NOT NULL`,
      [id],
    );
    const claimed = await this.gateway.get(FollowUpStore).claim(100, HOUR_MS);
    const send = claimed.find((each) => each.id === id);
    if (!send) throw new Error(`no follow-up of ${id} is planned`);
    return send;
  }

  async reconcile(id: SendId): Promise<void> {
    await this.gateway.get(ReconcileUnknownSend).execute(await this.due(id));
  }

  async repeat(id: SendId): Promise<void> {
    await this.repeatNow(await this.due(id));
  }

  async repeatNow(send: DueFollowUp): Promise<void> {
    await this.gateway.get(ApplyDelivery).execute({ event: { kind: 'retry-due', id: send.id }, send });
  }

  async optOut(person: string, threadId: ThreadId): Promise<void> {
    await this.gateway.post('/webhook/sms', inboundParams(person, 'STOP'));
    const changes = await this.gateway.statusEvents(threadId, 'sms.consent-changed');
    if (changes.at(-1)?.['change'] !== 'opted-out') throw new Error('the STOP was not published');
  }
}
