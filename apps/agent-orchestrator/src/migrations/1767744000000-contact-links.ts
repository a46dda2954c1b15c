import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Several identities of one contact: which of them are proven, and what each of them may see of a conversation that it
 * came to share. A thread and a call know their person's identity, because a contact can have several.
 */
export class ContactLinks1767744000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE contact
        ADD COLUMN created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        ADD COLUMN name text,
        ADD COLUMN attributes jsonb NOT NULL DEFAULT '{}',
        ADD COLUMN merged_into text REFERENCES contact;
      CREATE INDEX contact_merged_into ON contact (merged_into) WHERE merged_into IS NOT NULL;

      ALTER TABLE conversation
        ADD COLUMN merged_into text REFERENCES conversation,
        ADD CHECK (merged_into IS NULL OR status = 'closed');
      CREATE INDEX conversation_contact ON conversation (contact_id);

      -- Why an identity belongs to its contact: a verification, or an operator's word. It ends, and stays as a record.
      CREATE TABLE identity_link (
        id text CONSTRAINT identity_link_pkey PRIMARY KEY,
        identity_id text NOT NULL CONSTRAINT identity_link_identity_id_fkey REFERENCES identity,
        contact_id text NOT NULL CONSTRAINT identity_link_contact_id_fkey REFERENCES contact,
        -- The contact that the identity had before the link; NULL if it stayed with its contact.
        former_contact_id text CONSTRAINT identity_link_former_contact_id_fkey REFERENCES contact,
        via text NOT NULL CONSTRAINT identity_link_via_check CHECK (via IN ('verification', 'operator')),
        verification_id text CONSTRAINT identity_link_verification_id_key UNIQUE,
        linked_at timestamptz NOT NULL,
        -- When the identity last wrote, to within a day.
        last_used_at timestamptz NOT NULL,
        unlinked_at timestamptz,
        unlinked_via text CONSTRAINT identity_link_unlinked_via_check
          CHECK (unlinked_via IN ('person', 'operator', 'moved', 'idle', 'renewed')),
        CONSTRAINT identity_link_verified_check CHECK ((via = 'verification') = (verification_id IS NOT NULL)),
        CONSTRAINT identity_link_unlinked_check CHECK ((unlinked_at IS NULL) = (unlinked_via IS NULL))
      );
      CREATE UNIQUE INDEX identity_link_one_active ON identity_link (identity_id) WHERE unlinked_at IS NULL;
      CREATE INDEX identity_link_contact ON identity_link (contact_id);

      -- Without a row for a conversation, an identity of its contact sees all of it. A row ends what it sees before
      -- after_seq, and after through_seq. It also names earlier conversations that the identity still sees.
      CREATE TABLE visible_history (
        identity_id text NOT NULL REFERENCES identity,
        conversation_id text NOT NULL REFERENCES conversation,
        after_seq integer NOT NULL,
        through_seq integer,
        PRIMARY KEY (identity_id, conversation_id, after_seq)
      );
      CREATE INDEX visible_history_conversation ON visible_history (conversation_id);

      ALTER TABLE thread ADD COLUMN identity_id text REFERENCES identity;
      UPDATE thread SET identity_id = (
        SELECT identity.id FROM identity WHERE identity.contact_id = thread.contact_id ORDER BY identity.id LIMIT 1);
      CREATE INDEX thread_identity ON thread (identity_id);
      CREATE INDEX thread_contact ON thread (contact_id);

      ALTER TABLE call ADD COLUMN identity_id text REFERENCES identity;
      UPDATE call SET identity_id = (
        SELECT identity.id FROM identity JOIN conversation ON conversation.contact_id = identity.contact_id
        WHERE conversation.id = call.conversation_id ORDER BY identity.id LIMIT 1);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE call DROP COLUMN identity_id;
      DROP INDEX thread_contact;
      ALTER TABLE thread DROP COLUMN identity_id;
      DROP TABLE visible_history, identity_link;
      DROP INDEX conversation_contact;
      ALTER TABLE conversation DROP COLUMN merged_into;
      ALTER TABLE contact
        DROP COLUMN merged_into, DROP COLUMN attributes, DROP COLUMN name, DROP COLUMN created_at;
    `);
  }
}
