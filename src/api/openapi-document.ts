import { OPERATIONS, type Operation } from './operations.js';
import { withNames } from './named-schemas.js';
import type { RouteName } from './route-table.js';

interface Parameter {
  readonly in: string;
  readonly name: string;
}
interface Answer {
  readonly description?: string;
}
interface DocumentedOperation {
  readonly summary?: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content?: Readonly<Record<string, object>> };
  readonly responses?: Readonly<Record<string, Answer>>;
}
interface Document {
  readonly paths?: Readonly<Record<string, Readonly<Record<string, DocumentedOperation>>>>;
  readonly components?: object;
}

/** As the swagger plugin says an answer whose schema has no description. */
const UNDESCRIBED = 'Default Response';

/** The published document, from what the swagger plugin collected: with operation ids, examples, named schemas, described answers. */
export function openApiDocument(collected: object): object {
  const { document, schemas } = withNames(collected);
  const { paths = {}, components, ...rest } = document as Document;
  const completed = Object.entries(paths).map(([path, operations]) => [
    path,
    Object.fromEntries(
      Object.entries(operations).map(([method, operation]) => [
        method,
        complete(operation, OPERATIONS[routeName(method, path)]),
      ]),
    ),
  ]);
  return { ...rest, components: { ...components, schemas }, paths: Object.fromEntries(completed) };
}

function routeName(method: string, path: string): RouteName {
  return `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}` as RouteName;
}

function complete(operation: DocumentedOperation, example: Operation): object {
  const { parameters, requestBody, responses = {}, ...rest } = operation;
  const described = Object.entries(responses).map(([status, answer]) => [
    status,
    answer.description === UNDESCRIBED ? { ...answer, description: operation.summary } : answer,
  ]);
  return {
    operationId: example.id,
    ...rest,
    ...(parameters === undefined ? {} : { parameters: parameters.map((one) => withExample(one, example)) }),
    ...(requestBody === undefined ? {} : { requestBody: bodyWithExample(requestBody, example) }),
    responses: Object.fromEntries(described),
  };
}

function withExample(parameter: Parameter, { path = {}, query = {} }: Operation): object {
  const values = { path, query, header: { 'x-purpose': 'case 7' } }[parameter.in] ?? {};
  const example = (values as Readonly<Record<string, string | number>>)[parameter.name];
  return example === undefined ? parameter : { ...parameter, example };
}

function bodyWithExample(body: NonNullable<DocumentedOperation['requestBody']>, { body: example }: Operation): object {
  const content = Object.entries(body.content ?? {}).map(([type, one]) => [type, { ...one, example }]);
  return { ...body, content: Object.fromEntries(content) };
}
