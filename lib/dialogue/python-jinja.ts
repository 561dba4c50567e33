import { isDeepStrictEqual } from "node:util";
import { Interpreter, type Template } from "@huggingface/jinja";

/** A node of a parsed template. */
type Node = { readonly type: string } & Record<string, unknown>;

interface Value {
  readonly type: string;
  readonly value: unknown;
  /** The truth value of this value. */
  __bool__(): Value;
}

/** Variables of the template, of a macro or of a loop. */
interface Scope {
  readonly variables: Map<string, unknown>;
}

interface NodeInterpreter {
  readonly global: Scope;
  run(program: unknown): Value;
  evaluate(node: Node | undefined, scope: Scope): Value;
}

// The library's declarations of this class cannot be resolved.
const BaseInterpreter = Interpreter as unknown as new (scope: unknown) => NodeInterpreter;

/** Kinds of nodes that have no output of their own; what remains in a body is an expression. */
const STATEMENTS: ReadonlySet<string> = new Set(
  "If For Set Macro CallStatement FilterStatement Break Continue Comment Program".split(" "),
);

const STRIP_METHODS: ReadonlySet<unknown> = new Set(["strip", "lstrip", "rstrip"]);

const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && typeof (value as Node).type === "string";

const property = (node: unknown, name: string): unknown => (isNode(node) ? node[name] : undefined);

/**
 * Returns a node that this module's interpreter evaluates, and the library's does not know. It has the class of the
 * node whose place it takes, so that the library looks into it for `kwargs` and the like.
 */
const ownNode = (type: string, fields: object, replaced?: Node): Node =>
  Object.assign(Object.create(replaced ? Object.getPrototypeOf(replaced) : null), {
    type,
    ...fields,
  }) as Node;

/** Stands for an expression whose value becomes text. */
const output = (expression: unknown): unknown =>
  isNode(expression) && !STATEMENTS.has(expression.type)
    ? ownNode("PythonText", { expression }, expression)
    : expression;

/** Returns the names that a loop itself sets in each of its iterations. */
function loopNames({ loopvar }: Node): string[] {
  const elements = property(loopvar, "type") === "Identifier" ? [loopvar] : property(loopvar, "value");
  return (elements as unknown[]).map((element) => String(property(element, "value")));
}

/** Returns whether an expression calls strip with the characters to remove. */
function isStripOfCharacters({ type, callee, args }: Node): boolean {
  const method = property(property(callee, "property"), "value");
  return (
    type === "CallExpression" &&
    property(callee, "type") === "MemberExpression" &&
    property(callee, "computed") === false &&
    STRIP_METHODS.has(method) &&
    (args as unknown[]).length > 0
  );
}

function adaptOperation(node: Node): Node {
  const operator = property(node.operator, "value");
  const { left, right } = node;
  if (operator === "==" || operator === "!=") {
    return ownNode("PythonEquals", { left, right, expected: operator === "==" }, node);
  }
  return operator === "~" ? Object.assign(node, { left: output(left), right: output(right) }) : node;
}

/**
 * Checks the body of a loop, in the order of the template. The library loses what an iteration has written before
 * `continue` or `break`.
 * @throws Error when there can be such a text
 */
function checkNoLostText(body: unknown): void {
  let writes = false;
  const visit = (node: unknown): void => {
    if (!isNode(node)) return;
    if (node.type === "PythonText") writes = true;
    if (writes && (node.type === "Break" || node.type === "Continue")) {
      throw new Error(
        "the template writes text before {% break %} or {% continue %}, which is not supported",
      );
    }
    // What an inner loop writes counts, but its own statements were checked before.
    if (node.type === "For") writes = true;
    else if (node.type === "If") [node.body, node.alternate].flat().forEach(visit);
  };
  [body].flat().forEach(visit);
}

