import { type Facts, isInbound } from './facts.js';
import { type Broken, doubled, lost, type Rules, wrongPerson } from './finding.js';

export const orderRules: Rules = {
  'an order is one message': anOrderIsOneMessage,
  'an order is in its person’s conversation': anOrderIsItsPersons,
};

function anOrderIsOneMessage({ orders, conversations }: Facts): Broken[] {
  const logged = conversations.flatMap(({ messages }) => messages);
  return orders.flatMap(({ text, messageIds }) => {
    const found = logged.filter((message) => message.text === text && !isInbound(message));
    const ids = new Set([...messageIds, ...found.map(({ id }) => id)]);
    if (ids.size > 1 || found.length > 1) return [doubled(`one order became ${[...ids].join(', ')}`)];
    const isPromised = messageIds.length > 0;
    return isPromised && found.length === 0 ? [lost(`the order ${messageIds[0]} is not in the log`)] : [];
  });
}

function anOrderIsItsPersons({ orders, conversations, writtenBySid }: Facts): Broken[] {
  return orders.flatMap(({ text, person }) =>
    conversations
      .filter(({ messages }) => messages.some((message) => message.text === text && !isInbound(message)))
      .flatMap(({ id, messages }) =>
        messages
          .flatMap(({ messageSid = '' }) => writtenBySid.get(messageSid)?.person ?? [])
          .slice(0, 1)
          .filter((owner) => owner !== person)
          .map((owner) => wrongPerson(`an order for ${person} is in ${id}, which is ${owner}’s`)),
      ),
  );
}
