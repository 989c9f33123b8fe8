import { expect } from 'chai';
import { PROMPT_LANGUAGES, recordingWords } from '../../../src/config/default-prompts.js';
import { saysOptOut } from '../../../src/domain/recording/opt-out-phrase.js';

const says = (language: string, text: string): boolean => saysOptOut(text, recordingWords(language)?.optOutPhrases ?? []);

describe('saysOptOut', () => {
  it('finds a refusal in what callers say', () => {
    for (const [language, text] of [
      ['en', 'please do not record'], ['en-GB', "I don't want that, please DON'T RECORD this."], ['en', 'i do not want to be recorded no recording please'], ['en', 'stop the recording'],
      ['de', 'Bitte nicht aufzeichnen!'], ['de-AT', 'ich möchte keine Aufzeichnung'], ['fr', "N'enregistrez pas, s'il vous plaît"], ['fr', 'pas d’enregistrement'], ['es', 'No me grabe, por favor'], ['es', 'sin grabacion'],
    ] as const) expect(says(language, text), text).to.equal(true);
  });

  it('takes whole words in a row only', () => {
    for (const [language, text] of [
      ['en', 'where is my card'], ['en', 'do you record this'], ['en', 'I have a record of no'], ['en', 'do not recorder'], ['de', 'wird das aufgezeichnet'], ['es', 'quiero grabar'],
    ] as const) expect(says(language, text), text).to.equal(false);
    expect(saysOptOut('anything', ['', ' '])).to.equal(false);
  });

  it('has words for every language that has prompts, and each of them is found', () => {
    for (const language of PROMPT_LANGUAGES) {
      const words = recordingWords(language);
      expect(words?.notice, language).to.contain('{key}');
      for (const phrase of words?.optOutPhrases ?? []) expect(says(language, `bla ${phrase}, bla`), phrase).to.equal(true);
    }
  });
});
