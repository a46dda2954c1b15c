import { LINK_IDLE_MS } from '@parley/dialogue';
import { newId } from '@parley/service-kit';
import { describe, expect, it } from 'vitest';
import { someCall } from '../testing/a-call.js';
import { givenPeople } from '../testing/linked-people.js';
import { neverCancelled } from '../testing/orchestrator.js';
import { withPostgres } from '../testing/servers.js';

withPostgres();
const NUMBER = '+15550100001';

/** A web user and a phone that wrote before they were linked; one of them began first. */
async function givenLinked(first: 'web' | 'phone') {
  const people = await givenPeople();
  const web = people.webUser('ada');
  const phone = people.phone(NUMBER);
  const writers = first === 'web' ? ([web, phone] as const) : ([phone, web] as const);
  for (const writer of writers) await writer.say(writer === web ? 'web before' : 'phone before');
  const before = { web: await people.conversationOf(web), phone: await people.conversationOf(phone) };
  expect(await people.link(web, phone)).toMatchObject({ kind: 'linked', decision: 'merge' });
  return { ...people, web, phone, before, older: before[first].id };
}

describe.each(['web', 'phone'] as const)('a link when the %s wrote first', (first) => {
  it('[S-02] after a link, the agent knows on each side what was said on the other side since the link', async () => {
    const { web, phone } = await givenLinked(first);
    expect(await web.say('my dog is called Rex')).toContain('my dog is called Rex');
    expect(await phone.say('I live in Bern')).toContain('(in web chat) my dog is called Rex');
    expect(await web.say('where do I live?')).toContain('(by SMS) I live in Bern');
  });

  it('[S-09] after a link, each side sees its own earlier messages and not those of the other side', async () => {
    const { web, phone } = await givenLinked(first);
    expect(await phone.say('phone after')).toEqual(['phone before', 'phone after']);
    expect(await web.say('web after')).toEqual(['web before', '(by SMS) phone after', 'web after']);
    expect(await phone.say('phone again')).toEqual([
      'phone before',
      'phone after',
      '(in web chat) web after',
      'phone again',
    ]);
  });

  it('[S-09] the older conversation goes on without renumbering, and the other one is closed', async () => {
    const { web, phone, before, older, database, conversationOf, types, read } = await givenLinked(first);
    await phone.say('phone after');
    await web.say('web after');
    expect((await conversationOf(web)).id).toBe(older);
    expect((await conversationOf(phone)).id).toBe(older);
    const younger = before.web.id === older ? before.phone.id : before.web.id;
    const [closed] = await database.rows<{ status: string; merged_into: string; seqs: number[] }>(
      `SELECT status, merged_into, (SELECT array_agg(seq ORDER BY seq) FROM message WHERE conversation_id = $1) AS seqs
       FROM conversation WHERE id = $1`,
      [younger],
    );
    expect(closed).toEqual({ status: 'closed', merged_into: older, seqs: [1, 2] });
    const happened = await types();
    for (const type of [
      'conversation.closed',
      'conversation.merged',
      'contact.merged',
      'contact.identity-linked',
    ]) {
      expect(happened.filter((each) => each === type)).toHaveLength(1);
    }
    const sequences = (await read.events()).filter(({ conversation }) => conversation === older);
    expect(sequences.map(({ sequence }) => sequence)).toEqual(sequences.map((_, index) => index + 1));
  });

  it('[S-09] a web chat goes on from the closed conversation, without what the phone said before the link', async () => {
    const { web, phone, before, chats } = await givenLinked(first);
    await phone.say('phone after');
    const read = async (after: Parameters<typeof chats.messages>[1]) => {
      const texts: string[] = [];
      for (let page = await chats.messages(web.threadId, after, 50); page;) {
        texts.push(...page.data.map(({ text }) => text));
        if (!page.hasMore) break;
        const position = { conversationId: page.conversationId, seq: page.data.at(-1)!.seq };
        page = await chats.messages(web.threadId, position, 50);
      }
      return texts;
    };
    const own = ['web before', 'Noted.'];
    const shared = ['phone after', 'Noted.'];
    expect(await read(undefined)).toEqual([...own, ...shared]);
    expect(await read({ conversationId: before.web.id as never, seq: 1 })).toEqual([own[1], ...shared]);
    expect(await read({ conversationId: before.web.id as never, seq: 2 })).toEqual(shared);
  });

  it('[S-09] after the link ends, the phone has a conversation of its own and sees only what it said before', async () => {
    const { web, phone, unlinkIdentity, identityOf, conversationOf, before } = await givenLinked(first);
    await web.say('web shared');
    await phone.say('phone shared');
    const ended = await unlinkIdentity.execute(await identityOf(phone), 'person');
    expect(ended).toMatchObject({ kind: 'unlinked', ended: { newContactId: before.phone.contact_id } });
    expect(await phone.say('phone alone')).toEqual(['phone before', 'phone alone']);
    expect(await web.say('web alone')).not.toContain('(by SMS) phone alone');
    expect((await conversationOf(phone)).contact_id).toBe(before.phone.contact_id);
    expect((await conversationOf(web)).id).not.toBe((await conversationOf(phone)).id);
  });

  it('a second link after an unlink shares the conversation again from then on', async () => {
    const { web, phone, unlinkIdentity, identityOf, link } = await givenLinked(first);
    await web.say('web shared');
    await unlinkIdentity.execute(await identityOf(phone), 'person');
    await phone.say('phone alone');
    await web.say('web alone');
    expect(await link(web, phone)).toMatchObject({ decision: 'merge' });
    const seen = await phone.say('phone again');
    expect(seen).toEqual(expect.arrayContaining(['phone before', 'phone alone', 'phone again']));
    expect(seen.join()).not.toMatch(/web/);
    expect(await web.say('web again')).toEqual(expect.arrayContaining(['(by SMS) phone again']));
  });
});

