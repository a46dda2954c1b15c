import { languageCodes } from '@parley/kernel';
import { HAS_UNSPACED, plainWords, UNSPACED } from './words.js';

/** Backchannels that all languages share. */
const SOUNDS = 'uh huh|uhhuh|mm hmm|mhm|mmhmm|mm|mmm|mmmm|hm|hmm|hmmm|uh|um|ah|aha|oh|ok|okay|okey|wow';

/** Backchannels by base language. */
const BY_LANGUAGE: Readonly<Record<string, string>> = {
  en: 'yeah|yep|yes|yup|yes yes|ya|right|sure|sure thing|alright|all right|i see|got it|gotcha|got you|cool|great|really|go on|good|very good|nice|exactly|absolutely|definitely|of course|i know|thanks|thank you|thanks a lot|thank you very much|thank you so much|many thanks|makes sense|that makes sense|makes total sense|sounds good|sounds great|perfect|fine|thats fine|interesting|understood|i understand|no problem|fair enough|true|thats right|thats true|indeed|excellent|lovely|amazing|awesome',
  de: 'ja|jaja|jo|joa|jep|jawohl|genau|ganz genau|richtig|stimmt|klar|na klar|alles klar|gut|sehr gut|schon gut|in ordnung|danke|danke schön|dankeschön|vielen dank|besten dank|verstehe|ich verstehe|verstanden|ach so|achso|ach|ach ja|super|prima|toll|schön|wunderbar|perfekt|echt|wirklich|natürlich|sicher|na gut|na ja|naja|eben|weiß ich|ich weiß|passt|das passt',
  es: 'sí|si si|claro|claro que sí|por supuesto|vale|bueno|bien|muy bien|de acuerdo|exacto|exactamente|correcto|entiendo|ya entiendo|entendido|ya|ya veo|ajá|ah ya|gracias|muchas gracias|perfecto|genial|qué bien|estupendo|así es|cierto|es verdad|verdad|en serio|dale|listo|ándale|órale|eso|desde luego|tiene sentido|sin problema',
  fr: 'oui|oui oui|ouais|ouaip|mouais|daccord|dac|bien|bien sûr|très bien|exactement|tout à fait|cest ça|voilà|je vois|je comprends|compris|entendu|merci|merci bien|merci beaucoup|parfait|super|génial|ah bon|ah oui|euh|hein|en effet|absolument|certes|cest vrai|vraiment|bon|ça marche|ça va|pas de problème|effectivement',
  it: 'sì|sì sì|certo|certamente|va bene|bene|molto bene|esatto|esattamente|giusto|capisco|capito|ho capito|ah ecco|ecco|grazie|grazie mille|tante grazie|perfetto|ottimo|davvero|è vero|vero|già|infatti|daccordo|chiaro|come no|eh|eh sì|beh|bello|benissimo|nessun problema',
  pt: 'sim|sim sim|é|pois|pois é|pois sim|claro|com certeza|certo|certinho|tá|tá bom|está bem|está bom|tudo bem|bem|muito bem|exato|exatamente|isso|isso mesmo|entendo|entendi|percebo|percebi|obrigado|obrigada|muito obrigado|muito obrigada|perfeito|ótimo|legal|beleza|verdade|é verdade|sério|sei|aham|uhum|faz sentido|sem problema|boa',
  nl: 'ja|ja ja|jaja|jawel|jep|precies|juist|klopt|dat klopt|zeker|natuurlijk|goed|heel goed|prima|oké|oke|is goed|dat is goed|begrijp ik|ik begrijp het|begrepen|ik snap het|snap ik|dank je|dank je wel|dank u|dank u wel|dankjewel|bedankt|hartelijk dank|fijn|mooi|leuk|perfect|top|echt|oh ja|ach ja|inderdaad|duidelijk|helder|geen probleem',
  sv: 'ja|jaha|jajamän|jo|japp|javisst|visst|just det|precis|exakt|okej|bra|jättebra|mycket bra|tack|tack så mycket|jag förstår|förstår|jag fattar|självklart|absolut|perfekt|toppen|det stämmer|stämmer|verkligen',
  da: 'ja|jo|jep|jamen|nemlig|præcis|okay|godt|fint|meget fint|tak|mange tak|tusind tak|jeg forstår|forstået|selvfølgelig|perfekt|det er rigtigt|rigtigt|virkelig',
  no: 'ja|jo|jepp|nettopp|akkurat|riktig|okei|bra|fint|veldig bra|takk|tusen takk|mange takk|jeg skjønner|skjønner|jeg forstår|selvfølgelig|perfekt|det stemmer|stemmer|virkelig',
  pl: 'tak|tak tak|no|no tak|aha|dobra|dobrze|bardzo dobrze|jasne|oczywiście|pewnie|rozumiem|dokładnie|racja|zgadza się|dzięki|dziękuję|dziękuję bardzo|super|świetnie|naprawdę|w porządku|okej|właśnie',
  ru: 'да|да да|ага|угу|ну да|так|понятно|понял|поняла|я понял|я поняла|ясно|хорошо|очень хорошо|ладно|окей|конечно|точно|верно|правильно|спасибо|большое спасибо|отлично|здорово|правда|ну|мм|именно|разумеется',
  tr: 'evet|evet evet|hı hı|hıhı|tamam|tamamdır|peki|olur|tabii|tabii ki|anladım|anlıyorum|doğru|aynen|kesinlikle|güzel|çok güzel|harika|teşekkürler|teşekkür ederim|çok teşekkürler|sağ ol|sağ olun|öyle mi',
  ar: 'نعم|أيوه|ايوه|آه|اه|طيب|تمام|حسنا|حسناً|ماشي|أكيد|صحيح|مفهوم|فهمت|شكرا|شكراً|شكرا جزيلا|ممتاز|بالضبط|طبعا|والله|جيد',
  hi: 'हाँ|हां|हाँ जी|हां जी|जी|जी हाँ|जी हां|जी जी|अच्छा|ठीक|ठीक है|सही|सही है|सही बात है|बिल्कुल|समझ गया|समझ गई|समझा|धन्यवाद|शुक्रिया|हम्म|ओके|बहुत अच्छा|haan|haan haan|haan ji|han|han ji|ji|ji haan|ji han|ji ji|achha|accha|acha|theek|theek hai|thik hai|sahi|sahi hai|bilkul|samajh gaya|samajh gayi|shukriya|dhanyavaad|bahut accha',
  ja: 'はい|はいはい|ええ|ええと|えっと|うん|うんうん|ううん|そう|そうそう|そうです|そうですね|そうですか|そうなんですね|そうなんだ|そっか|なるほど|なるほどね|ああ|あー|へえ|へー|ほう|ふーん|うーん|んー|あの|わかりました|分かりました|わかった|分かった|了解|了解です|承知しました|ありがとう|ありがとうございます|どうも|本当|本当に|本当ですか|確かに|たしかに|もちろん|いいですね|よかった|オーケー|オッケー|ok です',
  zh: '嗯|嗯嗯|嗯哼|哦|噢|喔|啊|对|对对|对的|对啊|對|對啊|是|是的|是啊|是吗|好|好的|好吧|好啊|好好|行|行的|可以|明白|明白了|知道|知道了|我知道|了解|懂了|没错|沒錯|当然|當然|没问题|沒問題|谢谢|謝謝|多谢|多謝|太好了|真的|真的吗|原来如此|原來如此|这样啊|這樣啊',
  ko: '네|네네|예|예예|응|응응|어|음|아|아네|그렇군요|그래요|그렇죠|맞아요|맞습니다|좋아요|좋습니다|알겠습니다|알겠어요|알았어요|네 알겠습니다|감사합니다|고마워요|고맙습니다|물론이죠|정말요|진짜요|그럼요|아하|오케이',
};

