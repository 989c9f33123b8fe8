import { Validator } from '@seriousme/openapi-schema-validator';
import { expect } from 'chai';
import { API_OPERATIONS } from '../../../../src/adapters/http/api/api-operations.js';
import { openApiDocument } from '../../../../src/adapters/http/api/openapi-document.js';

describe('openApiDocument', () => {
  it('is valid OpenAPI 3.1', async () => {
    const result = await new Validator().validate(JSON.parse(JSON.stringify(openApiDocument(API_OPERATIONS))) as Record<string, unknown>);
    expect(result.errors ?? []).to.deep.equal([]);
    expect(result.valid).to.equal(true);
  });

  it('holds every operation once, each with an id of its own', () => {
    expect(new Set(API_OPERATIONS.map(({ id }) => id)).size).to.equal(API_OPERATIONS.length);
    expect(new Set(API_OPERATIONS.map(({ method, path }) => `${method} ${path}`)).size).to.equal(API_OPERATIONS.length);
  });

  for (const { id, path, params, example, body } of API_OPERATIONS) {
    it(`has an example that ${id} itself accepts`, () => {
      const named = [...path.matchAll(/\{(\w+)\}/gu)].map((match) => match[1]);
      expect(Object.keys(params.shape)).to.have.members(named);
      expect(params.safeParse(example.params ?? {}).error?.issues ?? []).to.deep.equal([]);
      if (body !== null) expect(body.safeParse(example.body).error?.issues ?? []).to.deep.equal([]);
    });
  }
});
