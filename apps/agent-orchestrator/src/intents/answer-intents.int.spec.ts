import { newId } from '@parley/service-kit';
import { storedRowsWith } from '@parley/testing';
import { describe, expect, it } from 'vitest';
import { neverCancelled, someAgent, someReceipt, someSms } from '../testing/orchestrator.js';
import { givenPeople } from '../testing/linked-people.js';
import { playGateway } from '../testing/played-gateway.js';
import { CODE, playVerification } from '../testing/played-verification.js';
import { nats, withNats, withPostgres } from '../testing/servers.js';

withPostgres();
withNats();

const NUMBER = '+15550100001';
const HINT = "To start using this service, text 'verify' to receive a verification code.";
const INVALID = 'Invalid verification code. Please try again.';

async function givenVerification(agent: Parameters<typeof someAgent>[0] = {}) {
  const verification = await playVerification(nats.url);
  const people = await givenPeople({ natsUrl: nats.url });
  await people.seedAgents([someAgent(agent)]);
  return { ...people, verification };
}

describe('[S-05] verification in a web chat', () => {
  it('a web user verifies a phone word for word, and text and chat become one conversation', async () => {
    const { webUser, phone, model, verification } = await givenVerification();
    const [web, own] = [webUser('ada'), phone(NUMBER)];
    await own.say('phone before');
    expect(await web.ask('show my verified number')).toEqual([
      "You don't have a verified phone number yet. Would you like to verify one?",
    ]);
    expect(await web.ask(`verify phone ${NUMBER}`)).toEqual([
      `Please reply with the verification code sent to ${NUMBER}`,
    ]);
    expect(verification.started).toMatchObject([
      { to: NUMBER, subject: { kind: 'web-user', id: 'ada' }, purpose: 'link-phone' },
    ]);
    expect(await web.ask('000000')).toEqual([INVALID]);
    expect(await web.ask(CODE)).toEqual([`Phone number ${NUMBER} has been verified successfully!`]);
    const [shown] = await web.ask('show my verified number');
    expect(shown).toMatch(
      /^Your verified phone number is: \+15550100001 \(verified on [A-Z][a-z]{2} \d{1,2}, \d{4}\)$/,
    );
    expect(model.prompts).toEqual([]);
    await web.say('my dog is called Rex');
    expect(await own.say('who is my dog?')).toContain('(in web chat) my dog is called Rex');
  });

  it('a code that was asked for in web chat and is texted back from the phone does not complete the link', async () => {
    const { webUser, phone, verification, conversationOf } = await givenVerification();
    const [web, own] = [webUser('ada'), phone(NUMBER)];
    await own.say('hello');
    await web.ask(`verify phone ${NUMBER}`);
    expect(await own.say(CODE)).toContain('******');
    expect(verification.checked).toEqual([]);
    expect((await conversationOf(own)).contact_id).not.toBe((await conversationOf(web)).contact_id);
  });

  it.each([
    ['123456', ['Noted.']],
    ['verify code 123456', [INVALID]],
    ['verify phone 12345', ['Please use format: "verify phone +1234567890"']],
    ['verify', ['Please use format: "verify phone +1234567890"']],
    ['can you verify this for me?', ['Noted.']],
    ["what's your phone number", ['My phone number is +15550100000']],
    [
      "send message 'Hi' to +15550100001",
      ['Please verify your phone number first using "verify phone +1234567890"'],
    ],
    [
      'send message Hi to +15550100001',
      ['Could not understand the message format. Please use: "send message \'your message\' to +1234567890"'],
    ],
  ])('[S-24] without a pending verification, %j gets its answer', async (text, answers) => {
    const { webUser } = await givenVerification({ numbers: ['+15550100000' as never] });
    expect(await webUser('ada').ask(text)).toEqual(answers);
  });

  it('UNLINK in web chat ends the link of the phone', async () => {
    const { webUser, phone, link, conversationOf } = await givenVerification();
    const [web, own] = [webUser('ada'), phone(NUMBER)];
    await web.say('hello');
    await own.say('hello');
    await link(web, own);
    expect(await web.ask('UNLINK')).toEqual([
      `Phone number ${NUMBER} is no longer linked to this conversation.`,
    ]);
    await own.say('hello again');
    expect((await conversationOf(own)).contact_id).not.toBe((await conversationOf(web)).contact_id);
  });
});

