import { describe } from 'vitest';
import { describeRules } from '../testing/planted-faults.js';
import { OTHER_PERSON } from '../testing/faultless-evidence.js';
import { operatorMessageRules } from './operator-message-rules.js';

describe('the operator message rules', () => {
  describeRules(operatorMessageRules, {
    'an operator message is logged once': [
      [
        'one idempotency key created two messages',
        ({ operatorMessages }) => operatorMessages[0]!.messageIds.push('msg_other'),
      ],
      [
        'an accepted operator message is not in the log',
        ({ operatorMessages }) => (operatorMessages[0]!.text = 'never logged'),
      ],
      [
        'an operator message is logged twice',
        ({ conversations: [first] }) =>
          first!.messages.push({ ...first!.messages[2]!, id: 'msg_again', seq: 4 }),
      ],
    ],
    'an operator message is in the conversation of its person': [
      [
        'an operator message is in the conversation of another person',
        ({ operatorMessages }) => (operatorMessages[0]!.person = OTHER_PERSON),
      ],
    ],
  });
});
