import { type INestApplicationContext, RequestMethod } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';

/** A path that a controller serves. */
export interface Route {
  readonly method: string;
  /** With a leading slash, and parameters as `:name`. */
  readonly path: string;
  /** The controller's class. */
  readonly controller: string;
}

/** The keys under which Nest's decorators store a controller's paths and methods. */
const PATH = 'path';
const METHOD = 'method';

/** Returns every HTTP route of an application's controllers, read from their decorators. */
export function routesOf(app: INestApplicationContext): Route[] {
  const modules = [...app.get(ModulesContainer).values()];
  const controllers = new Set(
    modules.flatMap((module) => [...module.controllers.values()].map(({ metatype }) => metatype)),
  );
  return [...controllers].flatMap((controller) => (controller ? routesOfController(controller) : []));
}

function routesOfController(controller: { name: string; prototype?: object }): Route[] {
  const prototype = controller.prototype as Record<string, unknown>;
  return Object.getOwnPropertyNames(prototype).flatMap((name) => {
    const handler = Object.getOwnPropertyDescriptor(prototype, name)?.value as unknown;
    if (typeof handler !== 'function' || !Reflect.hasMetadata(METHOD, handler)) return [];
    const method = RequestMethod[Reflect.getMetadata(METHOD, handler) as RequestMethod];
    return pathsIn(controller).flatMap((prefix) =>
      pathsIn(handler).map((path) => ({ method, path: joined(prefix, path), controller: controller.name })),
    );
  });
}

function pathsIn(marked: object): string[] {
  const paths = Reflect.getMetadata(PATH, marked) as string | readonly string[];
  return [paths].flat();
}

function joined(...parts: string[]): string {
  return `/${parts
    .flatMap((part) => part.split('/'))
    .filter(Boolean)
    .join('/')}`;
}
