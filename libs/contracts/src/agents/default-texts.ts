import { baseLanguage } from '@parley/kernel';

/** The fixed phrases and texts for an agent that has none of its own. */
export interface DefaultTexts {
  readonly greeting: string;
  readonly fillers: readonly string[];
  readonly reprompts: readonly string[];
  readonly goodbye: string;
  /** Spoken when a reply failed. */
  readonly apology: string;
  readonly busy: string;
  /** Sent when a reply failed. */
  readonly textApology: string;
  /** Sent to a caller whose call ended because the recogniser or the voice was unavailable. */
  readonly brokenCall: string;
  /**
   * Replies to STOP, START and HELP. The keywords in them are not translated, because the gateway reads only the
   * English ones.
   */
  readonly stop: string;
  readonly start: string;
  readonly help: string;
}

const EN: DefaultTexts = {
  greeting: 'Hello! How can I help you?',
  fillers: ['One moment, please.'],
  reprompts: ['Are you still there?', 'I cannot hear you. Are you still there?'],
  goodbye: 'I am hanging up now. Goodbye!',
  apology: 'Sorry, something went wrong on my side. Please try again.',
  busy: 'All our lines are busy. Please call again in a few minutes.',
  textApology: "I'm sorry, I encountered an error processing your message. Please try again.",
  brokenCall:
    'Sorry, our call broke off because of a problem on my side. Please call again, or reply to this message.',
  stop: 'You are unsubscribed and will get no more messages. Reply START to subscribe again.',
  start: 'You are subscribed to our messages. Reply HELP for help, STOP to unsubscribe.',
  help: 'Reply STOP to unsubscribe, START to subscribe again. Message and data rates may apply.',
};

