import type { PromptChannel } from '../prompt-channel.js';

/** A channel with a word for "no reply", and below two channels without such a word. */
export const sms: PromptChannel = {
  name: 'sms',
  label: 'SMS text message',
  mark: 'by SMS',
  person: 'this person',
  facts: ['You are answering by SMS.'],
  noReply: 'OK',
};
export const voice: PromptChannel = {
  name: 'voice',
  label: 'phone call',
  mark: 'by phone',
  person: 'the caller',
  facts: ['You are answering in a phone call.'],
};
export const web: PromptChannel = {
  name: 'web',
  label: 'web chat',
  mark: 'by web chat',
  person: 'this person',
  facts: ['You are answering in a web chat.'],
};
