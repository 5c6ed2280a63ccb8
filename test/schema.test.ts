import { describe, expect, it } from '@jest/globals';
import {
  buildClientSchema,
  buildSchema,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  getIntrospectionQuery,
  type IntrospectionQuery,
  isEnumType,
  isInputObjectType,
  isIntrospectionType,
  isNonNullType,
  isObjectType,
  isSpecifiedScalarType,
  lexicographicSortSchema,
  printSchema,
  validateSchema,
} from 'graphql';
import { ATTRIBUTE_LIST } from '../src/domain/prompt-attributes.js';
import { readTypeDefs } from '../src/graphql/schema.js';
import { PROMPT_RULES } from '../src/sandbox/astria/attributes.js';
import { promptFields } from './contract/astria/prompt-fields.js';
import { startTestGateway } from './support/gateway.js';

const schema = buildSchema(readTypeDefs());

const ownTypes = (of: GraphQLSchema): GraphQLNamedType[] =>
  Object.values(of.getTypeMap()).filter((type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type));

/** Returns the names without a description, such as `Tune.prompts(first:)`. */
function undescribed(of: GraphQLSchema): string[] {
  const missing: string[] = [];
  const check = (place: string, { description }: { description?: string | null | undefined }) => {
    if (!description?.trim()) missing.push(place);
  };
  for (const type of ownTypes(of)) {
    check(type.name, type);
    if (isEnumType(type)) for (const value of type.getValues()) check(`${type.name}.${value.name}`, value);
    if (isInputObjectType(type))
      for (const field of Object.values(type.getFields())) check(`${type.name}.${field.name}`, field);
    if (!isObjectType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      check(`${type.name}.${field.name}`, field);
      for (const argument of field.args) check(`${type.name}.${field.name}(${argument.name}:)`, argument);
    }
  }
  return missing;
}

function fieldsOf(name: string): GraphQLField<unknown, unknown>[] {
  const type = schema.getType(name);
  return isObjectType(type) ? Object.values(type.getFields()) : [];
}

const required = (fields: GraphQLField<unknown, unknown>[]) =>
  fields.filter(({ type }) => isNonNullType(type)).map(({ name }) => name);

/** GraphQL types of attributes that are not enums. */
const TYPES = {
  ...{ string: ['String', 'URL'], boolean: ['Boolean'], int32: ['Int'], integer: ['SafeInt'] },
  ...{ number: ['Float'], enum: [] },
};

/** Returns the type of a field of an object or input type. */
function typeOf(name: string, field: string): string {
  const type = schema.getType(name);
  const fields = isObjectType(type) || isInputObjectType(type) ? type.getFields() : {};
  return String(fields[field]?.type);
}

const enumValues = (name: string) => {
  const type = schema.getType(name);
  return isEnumType(type) ? type.getValues().map((value) => value.name) : [];
};

describe('schema', () => {
  it('the schema is valid', () => {
    expect(validateSchema(schema)).toEqual([]);
    expect(ownTypes(schema).length).toBeGreaterThan(30);
  });

  it('the schema describes every type, field, argument and enum value', () => {
    expect(undescribed(schema)).toEqual([]);
  });

  it('the schema is reported wherever a description is missing', () => {
    const bare = buildSchema(`
      type Query { a(b: I): E }
      input I { c: Int }
      enum E { D }
      scalar S
      " "
      type Blank { "fine" f: S }
    `);
    expect(undescribed(bare).sort()).toEqual(
      ['Blank', 'E', 'E.D', 'I', 'I.c', 'Query', 'Query.a', 'Query.a(b:)', 'S'].sort(),
    );
  });

  it('the schema has nullable root fields, so that one can fail alone', () => {
    expect(fieldsOf('Query').length).toBeGreaterThanOrEqual(8);
    expect(required([...fieldsOf('Query'), ...fieldsOf('Mutation')])).toEqual([]);
  });

  it('the schema has nullable fields wherever a field takes an upstream call', () => {
    // The list of Portkey lacks most fields, so the gateway reads each prompt. Only the id is certain.
    expect(fieldsOf('PortkeyPrompt').length).toBeGreaterThan(20);
    expect(required(fieldsOf('PortkeyPrompt'))).toEqual(['id']);
    const withCalls = [
      ...fieldsOf('Prompt').filter(({ name }) => name === 'tune'),
      ...fieldsOf('Tune').filter(({ name }) => ['baseTune', 'prompts'].includes(name)),
    ];
    expect(withCalls.map(({ name }) => name)).toEqual(['tune', 'baseTune', 'prompts']);
    expect(required(withCalls)).toEqual([]);
  });

  it('the schema has nullable fields for all values of Astria except ids', () => {
    for (const type of ['Prompt', 'Tune']) expect(required(fieldsOf(type))).toEqual(['id']);
  });

  it.each(ATTRIBUTE_LIST)(
    'the schema has the prompt attribute %s in its type and inputs',
    (name, attribute) => {
      const types = ['Prompt', 'CreatePromptInput', 'PromptOverridesInput'].map((type) => typeOf(type, name));
      const [type = ''] = types;
      expect(types).toEqual([type, type, type]);
      if (attribute.words) expect(enumValues(type)).toEqual(Object.keys(attribute.words));
      else expect(TYPES[attribute.type]).toContain(type);
    },
  );

  it.each(ATTRIBUTE_LIST)(
    'the schema has the prompt attribute %s, which Astria documents and the sandbox supports',
    (_name, { wireName }) => {
      expect(Object.keys(promptFields)).toContain(wireName);
      expect(Object.keys(PROMPT_RULES)).toContain(wireName);
    },
  );

  it('the schema accepts the same fields to create and to duplicate a prompt', () => {
    const inputs = ['CreatePromptInput', 'PromptOverridesInput'].map((name) => {
      const type = schema.getType(name);
      return isInputObjectType(type)
        ? Object.values(type.getFields()).map((field) => `${field.name}: ${field.type}`)
        : [];
    });
    expect(inputs[0]).toHaveLength(32);
    expect(inputs[1]).toEqual(inputs[0]);
  });

  it('the schema is exactly the schema that the gateway serves', async () => {
    const gateway = await startTestGateway({ env: { INTROSPECTION: 'true' } });
    try {
      const { data, errors } = await gateway.graphql(getIntrospectionQuery({ oneOf: true }));
      expect(errors).toBeUndefined();
      const served = buildClientSchema(data as IntrospectionQuery);
      expect(printSchema(lexicographicSortSchema(served)).split('\n')).toEqual(
        printSchema(lexicographicSortSchema(schema)).split('\n'),
      );
    } finally {
      await gateway.close();
    }
  });
});
