import { expect, it } from 'vitest';
import { languageCodes } from './language-tag.js';

it.each([
  ['nb-NO', ['nb', 'no', 'nn']],
  ['no', ['no', 'nb', 'nn']],
  ['cmn-Hans-CN', ['cmn', 'zh']],
  ['tl', ['tl', 'fil']],
  ['yue-HK', ['yue']],
  ['de_AT', ['de']],
])('languageCodes returns for the tag %s the codes %j', (tag, codes) => {
  expect(languageCodes(tag)).toEqual(codes);
});