function adaptNode(node: Node): Node {
  const adapted = Object.assign(Object.create(Object.getPrototypeOf(node)) as Node, node);
  for (const [key, value] of Object.entries(node)) adapted[key] = adapt(value);
  if (Array.isArray(adapted.body)) adapted.body = adapted.body.map(output);
  for (const other of ["alternate", "defaultBlock"]) {
    if (Array.isArray(adapted[other])) adapted[other] = adapted[other].map(output);
  }
  if (node.type === "For") {
    const names = ["loop", "namespace", ...loopNames(node)];
    checkNoLostText(adapted.body);
    adapted.body = [ownNode("NewIteration", { names }), ...(adapted.body as unknown[])];
  }
  if (node.type === "BinaryExpression") return adaptOperation(adapted);
  if (isStripOfCharacters(node)) {
    const { object, property: method } = adapted.callee as Node;
    const [characters] = adapted.args as unknown[];
    return ownNode("PythonStrip", { object, method: property(method, "value"), characters }, node);
  }
  return adapted;
}

function adapt(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(adapt);
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [adapt(key), adapt(item)]));
  return isNode(value) ? adaptNode(value) : value;
}

/** Returns a copy of a parsed template that {@link PythonInterpreter} renders as Python's Jinja does. */
export const adaptTemplate = (parsed: Template["parsed"]): Template["parsed"] =>
  adapt(parsed) as Template["parsed"];

/** Removes characters from the ends of a text as Python's strip, lstrip and rstrip do. */
function strip(text: string, method: unknown, characters: string): string {
  const removed = new Set(characters);
  const all = [...text];
  let [start, end] = [0, all.length];
  if (method !== "rstrip") while (start < end && removed.has(all[start] as string)) start += 1;
  if (method !== "lstrip") while (end > start && removed.has(all[end - 1] as string)) end -= 1;
  return all.slice(start, end).join("");
}

/** Returns the content of a value without its kind, in which a truth value equals its number as in Python. */
function plain({ type, value }: Value): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [key, plain(item)]));
  if (type === "NullValue") return null;
  // -0 becomes 0, to which it is equal.
  if (typeof value === "number") return value + 0;
  return type === "BooleanValue" ? Number(value) : value;
}

/**
 * Renders a template that {@link adaptTemplate} returned. It differs from the library's interpreter where that one
 * silently gives another text than Python's Jinja: variables that are set in a loop last for one iteration, values of
 * different kinds are not equal and lists are by their contents, `strip` can be given the characters to remove, and the
 * text of a number, of a truth value or of none is Python's.
 */
export class PythonInterpreter extends BaseInterpreter {
  override evaluate(node: Node | undefined, scope: Scope): Value {
    switch (node?.type) {
      case "NewIteration":
        return this.#beginIteration(node.names as string[], scope);
      case "PythonText":
        return this.#text(this.evaluate(node.expression as Node, scope));
      case "PythonEquals":
        return this.#truth(this.#equals(node, scope) === node.expected);
      case "PythonStrip":
        return this.#strip(node, scope);
      default:
        return super.evaluate(node, scope);
    }
  }

  #literal(value: string): Value {
    return super.evaluate(ownNode("StringLiteral", { value }), this.global);
  }

  #truth(value: boolean): Value {
    return this.#literal(value ? "true" : "").__bool__();
  }

  #equals({ left, right }: Node, scope: Scope): boolean {
    const [first, second] = [left, right].map((side) => plain(this.evaluate(side as Node, scope)));
    return isDeepStrictEqual(first, second);
  }

  #beginIteration(names: readonly string[], scope: Scope): Value {
    for (const name of [...scope.variables.keys()]) {
      if (!names.includes(name)) scope.variables.delete(name);
    }
    return this.#literal("");
  }

  /** @throws Error for a list or an object, whose text in Python has another form */
  #text(value: Value): Value {
    switch (value.type) {
      case "BooleanValue":
        return this.#literal(value.value ? "True" : "False");
      case "NullValue":
        return this.#literal("None");
      case "FloatValue":
        return this.#literal(String(value));
      case "ArrayValue":
      case "TupleValue":
      case "ObjectValue":
        throw new Error("the template writes a list or an object without tojson, which is not supported");
      default:
        return value;
    }
  }

  #strip({ object, method, characters }: Node, scope: Scope): Value {
    const text: unknown = this.evaluate(object as Node, scope).value;
    const removed: unknown = this.evaluate(characters as Node, scope).value;
    if (typeof text !== "string" || typeof removed !== "string") {
      throw new Error(`${String(method)} of something that is not text`);
    }
    return this.#literal(strip(text, method, removed));
  }
}