/** Returns the backchannels of a language. Cantonese is written as Mandarin is. */
const wordsOf = (code: string): string | undefined => BY_LANGUAGE[code === 'yue' ? 'zh' : code];

/**
 * Returns the backchannels of these languages (tags such as `en-US`) and the agent's own ones, in the form that
 * `isBackchannel` expects.
 */
export function backchannelsOf(languages: readonly string[], own: readonly string[] = []): readonly string[] {
  const texts = [
    SOUNDS,
    ...languages.flatMap((tag) => languageCodes(tag).flatMap((code) => wordsOf(code) ?? [])),
  ];
  const phrases = [...texts.flatMap((text) => text.split('|')), ...own].map((text) =>
    comparable(plainWords(text)),
  );
  // The longest comes first, so that "ja genau" is not read as "ja" and another word.
  return Array.from(new Set(phrases))
    .filter((phrase) => phrase !== '')
    .toSorted((a, b) => b.length - a.length);
}

/** Whether the words are backchannels and nothing else. */
export function isBackchannel(words: readonly string[], phrases: readonly string[]): boolean {
  let rest = comparable(words);
  if (rest === '') return false;
  while (rest !== '') {
    const phrase = phrases.find((one) => rest.startsWith(one) && endsAWord(rest, one.length));
    if (phrase === undefined) return false;
    rest = rest.slice(phrase.length).trimStart();
  }
  return true;
}

const BESIDE_UNSPACED = new RegExp(`(?<=[${UNSPACED}]) | (?=[${UNSPACED}])`, 'gu');

/** Joins words without accents, which recognisers leave out, and without spaces in scripts that write none. */
const comparable = (words: readonly string[]): string =>
  words
    .join(' ')
    .replaceAll(BESIDE_UNSPACED, '')
    .normalize('NFD')
    .replaceAll(/[\u0300-\u036F]/gu, '')
    .normalize('NFC');

const endsAWord = (text: string, at: number): boolean =>
  at >= text.length || text[at] === ' ' || HAS_UNSPACED.test(text.slice(at - 1, at + 1));
