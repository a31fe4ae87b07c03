/**
 * What typedoc does not do by itself.
 *
 * - The client's operations are functions in object literals (`hyperstack.groups.create`), which typedoc takes for
 *   properties and shows without what is said of their parameters. Here they become methods.
 * - Members of a type that is written out at a parameter (`toArray({ limit })`) need a comment, too.
 */
import { Converter, ReflectionKind } from "typedoc";

export const load = (app) => {
  app.converter.on(Converter.EVENT_RESOLVE_END, ({ project }) => {
    for (const property of project.getReflectionsByKind(ReflectionKind.Property)) {
      if (!property.parent?.kindOf(ReflectionKind.TypeLiteral)) continue;
      const signatures = property.type?.type === "reflection" && property.type.declaration.signatures;
      if (signatures) asMethod(property, signatures);
      else if (property.parent.parent?.kindOf(ReflectionKind.Parameter) && !property.hasComment()) {
        app.logger.validationWarning(`${property.getFullName()} does not have any documentation`);
      }
    }
  });
};

const asMethod = (property, signatures) => {
  for (const signature of signatures) {
    signature.name = property.name;
    signature.parent = property;
    signature.comment ??= property.comment;
  }
  property.kind = ReflectionKind.Method;
  property.signatures = signatures;
  property.type = undefined;
  property.comment = undefined;
};
