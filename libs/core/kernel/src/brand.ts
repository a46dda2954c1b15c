declare const brand: unique symbol;

/** A `T` that only its own parser or factory hands out: a plain string cannot be passed where an id is meant. */
export type Brand<T, Name extends string> = T & { readonly [brand]: Name };