const BY_LANGUAGE: Readonly<Record<string, DefaultTexts | undefined>> = {
  en: EN,
  de: {
    greeting: 'Guten Tag! Wie kann ich Ihnen helfen?',
    fillers: ['Einen Moment, bitte.'],
    reprompts: ['Sind Sie noch da?', 'Ich kann Sie nicht hören. Sind Sie noch da?'],
    goodbye: 'Ich lege jetzt auf. Auf Wiederhören!',
    apology: 'Entschuldigung, bei mir ist etwas schiefgegangen. Bitte versuchen Sie es noch einmal.',
    busy: 'Alle unsere Leitungen sind belegt. Bitte rufen Sie in ein paar Minuten wieder an.',
    textApology:
      'Entschuldigung, bei der Bearbeitung Ihrer Nachricht ist ein Fehler aufgetreten. Bitte versuchen Sie es noch einmal.',
    brokenCall:
      'Entschuldigung, unser Gespräch ist wegen eines Problems bei mir abgebrochen. Bitte rufen Sie noch einmal an, oder antworten Sie auf diese Nachricht.',
    stop: 'Sie sind abgemeldet und erhalten keine Nachrichten mehr. Mit START melden Sie sich wieder an.',
    start: 'Sie erhalten unsere Nachrichten. Antworten Sie HELP für Hilfe, STOP zum Abmelden.',
    help: 'Antworten Sie STOP zum Abmelden, START zum Anmelden. Es können Kosten für Nachrichten und Daten anfallen.',
  },
  es: {
    greeting: '¡Hola! ¿En qué puedo ayudarle?',
    fillers: ['Un momento, por favor.'],
    reprompts: ['¿Sigue ahí?', 'No le oigo. ¿Sigue ahí?'],
    goodbye: 'Voy a colgar. ¡Hasta luego!',
    apology: 'Lo siento, algo ha fallado por mi parte. Por favor, inténtelo de nuevo.',
    busy: 'Todas nuestras líneas están ocupadas. Por favor, vuelva a llamar en unos minutos.',
    textApology: 'Lo siento, se ha producido un error al procesar su mensaje. Por favor, inténtelo de nuevo.',
    brokenCall:
      'Lo siento, nuestra llamada se ha cortado por un problema por mi parte. Por favor, vuelva a llamar o responda a este mensaje.',
    stop: 'Se ha dado de baja y no recibirá más mensajes. Responda START para volver a suscribirse.',
    start: 'Está suscrito a nuestros mensajes. Responda HELP para obtener ayuda, STOP para darse de baja.',
    help: 'Responda STOP para darse de baja, START para volver a suscribirse. Pueden aplicarse tarifas de mensajes y datos.',
  },
  fr: {
    greeting: 'Bonjour ! Comment puis-je vous aider ?',
    fillers: ["Un instant, s'il vous plaît."],
    reprompts: ['Êtes-vous toujours là ?', 'Je ne vous entends pas. Êtes-vous toujours là ?'],
    goodbye: 'Je raccroche maintenant. Au revoir !',
    apology: "Désolé, un problème est survenu de mon côté. Veuillez réessayer, s'il vous plaît.",
    busy: 'Toutes nos lignes sont occupées. Veuillez rappeler dans quelques minutes.',
    textApology: "Désolé, une erreur s'est produite lors du traitement de votre message. Veuillez réessayer.",
    brokenCall:
      "Désolé, notre appel a été interrompu à cause d'un problème de mon côté. Veuillez rappeler, ou répondre à ce message.",
    stop: 'Vous êtes désinscrit et ne recevrez plus de messages. Répondez START pour vous réinscrire.',
    start: "Vous êtes inscrit à nos messages. Répondez HELP pour de l'aide, STOP pour vous désinscrire.",
    help: 'Répondez STOP pour vous désinscrire, START pour vous réinscrire. Des frais de messages et de données peuvent s’appliquer.',
  },
  it: {
    greeting: 'Buongiorno! Come posso aiutarla?',
    fillers: ['Un attimo, per favore.'],
    reprompts: ['È ancora lì?', 'Non la sento. È ancora lì?'],
    goodbye: 'Ora riaggancio. Arrivederci!',
    apology: 'Mi dispiace, qualcosa è andato storto da parte mia. La prego di riprovare.',
    busy: 'Tutte le nostre linee sono occupate. La preghiamo di richiamare tra qualche minuto.',
    textApology:
      "Mi dispiace, si è verificato un errore durante l'elaborazione del suo messaggio. La prego di riprovare.",
    brokenCall:
      'Mi dispiace, la nostra chiamata si è interrotta per un problema da parte mia. La prego di richiamare o di rispondere a questo messaggio.',
    stop: 'La sua iscrizione è annullata e non riceverà altri messaggi. Risponda START per iscriversi di nuovo.',
    start: 'È iscritto ai nostri messaggi. Risponda HELP per assistenza, STOP per annullare.',
    help: "Risponda STOP per annullare l'iscrizione, START per iscriversi di nuovo. Possono essere applicate tariffe per messaggi e dati.",
  },
  pt: {
    greeting: 'Olá! Como posso ajudar?',
    fillers: ['Um momento, por favor.'],
    reprompts: ['Ainda está aí?', 'Não consigo ouvir. Ainda está aí?'],
    goodbye: 'Vou desligar agora. Até logo!',
    apology: 'Desculpe, algo deu errado do meu lado. Por favor, tente novamente.',
    busy: 'Todas as nossas linhas estão ocupadas. Por favor, ligue novamente em alguns minutos.',
    textApology: 'Desculpe, ocorreu um erro ao processar a sua mensagem. Por favor, tente novamente.',
    brokenCall:
      'Desculpe, a nossa chamada caiu por causa de um problema do meu lado. Por favor, ligue novamente ou responda a esta mensagem.',
    stop: 'A sua inscrição foi cancelada e não receberá mais mensagens. Responda START para se inscrever de novo.',
    start: 'Está inscrito nas nossas mensagens. Responda HELP para ajuda, STOP para cancelar.',
    help: 'Responda STOP para cancelar, START para se inscrever de novo. Podem ser cobradas tarifas de mensagens e dados.',
  },
  nl: {
    greeting: 'Goedendag! Waarmee kan ik u helpen?',
    fillers: ['Een ogenblik, alstublieft.'],
    reprompts: ['Bent u er nog?', 'Ik kan u niet horen. Bent u er nog?'],
    goodbye: 'Ik hang nu op. Tot ziens!',
    apology: 'Sorry, er ging iets mis aan mijn kant. Probeert u het alstublieft opnieuw.',
    busy: 'Al onze lijnen zijn bezet. Belt u alstublieft over een paar minuten terug.',
    textApology:
      'Sorry, er is een fout opgetreden bij het verwerken van uw bericht. Probeert u het alstublieft opnieuw.',
    brokenCall:
      'Sorry, ons gesprek is door een probleem aan mijn kant afgebroken. Belt u alstublieft opnieuw, of beantwoord dit bericht.',
    stop: 'U bent afgemeld en ontvangt geen berichten meer. Antwoord START om u weer aan te melden.',
    start: 'U ontvangt onze berichten. Antwoord HELP voor hulp, STOP om u af te melden.',
    help: 'Antwoord STOP om u af te melden, START om u weer aan te melden. Er kunnen kosten voor berichten en data gelden.',
  },
  ja: {
    greeting: 'こんにちは。ご用件をお伺いします。',
    fillers: ['少々お待ちください。'],
    reprompts: ['もしもし、聞こえていますか？', 'お声が聞こえません。まだいらっしゃいますか？'],
    goodbye: 'それでは、お電話を切らせていただきます。失礼いたします。',
    apology: '申し訳ございません。問題が発生しました。もう一度お試しください。',
    busy: 'ただいま回線が混み合っております。数分後におかけ直しください。',
    textApology: '申し訳ございません。メッセージの処理中にエラーが発生しました。もう一度お試しください。',
    brokenCall:
      '申し訳ございません。こちらの問題により、お電話が途中で切れてしまいました。おかけ直しいただくか、このメッセージにご返信ください。',
    stop: '配信を停止しました。今後メッセージは届きません。再開するには START と返信してください。',
    start: 'メッセージの配信を登録しました。ヘルプは HELP、停止は STOP と返信してください。',
    help: '停止は STOP、再開は START と返信してください。メッセージ料金とデータ料金がかかる場合があります。',
  },
  zh: {
    greeting: '您好！请问有什么可以帮您？',
    fillers: ['请稍等。'],
    reprompts: ['请问您还在吗？', '我听不到您的声音。请问您还在吗？'],
    goodbye: '我现在要挂断电话了。再见！',
    apology: '抱歉，我这边出了点问题。请再试一次。',
    busy: '我们的线路全忙。请几分钟后再打来。',
    textApology: '抱歉，处理您的消息时出错。请再试一次。',
    brokenCall: '抱歉，由于我这边的问题，我们的通话中断了。请再次来电，或直接回复此短信。',
    stop: '您已退订，不会再收到消息。回复 START 可重新订阅。',
    start: '您已订阅我们的消息。回复 HELP 获取帮助，回复 STOP 退订。',
    help: '回复 STOP 退订，回复 START 重新订阅。可能会产生短信和数据费用。',
  },
  hi: {
    greeting: 'नमस्ते! मैं आपकी क्या मदद कर सकती हूँ?',
    fillers: ['एक क्षण रुकिए।'],
    reprompts: ['क्या आप लाइन पर हैं?', 'मुझे आपकी आवाज़ नहीं आ रही। क्या आप लाइन पर हैं?'],
    goodbye: 'मैं अब फ़ोन रख रही हूँ। नमस्ते!',
    apology: 'क्षमा कीजिए, मेरी ओर से कुछ गड़बड़ हो गई। कृपया फिर से कोशिश कीजिए।',
    busy: 'हमारी सभी लाइनें व्यस्त हैं। कृपया कुछ मिनट बाद फिर से कॉल कीजिए।',
    textApology: 'क्षमा कीजिए, आपके संदेश पर काम करते समय त्रुटि हुई। कृपया फिर से कोशिश कीजिए।',
    brokenCall:
      'क्षमा कीजिए, मेरी ओर से एक समस्या के कारण हमारी कॉल कट गई। कृपया फिर से कॉल कीजिए, या इस संदेश का उत्तर दीजिए।',
    stop: 'आपकी सदस्यता समाप्त हो गई है और आपको और संदेश नहीं मिलेंगे। फिर से जुड़ने के लिए START लिखकर भेजें।',
    start: 'आप हमारे संदेशों से जुड़े हैं। मदद के लिए HELP, बंद करने के लिए STOP लिखकर भेजें।',
    help: 'बंद करने के लिए STOP, फिर से जुड़ने के लिए START लिखकर भेजें। संदेश और डेटा शुल्क लग सकते हैं।',
  },
};

/** Returns the texts in this language (a tag such as `de-AT`), or else in English. */
export function defaultTextsIn(language: string | undefined): DefaultTexts {
  return BY_LANGUAGE[baseLanguage(language ?? 'en')] ?? EN;
}
