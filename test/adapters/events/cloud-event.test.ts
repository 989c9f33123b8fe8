import { expect } from 'chai';
import { type CloudEvent as ReferenceCloudEvent, HTTP } from 'cloudevents';
import { cloudEventOf } from '../../../src/adapters/events/cloud-event.js';
import { EVENT_SCHEMAS } from '../../../src/adapters/events/event-schemas.js';
import type { EventType } from '../../../src/domain/shared/domain-event.js';
import { tenantId } from '../../../src/domain/shared/ids.js';
import { aDomainEvent } from '../../support/builders/a-domain-event.js';
import { EVERY_EVENT } from '../../support/builders/every-event.js';

describe('cloudEventOf', () => {
  for (const type of Object.keys(EVERY_EVENT) as EventType[]) {
    it(`makes a CloudEvent of ${type} that the reference library accepts and the schema describes`, () => {
      const event = cloudEventOf(aDomainEvent(EVERY_EVENT[type]));
      const body = JSON.stringify(event);
      const read = HTTP.toEvent({ headers: { 'content-type': 'application/cloudevents+json' }, body });
      expect((read as ReferenceCloudEvent).validate()).to.equal(true);
      expect(event.type).to.equal(`com.voicegw.${type}.v1`);
      const { atMs, ...data } = event.data;
      expect(atMs).to.be.a('number');
      expect(EVENT_SCHEMAS[type].data.parse(data)).to.deep.equal(data);
    });
  }

  it('carries call, tenant, order and time as attributes', () => {
    const event = aDomainEvent({ type: 'dtmf.received' }, { sequence: 7 });
    expect(cloudEventOf(event)).to.deep.equal({
      specversion: '1.0', id: event.id, source: '/voice-gateway/node-1', type: 'com.voicegw.dtmf.received.v1', time: event.occurredAt,
      subject: event.callId, tenantid: 'north-bank', partitionkey: event.callId, sequence: '7', sequencetype: 'Integer',
      datacontenttype: 'application/json', data: { atMs: event.atMs },
    });
  });

  it('names no tenant when it is not known', () => {
    expect(cloudEventOf(aDomainEvent(EVERY_EVENT['call.rejected'], { tenantId: tenantId('') }))).not.to.have.property('tenantid');
  });
});
