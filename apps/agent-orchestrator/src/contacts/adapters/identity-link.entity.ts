import type { ContactId, IdentityId, LinkId, VerificationId } from '@parley/kernel';
import { Check, Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, Unique } from 'typeorm';
import type { UnlinkReason } from '../../conversations/identity-link.js';
import { ContactEntity, IdentityEntity } from './contact.entity.js';

/** Why an identity belongs, or belonged, to a contact. */
@Entity('identity_link')
@Unique('identity_link_verification_id_key', ['verificationId'])
@Index('identity_link_one_active', ['identityId'], { unique: true, where: 'unlinked_at IS NULL' })
@Index('identity_link_contact', ['contactId'])
@Check('identity_link_via_check', `via IN ('verification', 'operator')`)
@Check(
  'identity_link_unlinked_via_check',
  `unlinked_via IN ('person', 'operator', 'moved', 'idle', 'renewed')`,
)
@Check('identity_link_verified_check', `(via = 'verification') = (verification_id IS NOT NULL)`)
@Check('identity_link_unlinked_check', '(unlinked_at IS NULL) = (unlinked_via IS NULL)')
export class IdentityLinkEntity {
  @PrimaryColumn('text', { primaryKeyConstraintName: 'identity_link_pkey' })
  id: LinkId;

  @Column('text', { name: 'identity_id' })
  identityId: IdentityId;

  @ManyToOne(() => IdentityEntity, { nullable: false })
  @JoinColumn({ name: 'identity_id', foreignKeyConstraintName: 'identity_link_identity_id_fkey' })
  identity: IdentityEntity;

  @Column('text', { name: 'contact_id' })
  contactId: ContactId;

  @ManyToOne(() => ContactEntity, { nullable: false })
  @JoinColumn({ name: 'contact_id', foreignKeyConstraintName: 'identity_link_contact_id_fkey' })
  contact: ContactEntity;

  /** The contact that the identity had before; null if it stayed with its contact. */
  @Column('text', { name: 'former_contact_id', nullable: true })
  formerContactId: ContactId | null;

  @ManyToOne(() => ContactEntity)
  @JoinColumn({ name: 'former_contact_id', foreignKeyConstraintName: 'identity_link_former_contact_id_fkey' })
  formerContact: ContactEntity | null;

  @Column('text')
  via: 'verification' | 'operator';

  @Column('text', { name: 'verification_id', nullable: true })
  verificationId: VerificationId | null;

  @Column('timestamptz', { name: 'linked_at' })
  linkedAt: Date;

  /** When the identity last wrote, to within a day. */
  @Column('timestamptz', { name: 'last_used_at' })
  lastUsedAt: Date;

  @Column('timestamptz', { name: 'unlinked_at', nullable: true })
  unlinkedAt: Date | null;

  /** Why the link ended. `renewed`: another link of the same contact replaced it. */
  @Column('text', { name: 'unlinked_via', nullable: true })
  unlinkedVia: UnlinkReason | 'renewed' | null;
}
