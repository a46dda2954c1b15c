import type { ContactId, IdentityId } from '@parley/kernel';
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
import type { IdentityKind } from '../../channels/channel.js';

/** A person. */
@Entity('contact')
@Index('contact_merged_into', ['mergedInto'], { where: 'merged_into IS NOT NULL' })
export class ContactEntity {
  @PrimaryColumn('text', { primaryKeyConstraintName: 'contact_pkey' })
  id: ContactId;

  @Column('timestamptz', { name: 'created_at', default: () => 'clock_timestamp()' })
  createdAt: Date;

  @Column('text', { nullable: true })
  name: string | null;

  /** What a customer's backend stores with the contact. */
  @Column('jsonb', { default: {} })
  attributes: Record<string, string>;

  /** The contact that this one became a part of. */
  @Column('text', { name: 'merged_into', nullable: true })
  mergedInto: ContactId | null;

  @ManyToOne(() => ContactEntity)
  @JoinColumn({ name: 'merged_into', foreignKeyConstraintName: 'contact_merged_into_fkey' })
  successor: ContactEntity | null;

  @OneToMany(() => IdentityEntity, ({ contact }) => contact)
  identities: IdentityEntity[];
}

/** An address of a contact. It is sealed under its id and found by its blind index. */
@Entity('identity')
@Unique('identity_kind_phone_index_key', ['kind', 'sealedIndex'])
@Index('identity_contact', ['contactId'])
@Check('identity_kind_check', `kind IN ('phone', 'web-user')`)
export class IdentityEntity {
  @PrimaryColumn('text', { primaryKeyConstraintName: 'identity_pkey' })
  id: IdentityId;

  @Column('text', { name: 'contact_id' })
  contactId: ContactId;

  @ManyToOne(() => ContactEntity, ({ identities }) => identities, { nullable: false })
  @JoinColumn({ name: 'contact_id', foreignKeyConstraintName: 'identity_contact_id_fkey' })
  contact: ContactEntity;

  @Column('text')
  kind: IdentityKind;

  @Column('text', { name: 'phone_sealed' })
  sealed: string;

  @Column('text', { name: 'phone_index' })
  sealedIndex: string;
}
