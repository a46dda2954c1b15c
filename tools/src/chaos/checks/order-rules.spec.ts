import { describe } from 'vitest';
import { describeRules } from '../testing/planted-faults.js';
import { OTHER } from '../testing/sound-evidence.js';
import { orderRules } from './order-rules.js';

describe('the rules of orders', () => {
  describeRules(orderRules, {
    'an order is one message': [
      ['one key gave two messages', ({ orders }) => orders[0]!.messageIds.push('msg_other')],
      ['an accepted order is not in the log', ({ orders }) => (orders[0]!.text = 'never logged')],
      [
        'an order is logged twice',
        ({ conversations: [first] }) =>
          first!.messages.push({ ...first!.messages[2]!, id: 'msg_again', seq: 4 }),
      ],
    ],
    'an order is in its person’s conversation': [
      ['it is in somebody else’s', ({ orders }) => (orders[0]!.person = OTHER)],
    ],
  });
});
