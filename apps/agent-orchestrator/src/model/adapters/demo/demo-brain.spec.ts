import { describe, expect, it } from 'vitest';
import { smsPrompt } from '../../../channels/sms/sms-channel.js';
import { voicePrompt } from '../../../channels/voice/turns/voice-channel.js';
import { demoReply, demoToolUse } from './demo-brain.js';

const me = (text: string) => ({ role: 'user' as const, text });
const agent = (text: string) => ({ role: 'assistant' as const, text });
const reply = (...messages: (ReturnType<typeof me> | ReturnType<typeof agent>)[]) =>
  demoReply({ channel: smsPrompt, messages });

describe('the demo agent', () => {
  it('the demo agent repeats a name in the spelling of the person', () => {
    expect(reply(me('Hi, my name is Åda LÖVELACE 👋'))).toBe('Nice to meet you, Åda LÖVELACE 👋.');
    expect(reply(me('my name is Ada'), agent('Nice to meet you, Ada.'), me("What's my name?"))).toBe(
      'Your name is Ada.',
    );
    expect(reply(me('what is my name'))).toBe('You have not told me your name yet.');
  });

  it.each([
    ["Hi, I'm Ada Lovelace!", 'Ada Lovelace'],
    ['I am Åda and I am hungry', 'Åda'],
    ['Hello. i’m Grace', 'Grace'],
  ])('the demo agent reads a name from the introduction %j', (text, name) => {
    expect(reply(me(text))).toBe(`Nice to meet you, ${name}.`);
    expect(reply(me(text), agent('…'), me('who am I?'))).toBe(`Your name is ${name}.`);
  });

  it('the demo agent reads no name from messages that only resemble an introduction', () => {
    expect(reply(me("I'm hungry"), agent('…'), me('what is my name?'))).toBe(
      'You have not told me your name yet.',
    );
  });

  it('the demo agent uses the newest name', () => {
    expect(reply(me('my name is Ada'), agent('…'), me('call me Grace'), agent('…'), me('who am I?'))).toBe(
      'Your name is Grace.',
    );
  });

  it('the demo agent answers with the notes and facts that it was given', () => {
    const told = [
      me('Remember that the door code is BLUE.'),
      agent('…'),
      me('My dog is called Rex'),
      agent('…'),
    ];
    expect(reply(...told, me('What did I ask you to remember?'))).toBe(
      'You asked me to remember: the door code is BLUE.',
    );
    expect(reply(...told, me("what's my dog?"))).toBe('Your dog is Rex.');
    expect(reply(...told, me('what is my cat?'))).toBe('You have not told me about your cat yet.');
  });

  it('the demo agent knows the first and the last message', () => {
    const said = [me('Guten Tag'), agent('…'), me('Zweitens'), agent('…')];
    expect(reply(...said, me('What did I say first?'))).toBe('The first thing you said was: "Guten Tag"');
    expect(reply(...said, me('what did I say last?'))).toBe('Before that you said: "Zweitens"');
  });

  it('the demo agent names the channel that it answers on', () => {
    expect(reply(me('What channel is this?'))).toBe('You are reaching me by SMS text message.');
    expect(demoReply({ channel: voicePrompt, messages: [me('how am I reaching you?')] })).toBe(
      'You are reaching me by phone call.',
    );
  });

  it('the demo agent repeats any other message unchanged', () => {
    expect(reply(me('x'), agent('y'), me('ŠťASTNÝ 🎉 שלום'))).toBe('You said: "ŠťASTNÝ 🎉 שלום"');
  });

  it('the demo agent answers a burst of texts together', () => {
    expect(reply(me('my name is Ada'), me("what's my name?"))).toBe(
      'Nice to meet you, Ada.\nYour name is Ada.',
    );
  });

  it('the demo agent sends no reply when asked not to', () => {
    expect(reply(me('no need to reply'))).toBe('OK');
    expect(demoReply({ channel: voicePrompt, messages: [me('no need to reply')] })).toBe('');
  });
});

describe('"text me …" in a call', () => {
  const use = (text: string, more: Partial<Parameters<typeof demoToolUse>[0]> = {}) =>
    demoToolUse({
      channel: voicePrompt,
      messages: [me('What is my name?'), agent('Your name is Ada.'), me(text)],
      tools: ['send_sms'],
      result: undefined,
      ...more,
    });
  const texts = (text: string) => ({ tool: 'send_sms', input: { text } });

  it.each(['Text me that.', 'could you please text me that, please?', 'Text me.', 'send me a text'])(
    '%j makes the demo agent text its last message',
    (words) => {
      expect(use(words)).toEqual(texts('Your name is Ada.'));
    },
  );

  it('the demo agent texts the words that follow "text me"', () => {
    expect(use('Text me the door code is Blue.')).toEqual(texts('the door code is Blue'));
  });

  it('the demo agent calls no tool in a text conversation, when it may not use send_sms, or for another question', () => {
    expect(use('Text me that', { channel: smsPrompt })).toBeUndefined();
    expect(use('Text me that', { tools: [] })).toBeUndefined();
    expect(use('What is my name?')).toBeUndefined();
  });

  it('the demo agent says whether the text was sent', () => {
    expect(use('Text me that', { result: 'Successfully sent SMS to the caller.' })).toBe(
      'Done, I have texted you.',
    );
    expect(use('Text me that', { result: 'No SMS was sent: x.' })).toBe('I could not. No SMS was sent: x.');
  });
});

describe('a long repetitive text', () => {
  it.each(['my ', 'my name is ', 'remember ', '.', '! ', 'text me ', 'Aa '])(
    'the demo agent answers a text that repeats %j 100,000 times',
    (part) => {
      expect(reply(me(`${part.repeat(100_000)}x`))).not.toBe('');
    },
  );
});
