import type { RecordingWords } from '../domain/recording/recording-policy.js';
import type { Prompts } from '../domain/tenant/agent-profile.js';

/** What is said where a profile says nothing else, by primary language. */
const BY_LANGUAGE = {
  en: {
    greeting: 'Hello, how can I help you?',
    silence: ['I did not catch that. What can I do for you?', 'Are you still there? Please tell me how I can help.', 'I still cannot hear you. Please say something, or press any key.'],
    notUnderstood: ['Sorry, could you say that again?', 'I am afraid I did not understand. Please try it in other words.'],
    oneMoment: 'One moment, please.',
    stillWorking: 'I am still looking into it.',
    resumed: 'Sorry, the line was gone for a moment. Please go on.',
    agentFailed: 'Sorry, something went wrong on my side. Please say that again.',
    handingOver: 'I am connecting you with a colleague. Please hold the line.',
    transferFailed: 'I am sorry, I could not reach anybody just now.',
    connected: 'You are through now.',
    consultation: 'A call for {tenant}.',
    consultationChoice: 'Press 1 to take the call, or 2 to decline.',
    goodbye: 'Thank you for calling. Goodbye.',
  },
  de: {
    greeting: 'Guten Tag, wie kann ich Ihnen helfen?',
    silence: ['Ich habe Sie leider nicht gehört. Was kann ich für Sie tun?', 'Sind Sie noch da? Bitte sagen Sie mir, wie ich helfen kann.', 'Ich höre Sie immer noch nicht. Bitte sagen Sie etwas oder drücken Sie eine Taste.'],
    notUnderstood: ['Wie bitte? Können Sie das noch einmal sagen?', 'Das habe ich leider nicht verstanden. Bitte versuchen Sie es mit anderen Worten.'],
    oneMoment: 'Einen Moment bitte.',
    stillWorking: 'Ich bin noch dabei.',
    resumed: 'Entschuldigung, die Verbindung war kurz weg. Bitte sprechen Sie weiter.',
    agentFailed: 'Entschuldigung, bei mir ist etwas schiefgegangen. Bitte sagen Sie das noch einmal.',
    handingOver: 'Ich verbinde Sie mit einer Kollegin oder einem Kollegen. Bitte bleiben Sie am Apparat.',
    transferFailed: 'Es tut mir leid, ich konnte gerade niemanden erreichen.',
    connected: 'Ich verbinde Sie jetzt.',
    consultation: 'Ein Anruf für {tenant}.',
    consultationChoice: 'Drücken Sie die 1, um den Anruf anzunehmen, oder die 2, um ihn abzulehnen.',
    goodbye: 'Vielen Dank für Ihren Anruf. Auf Wiederhören.',
  },
  fr: {
    greeting: 'Bonjour, comment puis-je vous aider ?',
    silence: ['Je ne vous ai pas entendu. Que puis-je faire pour vous ?', 'Êtes-vous toujours là ? Dites-moi comment je peux vous aider.', 'Je ne vous entends toujours pas. Parlez ou appuyez sur une touche, s’il vous plaît.'],
    notUnderstood: ['Pardon, pouvez-vous répéter ?', 'Je n’ai malheureusement pas compris. Essayez avec d’autres mots, s’il vous plaît.'],
    oneMoment: 'Un instant, s’il vous plaît.',
    stillWorking: 'Je suis toujours en train de chercher.',
    resumed: 'Excusez-moi, la ligne a été coupée un instant. Continuez, je vous prie.',
    agentFailed: 'Désolé, une erreur s’est produite de mon côté. Pouvez-vous répéter ?',
    handingOver: 'Je vous mets en relation avec un conseiller. Ne quittez pas.',
    transferFailed: 'Je suis désolé, je n’ai pu joindre personne pour le moment.',
    connected: 'Vous êtes en ligne.',
    consultation: 'Un appel pour {tenant}.',
    consultationChoice: 'Appuyez sur 1 pour prendre l’appel, ou sur 2 pour le refuser.',
    goodbye: 'Merci de votre appel. Au revoir.',
  },
  es: {
    greeting: 'Hola, ¿en qué puedo ayudarle?',
    silence: ['No le he oído. ¿Qué puedo hacer por usted?', '¿Sigue ahí? Dígame cómo puedo ayudarle.', 'Sigo sin oírle. Diga algo o pulse una tecla, por favor.'],
    notUnderstood: ['Perdone, ¿puede repetirlo?', 'Lo siento, no lo he entendido. Inténtelo con otras palabras.'],
    oneMoment: 'Un momento, por favor.',
    stillWorking: 'Sigo en ello.',
    resumed: 'Disculpe, la línea se cortó un momento. Continúe, por favor.',
    agentFailed: 'Disculpe, algo ha fallado por mi parte. Repítalo, por favor.',
    handingOver: 'Le paso con un compañero. No cuelgue, por favor.',
    transferFailed: 'Lo siento, ahora mismo no he podido localizar a nadie.',
    connected: 'Le paso ahora mismo.',
    consultation: 'Una llamada para {tenant}.',
    consultationChoice: 'Pulse 1 para aceptar la llamada o 2 para rechazarla.',
    goodbye: 'Gracias por llamar. Adiós.',
  },
} as const satisfies Record<string, Prompts>;

/** What is said about recording, and how callers refuse it, by primary language. */
const RECORDING_BY_LANGUAGE: Readonly<Record<string, RecordingWords>> = {
  en: {
    notice: 'This call is recorded. If you do not want that, press {key} or say: do not record.',
    refused: 'This call is not recorded.',
    optOutPhrases: ['do not record', "don't record", 'not be recorded', 'no recording', 'not to be recorded', 'stop recording', 'stop the recording', 'without recording'],
  },
  de: {
    notice: 'Dieses Gespräch wird aufgezeichnet. Wenn Sie das nicht möchten, drücken Sie die {key} oder sagen Sie: nicht aufzeichnen.',
    refused: 'Dieses Gespräch wird nicht aufgezeichnet.',
    optOutPhrases: ['nicht aufzeichnen', 'nicht aufgezeichnet', 'keine aufzeichnung', 'nicht aufnehmen', 'keine aufnahme', 'ohne aufzeichnung', 'ohne aufnahme'],
  },
  fr: {
    notice: 'Cet appel est enregistré. Si vous ne le souhaitez pas, appuyez sur le {key} ou dites : ne pas enregistrer.',
    refused: 'Cet appel n’est pas enregistré.',
    optOutPhrases: ['ne pas enregistrer', 'ne pas être enregistré', 'ne m’enregistrez pas', 'n’enregistrez pas', 'pas d’enregistrement', 'sans enregistrement'],
  },
  es: {
    notice: 'Esta llamada se graba. Si no lo desea, pulse {key} o diga: no grabar.',
    refused: 'Esta llamada no se graba.',
    optOutPhrases: ['no grabar', 'no grabe', 'no me grabe', 'no quiero que me graben', 'sin grabación', 'sin grabar'],
  },
};

/** Null: a profile that records must bring its own. */
export function recordingWords(language: string): RecordingWords | null {
  return RECORDING_BY_LANGUAGE[language.split('-')[0]?.toLowerCase() ?? ''] ?? null;
}

export const PROMPT_LANGUAGES: readonly string[] = Object.keys(BY_LANGUAGE);

/** Prompts for a BCP 47 language; null: there are none, the profile must bring all of them. */
export function defaultPrompts(language: string): Prompts | null {
  const primary = language.split('-')[0]?.toLowerCase() ?? '';
  return primary in BY_LANGUAGE ? BY_LANGUAGE[primary as keyof typeof BY_LANGUAGE] : null;
}
