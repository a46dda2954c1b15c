import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A plain record of the tests' own schema. */
@Entity('counter')
export class CounterEntity {
  @PrimaryColumn('text')
  key: string;

  @Column('integer')
  value: number;
}
