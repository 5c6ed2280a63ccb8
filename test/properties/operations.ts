import fc from 'fast-check';
import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import { JSON_TEXT, objectText, TEXT } from './cases.js';

/** GraphQL request with its variables as a JSON string. */
export interface Operation {
  readonly query: string;
  readonly variables: string;
}

const ID = fc.constantFrom('2690418', '1504944', '24310507', '0', 'pp-x', 'partials', '-1', '9'.repeat(40));
const INT = fc.constantFrom('1', '2', '3', '5', '8', '0', '-1', '500', '501', '2147483648', '1.5', '1e999');
const LITERAL = fc.oneof(
  INT,
  ID.map((id) => `"${id}"`),
  TEXT.map((text) => JSON.stringify(text.slice(0, 300))),
  fc.constantFrom(
    'null',
    'true',
    '[]',
    '{}',
    '$a',
    '$b',
    'RUNNING',
    '[[1]]',
    '{ x: { y: 1 } }',
    '"""\n  block\n"""',
  ),
);

/** Generates JSON that usually fits a type. */
export function jsonFor(type: GraphQLInputType, depth = 3): fc.Arbitrary<string> {
  if (isNonNullType(type)) return jsonFor(type.ofType, depth);
  return fc.oneof({ weight: 6, arbitrary: fitting(type, depth) }, JSON_TEXT);
}

function fitting(type: GraphQLInputType, depth: number): fc.Arbitrary<string> {
  if (isNonNullType(type)) return fitting(type.ofType, depth);
  if (isListType(type)) {
    const items = fc.array(jsonFor(type.ofType, depth - 1), { maxLength: 3 });
    return items.map((texts) => `[${texts.join()}]`);
  }
  if (isEnumType(type)) return fc.constantFrom(...type.getValues().map(({ name }) => JSON.stringify(name)));
  if (isInputObjectType(type)) {
    const fields = Object.values(type.getFields());
    const member = fc
      .constantFrom(...fields)
      .chain((field) => fc.tuple(fc.constant(field.name), jsonFor(field.type, depth - 1)));
    const members = fc.uniqueArray(member, { maxLength: 6, selector: ([name]) => name });
    return depth <= 0 ? fc.constant('{}') : members.map(objectText);
  }
  switch (type.name) {
    case 'Boolean':
      return fc.constantFrom('true', 'false');
    case 'ID':
      return fc.oneof(ID, TEXT).map((text) => JSON.stringify(text));
    case 'Int':
    case 'SafeInt':
    case 'Float':
      return fc.oneof(
        fc.nat(600).map(String),
        fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
      );
    default:
      return fc.oneof(TEXT, fc.constant('http://127.0.0.1:9/x')).map((text) => JSON.stringify(text));
  }
}

type Kind = 'query' | 'mutation' | 'subscription';

/** Generates a document with one operation. */
function operation(schema: GraphQLSchema, ...kinds: Kind[]): fc.Arbitrary<string> {
  const found = schema.getType('Tune');
  const tune = isObjectType(found) ? found : null;
  const roots: Record<Kind, GraphQLObjectType | null | undefined> = {
    query: schema.getQueryType(),
    mutation: schema.getMutationType(),
    subscription: schema.getSubscriptionType(),
  };
  return fc.constantFrom(...kinds).chain((kind) => {
    const root = roots[kind];
    const body = root ? selections(root, 3) : fc.constant('{ __typename }');
    const parts = {
      set: body,
      f: fragment(schema, 'F', root),
      g: fragment(schema, 'G', tune),
      luck: fc.nat(9),
    };
    return fc.record(parts).map(({ set, f, g, luck }) => {
      // Nearly always declares exactly the names that are used.
      const isThere = (name: string) => set.includes(name) !== (luck === 0);
      const variables = [isThere('$a') && '$a: Int', isThere('$b') && '$b: Boolean!'].filter(Boolean);
      const head = variables.length > 0 ? `(${variables.join(', ')})` : '';
      return [`${kind} ${head} ${set}`, isThere('...F') && f, isThere('...G') && g].filter(Boolean).join(' ');
    });
  });
}

const VARIABLES = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.tuple(JSON_TEXT, JSON_TEXT).map(([a, b]) =>
      objectText([
        ['a', a],
        ['b', b],
      ]),
    ),
  },
  JSON_TEXT,
);

/** Generates queries that are valid or nearly valid. */
export function queries(schema: GraphQLSchema): fc.Arbitrary<Operation> {
  return fc.record({ query: operation(schema, 'query'), variables: VARIABLES });
}

