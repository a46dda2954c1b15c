import { type IndexedEvidence, isInbound } from './facts.js';
import {
  type Violation,
  duplicateViolation,
  lostViolation,
  type Rules,
  wrongPersonViolation,
} from './finding.js';

export const operatorMessageRules: Rules = {
  'an operator message is logged once': loggedOnceAsPromised,
  'an operator message is in the conversation of its person': inItsPersonsConversation,
};

function loggedOnceAsPromised({ operatorMessages, conversations }: IndexedEvidence): Violation[] {
  const logged = conversations.flatMap(({ messages }) => messages);
  return operatorMessages.flatMap(({ text, messageIds }) => {
    const found = logged.filter((message) => message.text === text && !isInbound(message));
    const ids = new Set([...messageIds, ...found.map(({ id }) => id)]);
    if (ids.size > 1 || found.length > 1)
      return [duplicateViolation(`one operator message was logged as ${[...ids].join(', ')}`)];
    const isPromised = messageIds.length > 0;
    return isPromised && found.length === 0
      ? [lostViolation(`the operator message ${messageIds[0]} is not in the log`)]
      : [];
  });
}

function inItsPersonsConversation({
  operatorMessages,
  conversations,
  writtenBySid,
}: IndexedEvidence): Violation[] {
  return operatorMessages.flatMap(({ text, person }) =>
    conversations
      .filter(({ messages }) => messages.some((message) => message.text === text && !isInbound(message)))
      .flatMap(({ id, messages }) =>
        messages
          .flatMap(({ messageSid = '' }) => writtenBySid.get(messageSid)?.person ?? [])
          .slice(0, 1)
          .filter((owner) => owner !== person)
          .map((owner) =>
            wrongPersonViolation(
              `an operator message for ${person} is in ${id}, the conversation of ${owner}`,
            ),
          ),
      ),
  );
}
