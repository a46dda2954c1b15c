import type { LineId } from '@parley/kernel';
import { Column, Entity, PrimaryColumn, Unique } from 'typeorm';

/** A line's number is encrypted with the line's id as context, and found by its blind index. */
@Entity('line')
@Unique('line_number_index_key', ['numberIndex'])
export class LineEntity {
  @PrimaryColumn('text', { primaryKeyConstraintName: 'line_pkey' })
  id: LineId;

  @Column('text', { name: 'sealed_number' })
  sealedNumber: string;

  @Column('text', { name: 'number_index' })
  numberIndex: string;

  @Column('timestamptz', { name: 'created_at', default: () => 'clock_timestamp()' })
  createdAt: Date;

  /** When the last completed search for missed texts began. The next three columns describe the newest search. */
  @Column('timestamptz', { name: 'polled_at', nullable: true })
  polledAt: Date | null;

  @Column('timestamptz', { name: 'poll_started_at', nullable: true })
  pollStartedAt: Date | null;

  @Column('uuid', { name: 'poll_token', nullable: true })
  pollToken: string | null;

  @Column('timestamptz', { name: 'poll_lease_until', nullable: true })
  pollLeaseUntil: Date | null;
}
