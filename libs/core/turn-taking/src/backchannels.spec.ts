import { describe, expect, it } from 'vitest';
import { judgeWords, type SpeechContext } from './judge-words.js';
import { backchannelsOf } from './backchannels.js';
import { DEFAULT_TURN_POLICY } from './turn-policy.js';

const around: SpeechContext = { overlap: 'playing', played: [], hasAsked: false };

const judge = (text: string, languages: readonly string[], own: readonly string[] = []): string =>
  judgeWords(text, around, { ...DEFAULT_TURN_POLICY, backchannels: backchannelsOf(languages, own) });

describe('[V-03] backchannels', () => {
  it.each([
    [
      'en-US',
      'Uh-huh.',
      'Yeah, okay.',
      'Thank you.',
      'Okay, thanks.',
      'Makes sense!',
      "That's right, I see.",
    ],
    ['de', 'Ja.', 'Ja, genau!', 'Mhm, ach so.', 'Alles klar, vielen Dank.', 'Verstehe.'],
    ['es-MX', 'Sí, claro.', 'si si', 'Ajá.', 'Muchas gracias.', 'Vale, perfecto.'],
    ['fr', 'Oui.', "D'accord, merci.", 'Oui, bien sûr.', "C'est ça.", 'Voilà, tout à fait.'],
    ['it', 'Sì, certo.', 'Va bene, grazie.', 'Ho capito.', 'È vero.'],
    ['pt-BR', 'Sim.', 'Tá bom, obrigada.', 'Pois é.', 'Entendi, com certeza.'],
    ['nl', 'Ja, precies.', 'Oké, dank je wel.', 'Klopt.', 'Ik snap het.'],
    ['sv', 'Jaha.', 'Just det, tack.'],
    ['nb-NO', 'Ja, akkurat.', 'Tusen takk.'],
    ['da', 'Ja, præcis.', 'Mange tak.'],
    ['pl', 'Tak, rozumiem.', 'Dziękuję.'],
    ['ru', 'Ага, понятно.', 'Да, хорошо, спасибо.'],
    ['tr', 'Evet, anladım.', 'Teşekkür ederim.'],
    ['ar', 'نعم، تمام.', 'شكراً.'],
    ['hi', 'हाँ जी।', 'अच्छा, ठीक है।', 'Haan ji.', 'theek hai'],
    ['ja', 'はい。', 'はい、はい。', 'ええ、そうですね。', 'なるほど、わかりました。', 'は い'],
    ['zh-CN', '嗯，好的。', '对对对', '明白了，谢谢。'],
    ['ko', '네.', '네, 알겠습니다.'],
  ])('[V-03] backchannels in %s do not take the turn', (language, ...texts) => {
    for (const text of texts) expect([text, judge(text, [language])]).toEqual([text, 'backchannel']);
  });

  it.each([
    ['en', 'Thank you, but no.', 'No.', 'Makes no sense.', 'Wait.', 'Okay, stop.'],
    ['de', 'Nein.', 'Ja, aber nicht heute.', 'Moment mal.', 'Jahre'],
    ['es', 'No, gracias.', 'Claro, pero espere.'],
    ['fr', 'Non.', 'Oui mais non.', 'Attendez.'],
    ['ja', 'はい、でも違います。', 'はいけない', 'いいえ。', 'ちょっと待って'],
    ['zh', '不对。', '好的，等一下。', '不是'],
    ['hi', 'नहीं।', 'हाँ लेकिन कल'],
  ])('[V-03] words in %s that are no backchannels take the turn', (language, ...texts) => {
    for (const text of texts) expect([text, judge(text, [language])]).toEqual([text, 'interrupts']);
  });

  it('[V-03] a backchannel of a language that the agent does not speak takes the turn', () => {
    expect(judge('Ja, genau.', ['en', 'de-AT'])).toBe('backchannel');
    expect(judge('Yeah. Genau.', ['en', 'de-AT'])).toBe('backchannel');
    expect(judge('Ja, genau.', ['en'])).toBe('interrupts');
    expect(judge('Mhm.', ['is'])).toBe('backchannel');
  });

  it("[V-03] the agent's own backchannels take no turn", () => {
    expect(judge('Roger that.', ['en'])).toBe('interrupts');
    expect(judge('roger, that!', ['en'], ['Roger that!'])).toBe('backchannel');
    expect(judge('Okay, roger that.', ['en'], ['Roger that!'])).toBe('backchannel');
    expect(judge('ครับ', ['th'], ['ครับ'])).toBe('backchannel');
  });

  it('[V-03] a backchannel that answers a question takes the turn', () => {
    const asked = { ...around, hasAsked: true };
    for (const [text, language] of [
      ['Ja.', 'de'],
      ['はい。', 'ja'],
    ] as const) {
      const policy = { ...DEFAULT_TURN_POLICY, backchannels: backchannelsOf([language]) };
      expect(judgeWords(text, asked, policy)).toBe('interrupts');
    }
  });
});
