declare const brand: unique symbol;

/** A `T` that only its own parser or factory returns, so that a plain string cannot be passed as an id. */
export type Brand<T, Name extends string> = T & { readonly [brand]: Name };
