import { DataSource, type EntityTarget, type ObjectLiteral } from 'typeorm';

/** Returns the statements that would turn the migrated tables of these entities into what the entities describe. */
export async function schemaDifferences(
  databaseUrl: string,
  schema: string,
  entities: readonly EntityTarget<ObjectLiteral>[],
): Promise<string[]> {
  const dataSource = new DataSource({
    type: 'postgres',
    url: databaseUrl,
    schema,
    entities: [...entities] as string[],
    installExtensions: false,
    logging: false,
  });
  await dataSource.initialize();
  try {
    const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
    return upQueries.map(({ query }) => query);
  } finally {
    await dataSource.destroy();
  }
}
