/**
 * What a module exports, however it was loaded: Node's own `import()` keeps the
 * exports of a CommonJS module, which the backend is compiled to, in `default`.
 *
 * @public
 */
export function exportsOf<T extends object>(loaded: T): T {
  return 'default' in loaded ? (loaded.default as T) : loaded;
}
