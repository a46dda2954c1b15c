import { type AgentSettings, AgentTexts, type AgentVoice } from '@parley/contracts';
import type { CallerIdTrust } from '@parley/dialogue';
import type { PhoneColumn } from '@parley/persistence';
import {
  Check,
  Column,
  Entity,
  Index,
  JoinColumn,
  ManyToOne,
  OneToMany,
  PrimaryColumn,
  Unique,
} from 'typeorm';
import type { ToolName } from '../tool-names.js';

/** The name under which our own numbers are sealed and indexed. */
export const AGENT_NUMBER_FIELD = 'orchestrator.agent_number.phone';

/** An agent of the agents file. It stays stored after it was removed from the file. */
@Entity('agent')
@Unique('agent_key_key', ['key'])
@Index('agent_one_default', ['isDefault'], { unique: true, where: 'is_default' })
@Check('agent_caller_id_trust_check', `caller_id_trust IN ('attested', 'always', 'never')`)
@Check('agent_send_sms_recipients_check', `send_sms_recipients IN ('self', 'contacts', 'any')`)
@Check('agent_check', 'removed_at IS NULL OR NOT is_default')
export class AgentEntity {
  @PrimaryColumn('text', { primaryKeyConstraintName: 'agent_pkey' })
  id: AgentSettings['agentId'];

  @Column('text')
  key: string;

  @Column('text')
  name: string;

  @Column('text', { name: 'system_prompt' })
  systemPrompt: string;

  @Column('boolean', { name: 'is_default' })
  isDefault: boolean;

  @Column('text', { name: 'caller_id_trust' })
  callerIdTrust: CallerIdTrust;

  /** Whether the agent talks only to people whose phone is verified. */
  @Column('boolean', { name: 'verification_required', default: false })
  verificationRequired: boolean;

  /** Whom a person may have texts sent to. */
  @Column('text', { name: 'send_sms_recipients', default: 'self' })
  sendSmsRecipients: 'self' | 'contacts' | 'any';

  @Column('jsonb')
  tools: ToolName[];

  @Column('jsonb')
  voice: AgentVoice;

  @Column('jsonb', { default: {} })
  texts: unknown;

  /** The version under which the settings were last published. All agents share one counter. */
  @Column('integer', { default: 0 })
  version: number;

  @Column('timestamptz', { name: 'removed_at', nullable: true })
  removedAt: Date | null;

  @OneToMany(() => AgentNumberEntity, ({ agent }) => agent)
  numbers: AgentNumberEntity[];
}

/** One of our numbers, which an agent answers. The number is sealed under the row's id and found by its blind index. */
@Entity('agent_number')
@Unique('agent_number_phone_index_key', ['phoneIndex'])
@Index('agent_number_agent', ['agentId'])
export class AgentNumberEntity {
  @PrimaryColumn('text', { primaryKeyConstraintName: 'agent_number_pkey' })
  id: string;

  @Column('text', { name: 'agent_id' })
  agentId: AgentSettings['agentId'];

  @ManyToOne(() => AgentEntity, ({ numbers }) => numbers, { nullable: false })
  @JoinColumn({ name: 'agent_id', foreignKeyConstraintName: 'agent_number_agent_id_fkey' })
  agent: AgentEntity;

  @Column('text', { name: 'phone_sealed' })
  phoneSealed: string;

  @Column('text', { name: 'phone_index' })
  phoneIndex: string;
}

/** Returns an agent's settings as other services receive them. */
export function agentSettingsOf(agent: AgentEntity, phones: PhoneColumn): AgentSettings {
  const { data: texts } = AgentTexts.safeParse(agent.texts);
  return {
    agentId: agent.id,
    version: agent.version,
    name: agent.name,
    isDefault: agent.isDefault,
    numbers: agent.numbers.map(({ id, phoneSealed }) => phones.open(phoneSealed, id)).toSorted(),
    voice: agent.voice,
    ...(texts && { texts }),
    isRemoved: agent.removedAt !== null,
  };
}
