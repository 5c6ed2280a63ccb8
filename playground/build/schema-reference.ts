import {
  buildSchema,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLNamedType,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedScalarType,
} from 'graphql';

type Member = Pick<GraphQLField<unknown, unknown> | GraphQLInputField, 'name' | 'type' | 'description'> & {
  readonly args?: readonly GraphQLArgument[];
};

const TITLES: Readonly<Record<string, string>> = {
  Query: 'Queries',
  Mutation: 'Mutations',
  Subscription: 'Subscriptions',
};

/** Returns a reference of a schema as Markdown: the root types first, then all other types by name. */
export function schemaReference(typeDefs: string): string {
  const types = Object.values(buildSchema(typeDefs).getTypeMap()).filter(
    (type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type),
  );
  const isRoot = ({ name }: GraphQLNamedType) => name in TITLES;
  const others = types.filter((type) => !isRoot(type)).sort((a, b) => a.name.localeCompare(b.name));
  const roots = Object.keys(TITLES).flatMap((name) => types.find((type) => type.name === name) ?? []);
  return [
    '# Schema reference',
    'All types of the schema. `/schema.graphql` contains the schema in SDL.',
    ...roots.map((type) => `## ${TITLES[type.name]}\n\n${membersOf(type)}`),
    '## Types',
    ...others.map((type) => `### ${type.name}\n\n${type.description ?? ''}\n\n${membersOf(type)}`),
  ].join('\n\n');
}

function membersOf(type: GraphQLNamedType): string {
  if (isEnumType(type))
    return table(type.getValues().map(({ name, description }) => [`\`${name}\``, cellOf(description)]));
  if (!isObjectType(type) && !isInputObjectType(type)) return '';
  const members: Member[] = Object.values(type.getFields());
  return table(members.map((member) => [signatureOf(member), cellOf(member.description)]));
}

function table(rows: readonly (readonly [string, string])[]): string {
  return ['| name | description |', '| --- | --- |', ...rows.map((row) => `| ${row.join(' | ')} |`)].join(
    '\n',
  );
}

/** Returns a field with its arguments, and a link to each type of the schema. */
function signatureOf({ name, args = [], type }: Member): string {
  const list = args.map((argument) => `\`${argument.name}:\` ${linkTo(argument.type)}`).join(', ');
  return `\`${name}\`${list === '' ? '' : ` (${list})`} ${linkTo(type)}`;
}

function linkTo(type: Member['type']): string {
  const { name } = getNamedType(type);
  return isSpecifiedScalarType(getNamedType(type)) ? `\`${type}\`` : `[\`${type}\`](#${name.toLowerCase()})`;
}

const cellOf = (description: string | null | undefined) =>
  (description ?? '').replaceAll('\n', ' ').replaceAll('|', '\\|');
