/**
 * @file Shows the operations that fluent.ts adds to Tensor as methods: their types are computed from those of the
 * functions, which TypeDoc would print as they are. Each has the function's signatures without the first argument,
 * its first sentence, and a link to it.
 */
import {
  Comment,
  type CommentDisplayPart,
  type Context,
  type DeclarationReflection,
  ParameterReflection,
  ReflectionKind,
  SignatureReflection,
} from "typedoc";

/** The file whose exports become methods, and what is added beside them. */
const METHODS = "packages/autograd/src/ops/methods.ts";

/** Of the Tensor of `module`, which has the functions too. @returns what went wrong. */
export function showMethods({ project }: Context, module: DeclarationReflection): string[] {
  const tensor = module.getChildByName("Tensor");
  if (!tensor?.isDeclaration()) return ["there is no Tensor"];
  delete tensor.extendedTypes; // the interface that the methods come from is not public
  return methodsOf(tensor).flatMap((method) => {
    const found = module.getChildByName(method.name);
    const operation = found?.isReference() ? found.getTargetReflectionDeep() : found;
    if (!operation?.isDeclaration() || operation.signatures === undefined) {
      return [`Tensor.${method.name} is no public function`];
    }
    project.removeTypeReflections(method.type);
    delete method.type;
    method.kind = ReflectionKind.Method;
    method.signatures = operation.signatures.map((signature) => {
      const bound = withoutFirst(signature, method);
      bound.comment = new Comment(summaryOf(signature, operation));
      project.registerReflection(bound, undefined, undefined);
      for (const parameter of bound.parameters ?? []) {
        project.registerReflection(parameter, undefined, undefined);
      }
      return bound;
    });
    return [];
  });
}

/** The members of Tensor that stand for a function. */
export function methodsOf(tensor: DeclarationReflection): DeclarationReflection[] {
  return (tensor.children ?? []).filter(({ sources }) => {
    return sources?.[0]?.fullFileName.endsWith(METHODS);
  });
}

function withoutFirst(
  signature: SignatureReflection,
  method: DeclarationReflection,
): SignatureReflection {
  const bound = new SignatureReflection(method.name, ReflectionKind.CallSignature, method);
  if (signature.type !== undefined) bound.type = signature.type;
  bound.parameters = (signature.parameters ?? []).slice(1).map((given) => {
    const parameter = new ParameterReflection(given.name, ReflectionKind.Parameter, bound);
    parameter.flags.fromObject(given.flags.toObject());
    if (given.type !== undefined) parameter.type = given.type;
    if (given.defaultValue !== undefined) parameter.defaultValue = given.defaultValue;
    return parameter;
  });
  return bound;
}

function summaryOf(
  { comment }: SignatureReflection,
  operation: DeclarationReflection,
): CommentDisplayPart[] {
  const sentence = Comment.cloneDisplayParts(comment?.getShortSummary(true) ?? []);
  const link = {
    kind: "inline-tag",
    tag: "@linkcode",
    text: operation.name,
    target: operation,
  } as const;
  return [
    ...sentence,
    { kind: "text", text: "\n\nThe function " },
    link,
    { kind: "text", text: "." },
  ];
}
