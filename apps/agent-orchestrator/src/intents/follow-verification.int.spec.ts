import { VerificationChanged } from '@parley/contracts';
import { newId } from '@parley/service-kit';
import { expect, it } from 'vitest';
import { givenPeople } from '../testing/linked-people.js';
import { CODE } from '../testing/played-verification.js';
import { withPostgres } from '../testing/servers.js';

withPostgres();

const NUMBER = '+15550100001';

async function givenVerified() {
  const people = await givenPeople();
  const [web, phone] = [people.webUser('ada'), people.phone(NUMBER)];
  await web.say('hello');
  await phone.say('hello');
  const verificationId = newId('ver');
  const follow = (change: VerificationChanged['change'], more: Partial<VerificationChanged> = {}) =>
    people.followVerification.execute({
      verificationId,
      change,
      subject: { kind: 'web-user', id: 'ada' },
      purpose: 'link-phone',
      number: phone.number,
      occurredAt: new Date().toISOString(),
      ...more,
    });
  const areLinked = async () =>
    (await people.conversationOf(web)).contact_id === (await people.conversationOf(phone)).contact_id;
  return { ...people, web, phone, follow, areLinked };
}

it('[S-22] codes are masked in web chat and texts while a verification by REST is pending, and not after it', async () => {
  const { web, phone, follow } = await givenVerified();
  expect(await follow('started')).toEqual({ kind: 'pending' });
  expect(await web.say(`it is ${CODE}`)).toContain('it is ******');
  expect(await phone.say(`it is ${CODE}`)).toContain('it is ******');
  await follow('expired');
  expect(await phone.say(`order ${CODE}`)).toContain(`order ${CODE}`);
});

it('[S-02] an approved verification of a web user links the phone once', async () => {
  const { follow, areLinked, types } = await givenVerified();
  await follow('started');
  await Promise.all([follow('approved'), follow('approved')]);
  expect(await areLinked()).toBe(true);
  expect((await types()).filter((type) => type === 'contact.identity-linked')).toHaveLength(1);
});

it.each([
  ['for another purpose', { purpose: 'sign-in' }, 'other-purpose'],
  ['by a subject of the caller\u2019s own', { subject: { kind: 'api', id: 'x' } }, 'subject-unknown'],
  ['by an unknown thread', { subject: { kind: 'phone', id: newId('thr') } }, 'subject-unknown'],
] as const)('a verification %s links nothing', async (_, more, reason) => {
  const { follow, areLinked } = await givenVerified();
  expect(await follow('approved', more)).toEqual({ kind: 'ignored', reason });
  expect(await areLinked()).toBe(false);
});
