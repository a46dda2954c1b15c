export declare function natsServerCache(
  env?: Readonly<Record<string, string | undefined>>,
  home?: () => string,
): string;

export declare function versionsIn(cache: string): string[];