describe('[S-09] who owns a number', () => {
  it('a verified phone that has never texted belongs to the contact that verified it', async () => {
    const { webUser, phone, link, read } = await givenPeople();
    const web = webUser('ada');
    await web.say('web before');
    const own = phone(NUMBER);
    expect(await link(web, own)).toMatchObject({ decision: 'attach' });
    expect(await own.say('first text')).toEqual(['first text']);
    expect(await read.count('conversation')).toBe(1);
  });

  it('a number that another web user verifies moves, and the former owner reads a notice in the web chat', async () => {
    const { web, phone, webUser, link, chats, types } = await givenLinked('web');
    await phone.say('phone of ada');
    const thief = webUser('eve');
    await thief.say('eve before');
    expect(await link(thief, phone)).toMatchObject({ decision: 'move' });
    expect(await phone.say('phone of eve')).toEqual(['phone before', 'phone of eve']);
    expect(await thief.say('eve after')).toEqual(['eve before', '(by SMS) phone of eve', 'eve after']);
    expect(await web.say('ada after')).not.toContain('(by SMS) phone of eve');
    const read = (await chats.messages(web.threadId, undefined, 50))!.data;
    expect(read.map(({ text }) => text)).toContain(
      `Phone number ${NUMBER} has been verified by someone else and is no longer linked to this conversation.`,
    );
    expect(await types()).toContain('contact.identity-unlinked');
  });

  it('two users who prove the same number at once do not share a conversation: one owner remains', async () => {
    const { webUser, phone, link, database } = await givenPeople();
    const [ada, eve] = [webUser('ada'), webUser('eve')];
    await ada.say('ada before');
    await eve.say('eve before');
    const own = phone(NUMBER);
    await own.say('phone before');
    await Promise.all([link(ada, own), link(eve, own)]);
    const active = await database.rows('SELECT 1 FROM identity_link WHERE unlinked_at IS NULL');
    expect(active).toHaveLength(1);
    const seen = [...(await ada.say('x')), ...(await eve.say('y'))];
    expect(seen).not.toContain('(by SMS) phone before');
    const contacts = await database.rows<{ n: number }>(
      `SELECT count(DISTINCT contact_id)::int AS n FROM identity WHERE kind = 'web-user'`,
    );
    expect(contacts).toEqual([{ n: 2 }]);
  });

  it('a verification links once, however often its result arrives', async () => {
    const { webUser, phone, link, types } = await givenPeople();
    const web = webUser('ada');
    await web.say('hello');
    const own = phone(NUMBER);
    const verificationId = newId('ver');
    const outcomes = await Promise.all([link(web, own, verificationId), link(web, own, verificationId)]);
    expect(outcomes.map(({ kind }) => kind).toSorted()).toEqual(['ignored', 'linked']);
    expect((await types()).filter((type) => type === 'contact.identity-linked')).toHaveLength(1);
  });

  it('a link that nobody used for 90 days ends with the next text, which begins a conversation of its own', async () => {
    const { web, phone, database, types, conversationOf } = await givenLinked('web');
    await phone.say('still me');
    await database.rows(
      `UPDATE identity_link SET last_used_at = clock_timestamp() - $1 * interval '1 millisecond'`,
      [LINK_IDLE_MS + 1_000],
    );
    await web.say('web secret');
    expect(await phone.say('who is this?')).toEqual(['phone before', 'who is this?']);
    expect((await conversationOf(phone)).contact_id).not.toBe((await conversationOf(web)).contact_id);
    expect(await types()).toContain('contact.identity-unlinked');
  });

  it('a text within the 90 days renews the link', async () => {
    const { phone, database } = await givenLinked('web');
    await database.rows(
      `UPDATE identity_link SET last_used_at = clock_timestamp() - $1 * interval '1 millisecond'`,
      [LINK_IDLE_MS - 60_000],
    );
    await phone.say('still me');
    expect(
      await database.rows(
        `SELECT 1 FROM identity_link WHERE unlinked_at IS NULL AND last_used_at > clock_timestamp() - interval '1 hour'`,
      ),
    ).toHaveLength(1);
  });

  it('a text proves nothing: without a verification, phone and web user stay apart', async () => {
    const { webUser, phone, unlinkIdentity, identityOf } = await givenPeople();
    const web = webUser(NUMBER);
    await web.say('web secret');
    const own = phone(NUMBER);
    expect(await own.say('hello')).toEqual(['hello']);
    expect(await unlinkIdentity.execute(await identityOf(own), 'person')).toEqual({
      kind: 'ignored',
      reason: 'not-linked',
    });
  });
});

it('[S-02] the prompt of a call from the linked phone contains the web chat since the link, and nothing from before', async () => {
  const { web, model, takeSpokenTurnWith } = await givenLinked('web');
  await web.say('the code word is heron');
  const call = someCall({ contactNumber: NUMBER as never });
  model.prompts.length = 0;
  await takeSpokenTurnWith(model).execute(
    call.turn(1, 'What is the code word?'),
    neverCancelled,
    () => undefined,
  );
  const texts = model.prompts[0]!.messages.map(({ text }) => text).join('\n');
  expect(texts).toContain('the code word is heron');
  expect(texts).toContain('phone before');
  expect(texts).not.toContain('web before');
});

it('an operator message to a conversation that was merged reaches the conversation that goes on', async () => {
  const { before, log, older } = await givenLinked('web');
  expect(await log.reachableContact(before.phone.id as never)).toMatchObject({ conversationId: older });
});
