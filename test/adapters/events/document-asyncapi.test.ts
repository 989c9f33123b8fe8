import { type MessageInterface, Parser } from '@asyncapi/parser';
import { expect } from 'chai';
import { asyncapiDocument } from '../../../src/adapters/events/document-asyncapi.js';
import { topicNames, topicOf } from '../../../src/adapters/events/event-families.js';
import { kafkaMessageOf } from '../../../src/adapters/events/kafka/kafka-message.js';
import type { EventType } from '../../../src/domain/shared/domain-event.js';
import { aDomainEvent } from '../../support/builders/a-domain-event.js';
import { EVERY_EVENT } from '../../support/builders/every-event.js';

const ERROR = 0;

describe('docs/asyncapi.yaml', () => {

  const parse = async () => {
    const { document, diagnostics } = await new Parser().parse(asyncapiDocument());
    expect(diagnostics.filter(({ severity }) => (severity as number) === ERROR).map(({ message, path }) => `${path.join('.')}: ${message}`)).to.deep.equal([]);
    return document!;
  };

  const expectDescribed = (type: EventType, message: MessageInterface): void => {
    const sent = kafkaMessageOf(aDomainEvent(EVERY_EVENT[type]), 'voicegw');
    expect(message.name(), type).to.equal(sent.headers['ce_type']);
    const headers = message.headers()!.allOf()![0]!;
    expect(headers.required()!.filter((name) => sent.headers[name] === undefined), `${type}: headers that are missing`).to.deep.equal([]);
    expect(Object.keys(headers.properties()!)).to.include.members(Object.keys(sent.headers));
    const payload = message.payload()!;
    expect(Object.keys(payload.properties()!), `${type}: fields`).to.have.members(Object.keys(JSON.parse(sent.value) as object));
    expect(payload.required()).to.include('atMs');
    expect(payload.additionalProperties()).not.to.equal(false);
  };

  it('is valid to the reference parser', async () => {
    expect((await parse()).version()).to.equal('3.0.0');
  });

  it('has every event on the topic it is sent to, with the headers and fields it really has', async () => {
    const document = await parse();
    expect(document.allChannels().all().map((channel) => channel.address()?.replace('{prefix}', 'voicegw'))).to.have.members([...topicNames('voicegw')]);
    for (const type of Object.keys(EVERY_EVENT) as EventType[]) {
      const channel = document.allChannels().all().find((candidate) => candidate.address()?.replace('{prefix}', 'voicegw') === topicOf('voicegw', type));
      const message = channel?.messages().all().find((candidate) => candidate.title() === type);
      expectDescribed(type, message!);
    }
  });
});