/** Generates documents that are valid or nearly valid, with aliases, fragments, directives and wrong values. */
export function documents(schema: GraphQLSchema): fc.Arbitrary<Operation> {
  const query = operation(schema, 'query', 'query', 'query', 'mutation', 'subscription');
  const text = fc.oneof(
    { weight: 12, arbitrary: query },
    { weight: 3, arbitrary: fc.tuple(query, fc.nat(), TEXT).map(mutated) },
    { weight: 1, arbitrary: TEXT },
  );
  return fc.record({ query: text, variables: VARIABLES });
}

/** Truncates a string at a position, or inserts a part of another one there. */
function mutated([text, place, other]: [string, number, string]): string {
  const at = place % (text.length + 1);
  if (place % 3 === 0) return text.slice(0, at);
  return text.slice(0, at) + other.slice(0, 50) + text.slice(at + (place % 4));
}

function selections(type: GraphQLObjectType, depth: number): fc.Arbitrary<string> {
  const fields = Object.values(type.getFields());
  const field = fc.constantFrom(...fields).chain((each) => selection(each, depth));
  const other = fc.constantFrom('__typename', `... on ${type.name} { __typename }`, '... { __typename }');
  // Fragments mostly fit the type.
  const spread = fc.constantFrom(
    type.name === 'Tune' ? '...G' : /^[QMS]/.test(type.name) ? '...F' : '__typename',
  );
  const set = fc.array(fc.oneof({ weight: 9, arbitrary: field }, other, spread), {
    minLength: 1,
    maxLength: 3,
  });
  return set.map((all) => `{ ${all.join(' ')} }`);
}

const ALIAS = fc.oneof(
  { weight: 12, arbitrary: fc.constant('') },
  fc.constantFrom('x: ', 'y: ', '__proto__: ', 'constructor: '),
);
const DIRECTIVE = fc.oneof(
  { weight: 15, arbitrary: fc.constant('') },
  fc.constantFrom(' @include(if: $b)', ' @skip(if: true)', ' @skip(if: false)', ' @skip', ' @nope(x: 1)'),
);

function selection(field: GraphQLField<unknown, unknown>, depth: number): fc.Arbitrary<string> {
  const type: GraphQLOutputType = getNamedType(field.type);
  const inner = isObjectType(type)
    ? depth > 0
      ? selections(type, depth - 1)
      : fc.constant('{ __typename }')
    : fc.constant('');
  return fc
    .tuple(ALIAS, argumentsOf(field.args), DIRECTIVE, inner)
    .map(([alias, args, directive, set]) => `${alias}${field.name}${args}${directive} ${set}`);
}

function argumentsOf(args: readonly GraphQLArgument[]): fc.Arbitrary<string> {
  if (args.length === 0) return fc.constant('');
  const one = ({ name, type }: GraphQLArgument) =>
    fc.option(
      fc.oneof({ weight: 12, arbitrary: literalFor(type) }, LITERAL).map((value) => `${name}: ${value}`),
      { freq: isNonNullType(type) ? 20 : 2, nil: '' },
    );
  return fc
    .tuple(...args.map(one))
    .map((given) => given.filter((each) => each !== ''))
    .map((given) => (given.length === 0 ? '' : `(${given.join(', ')})`));
}

function literalFor(type: GraphQLInputType): fc.Arbitrary<string> {
  const named = getNamedType(type);
  if (isInputObjectType(named)) {
    const member = fc.constantFrom(...Object.values(named.getFields())).chain((field) => {
      const isObject = isInputObjectType(getNamedType(field.type));
      return (isObject ? fc.constant('{}') : literalFor(field.type)).map(
        (value) => `${field.name}: ${value}`,
      );
    });
    return fc.array(member, { maxLength: 3 }).map((members) => `{ ${members.join(', ')} }`);
  }
  if (isEnumType(named)) return fc.constantFrom(...named.getValues().map(({ name }) => name));
  switch (named.name) {
    case 'ID':
      return ID.map((id) => `"${id}"`);
    case 'Boolean':
      return fc.constantFrom('true', 'false');
    case 'Int':
    case 'Float':
    case 'SafeInt':
      return INT;
    default:
      return fc.oneof(
        { weight: 3, arbitrary: TEXT.map((text) => JSON.stringify(text.slice(0, 300))) },
        LITERAL,
      );
  }
}

function fragment(
  schema: GraphQLSchema,
  name: string,
  type: GraphQLObjectType | null | undefined,
): fc.Arbitrary<string> {
  const on = type ?? schema.getQueryType();
  const set = on ? selections(on, 1) : fc.constant('{ __typename }');
  return set.map((text) => `fragment ${name} on ${on?.name} ${text}`);
}