describe('[S-06] an agent that requires verification', () => {
  it('an unverified sender gets the hint once, verifies by text, and then talks to the agent', async () => {
    const { phone, verification, model } = await givenVerification({ verificationRequired: true });
    const own = phone(NUMBER);
    expect(await own.ask('Hello')).toEqual([HINT]);
    expect(await own.ask('Hello?')).toEqual([]);
    expect(model.prompts).toEqual([]);
    expect(await own.ask('verify')).toEqual([]);
    expect(verification.started).toMatchObject([
      { to: NUMBER, subject: { kind: 'phone', id: own.threadId }, purpose: 'own-phone' },
    ]);
    expect(await own.ask('verify code 111111')).toEqual([
      "Invalid code. Please try again or text 'verify' to get a new code.",
    ]);
    expect(await own.ask(CODE)).toEqual(['Your number has been verified! You can now use the service.']);
    expect(await own.ask('Hello again')).toEqual(['Noted.']);
    expect(await own.ask('UNLINK')).toEqual([
      `Phone number ${NUMBER} is no longer linked to this conversation.`,
    ]);
    expect(await own.say('Hello')).toEqual([]);
  });

  it('the answer to a request that exceeds a limit says how long to wait', async () => {
    const { phone, verification } = await givenVerification({ verificationRequired: true });
    verification.limits.start = true;
    expect(await phone(NUMBER).ask('verify')).toEqual(['Too many attempts. Please try again in 2 minutes.']);
  });

  it('while the verification service is unavailable, the person is asked to try later', async () => {
    const people = await givenPeople({ natsUrl: nats.url });
    await people.seedAgents([someAgent({ verificationRequired: true })]);
    expect(await people.phone(NUMBER).ask('verify')).toEqual([
      'Verification is not available right now. Please try again later.',
    ]);
  });

  it('[S-24] "voice verify" has the code of the pending verification read out by a call', async () => {
    const { phone, verification } = await givenVerification({ verificationRequired: true });
    const own = phone(NUMBER);
    await own.say('verify');
    expect(await own.ask('voice verify')).toEqual([
      `Please reply with the verification code that a call to ${NUMBER} reads to you`,
    ]);
    expect(verification.resent).toMatchObject([{ channel: 'voice' }]);
  });
});

it('[S-22] a typed code stands in no row, no event and no prompt in clear', async () => {
  const { webUser, model, database } = await givenVerification();
  const web = webUser('ada');
  await web.say(`verify phone ${NUMBER}`);
  await web.say(`is it ${CODE}?`);
  await web.say(CODE);
  expect(JSON.stringify(model.prompts)).not.toContain(CODE);
  const query = database.rows.bind(database);
  expect(await storedRowsWith(query, ['orchestrator'], [CODE])).toEqual([]);
});

it('a repeated turn sends no second code', async () => {
  const { phone, verification, claimTurns, takeTurnWith, model, receiveSms, endTurn } =
    await givenVerification();
  const own = phone(NUMBER);
  await receiveSms(someSms({ threadId: own.threadId, from: own.number, text: 'verify' }), someReceipt());
  const [first] = (await claimTurns.execute(16)).turns;
  await endTurn.giveBack(first!, { isRerun: false });
  await takeTurnWith(model).execute(first!, neverCancelled);
  const [second] = (await claimTurns.execute(16)).turns;
  await takeTurnWith(model).execute(second!, neverCancelled);
  expect(verification.started).toHaveLength(1);
});

describe('[S-10] send message', () => {
  it('a verified web user can send a text to their own phone, and it is sent once', async () => {
    const threadId = newId('thr');
    await playGateway(nats.url, { consent: { consent: 'given' }, thread: { threadId } });
    const { webUser, phone, link, read, database } = await givenVerification();
    const [web, own] = [webUser('ada'), phone(NUMBER)];
    await web.say('hello');
    await link(web, own);
    expect(await web.ask(`send message 'See you at 9' to ${NUMBER}`)).toEqual([
      `Successfully sent SMS to ${NUMBER}`,
    ]);
    expect(await read.sends()).toHaveLength(1);
    expect(
      await database.rows(`SELECT 1 FROM message WHERE text = 'See you at 9' AND kind = 'outside'`),
    ).toHaveLength(1);
  });

  it.each([
    ['self', 'I can only send messages to your own phone number.'],
    ['any', 'Successfully sent SMS to +15550100002'],
  ] as const)(
    'the policy %s decides whether another number may be texted',
    async (sendSmsRecipients, answer) => {
      await playGateway(nats.url, { consent: { consent: 'given' }, thread: { threadId: newId('thr') } });
      const { phone } = await givenVerification({ sendSmsRecipients });
      expect(await phone(NUMBER).ask("send message 'Hi' to +15550100002")).toEqual([answer]);
    },
  );
});
